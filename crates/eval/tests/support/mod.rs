//! Documents and shorthands that the hostile-input tests share.
#![allow(dead_code, reason = "every test file uses a part of it")]

use serde_json::{Value, json};
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, Error, ErrorKind, EvaluateOptions, FailureKind,
    Limit, Limits, OnFailure, api, compile, decode_context, evaluate_expression, to_json,
};

/// The clock of every evaluation here: 2026-03-15T09:30:00Z.
pub(crate) const NOW: i64 = 1_773_567_000_000;

/// A graph of `nodes` in a row between one input and one output node.
pub(crate) fn chain(nodes: Vec<Value>) -> Value {
    let mut all = vec![node("in", "inputNode", json!({}))];
    all.extend(nodes);
    all.push(node("out", "outputNode", json!({})));
    let ids: Vec<_> = all
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    let edges = ids
        .windows(2)
        .map(|pair| edge(&pair[0], &pair[1]))
        .collect();
    graph(all, edges)
}

/// A graph of exactly these nodes and edges.
pub(crate) fn graph(nodes: Vec<Value>, edges: Vec<Value>) -> Value {
    json!({ "contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges })
}

pub(crate) fn edge(from: &str, to: &str) -> Value {
    json!({ "id": format!("{from}-{to}"), "type": "edge", "sourceId": from, "targetId": to })
}

pub(crate) fn node(id: &str, kind: &str, content: Value) -> Value {
    json!({ "id": id, "name": id, "type": kind, "content": content })
}

/// An expression node with these keys and expressions.
pub(crate) fn expressions<K: AsRef<str>, E: AsRef<str>>(id: &str, pairs: &[(K, E)]) -> Value {
    let pairs: Vec<_> = pairs
        .iter()
        .enumerate()
        .map(|(index, (key, value))| json!({ "id": format!("{id}-{index}"), "key": key.as_ref(), "value": value.as_ref() }))
        .collect();
    node(id, "expressionNode", json!({ "expressions": pairs }))
}

/// An expression node with one result, `y`.
pub(crate) fn expression(id: &str, source: &str) -> Value {
    expressions(id, &[("y", source)])
}

pub(crate) fn decision(id: &str, key: &str) -> Value {
    node(id, "decisionNode", json!({ "key": key }))
}

/// A table with one input column `x` and one output column `y`.
pub(crate) fn table(id: &str, rows: &[(&str, &str)]) -> Value {
    let rules: Vec<_> = rows
        .iter()
        .map(|(x, y)| json!({ "_id": "r", "i": x, "o": y }))
        .collect();
    node(
        id,
        "decisionTableNode",
        json!({
            "hitPolicy": "first",
            "inputs": [{ "id": "i", "name": "x", "field": "x" }],
            "outputs": [{ "id": "o", "name": "y", "field": "y" }],
            "rules": rules,
        }),
    )
}

pub(crate) fn function(id: &str, source: &str) -> Value {
    node(id, "functionNode", json!({ "source": source }))
}

/// A policy of these blocks, each a type and its data.
pub(crate) fn policy(blocks: Vec<(&str, Value)>) -> Value {
    let blocks: Vec<_> = blocks
        .into_iter()
        .enumerate()
        .map(|(index, (kind, data))| json!({ "id": format!("b{index}"), "type": kind, "props": { "data": data } }))
        .collect();
    json!({ "blocks": blocks })
}

/// A policy's entity `p` with one number `n`.
pub(crate) fn entity() -> (&'static str, Value) {
    let property =
        json!({ "id": "n", "name": "n", "type": "number", "array": false, "optional": false });
    (
        "dataModel",
        json!({ "name": "p", "properties": [property] }),
    )
}

/// Compiles one document under the key `a`; what does not compile is excluded.
pub(crate) fn one(document: &Value) -> CompiledBundle {
    many(&[("a", document.clone())])
}

/// Compiles documents; what does not compile is excluded.
pub(crate) fn many(documents: &[(&str, Value)]) -> CompiledBundle {
    let documents = documents
        .iter()
        .map(|(key, document)| (*key, document.to_string()));
    excluding(&documents.collect(), Limits::default())
}

/// Compiles documents; what does not compile is excluded.
pub(crate) fn excluding(documents: &Documents, limits: Limits) -> CompiledBundle {
    let options = CompileOptions {
        limits,
        on_failure: OnFailure::Exclude,
        ..CompileOptions::default()
    };
    compile(documents, options).unwrap()
}

/// Evaluates `a` and gives the result without the rest of the answer.
pub(crate) fn answer(bundle: &CompiledBundle, context: &str) -> Result<Value, Error> {
    let options = EvaluateOptions {
        now: Some(NOW),
        ..EvaluateOptions::default()
    };
    let json = api::evaluate_sync(bundle, "a", context.as_bytes(), options)?;
    Ok(serde_json::from_slice::<Value>(&json).unwrap()["result"].clone())
}

/// A document and a context with a known answer: what a bundle must still do after anything failed.
pub(crate) fn sound() -> Value {
    chain(vec![expression("e", "x + 1")])
}

/// Whether the sound document still gives the right answer.
pub(crate) fn is_sound(bundle: &CompiledBundle, key: &str) -> bool {
    let options = EvaluateOptions::default();
    let json = api::evaluate_sync(bundle, key, br#"{"x":1}"#, options).unwrap();
    serde_json::from_slice::<Value>(&json).unwrap()["result"] == json!({ "y": 2 })
}

/// How the document with this key failed to compile, if it did.
pub(crate) fn failure(bundle: &CompiledBundle, key: &str) -> Option<FailureKind> {
    bundle.report().failure(key).map(|failure| failure.kind)
}

/// The limit that an error is about.
pub(crate) fn limit_of(error: &Error) -> Option<Limit> {
    match error.kind() {
        ErrorKind::LimitExceeded(limit) => Some(limit),
        _ => None,
    }
}

/// Evaluates an expression on its own; the answer as JSON.
pub(crate) fn evaluate(source: &str, context: &Value) -> Result<Value, Error> {
    let limits = Limits::default();
    let context = decode_context(context.to_string().as_bytes(), &limits)?;
    let value = evaluate_expression(source, context, &limits, None)?;
    Ok(serde_json::from_slice(&to_json(&value, &limits)?).unwrap())
}

/// Compiles bytes as the document `a`, beside a sound one that must still work.
pub(crate) fn compile_bytes(json: &[u8]) -> CompiledBundle {
    let mut documents = Documents::new();
    documents.insert("a", json);
    documents.insert("sound", sound().to_string());
    let bundle = excluding(&documents, Limits::default());
    assert!(is_sound(&bundle, "sound"));
    bundle
}
