//! The `zen-edge` command: flags here, one file per verb.

mod http;
mod tuf;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// GoRules decisions at the edge, from releases secured by TUF.
#[derive(Debug, Parser)]
#[command(name = "zen-edge", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Tuf(tuf::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Tuf(arguments) => tuf::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// Writes an error and its causes on one line of standard error.
fn report(error: &(dyn std::error::Error + 'static)) {
    let mut message = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    eprintln!("{message}");
}
