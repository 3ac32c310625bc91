//! `zen-edge tuf`: a plain TUF client, driven as TUF's conformance suite drives clients.

mod directory;
mod download;
mod init;
mod refresh;

use crate::error::{AnyError, CliError};
use crate::exit::Exit;
use crate::output::{Nothing, Output};
use clap::Subcommand;
use std::path::PathBuf;

/// A plain TUF client: keeps a folder of trusted metadata current, and downloads targets.
///
/// Exits with 0 if all of it was done, and with 1 if anything was refused or failed.
#[derive(Debug, clap::Args)]
#[command(subcommand_precedence_over_arg = true)]
pub(crate) struct Arguments {
    /// The folder of trusted metadata: root.json, timestamp.json and so on.
    #[arg(long, value_name = "DIR")]
    metadata_dir: PathBuf,
    /// The repository's metadata.
    #[arg(long, value_name = "URL")]
    metadata_url: Option<String>,
    /// The targets to download, in this order.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    target_name: Vec<String>,
    /// The repository's targets.
    #[arg(long, value_name = "URL")]
    target_base_url: Option<String>,
    /// Where to put downloaded targets: files named by their percent-encoded paths.
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Trust this root metadata from now on.
    Init {
        /// The root metadata file.
        trusted_root: PathBuf,
    },
    /// Update the top-level metadata.
    Refresh,
    /// Update the metadata, then download targets that are not there yet.
    Download,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let result = match &arguments.verb {
        Verb::Init { trusted_root } => init::run(arguments, trusted_root),
        Verb::Refresh => refresh::run(arguments, output).map(|_| ()),
        Verb::Download => download::run(arguments, output),
    };
    match result {
        Ok(()) => output.report(&Nothing {}).map(|()| Exit::Done),
        // The conformance suite knows no other code.
        Err(error) => Err(CliError::new(Exit::Failed, error)),
    }
}

/// The value of an option that this verb cannot do without.
fn required<'a, T: ?Sized>(value: Option<&'a T>, option: &str) -> Result<&'a T, AnyError> {
    value.ok_or_else(|| format!("{option} is needed for this").into())
}
