//! The verbs, one file each.

mod completions;
mod inspect;
mod man;
mod pack;
mod tuf;

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Pack(pack::Arguments),
    Inspect(inspect::Arguments),
    Tuf(tuf::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs a verb.
pub(crate) fn run(verb: Verb, output: &Output) -> Result<Exit, CliError> {
    match verb {
        Verb::Pack(arguments) => pack::run(&arguments, output),
        Verb::Inspect(arguments) => inspect::run(&arguments, output),
        Verb::Tuf(arguments) => tuf::run(&arguments, output),
        Verb::Completions(arguments) => completions::run(&arguments, output),
        Verb::Man(arguments) => man::run(&arguments, output),
    }
}
