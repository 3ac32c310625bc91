//! Scenarios are played on the client of `zen-edge-sync`, without an engine, and what is not as
//! expected is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::Clients;
use zen_edge_sync_testkit::Scenario;

fn files() -> Vec<(String, String)> {
    Scenario::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios"))
}

#[test]
fn every_scenario_can_be_read() {
    let files = files();
    assert!(files.len() >= 70, "{}", files.len());
    for (name, text) in files {
        Scenario::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Only a runtime keeps releases that are not active.
const NEED_A_RUNTIME: [&str; 1] = ["operations/pinned-release"];

#[test]
fn scenarios_hold() {
    let mut faults = Vec::new();
    for (name, text) in files() {
        let result = Scenario::read(&text).unwrap().run(&Clients);
        match (result, NEED_A_RUNTIME.contains(&name.as_str())) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => faults.push(format!("{name}: it needs no runtime")),
            (Err(failure), false) => faults.push(format!("{name}: {failure}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Plays a scenario in which one thing is changed, and says which step was found to be wrong.
fn failing_step(pointer: &str, value: Value) -> Option<usize> {
    let files = files();
    let (_, text) = files
        .iter()
        .find(|(name, _)| name == "storage/500")
        .unwrap();
    let mut scenario: Value = serde_json::from_str(text).unwrap();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    scenario.pointer_mut(parent).unwrap()[member] = value;
    let scenario = Scenario::read(&scenario.to_string()).unwrap();
    scenario.run(&Clients).expect_err(pointer).step
}

#[test]
fn wrong_expectations_are_found() {
    for (pointer, value, step) in [
        (
            "/steps/1/refresh/expect/outcome",
            json!("unchanged"),
            Some(2),
        ),
        (
            "/steps/1/refresh/requests",
            json!({"none": ["near *"]}),
            Some(2),
        ),
        ("/steps/1/refresh/requests", json!({"exactly": []}), Some(2)),
        (
            "/steps/1/refresh/requests",
            json!({"inOrder": ["near */targets/*", "near *.json *"]}),
            Some(2),
        ),
        (
            "/steps/1/refresh/requests",
            json!({"counts": {"near */timestamp.json *": 2}}),
            Some(2),
        ),
        (
            "/steps/1/refresh/requests",
            json!({"atMost": {"near *": 1}}),
            Some(2),
        ),
        (
            "/steps/1/refresh/meanwhile",
            json!([{"answers": "9"}]),
            Some(2),
        ),
        ("/steps/2/evaluate/answers", json!("2"), Some(3)),
        (
            "/steps/2/evaluate/expect",
            json!({"staleness": "stale"}),
            Some(3),
        ),
        (
            "/steps/5/refresh/expect/error/kind",
            json!("denied"),
            Some(6),
        ),
        (
            "/finally/environments/production/projects/pricing/release/version",
            json!("1"),
            None,
        ),
    ] {
        assert_eq!(failing_step(pointer, value), step, "{pointer}");
    }
}

#[test]
fn misspelt_scenarios_are_not_read() {
    let scenario = |step: &str| {
        Scenario::read(&format!(
            r#"{{"description": "", "requests": {{}}, "finally": {{}}, "steps": [{step}]}}"#
        ))
    };
    assert!(scenario(r#"{"refresh": {"expect": {}}}"#).is_ok());
    for step in [
        r#"{"refresh": {"expects": {}}}"#,
        r#"{"reload": {}}"#,
        r#"{"fault": {"source": "near", "fault": "dsn"}}"#,
        r#"{"evaluate": {"answer": "1"}}"#,
    ] {
        assert!(scenario(step).is_err(), "{step}");
    }
}
