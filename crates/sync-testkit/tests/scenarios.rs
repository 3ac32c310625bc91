//! Scenarios are played on the simplest client: they are true of something, and what is not as
//! expected is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::path::Path;
use support::Clients;
use zen_edge_sync_testkit::Scenario;

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let mut files = Vec::new();
    for area in std::fs::read_dir(folder).unwrap() {
        let area = area.unwrap().path();
        if area.is_dir() {
            for file in std::fs::read_dir(&area).unwrap() {
                let path = file.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                let name = path.file_stem().unwrap().to_str().unwrap();
                let area = area.file_name().unwrap().to_str().unwrap();
                files.push((format!("{area}/{name}"), text));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_scenario_can_be_read() {
    let files = files();
    assert!(files.len() >= 70, "{}", files.len());
    for (name, text) in files {
        Scenario::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Scenarios for which it is too simple.
const TOO_SIMPLE: [&str; 1] = ["operations/pinned-release"];

#[test]
fn scenarios_hold_on_the_simplest_client() {
    let mut faults = Vec::new();
    for (name, text) in files() {
        let result = Scenario::read(&text).unwrap().run(&Clients);
        match (result, TOO_SIMPLE.contains(&name.as_str())) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => faults.push(format!("{name}: it is not too simple")),
            (Err(failure), false) => faults.push(format!("{name}: {failure}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
