//! The decision corpus, natively: every case answers as it says it does, and the answers depend
//! neither on the compilation nor on tracing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers"
)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use zen_edge_eval::{DocumentKind, EvaluateOptions, TraceKind, api};
use zen_edge_testkit::compare::{difference, redact_timings};
use zen_edge_testkit::fixture::{Case, Fixtures, disagreement};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

fn corpus() -> Fixtures {
    Fixtures::read(&folder(), None).unwrap()
}

/// The result of a case without the rest of the answer, or its error without the trace.
fn outcome(bundle: &zen_edge_eval::CompiledBundle, case: &Case, trace: TraceKind) -> Value {
    let options = EvaluateOptions {
        trace,
        now: case.now,
        ..EvaluateOptions::default()
    };
    match api::evaluate_sync(bundle, &case.key, case.input.as_bytes(), options) {
        Ok(json) => whole(&json)["result"].take(),
        Err(error) => {
            let mut json = error.to_json();
            json.as_object_mut().unwrap().remove("trace");
            json
        }
    }
}

/// An answer once the references of a trace that shares values were followed.
fn whole(json: &[u8]) -> Value {
    let mut parts = match serde_json::from_slice(json).unwrap() {
        Value::Array(parts) => parts.into_iter(),
        whole => return whole,
    };
    let mut answer = parts.next().unwrap();
    while let (Some(from), Some(to)) = (parts.next(), parts.next()) {
        let shared = at(&mut answer["trace"], &from).clone();
        let place = at(&mut answer["trace"], &to);
        assert!(place.is_null(), "{to} is written out");
        *place = shared;
    }
    answer
}

fn at<'v>(value: &'v mut Value, path: &Value) -> &'v mut Value {
    let steps = path.as_array().unwrap().iter();
    steps.fold(value, |value, step| match step {
        Value::String(name) => value.get_mut(name).unwrap(),
        index => &mut value[usize::try_from(index.as_u64().unwrap()).unwrap()],
    })
}

/// Cases that ask for random numbers answer differently each time by design.
fn repeats(case: &Case) -> bool {
    !case.key.starts_with("language/random")
}

#[test]
fn every_case_answers_as_it_says() {
    let corpus = corpus();
    let bundle = corpus.compile().unwrap();
    let outcomes = corpus.run(&bundle);
    let faults: Vec<_> = corpus
        .cases
        .iter()
        .zip(&outcomes)
        .filter_map(|(case, outcome)| {
            case.fault(outcome)
                .map(|fault| format!("{} ({}): {fault}", case.key, case.name))
        })
        .collect();
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        corpus.cases.len(),
        faults.join("\n")
    );
}

#[test]
fn the_corpus_is_as_large_as_its_readme_says() {
    let corpus = corpus();
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let errors = corpus
        .cases
        .iter()
        .filter(|case| matches!(case.expected, zen_edge_testkit::fixture::Expected::Error(_)))
        .count();
    let line = format!(
        "{} decision documents with {} test cases ({errors} of them expect an error)",
        corpus.documents.len(),
        corpus.cases.len()
    );
    assert!(readme.contains(&line), "{line}");
    let bundle = corpus.compile().unwrap();
    let decisions = bundle
        .keys()
        .filter(|key| bundle.kind(key) == Some(DocumentKind::Graph))
        .count();
    assert!(decisions >= 60, "{decisions}");
}

#[test]
fn compiling_twice_gives_the_same_answers_and_traces() {
    let corpus = corpus();
    let first = corpus.run(&corpus.compile().unwrap());
    let second = corpus.run(&corpus.compile().unwrap());
    for ((case, first), second) in corpus.cases.iter().zip(&first).zip(&second) {
        if repeats(case) {
            assert_eq!(
                disagreement(first, second),
                None,
                "{} ({})",
                case.key,
                case.name
            );
        }
    }
}

#[test]
fn tracing_changes_no_result() {
    let corpus = corpus();
    let bundle = corpus.compile().unwrap();
    for case in corpus.cases.iter().filter(|case| repeats(case)) {
        let plain = outcome(&bundle, case, TraceKind::None);
        for trace in [
            TraceKind::Default,
            TraceKind::String,
            TraceKind::Reference,
            TraceKind::ReferenceString,
            TraceKind::Shared,
        ] {
            let traced = outcome(&bundle, case, trace);
            assert_eq!(
                difference(&plain, &traced),
                None,
                "{} ({}) {trace:?}",
                case.key,
                case.name
            );
        }
    }
}

#[test]
fn a_trace_that_shares_values_is_the_plain_one() {
    let corpus = corpus();
    let bundle = corpus.compile().unwrap();
    let mut sharing = 0;
    for case in corpus.cases.iter().filter(|case| repeats(case)) {
        let answer = |trace| {
            let options = EvaluateOptions {
                trace,
                now: case.now,
                ..EvaluateOptions::default()
            };
            api::evaluate_sync(&bundle, &case.key, case.input.as_bytes(), options)
                .map_err(|error| error.to_json())
        };
        match (answer(TraceKind::Default), answer(TraceKind::Shared)) {
            (Ok(plain), Ok(shared)) => {
                sharing += usize::from(shared.starts_with(b"["));
                let mut answers = [plain, shared].map(|json| whole(&json));
                answers.iter_mut().for_each(redact_timings);
                let [plain, shared] = answers;
                assert_eq!(
                    difference(&plain, &shared),
                    None,
                    "{} ({})",
                    case.key,
                    case.name
                );
            }
            (plain, shared) => {
                let errors = [plain, shared].map(|answer| answer.unwrap_err());
                let [plain, shared] = errors.map(|mut error| {
                    redact_timings(&mut error);
                    error
                });
                assert_eq!(plain, shared, "{} ({})", case.key, case.name);
            }
        }
    }
    assert!(sharing > 0, "no case has a large value twice");
}
