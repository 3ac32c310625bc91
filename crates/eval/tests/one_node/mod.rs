//! Bundles whose decision `d` has one node between input and output.
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::{Value, json};
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, Error, EvaluateOptions, Host, Limits, OnFailure,
    api, compile,
};

/// input → node → output, with one node of the given type and content.
pub(crate) fn graph(node_type: &str, content: &Value) -> Value {
    json!({
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            { "id": "in", "name": "In", "type": "inputNode" },
            { "id": "node", "name": "Node", "type": node_type, "content": content },
            { "id": "out", "name": "Out", "type": "outputNode" },
        ],
        "edges": [
            { "id": "1", "type": "edge", "sourceId": "in", "targetId": "node" },
            { "id": "2", "type": "edge", "sourceId": "node", "targetId": "out" },
        ],
    })
}

/// A graph with a function node of version 2 (an ES module).
pub(crate) fn function_v2(source: &str) -> Value {
    graph("functionNode", &json!({ "source": source }))
}

/// A graph with a function node of version 1 (a script with a `handler`).
pub(crate) fn function_v1(source: &str) -> Value {
    graph("functionNode", &json!(source))
}

/// A graph with an expression node of one expression.
pub(crate) fn expression(key: &str, value: &str) -> Value {
    graph(
        "expressionNode",
        &json!({ "expressions": [{ "id": "e", "key": key, "value": value }] }),
    )
}

/// Compiles documents, failures excluded.
pub(crate) fn compiled(documents: &[(&str, Value)], limits: Limits, host: Host) -> CompiledBundle {
    let documents: Documents = documents
        .iter()
        .map(|(key, document)| (*key, document.to_string()))
        .collect();
    compile(
        &documents,
        CompileOptions {
            limits,
            host,
            on_failure: OnFailure::Exclude,
        },
    )
    .unwrap()
}

/// Compiles one document under the key `d` with default limits and nothing granted.
pub(crate) fn single(document: Value) -> CompiledBundle {
    compiled(&[("d", document)], Limits::default(), Host::default())
}

/// Evaluates `d` at once; the whole answer as JSON.
pub(crate) fn answer(
    bundle: &CompiledBundle,
    context: &Value,
    options: EvaluateOptions,
) -> Result<Value, Error> {
    let json = api::evaluate_sync(bundle, "d", context.to_string().as_bytes(), options)?;
    Ok(serde_json::from_slice(&json).unwrap())
}

/// Evaluates `d` at once; the result as JSON.
pub(crate) fn result(bundle: &CompiledBundle, context: &Value) -> Result<Value, Error> {
    let answer = answer(bundle, context, EvaluateOptions::default())?;
    Ok(answer.get("result").cloned().unwrap())
}
