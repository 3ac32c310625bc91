//! `xtask bench-native`: native Rust's side of the benchmark.
//!
//! `tests/bench/run.mjs` writes one request a line and reads one reply a line, so that it can let
//! native Rust take turns with the other contenders. What is timed is the JSON boundary of
//! `zen_edge_eval` on this thread: context as JSON text in, answer as JSON text out, on a compiled
//! bundle.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, EvaluateOptions, TraceKind, api, compile,
};

/// One line from the benchmark.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Request {
    /// Compiles a fixture; later requests call it by its name.
    Load {
        name: String,
        documents: BTreeMap<String, String>,
        key: String,
        context: String,
    },
    /// Evaluates it once and shows the answer.
    Answer { name: String, trace: bool },
    /// Evaluates it `iterations` times and tells how long that took.
    Measure {
        name: String,
        trace: bool,
        iterations: u32,
    },
}

/// One line to the benchmark.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Reply {
    Loaded(String),
    /// The answer's JSON, as text.
    Answer(String),
    Nanos(u64),
    Error(String),
}

/// A compiled fixture and what to ask it.
struct Fixture {
    bundle: CompiledBundle,
    key: String,
    context: String,
}

/// Serves requests from standard input until it ends.
pub(crate) fn run() -> Result<ExitCode, String> {
    let mut fixtures = BTreeMap::new();
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| format!("standard input: {error}"))?;
        let reply = respond(&line, &mut fixtures).unwrap_or_else(Reply::Error);
        let reply = serde_json::to_string(&reply).map_err(|error| error.to_string())?;
        writeln!(stdout, "{reply}")
            .and_then(|()| stdout.flush())
            .map_err(|error| format!("standard output: {error}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn respond(line: &str, fixtures: &mut BTreeMap<String, Fixture>) -> Result<Reply, String> {
    let request = serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    match request {
        Request::Load {
            name,
            documents,
            key,
            context,
        } => {
            let documents: Documents = documents.into_iter().collect();
            let bundle = compile(&documents, CompileOptions::default())
                .map_err(|error| format!("{name}: {error}"))?;
            fixtures.insert(
                name.clone(),
                Fixture {
                    bundle,
                    key,
                    context,
                },
            );
            Ok(Reply::Loaded(name))
        }
        Request::Answer { name, trace } => {
            let answer = find(fixtures, &name)?.evaluate(trace)?;
            String::from_utf8(answer)
                .map(Reply::Answer)
                .map_err(|error| error.to_string())
        }
        Request::Measure {
            name,
            trace,
            iterations,
        } => find(fixtures, &name)?
            .measure(trace, iterations)
            .map(Reply::Nanos),
    }
}

fn find<'a>(fixtures: &'a BTreeMap<String, Fixture>, name: &str) -> Result<&'a Fixture, String> {
    fixtures
        .get(name)
        .ok_or_else(|| format!("`{name}` was not loaded"))
}

impl Fixture {
    fn evaluate(&self, trace: bool) -> Result<Vec<u8>, String> {
        let trace = if trace {
            TraceKind::Default
        } else {
            TraceKind::None
        };
        let options = EvaluateOptions {
            trace,
            ..EvaluateOptions::default()
        };
        api::evaluate_sync(&self.bundle, &self.key, self.context.as_bytes(), options)
            .map_err(|error| error.to_string())
    }

    #[allow(clippy::disallowed_methods, reason = "the benchmark times native code")]
    fn measure(&self, trace: bool, iterations: u32) -> Result<u64, String> {
        let start = Instant::now();
        for _ in 0..iterations {
            black_box(black_box(self).evaluate(trace)?);
        }
        u64::try_from(start.elapsed().as_nanos()).map_err(|error| error.to_string())
    }
}
