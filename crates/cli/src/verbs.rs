//! The verbs, one file each.

mod bake;
mod check;
mod completions;
mod copy;
mod diff;
mod eval;
mod init;
mod inspect;
mod keygen;
mod man;
mod pack;
mod promote;
mod publish;
mod renew;
mod revoke;
mod rollback;
mod rotate;
mod status;
mod test;
mod tuf;
mod verify;

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Pack(pack::Arguments),
    Inspect(inspect::Arguments),
    Keygen(keygen::Arguments),
    Init(init::Arguments),
    Publish(publish::Arguments),
    Verify(verify::Arguments),
    Promote(promote::Arguments),
    Rollback(rollback::Arguments),
    Revoke(revoke::Arguments),
    Renew(renew::Arguments),
    Rotate(rotate::Arguments),
    Status(status::Arguments),
    Copy(copy::Arguments),
    Bake(bake::Arguments),
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
        Verb::Keygen(arguments) => keygen::run(&arguments, output),
        Verb::Init(arguments) => init::run(&arguments, output),
        Verb::Publish(arguments) => publish::run(&arguments, output),
        Verb::Verify(arguments) => verify::run(&arguments, output),
        Verb::Promote(arguments) => promote::run(&arguments, output),
        Verb::Rollback(arguments) => rollback::run(&arguments, output),
        Verb::Revoke(arguments) => revoke::run(&arguments, output),
        Verb::Renew(arguments) => renew::run(&arguments, output),
        Verb::Rotate(arguments) => rotate::run(&arguments, output),
        Verb::Status(arguments) => status::run(&arguments, output),
        Verb::Copy(arguments) => copy::run(&arguments, output),
        Verb::Bake(arguments) => bake::run(&arguments, output),
        Verb::Eval(arguments) => eval::run(&arguments, output),
        Verb::Test(arguments) => test::run(&arguments, output),
        Verb::Diff(arguments) => diff::run(&arguments, output),
        Verb::Check(arguments) => check::run(&arguments, output),
        Verb::Tuf(arguments) => tuf::run(&arguments, output),
        Verb::Completions(arguments) => completions::run(&arguments, output),
        Verb::Man(arguments) => man::run(&arguments, output),
    }
}
