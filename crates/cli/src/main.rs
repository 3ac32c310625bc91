//! The `zen-edge` command: flags here, one file per verb in `verbs`.
//!
//! A verb takes its arguments and the [`Output`], and ends in an [`exit::Exit`] or an
//! [`error::CliError`]. What it has to say goes through the output, once, so that every verb speaks
//! JSON.

mod agent;
mod bundles;
mod clock;
mod coverage;
mod decisions;
mod error;
mod exit;
mod files;
mod http;
mod identity;
mod output;
mod site;
mod source;
mod verbs;

use clap::Parser;
use output::Output;
use std::process::ExitCode;

/// GoRules decisions at the edge, from releases secured by TUF.
#[derive(Debug, Parser)]
#[command(name = "zen-edge", version, after_long_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Write one JSON value to standard output instead of text for people.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: verbs::Verb,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let result = verbs::run(arguments.verb, &output);
    let exit = result.unwrap_or_else(|error| {
        output.error(&error);
        error.exit
    });
    exit.into()
}
