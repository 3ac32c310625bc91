//! The verbs, one file each.

mod check;
mod completions;
mod diff;
mod eval;
mod inspect;
mod man;
mod pack;
mod test;
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
    Eval(eval::Arguments),
    Test(test::Arguments),
    Diff(diff::Arguments),
    Check(check::Arguments),
    Tuf(tuf::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs a verb.
pub(crate) fn run(verb: Verb, output: &Output) -> Result<Exit, CliError> {
    match verb {
        Verb::Pack(arguments) => pack::run(&arguments, output),
        Verb::Inspect(arguments) => inspect::run(&arguments, output),
        Verb::Eval(arguments) => eval::run(&arguments, output),
        Verb::Test(arguments) => test::run(&arguments, output),
        Verb::Diff(arguments) => diff::run(&arguments, output),
        Verb::Check(arguments) => check::run(&arguments, output),
        Verb::Tuf(arguments) => tuf::run(&arguments, output),
        Verb::Completions(arguments) => completions::run(&arguments, output),
        Verb::Man(arguments) => man::run(&arguments, output),
    }
}
