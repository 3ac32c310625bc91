//! Replays the fuzzer's corpus, and a bounded number of damaged versions of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../../../fuzz/bodies/tuf.rs"]
mod body;

use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use zen_edge_tuf_testkit::{Files, Repository};

static FOLDER: LazyLock<&Path> = LazyLock::new(|| {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/tuf"
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

/// Files in the form that the target reads; one that is absent is an empty answer.
fn answers(files: &Files, names: &[&str]) -> Vec<u8> {
    let files: Vec<_> = names
        .iter()
        .map(|name| files.get(*name).cloned().unwrap_or_default())
        .collect();
    files.join(&0)
}

/// What the fuzzer begins with.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut repository = Repository::new("production");
    let first = [
        "1.root.json",
        "2.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
    ];
    let sound = answers(&repository.metadata, &first);
    repository.rotate(&[]);
    let rotated = [
        "1.root.json",
        "2.root.json",
        "3.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
    ];
    vec![
        ("sound", sound),
        ("rotated", answers(&repository.metadata, &rotated)),
        ("root-only", answers(&repository.metadata, &first[..1])),
        ("no-snapshot", answers(&repository.metadata, &first[..3])),
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
fn the_corpus_is_trusted_or_refused() {
    for bytes in CORPUS.iter() {
        body::run(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_damaged_corpus_is_trusted_or_refused(
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
