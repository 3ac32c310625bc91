//! `xtask demo`: the native side of `make demo`.

use serde::Deserialize;
use std::process::ExitCode;
use zen_edge_eval::{CompileOptions, Documents, ENGINE_VERSION, EvaluateOptions, api, compile};

/// The decision that both sides evaluate; `tests/node/demo.mjs` reads the same file.
const DEMO: &str = include_str!("../../../tests/demo.json");

#[derive(Deserialize)]
struct Demo {
    key: String,
    context: serde_json::Value,
}

/// Evaluates the demo's decision and prints its result.
pub(crate) fn run() -> Result<ExitCode, String> {
    let demo: Demo = serde_json::from_str(DEMO).map_err(|error| error.to_string())?;
    let path = format!("tests/corpus/{}", demo.key);
    let document = std::fs::read(&path)
        .map_err(|error| format!("{path}: {error}; run it from the repository's root"))?;
    let documents = Documents::from_iter([(demo.key.as_str(), document)]);
    let bundle =
        compile(&documents, CompileOptions::default()).map_err(|error| error.to_string())?;
    let context = demo.context.to_string();
    let options = EvaluateOptions::default();
    let answer = api::evaluate_sync(&bundle, &demo.key, context.as_bytes(), options)
        .map_err(|error| error.to_string())?;
    let answer: serde_json::Value =
        serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
    let (result, performance) = (answer.get("result"), answer.get("performance"));
    println!("decision {}", demo.key);
    println!("context  {context}");
    println!(
        "native   {}  ({}, engine {ENGINE_VERSION})",
        result.unwrap_or(&serde_json::Value::Null),
        performance
            .and_then(|text| text.as_str())
            .unwrap_or_default(),
    );
    Ok(ExitCode::SUCCESS)
}
