//! `pack`: documents in, a bundle out.

use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::identity::{self, Shown};
use crate::output::{Output, Report};
use crate::source::{self, Folder};
use serde::Serialize;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use zen_edge_bundle::{Access, Bundle, Limits, Packer, Tokens};

/// Pack a folder of decisions, or a release that BRMS exported, into a bundle.
///
/// The same documents and identity give the same bytes, so a bundle's digest says what is in it.
/// Access tokens are written as hashes only. Of a folder, files that end in .json or have no
/// extension are packed, and the identity in .config/project.json; flags override it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge pack rules/ -o pricing.zip --project pricing --version 1.4.0
  zen-edge pack brms-release.zip -o pricing.zip
  pass show pricing/token | zen-edge pack rules/ -o pricing.zip --access-tokens -")]
pub(crate) struct Arguments {
    /// A folder of JDM documents, or a release zip.
    source: PathBuf,
    /// The bundle to write; it is replaced if it exists.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// The project's key.
    #[arg(long, value_name = "KEY")]
    project: Option<String>,
    /// The project's id in BRMS.
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
    /// The project's name.
    #[arg(long, value_name = "NAME")]
    project_name: Option<String>,
    /// The release's id in BRMS.
    #[arg(long, value_name = "ID")]
    release_id: Option<String>,
    /// The release's version.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The release's name.
    #[arg(long, value_name = "NAME")]
    release_name: Option<String>,
    /// The commit that the release was made from.
    #[arg(long, value_name = "ID")]
    commit: Option<String>,
    /// A file of access tokens, one a line, that replace those of the source; - is standard input.
    #[arg(long, value_name = "FILE")]
    access_tokens: Option<PathBuf>,
}

/// What was packed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Packed {
    file: PathBuf,
    digest: String,
    bytes: u64,
    documents: usize,
    skipped: Vec<String>,
    identity: Shown,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let limits = Limits::default();
    let Folder {
        mut packer,
        skipped,
    } = read(&arguments.source, &limits)?;
    for path in &skipped {
        let path = identity::printable(path);
        output.warn(format_args!(
            "`{path}` is not packed: not a .json file, or a link"
        ));
    }
    arguments.identify(&mut packer);
    if let Some(path) = &arguments.access_tokens {
        packer.access = Access::Tokens(read_tokens(path)?);
    }
    let (bytes, bundle) = packer
        .pack(&limits)
        .map_err(|error| CliError::from(error).at(arguments.source.display()))?;
    files::write(&arguments.out, &bytes)?;
    output.report(&Packed {
        file: arguments.out.clone(),
        digest: bundle.digest().to_owned(),
        bytes: bundle.length(),
        documents: bundle.documents().count(),
        skipped,
        identity: Shown::new(&bundle),
    })?;
    Ok(Exit::Done)
}

fn read(path: &Path, limits: &Limits) -> Result<Folder, CliError> {
    if path.is_dir() {
        return source::read_folder(path, limits);
    }
    let bundle: Bundle = source::open(path, limits)?;
    Ok(Folder {
        packer: Packer::from_bundle(&bundle),
        skipped: Vec::new(),
    })
}

impl Arguments {
    fn identify(&self, packer: &mut Packer) {
        let identity = &mut packer.identity;
        let flags = [
            (&self.project, &mut identity.project.key),
            (&self.project_id, &mut identity.project.id),
            (&self.project_name, &mut identity.project.name),
            (&self.release_id, &mut identity.release.id),
            (&self.version, &mut identity.release.version),
            (&self.release_name, &mut identity.release.name),
            (&self.commit, &mut identity.release.commit_id),
        ];
        for (flag, field) in flags {
            if flag.is_some() {
                field.clone_from(flag);
            }
        }
    }
}

/// Reads tokens; what is wrong with them is said without showing them.
fn read_tokens(path: &Path) -> Result<Tokens, CliError> {
    const LONGEST: u64 = 64 * 1024;
    let text = if path == Path::new("-") {
        let mut text = Vec::new();
        io::stdin()
            .take(LONGEST + 1)
            .read_to_end(&mut text)
            .map_err(files::failed("read", Path::new("standard input")))?;
        text
    } else {
        files::read(path, LONGEST)?
            .ok_or_else(|| CliError::unavailable(format!("there is no file {}", path.display())))?
    };
    let text = String::from_utf8(text)
        .ok()
        .filter(|text| text.len() as u64 <= LONGEST)
        .ok_or_else(|| CliError::invalid("the access tokens are not text of up to 64 KiB"))?;
    let lines = text.lines().map(str::trim);
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

impl Report for Packed {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let (file, bytes) = (self.file.display().to_string(), self.bytes);
        let size = format!("{bytes} bytes, {} documents", self.documents);
        identity::line(to, "packed", [&Some(file), &Some(size), &None])?;
        identity::line(to, "sha256", [&Some(self.digest.clone()), &None, &None])?;
        self.identity.text(to)
    }
}
