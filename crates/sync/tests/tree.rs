//! What the crate may not depend on: engines, runtimes, HTTP clients, the host's clock and randomness.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::Command;

const FORBIDDEN: &[&str] = &[
    // engines
    "zen-edge-eval",
    "zen-edge-host",
    "zen-engine",
    "zen-expression",
    "rquickjs",
    // runtimes
    "tokio",
    "async-std",
    "smol",
    "futures-executor",
    "futures-timer",
    "mio",
    // HTTP clients and TLS
    "http",
    "hyper",
    "reqwest",
    "ureq",
    "object_store",
    "rustls",
    "ring",
    "aws-lc-rs",
    "openssl",
    // hosts
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
    "web-time",
    "worker",
    "send_wrapper",
    "getrandom",
    "fastrand",
    "rand",
    // the publisher's side
    "zen-edge-publish",
    "tough",
];

fn tree(target: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "zen-edge-sync", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}", "--offline"])
        .args(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_engine_runtime_or_http_client_is_in_the_tree() {
    for target in [&[][..], &["--target", "wasm32-unknown-unknown"]] {
        let tree = tree(target);
        let names: Vec<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        for expected in ["zen-edge-tuf", "zen-edge-bundle", "futures-util"] {
            assert!(names.contains(&expected), "{tree}");
        }
        for forbidden in FORBIDDEN {
            assert!(!names.contains(forbidden), "{forbidden}:\n{tree}");
        }
    }
}
