//! Every broken repository in `tests/tuf/broken` is refused as its `expected.json` says.
//!
//! The folders are made by the testkit; `UPDATE=1 cargo test -p zen-edge-tuf --test broken` writes
//! them anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::Client;
use zen_edge_tuf_testkit::{Case, Files, defects};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tuf/broken")
}

/// All files below a folder, by their path in it.
fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(
                read(&path)
                    .into_iter()
                    .map(|(rest, bytes)| (format!("{name}/{rest}"), bytes)),
            );
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    let folder = folder();
    let made: Files = defects()
        .iter()
        .flat_map(|case| {
            case.files()
                .into_iter()
                .map(|(name, bytes)| (format!("{}/{name}", case.name), bytes))
        })
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        for (name, bytes) in &made {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let committed = read(&folder);
    let names = |files: &Files| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&made), names(&committed), "run with UPDATE=1");
    for (name, bytes) in &made {
        assert!(
            committed.get(name) == Some(bytes),
            "{name} differs: run with UPDATE=1"
        );
    }
}

#[test]
fn every_defect_is_refused_by_its_name() {
    let cases: BTreeSet<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(cases.len() >= 40);
    let mut wrong = Vec::new();
    for path in cases {
        let files = read(&path);
        let (expected, result) = support::broken(&files);
        let found = support::refusal(&result);
        if found != expected {
            wrong.push(format!(
                "{}: {found:?} {:?}",
                path.display(),
                result.as_ref().err()
            ));
        } else if let Err(error) = &result {
            let message = error.to_string();
            assert!(
                !message.ends_with('.') && message.starts_with(char::is_lowercase),
                "{message}"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_broken_is_sound_but_for_the_defect() {
    let case = Case::sound();
    let mut client = Client::new(&case.trusted);
    let target = client
        .run(
            &case.repository.metadata,
            &case.repository.targets,
            Some("hello"),
        )
        .unwrap()
        .unwrap();
    assert_eq!(target.bytes(), b"hello, world\n");
}

#[test]
fn names_are_unique_and_every_step_is_covered() {
    let cases = defects();
    let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    let steps: BTreeSet<_> = cases.iter().map(|case| case.expected.step).collect();
    let all = [
        "5.2", "5.3.10", "5.3.3", "5.3.4", "5.3.5", "5.4.1", "5.4.2", "5.4.3.1", "5.4.3.2",
        "5.4.4", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.5.5", "5.5.6", "5.6.1", "5.6.2", "5.6.3",
        "5.6.4", "5.6.5", "5.6.7.1", "5.7.1", "5.7.2", "5.7.3",
    ];
    assert_eq!(steps, all.into());
}
