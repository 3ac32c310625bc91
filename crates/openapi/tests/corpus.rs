//! Every decision of the corpus is described, and what is said of it is true of its test cases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use support::{bundle, description, validator};
use zen_edge_openapi::Bounds;
use zen_edge_testkit::fixture::{Expected, Fixtures};

/// Of whose results the engine's own types are mistaken: `keys` of a list are numbers, `fuzzyMatch`
/// of a list is a list, and what refers to several is several.
const MISTAKEN: [&str; 3] = [
    "language/arrays.json",
    "language/fuzzy-match.json",
    "policy/insurance/product-reference.json",
];

fn corpus() -> Fixtures {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus");
    Fixtures::read(Path::new(folder), None).unwrap()
}

fn whole(corpus: &Fixtures) -> zen_edge_bundle::Bundle {
    let documents = corpus.documents.iter();
    let documents = documents.map(|(key, json)| (key, serde_json::from_slice(json).unwrap()));
    bundle(&json!({"project": {"key": "corpus"}}), documents)
}

#[test]
fn what_is_said_of_a_decision_is_true_of_its_cases() {
    let corpus = corpus();
    let description = description(&whole(&corpus));
    let components = &description["components"]["schemas"];
    let mut faults = Vec::new();
    let mut mistaken = BTreeSet::new();
    let mut checked = 0;
    for (key, _) in corpus.documents.iter() {
        let post = &description["paths"][format!("/evaluate/{key}")]["post"];
        assert_eq!(post["x-gorules"]["path"], key);
        let json = "application/json";
        let request = &post["requestBody"]["content"][json]["schema"]["properties"];
        let response = &post["responses"]["200"]["content"][json]["schema"]["properties"];
        let context = validator(&request["context"], components);
        let result = validator(&response["result"], components);
        for case in corpus.cases.iter().filter(|case| case.key == key) {
            let Expected::Output(output) = &case.expected else {
                continue;
            };
            let input: Value = serde_json::from_str(&case.input).unwrap();
            for (side, validator, value) in
                [("context", &context, &input), ("result", &result, output)]
            {
                // A null is taken for a member that is not there, and a list of contexts is taken, too.
                if side == "context" && (!value.is_object() || case.name.contains("null optional"))
                {
                    continue;
                }
                checked += 1;
                if let Err(fault) = validator.validate(value) {
                    if side == "result" && MISTAKEN.contains(&key) {
                        mistaken.insert(key);
                        continue;
                    }
                    faults.push(format!(
                        "{key}, {}, {side}: {fault} at {}",
                        case.name,
                        fault.instance_path()
                    ));
                }
            }
        }
    }
    assert!(checked > 800, "{checked}");
    assert!(faults.is_empty(), "{}: {faults:#?}", faults.len());
    assert_eq!(mistaken, BTreeSet::from(MISTAKEN));
}

#[test]
fn most_decisions_are_described_in_some_detail() {
    let corpus = corpus();
    let description = description(&whole(&corpus));
    let paths = description["paths"].as_object().unwrap();
    let says = |what: &str| {
        let said = paths
            .values()
            .filter(|path| path["post"]["x-gorules"][what] == true);
        said.count()
    };
    let found = (paths.len(), says("hasInputSchema"), says("hasOutputSchema"));
    let (all, inputs, outputs) = found;
    assert!(inputs * 10 > all * 6 && outputs * 10 > all * 6, "{found:?}");
}

#[test]
fn examples_are_contexts_that_their_decisions_accept() {
    let description = description(&whole(&corpus()));
    let components = &description["components"]["schemas"];
    let mut examples = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        let content = &item["post"]["requestBody"]["content"]["application/json"];
        let validator = validator(&content["schema"], components);
        for example in content["examples"].as_object().into_iter().flatten() {
            examples += 1;
            let fault = validator.validate(&example.1["value"]).err();
            assert!(fault.is_none(), "{path}: {fault:?}");
        }
    }
    assert!(examples > 200, "{examples}");
}

#[test]
fn a_description_is_the_same_every_time() {
    let bundle = whole(&corpus());
    let bounds = Bounds::default();
    let first = support::text(&bundle, &bounds).unwrap();
    assert_eq!(support::text(&bundle, &bounds).unwrap(), first);
    // As sorted as it is said to be.
    let value: Value = serde_json::from_str(&first).unwrap();
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    assert_eq!(sorted.to_string(), first);
}
