//! Replays the fuzzer's corpus, and a bounded number of damaged versions of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

#[path = "../../../fuzz/bodies/bundle.rs"]
mod body;

use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use support::{brms, deflated, stored, streamed, zip};
use zen_edge_bundle::{Bundle, Limits, Packer};

static FOLDER: LazyLock<&Path> = LazyLock::new(|| {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/bundle"
    ))
});

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let entries = fs::read_dir(*FOLDER).unwrap();
    let corpus: Vec<_> = entries
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(corpus.len() >= seeds().len());
    corpus
});

/// What the fuzzer begins with.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let brms = zip(&brms());
    let bundle = Bundle::read(&brms, &Limits::default()).unwrap();
    let (packed, _) = Packer::from_bundle(&bundle)
        .pack(&Limits::default())
        .unwrap();
    let mut folder = stored("a/", "");
    folder.mode = 0o040_755;
    vec![
        ("empty", zip(&[])),
        ("brms", brms),
        ("packed", packed),
        (
            "streamed",
            zip(&[streamed("a", "{}", true), streamed("é", "[]", false)]),
        ),
        ("folder", zip(&[folder, stored("a/b", "{}")])),
        ("bomb", zip(&[deflated("a", vec![b' '; 2 * 1024 * 1024])])),
        ("deep", zip(&[deflated("a", "[".repeat(1000))])),
        ("collision", zip(&[stored("A", "{}"), stored("a", "{}")])),
        ("traversal", zip(&[stored("../a", "{}")])),
    ]
}

/// `UPDATE_CORPUS=1` writes the seeds.
#[test]
fn the_corpus_holds_the_seeds() {
    for (name, bytes) in seeds() {
        let file = FOLDER.join(name);
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            fs::write(&file, &bytes).unwrap();
        }
        assert!(
            fs::read(&file).unwrap() == bytes,
            "{name} differs: run with UPDATE_CORPUS=1"
        );
    }
}

#[test]
fn the_corpus_is_read_or_refused() {
    for bytes in CORPUS.iter() {
        body::run(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_damaged_corpus_is_read_or_refused(
        pick in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of((any::<prop::sample::Index>(), 0..40usize)),
    ) {
        let mut bytes = pick.get(&CORPUS).clone();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Some((start, length)) = cut {
            let start = start.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.drain(start..end);
        }
        body::run(&bytes);
    }
}
