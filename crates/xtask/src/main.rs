//! The project's own tools; `make` calls them.
#![allow(clippy::print_stdout, reason = "command-line tools")]

mod bench;
mod conformance;
mod runtime;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "zen-edge's own tools")]
struct Cli {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Subcommand)]
enum Tool {
    /// Lists the test cases of a folder of fixtures as JSON, for another runtime to evaluate
    Cases(conformance::CasesArgs),
    /// Runs a folder of fixtures natively and compares with what wasm answered
    Conformance(conformance::Args),
    /// Evaluates natively for `tests/bench/run.mjs`, one JSON request a line
    BenchNative,
    /// Keeps releases up to date for `tests/bench/runtime.mjs`, one JSON request a line
    BenchRuntime,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().tool {
        Tool::Cases(args) => conformance::cases(&args),
        Tool::Conformance(args) => conformance::run(&args),
        Tool::BenchNative => bench::run(),
        Tool::BenchRuntime => runtime::run(),
    };
    match outcome {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
