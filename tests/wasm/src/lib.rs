//! What native tests and benchmarks do to the crates below the npm package, for tests and benchmarks in
//! wasm (`tests/node/releases.test.mjs`, `tests/node/scenarios.test.mjs`, `tests/bench/releases.mjs`,
//! `tests/bench/runtime.mjs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../crates/tuf/tests/support/mod.rs"]
mod support;

mod memory;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use zen_edge_bundle::Bundle;
use zen_edge_sync_testkit::{Scenario, run_model};
use zen_edge_testkit::Runtimes;
use zen_edge_tuf::{Find, Limits, Next, Stored, UnixTime, Updater};
use zen_edge_tuf_testkit::Files;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[wasm_bindgen(start)]
fn start() {
    zen_edge_eval::initialize();
}

/// Plays a file of `tests/scenarios` on the runtime.
#[wasm_bindgen]
pub fn scenario(text: &str) -> Result<(), String> {
    let scenario = Scenario::read(text)?;
    scenario
        .run(&Runtimes)
        .map_err(|failure| failure.to_string())
}

/// Takes so many steps of the random test: what is wrong, if anything is.
#[wasm_bindgen]
pub fn model(seed: u32, steps: u32) -> Result<(), String> {
    match run_model(&Runtimes, u64::from(seed), steps as usize) {
        Ok(_) => Ok(()),
        Err(violation) => Err(violation.to_string()),
    }
}

/// Files from a list of `[path, Uint8Array]`.
fn files(entries: &Array) -> Files {
    entries
        .iter()
        .map(|entry| {
            let entry: Array = entry.unchecked_into();
            let path = entry.get(0).as_string().unwrap();
            (path, Uint8Array::new(&entry.get(1)).to_vec())
        })
        .collect()
}

/// Runs a client against one folder of `tests/tuf/broken`: what it should say and what it says, each
/// as `kind role step`.
#[wasm_bindgen]
pub fn tuf(entries: &Array) -> Vec<String> {
    let (expected, result) = support::broken(&files(entries));
    vec![expected.join(" "), support::refusal(&result).join(" ")]
}

/// Reads a bundle: how many documents it has, or the code of the refusal.
#[wasm_bindgen]
pub fn bundle(bytes: &[u8]) -> String {
    match Bundle::read(bytes, &zen_edge_bundle::Limits::default()) {
        Ok(bundle) => bundle.documents().count().to_string(),
        Err(error) => error.kind().code().to_owned(),
    }
}

/// Verifies an environment (its files, by their path in it) from `root` on, and one project's bundle:
/// how many documents that has. `now` is in seconds since 1970.
#[wasm_bindgen]
pub fn verify_release(
    entries: &Array,
    root: Vec<u8>,
    project: &str,
    now: f64,
) -> Result<usize, String> {
    let files = files(entries);
    let file = |folder: &str, name: &str| files.get(&format!("{folder}/{name}")).cloned();
    let text = |error: zen_edge_tuf::Error| error.to_string();
    let limits = Limits::default();
    let stored = Stored::with_root(root);
    let mut updater = Updater::new(stored, UnixTime(now as i64), limits.clone()).map_err(text)?;
    let answer = |updater: &mut Updater, name: &str| match file("metadata", name) {
        Some(bytes) => updater.provide(bytes),
        None => updater.missing(),
    };
    while let Next::Fetch(request) = updater.advance().map_err(text)? {
        answer(&mut updater, &request.file_name()).map_err(text)?;
    }
    let target = loop {
        match updater.find(project).map_err(text)? {
            Find::Found(target) => break target,
            Find::Fetch(request) => answer(&mut updater, &request.file_name()).map_err(text)?,
        }
    };
    let bytes = file("targets", &target.file_name()).ok_or("the bundle is missing")?;
    let verified = target.verify(&bytes, &limits).map_err(text)?;
    let bundle = Bundle::read(verified.bytes(), &zen_edge_bundle::Limits::default());
    bundle
        .map(|bundle| bundle.documents().count())
        .map_err(|error| error.to_string())
}
