//! Descriptions of small releases, word for word. Set `UPDATE_GOLDEN=1` to write them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::{bundle, description};

fn assert_golden(name: &str, identity: &Value, documents: Vec<(&str, Value)>) {
    let description = description(&bundle(identity, documents));
    let text = format!("{description:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(description, golden, "{}", path.display());
}

fn node(id: &str, kind: &str, content: Value) -> Value {
    json!({"id": id, "name": id, "type": kind, "content": content, "position": {"x": 0, "y": 0}})
}

/// Nodes one after the other.
fn graph(nodes: Vec<Value>) -> Value {
    let edges: Vec<_> = nodes
        .windows(2)
        .enumerate()
        .map(|(index, pair)| {
            json!({"id": format!("e{index}"), "type": "edge",
                "sourceId": pair[0]["id"], "targetId": pair[1]["id"]})
        })
        .collect();
    json!({"contentType": "graph", "nodes": nodes, "edges": edges})
}

fn release() -> Value {
    json!({
        "version": "1",
        "project": {"id": "p-1", "key": "shipping", "name": "Shipping"},
        "release": {"id": "r-1", "version": "1.4.0", "name": "Q3", "status": "published"},
    })
}

fn environment() -> Value {
    let mut identity = release();
    identity["environment"] = json!({"id": "e-1", "key": "production", "name": "Production"});
    identity
}

/// As BRMS writes it: schemas as text, tests in a document of their own.
#[test]
fn declared_schemas() {
    let input = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "pricing",
        "type": "object",
        "required": ["cart"],
        "properties": {
            "cart": {"type": "array", "items": {"$ref": "#/definitions/line"}, "minItems": 1},
            "coupon": {"type": ["string", "null"], "examples": ["SPRING"]},
            "channel": {"const": "web"},
            "weight": {"type": ["integer", "string"]},
        },
        "definitions": {
            "line": {
                "type": "object",
                "properties": {
                    "price": {"type": "number", "exclusiveMinimum": 0},
                    "parts": {"type": "array", "items": {"$ref": "#/definitions/line"}},
                },
            },
        },
    });
    let output = json!({"type": "object", "properties": {"total": {"type": "number"}}});
    let mut pricing = graph(vec![
        node("in", "inputNode", json!({"schema": input.to_string()})),
        node("out", "outputNode", json!({"schema": output.to_string()})),
    ]);
    pricing["title"] = json!("Pricing");
    pricing["description"] = json!("Prices of carts");
    pricing["meta"] = json!({"versionId": "3a5b"});
    let tests = json!({
        "contentType": "test",
        "filePath": "pricing rule",
        "testCases": [
            {"name": "off", "input": {"cart": [{}]}, "disabled": true},
            {"name": "refused", "input": {"cart": []}},
            {"name": "one", "input": {"cart": [{"price": 1.50}]}},
            {"input": {"cart": [{"price": 2}], "coupon": null}},
            {"name": "three", "input": {"cart": [{"parts": [{"price": 3}]}]}},
            {"name": "four", "input": {"cart": [{"price": 4}]}},
        ],
    });
    assert_golden(
        "declared",
        &environment(),
        vec![("Pricing Rule", pricing), ("Pricing Rule.test", tests)],
    );
}

/// What nobody declared, and a call of one decision by another.
#[test]
fn derived_schemas() {
    let row = |key: &str, value: &str| json!({"id": key, "key": key, "value": value});
    let shipping = graph(vec![
        node("in", "inputNode", json!({})),
        node(
            "sum",
            "expressionNode",
            json!({"expressions": [
                row("total", "cart.price * cart.quantity"),
                row("note", "'for ' + string(customer.name)"),
            ]}),
        ),
        node(
            "table",
            "decisionTableNode",
            json!({
                "hitPolicy": "first",
                "inputs": [{"id": "i", "name": "total", "field": "total"}],
                "outputs": [{"id": "o", "name": "tier", "field": "tier"}],
                "rules": [{"_id": "1", "i": "> 100", "o": "'gold'"}, {"_id": "2", "i": "", "o": "'none'"}],
                "passThrough": true,
            }),
        ),
        node("out", "outputNode", json!({})),
    ]);
    let caller = graph(vec![
        node("in", "inputNode", json!({})),
        node("call", "decisionNode", json!({"key": "Shipping/Rate"})),
        node("out", "outputNode", json!({})),
    ]);
    let function = graph(vec![
        node("in", "inputNode", json!({})),
        node(
            "function",
            "functionNode",
            json!({"source": "export const handler = async (input) => ({score: input.amount * 2});"}),
        ),
        node("out", "outputNode", json!({})),
    ]);
    assert_golden(
        "derived",
        &release(),
        vec![
            ("shipping/rate", shipping),
            ("shipping/quote", caller),
            ("shipping/{score}", function),
        ],
    );
}

/// A policy that imports a dictionary, and a graph that does.
#[test]
fn policies_and_dictionaries() {
    let shared = json!({"blocks": [{
        "id": "tiers", "type": "dictionary",
        "props": {"data": {"name": "Tier", "entries": [
            {"id": "g", "value": "gold", "label": "Gold"},
            {"id": "s", "value": "silver", "label": "Silver"},
        ]}},
    }]});
    let property = |name: &str, kind: Value| {
        let mut property = json!({"id": name, "name": name, "array": false, "optional": false});
        property
            .as_object_mut()
            .unwrap()
            .extend(kind.as_object().unwrap().clone());
        property
    };
    let policy = json!({
        "imports": ["Shared"],
        "blocks": [
            {"id": "model", "type": "dataModel", "props": {"data": {"name": "applicant", "properties": [
                property("age", json!({"type": "number"})),
                property("tier", json!({"type": "relationship", "target": "Tier"})),
            ]}}},
            {"id": "adult", "type": "expression",
             "props": {"data": {"key": "applicant.adult", "value": "applicant.age >= 18"}}},
        ],
    });
    let schema = json!({"type": "object", "required": ["tier"],
        "properties": {"tier": {"$dictionary": "Tier"}}});
    let mut graph = graph(vec![
        node("in", "inputNode", json!({"schema": schema.to_string()})),
        node("out", "outputNode", json!({})),
    ]);
    graph["imports"] = json!(["shared"]);
    assert_golden(
        "policy",
        &json!({}),
        vec![
            ("shared", shared),
            ("Eligibility", policy),
            ("tiers", graph),
        ],
    );
}
