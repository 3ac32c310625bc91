//! `verify`: an environment as a client sees it.

use crate::bundles;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{HEAD, Output, Report, paint};
use crate::site::{ADDRESSES, RootArgument, Shown, now, store, wait};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Verify an environment as a client does: signatures, freshness, and every bundle.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge verify s3://rules/production --root production.root.json
  zen-edge verify https://rules.example.com/production --json | jq .releases.pricing")]
pub(crate) struct Arguments {
    /// The environment's address.
    #[arg(value_name = "URL", env = "ZEN_EDGE_ENVIRONMENT", long_help = ADDRESSES)]
    environment: String,
    #[command(flatten)]
    root: RootArgument,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified {
    environment: String,
    revision: u64,
    releases: BTreeMap<String, Bundle>,
    signatures: Vec<Signature>,
}

#[derive(Debug, Serialize)]
struct Bundle {
    #[serde(flatten)]
    release: Shown,
    documents: usize,
}

/// A role's version and expiry.
#[derive(Debug, Serialize)]
struct Signature {
    role: String,
    version: u64,
    expires: String,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let store = store(&arguments.environment)?;
    let root = arguments.root.read(store.environment())?;
    let mut releases = BTreeMap::new();
    let mut refused = Vec::new();
    let progress = output.progress("verifying", 0);
    let environment = wait(async {
        let look = |listed: &zen_edge_publish::Listed, bytes| {
            progress.inc(1);
            let project = &listed.release.project;
            match bundles::describe(bytes, Some(project)) {
                Ok(ready) => {
                    let documents = ready.bundle.documents().count();
                    let release = Shown::new(listed);
                    releases.insert(project.clone(), Bundle { release, documents });
                }
                Err(error) => refused.push(error.at(format_args!("the bundle of `{project}`"))),
            }
            Ok(())
        };
        Ok(zen_edge_publish::verify(&store, &root, now()?, look).await?)
    })?;
    progress.finish_and_clear();
    if let Some(error) = refused.into_iter().next() {
        return Err(error);
    }
    let signature = |it: zen_edge_publish::Signature| Signature {
        role: it.role,
        version: it.version,
        expires: it.expires.to_string(),
    };
    output.report(&Verified {
        environment: store.url().to_owned(),
        revision: environment.revision(),
        releases,
        signatures: environment
            .signatures()
            .into_iter()
            .map(signature)
            .collect(),
    })?;
    Ok(Exit::Done)
}

impl Report for Verified {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let head = format!("{} holds, revision {}", self.environment, self.revision);
        writeln!(to, "{}", paint(HEAD, head))?;
        for (project, bundle) in &self.releases {
            let Bundle { release, documents } = bundle;
            writeln!(to, "  {project}  {}  {documents} documents", release.line())?;
        }
        for Signature {
            role,
            version,
            expires,
        } in &self.signatures
        {
            writeln!(to, "  {role} {version} is good until {expires}")?;
        }
        Ok(())
    }
}
