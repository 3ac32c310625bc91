//! What the native tests do to `zen-edge-tuf`, for `tests/node/tuf.test.mjs` to do in wasm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../crates/tuf/tests/support/mod.rs"]
mod support;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use zen_edge_tuf_testkit::Files;

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
