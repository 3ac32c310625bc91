//! What the crate may not depend on: I/O, clocks, runtimes, engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::Command;

#[test]
fn nothing_in_the_tree_does_io() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "zen-edge-tuf",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(["--target", "wasm32-unknown-unknown", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"ed25519-dalek"), "{tree}");
    for forbidden in [
        "tokio",
        "futures",
        "futures-core",
        "async-trait",
        "hyper",
        "reqwest",
        "ureq",
        "http",
        "mio",
        "getrandom",
        "chrono",
        "web-time",
        "js-sys",
        "wasm-bindgen",
        "libc",
        "zen-engine",
        "zen-expression",
        "rquickjs",
        "ring",
        "aws-lc-rs",
        "openssl",
    ] {
        assert!(
            !names.contains(&forbidden),
            "{forbidden} is in the tree:\n{tree}"
        );
    }
}
