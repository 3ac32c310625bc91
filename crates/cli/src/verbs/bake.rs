//! `bake`: a release that is deployed together with an evaluator.

use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::{HEAD, Output, Report, paint};
use crate::site::{ADDRESSES, RootArgument, now, store, wait};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use zen_edge_bundle::{Bundle, Limits};
use zen_edge_native::ObjectStoreSource;
use zen_edge_publish::Store;
use zen_edge_sync::{BakedIn, BundleStore as _, Freshness, Get, Got, List};

/// How many pages a listing may have.
const MAX_PAGES: usize = 100;

/// Bake an environment's newest releases into a file that is deployed together with an evaluator.
///
/// The evaluator answers from it where it reaches no bucket and has nothing in its cache. It verifies
/// it as it does everything else, and takes whatever is newer as soon as it can.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge bake s3://rules/production --root production.root.json -o baked-in.zip
  zen-edge bake s3://rules/production --unsigned -o baked-in.zip")]
pub(crate) struct Arguments {
    /// The environment's address.
    #[arg(value_name = "URL", env = "ZEN_EDGE_ENVIRONMENT", long_help = ADDRESSES)]
    environment: String,
    /// The file to write; it is replaced if it exists.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    root: RootArgument,
    /// Take the bundles of a bucket in GoRules' layout, which nobody signed: for evaluators whose
    /// trust is `unsigned`.
    #[arg(long)]
    unsigned: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Baked {
    environment: String,
    file: PathBuf,
    bytes: usize,
    files: usize,
    /// None if nobody signed it.
    revision: Option<u64>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let store = store(&arguments.environment)?;
    let now = now()?;
    let (files, revision) = if arguments.unsigned {
        (wait(unsigned(&store))?, None)
    } else {
        let root = arguments.root.read(store.environment())?;
        let baked = wait(async { Ok(zen_edge_publish::bake(&store, &root, now).await?) })?;
        (baked.files, Some(baked.environment.revision()))
    };
    let baked_in = BakedIn {
        files,
        fetched_at: now.as_millisecond(),
    };
    let packed = baked_in.pack(store.environment());
    let packed = packed.map_err(|error| CliError::invalid(error).at(store.url()))?;
    files::write(&arguments.out, &packed)?;
    output.report(&Baked {
        environment: store.url().to_owned(),
        file: arguments.out.clone(),
        bytes: packed.len(),
        files: baked_in.files.len(),
        revision,
    })?;
    Ok(Exit::Done)
}

/// The bundles of a bucket in GoRules' layout, by their projects' keys.
async fn unsigned(store: &Store) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let source = ObjectStoreSource::of(store);
    let prefix = format!("{}/", store.environment());
    let mut projects = BTreeMap::new();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let list = List {
            prefix: prefix.clone(),
            after,
        };
        let page = source.list(list).await.map_err(CliError::unavailable)?;
        for object in page.objects {
            let Some(project) = object.key.strip_prefix(&prefix) else {
                continue;
            };
            let get = Get {
                key: object.key.clone(),
                max_bytes: Limits::default().bundle_bytes,
                if_none_match: None,
                freshness: Freshness::Origin,
            };
            let got = source.get(get).await.map_err(CliError::unavailable)?;
            let Got::Found(object) = got else {
                let message = format!("{}: `{project}` is gone", store.url());
                return Err(CliError::unavailable(message));
            };
            Bundle::read(&object.bytes, &Limits::default()).map_err(|error| {
                CliError::from(error).at(format_args!("the bundle of `{project}`"))
            })?;
            projects.insert(project.to_owned(), object.bytes);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if projects.is_empty() || after.is_some() {
        let what = match after {
            Some(_) => "more projects than can be baked in",
            None => "no project",
        };
        let message = format!("{} has {what}", store.url());
        return Err(CliError::unavailable(message));
    }
    Ok(projects)
}

impl Report for Baked {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let revision = match self.revision {
            Some(revision) => format!("revision {revision}"),
            None => "unsigned".to_owned(),
        };
        let head = format!("{}, {revision}", self.environment);
        writeln!(to, "{}", paint(HEAD, head))?;
        let (file, bytes, files) = (self.file.display(), self.bytes, self.files);
        writeln!(to, "  baked into {file}  {bytes} bytes, {files} files")
    }
}
