//! The scenarios and the random test, on the runtime.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;
use zen_edge_sync_testkit::{Scenario, run_model};
use zen_edge_testkit::Runtimes;

#[test]
fn scenarios_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let scenarios = Scenario::files(&folder);
    assert!(scenarios.len() >= 60, "{}", scenarios.len());
    let faults = scenarios.into_iter().filter_map(|(name, text)| {
        let scenario = Scenario::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let failure = scenario.run(&Runtimes).err()?;
        Some(format!("{name}: {failure}"))
    });
    let faults: Vec<_> = faults.collect();
    assert!(
        faults.is_empty(),
        "{} fail:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What sets the first seed, and the number of runs of 1 000 steps. A hundred thousand steps:
/// `ZEN_EDGE_MODEL_RUNS=100 cargo nextest run …`.
const SEED: &str = "ZEN_EDGE_MODEL_SEED";
const RUNS: &str = "ZEN_EDGE_MODEL_RUNS";

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |number| number.parse().expect("it is a number"))
}

#[test]
fn invariants_hold_in_random_runs() {
    let first = number(SEED, 1);
    for seed in first..first + number(RUNS, 10) {
        eprintln!("{SEED}={seed}");
        let result = run_model(&Runtimes, seed, 1_000);
        let statistics = result.unwrap_or_else(|violation| panic!("{violation}"));
        assert!(statistics.updated > 10, "{statistics:?}");
        assert!(statistics.failed > 10, "{statistics:?}");
        assert!(statistics.answered > 100, "{statistics:?}");
        assert!(statistics.starts > 3, "{statistics:?}");
    }
}
