//! `eval`: one decision, one context, one answer.

use crate::decisions::{Compiled, clock};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::{Output, Report};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use zen_edge_eval::{Limits, OnFailure, TraceKind};

/// Evaluate a decision of a bundle or a folder.
///
/// The answer is the GoRules Agent's: performance, result, and trace if asked for. Nothing is
/// fetched from the network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge eval rules/ pricing/main.json '{\"amount\": 120}'
  zen-edge eval pricing.zip pricing/main.json @request.json --trace
  curl -s https://example.com/order | zen-edge eval pricing.zip pricing/main.json - \\
      --now 2026-03-15T09:30:00Z")]
pub(crate) struct Arguments {
    /// A bundle, or a folder that could become one.
    bundle: PathBuf,
    /// The decision's key, in any case.
    key: String,
    /// The context as JSON; @FILE reads a file, - standard input.
    #[arg(default_value = "{}")]
    context: String,
    /// Show how the decision came to its answer.
    #[arg(long)]
    trace: bool,
    /// The clock that rules see, in RFC 3339; without it, the system's.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

/// The answer, which is JSON for people too.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Value);

impl Report for Answer {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *to, &self.0)?;
        writeln!(to)
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let now = clock(arguments.now.as_deref())?;
    let context = context(&arguments.context)?;
    // An author may evaluate one decision while another one is broken.
    let compiled = Compiled::open(&arguments.bundle, OnFailure::Exclude)?;
    let trace = if arguments.trace {
        TraceKind::Default
    } else {
        TraceKind::None
    };
    let answer = compiled.evaluate(&arguments.key, &context, trace, now)?;
    let answer = serde_json::from_slice(&answer)
        .map_err(|error| CliError::invalid(format!("the answer is not readable: {error}")))?;
    output.report(&Answer(answer))?;
    Ok(Exit::Done)
}

/// Reads a context from where the argument says it is.
fn context(argument: &str) -> Result<Vec<u8>, CliError> {
    let longest = Limits::default().context_bytes as u64;
    let context = match (argument, argument.strip_prefix('@')) {
        ("-", _) => {
            let mut context = Vec::new();
            io::stdin()
                .take(longest.saturating_add(1))
                .read_to_end(&mut context)
                .map_err(files::failed("read", Path::new("standard input")))?;
            context
        }
        (_, Some(path)) => files::read(Path::new(path), longest)?
            .ok_or_else(|| CliError::unavailable(format!("there is no file {path}")))?,
        _ => argument.as_bytes().to_vec(),
    };
    Ok(context)
}
