//! Regions of an evaluator on one machine: the demo, and the disaster-recovery drill.
//!
//! A [`site`] is regions (a store each, and an evaluator), replication between them, and a publisher,
//! all of them real processes. A [`drill`] is a site under [`load`], with a [`book`] of every answer
//! held against the [`truth`]: what was published. The [`script`] is the faults.
//!
//! Processes are started and ended by the main thread alone, and the system kills them when it is
//! gone: nothing outlives the drill, whatever ends it.

mod answer;
mod book;
mod demo;
mod drill;
mod error;
#[cfg(test)]
mod honesty;
mod load;
mod output;
mod page;
mod process;
mod publisher;
mod reconcile;
mod region;
mod replication;
mod report;
mod run;
mod script;
mod site;
mod stop;
mod tally;
mod truth;

use clap::{Parser, Subcommand};
use error::DrillError;
use output::{BAD, note, paint};
use std::process::ExitCode;

/// Regions of an evaluator on one machine.
#[derive(Debug, Parser)]
#[command(name = "zen-edge-drill", version)]
struct Command {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    Run(run::Arguments),
    Demo(demo::Arguments),
}

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let result = match Command::parse().tool {
        Tool::Run(arguments) => run::run(&arguments),
        Tool::Demo(arguments) => demo::run(&arguments),
    };
    result.unwrap_or_else(|error| {
        if matches!(error, DrillError::Interrupted) {
            return INTERRUPTED.into();
        }
        note(paint(BAD, format!("error: {error}")));
        ExitCode::FAILURE
    })
}
