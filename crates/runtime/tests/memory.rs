//! What a release takes in memory, against the estimate by which releases are let go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use cap::Cap;
use serde_json::{Value, json};
use std::alloc::System;
use std::collections::BTreeMap;
use std::path::Path;
use support::Region;
use zen_edge_runtime::eval::{CompileOptions, Documents, OnFailure, compile};
use zen_edge_sync_testkit::{Plan, graph};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Releases of different kinds: many decisions, one large table, expressions, functions.
fn plans() -> Vec<(String, Plan)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut plans = BTreeMap::<String, Plan>::new();
    let documents = Documents::from_folder(&corpus).unwrap();
    let options = CompileOptions {
        on_failure: OnFailure::Exclude,
        ..CompileOptions::default()
    };
    let compiled = compile(&documents, options).unwrap();
    // Some are broken on purpose.
    let sound = |key: &str| compiled.report().failure(key).is_none();
    for (key, json) in documents.iter().filter(|(key, _)| sound(key)) {
        let (area, _) = key.split_once('/').unwrap();
        let plan = plans
            .entry(area.to_owned())
            .or_insert_with(|| Plan::new("pricing", area));
        plan.documents
            .insert(key.to_owned(), serde_json::from_slice(json).unwrap());
    }
    // Others import from it.
    let policies = plans["policy"].documents.clone();
    for plan in plans.values_mut() {
        plan.documents.extend(policies.clone());
    }
    let mut many = Plan::new("pricing", "many");
    for number in 0..1_000 {
        let rule = format!("n > {number} ? 'large' : 'small'");
        let decision = graph(None, &[("size", rule)]);
        many.documents
            .insert(format!("decision {number}"), decision);
    }
    plans.insert("many".to_owned(), many);
    plans.insert("table".to_owned(), table());
    plans.into_iter().collect()
}

fn table() -> Plan {
    let rules: Vec<_> = (0..5_000)
        .map(|row| json!({"_id": row.to_string(), "i": format!("> {row}"), "o": row.to_string()}))
        .collect();
    let column = |id: &str, field: &str| json!([{"id": id, "name": field, "field": field}]);
    let node = |id: &str, kind: &str, content: Value| json!({"id": id, "name": id, "type": kind, "content": content, "position": {"x": 0, "y": 0}});
    let edge = |from: &str, to: &str| json!({"id": from, "type": "edge", "sourceId": from, "targetId": to});
    let decision = json!({"contentType": "graph",
        "nodes": [node("input", "inputNode", json!({})), node("output", "outputNode", json!({})),
            node("table", "decisionTableNode", json!({"hitPolicy": "first", "rules": rules,
                "inputs": column("i", "n"), "outputs": column("o", "row")}))],
        "edges": [edge("input", "table"), edge("table", "output")]});
    let mut plan = Plan::new("pricing", "table");
    plan.documents.insert("table".to_owned(), decision);
    plan
}

#[test]
fn the_estimate_is_not_too_low() {
    let mut measured = Vec::new();
    for (name, plan) in plans() {
        // What is made once, whoever is first, is there already.
        let mut region = Region::new();
        region.serve(plan);
        let active = region.runtime.projects(None).unwrap().remove("pricing");
        drop(region);
        let with = ALLOCATOR.allocated();
        let estimate = active.as_ref().unwrap().bytes();
        drop(active);
        let bytes = u64::try_from(with - ALLOCATOR.allocated()).unwrap();
        println!("{name}: {bytes} bytes, estimated {estimate}");
        measured.push((name, bytes, estimate));
    }
    assert!(measured.len() > 10);
    for (name, bytes, estimate) in measured {
        assert!(
            (1..=estimate).contains(&bytes),
            "{name}: {bytes}, {estimate}"
        );
    }
}
