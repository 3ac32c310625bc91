//! Documents that the host hands over by key: found, bounded, compiled once, and never stale.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use support::{answer, chain, decision, edge, entity, expression, function, graph, node, policy};
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Content, DocumentLoader, Documents, Error, ErrorKind,
    EvaluateOptions, Host, HostFuture, Limit, Limits, Loaded, OnFailure, api, compile,
};

/// Documents by key, and which keys were asked for. `slow` answers when it is asked a second time.
#[derive(Default)]
struct Shelf {
    documents: Mutex<BTreeMap<String, Loaded>>,
    asked: Mutex<Vec<String>>,
    is_slow: bool,
    failure: Option<String>,
}

impl Shelf {
    fn of(documents: &[(&str, Value)]) -> Self {
        let shelf = Self::default();
        for (key, document) in documents {
            shelf.put(key, document);
        }
        shelf
    }

    fn put(&self, key: &str, document: &Value) {
        let json = Loaded::Json(document.to_string().into_bytes());
        self.documents.lock().unwrap().insert(key.to_owned(), json);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl DocumentLoader for Shelf {
    fn load<'a>(&'a self, key: &'a str) -> HostFuture<'a, Result<Option<Loaded>, String>> {
        self.asked.lock().unwrap().push(key.to_owned());
        let answer = match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(self.documents.lock().unwrap().get(key).cloned()),
        };
        let mut polls = if self.is_slow { 0 } else { 1 };
        Box::pin(std::future::poll_fn(move |_| {
            polls += 1;
            if polls == 1 {
                return Poll::Pending;
            }
            Poll::Ready(answer.clone())
        }))
    }
}

fn bundle(documents: &[(&str, Value)], shelf: &Arc<Shelf>, limits: Limits) -> CompiledBundle {
    let documents: Documents = documents
        .iter()
        .map(|(key, document)| (*key, document.to_string()))
        .collect();
    let options = CompileOptions {
        limits,
        host: Host {
            loader: Some(shelf.clone()),
            ..Host::default()
        },
        on_failure: OnFailure::Exclude,
    };
    compile(&documents, options).unwrap()
}

fn loading(shelf: &Arc<Shelf>) -> CompiledBundle {
    bundle(&[], shelf, Limits::default())
}

fn error(bundle: &CompiledBundle) -> Error {
    answer(bundle, "{}").unwrap_err()
}

#[test]
fn what_the_bundle_does_not_hold_is_loaded() {
    let shelf = Arc::new(Shelf::of(&[
        ("sub", chain(vec![expression("e", "x * 2")])),
        ("deep/a", chain(vec![decision("d", "SUB")])),
    ]));
    let held = [("a", chain(vec![decision("d", "sub")]))];
    let bundle = bundle(&held, &shelf, Limits::default());
    assert_eq!(bundle.report().warnings, []);
    assert_eq!(answer(&bundle, r#"{"x":4}"#).unwrap(), json!({ "y": 8 }));
    assert_eq!(shelf.asked(), ["sub"]);
    // Look-up in the bundle ignores case; the host sees the key as it was written.
    let options = EvaluateOptions::default();
    let failed = api::evaluate_sync(&bundle, "deep/a", b"{}", options).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NodeFailed);
    assert_eq!(shelf.asked(), ["deep/a", "SUB"]);
    api::evaluate_sync(&bundle, "A", br#"{"x":4}"#, options).unwrap();
    assert_eq!(shelf.asked(), ["sub"]);
}

#[test]
fn a_function_evaluates_what_is_loaded() {
    let source = "import zen from 'zen'; export const handler = async (input) => (await zen.evaluate('sub', input)).result;";
    let shelf = Arc::new(Shelf::of(&[
        ("sub", chain(vec![expression("e", "x + 1")])),
        ("a", chain(vec![function("f", source)])),
    ]));
    assert_eq!(
        answer(&loading(&shelf), r#"{"x":4}"#).unwrap(),
        json!({ "y": 5 })
    );
    assert_eq!(shelf.asked(), ["a", "sub"]);
}

#[test]
fn a_policy_is_loaded_with_its_imports() {
    let mut importing = policy(vec![(
        "expression",
        json!({ "key": "p.m", "value": "p.n * 2" }),
    )]);
    importing["imports"] = json!(["model"]);
    let shelf = Arc::new(Shelf::of(&[
        ("model", policy(vec![entity()])),
        ("a", importing),
    ]));
    let found = answer(&loading(&shelf), r#"{"p":{"n":4}}"#).unwrap();
    assert_eq!(found["p"]["m"], 8);
    assert_eq!(shelf.asked(), ["a", "model"]);
}

#[test]
fn a_schema_of_a_loaded_graph_uses_a_loaded_dictionary() {
    let dictionary = |value: &str| {
        policy(vec![(
            "dictionary",
            json!({ "name": "colours", "entries": [{ "value": value, "label": value }] }),
        )])
    };
    let schema = json!({ "type": "object", "properties": { "c": { "$dictionary": "colours" } } });
    let mut document = graph(
        vec![
            node("in", "inputNode", json!({ "schema": schema.to_string() })),
            node("out", "outputNode", json!({})),
        ],
        vec![edge("in", "out")],
    );
    // A graph that imports itself is not linked for ever.
    document["imports"] = json!(["colours", "a"]);
    let shelf = Arc::new(Shelf::of(&[
        ("a", document),
        ("colours", dictionary("red")),
    ]));
    let bundle = loading(&shelf);
    answer(&bundle, r#"{"c":"red"}"#).unwrap();
    let refused = answer(&bundle, r#"{"c":"blue"}"#).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NodeFailed, "{refused}");
    // The dictionary may change while the graph does not.
    shelf.put("colours", &dictionary("blue"));
    answer(&bundle, r#"{"c":"blue"}"#).unwrap();
}

#[test]
fn the_newest_document_answers() {
    let shelf = Arc::new(Shelf::of(&[("a", chain(vec![expression("e", "1")]))]));
    let bundle = loading(&shelf);
    assert_eq!(answer(&bundle, "{}").unwrap(), json!({ "y": 1 }));
    shelf.put("a", &chain(vec![expression("e", "2")]));
    assert_eq!(answer(&bundle, "{}").unwrap(), json!({ "y": 2 }));
    shelf.documents.lock().unwrap().remove("a");
    assert_eq!(error(&bundle).kind(), ErrorKind::NotFound);
    assert_eq!(shelf.asked(), ["a", "a", "a"]);
}

#[test]
fn what_the_bundle_holds_is_never_asked_for_even_if_it_does_not_compile() {
    let shelf = Arc::new(Shelf::of(&[("a", chain(vec![expression("e", "1")]))]));
    let held = [
        ("a", json!({ "nodes": 5, "edges": [] })),
        ("b", chain(vec![decision("d", "A")])),
    ];
    let bundle = bundle(&held, &shelf, Limits::default());
    assert_eq!(error(&bundle).kind(), ErrorKind::NotCompiled);
    let options = EvaluateOptions::default();
    let failed = api::evaluate_sync(&bundle, "b", b"{}", options).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NodeFailed);
    assert_eq!(shelf.asked(), Vec::<String>::new());
}

#[test]
fn a_loader_that_fails_is_told_from_a_document_that_is_missing() {
    let missing = error(&loading(&Arc::new(Shelf::default())));
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(
        missing.to_json(),
        json!({ "type": "LoaderError", "key": "a" })
    );
    let failing = Shelf {
        failure: Some("Error: boom".to_owned()),
        ..Shelf::default()
    };
    let failed = error(&loading(&Arc::new(failing)));
    assert_eq!(failed.kind(), ErrorKind::LoadFailed);
    assert_eq!(
        failed.to_json(),
        json!({ "type": "LoaderError", "key": "a", "source": "Error: boom" })
    );
    for document in [json!([]), json!({ "nodes": 5 }), json!({})] {
        let failed = error(&loading(&Arc::new(Shelf::of(&[("a", document)]))));
        assert_eq!(failed.kind(), ErrorKind::LoadFailed, "{failed}");
    }
}

#[test]
fn loading_waits_for_the_host() {
    let shelf = Shelf::of(&[("a", chain(vec![expression("e", "1")]))]);
    let shelf = Arc::new(Shelf {
        is_slow: true,
        ..shelf
    });
    let bundle = loading(&shelf);
    assert_eq!(error(&bundle).kind(), ErrorKind::WouldAwait);
    let mut evaluation: Pin<Box<dyn Future<Output = _>>> = Box::pin(api::evaluate(
        &bundle,
        "a",
        b"{}",
        EvaluateOptions::default(),
    ));
    let mut poll = || {
        evaluation
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    };
    assert!(poll().is_pending());
    let Poll::Ready(Ok(_)) = poll() else {
        panic!("it should be answered");
    };
}

#[test]
fn loaded_documents_have_the_limits_of_a_bundles() {
    let large = chain(vec![expression("e", &format!("\"{}\"", "x".repeat(2_000)))]);
    let limits = Limits {
        document_bytes: 1_000,
        ..Limits::default()
    };
    let refused = error(&bundle(&[], &Arc::new(Shelf::of(&[("a", large)])), limits));
    assert_eq!(
        refused.kind(),
        ErrorKind::LimitExceeded(Limit::DocumentBytes)
    );
    let nested = chain(vec![expression(
        "e",
        &format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000)),
    )]);
    let refused = error(&loading(&Arc::new(Shelf::of(&[("a", nested)]))));
    assert_eq!(
        refused.kind(),
        ErrorKind::LimitExceeded(Limit::ExpressionNesting)
    );
}

#[test]
fn documents_that_call_each_other_end() {
    let shelf = Arc::new(Shelf::of(&[
        ("a", chain(vec![decision("d", "b")])),
        ("b", chain(vec![decision("d", "a")])),
    ]));
    let failed = error(&loading(&shelf));
    assert!(
        failed.to_string().to_lowercase().contains("depth"),
        "{failed}"
    );
    assert!(shelf.asked().len() <= 12);
}

#[test]
fn loading_is_work_that_is_counted() {
    let source = "import zen from 'zen'; export const handler = async () => { for (let i = 0; i < 1000; i++) { try { await zen.evaluate('sub', {}); } catch {} } return {}; };";
    let mut sub = chain(vec![]);
    sub["padding"] = "x".repeat(100_000).into();
    let shelf = Arc::new(Shelf::of(&[
        ("sub", sub),
        ("a", chain(vec![function("f", source)])),
    ]));
    let limits = Limits {
        expression_steps: 20_000,
        ..Limits::default()
    };
    let refused = error(&bundle(&[], &shelf, limits));
    assert_eq!(
        refused.kind(),
        ErrorKind::LimitExceeded(Limit::ExpressionSteps)
    );
    assert!(shelf.asked().len() < 100);
}

#[test]
fn content_is_compiled_once_for_any_bundle() {
    let limits = Limits::default();
    let json = chain(vec![decision("d", "sub")]).to_string();
    let content = Content::compile(json, &limits).unwrap();
    content.validate().unwrap();
    let sub = chain(vec![expression("e", "x * 2")]).to_string();
    let sub = Content::compile(sub, &limits).unwrap();
    let shelf = Arc::new(Shelf::default());
    let put = |key: &str, content: &Content| {
        let loaded = Loaded::Content(content.clone());
        shelf
            .documents
            .lock()
            .unwrap()
            .insert(key.to_owned(), loaded);
    };
    put("sub", &sub);
    put("a", &content);
    for bundle in [loading(&shelf), loading(&shelf)] {
        assert_eq!(answer(&bundle, r#"{"x":2}"#).unwrap(), json!({ "y": 4 }));
        let options = EvaluateOptions::default();
        let found = api::evaluate_content_sync(&bundle, &content, br#"{"x":3}"#, options).unwrap();
        let found: Value = serde_json::from_slice(&found).unwrap();
        assert_eq!(found["result"], json!({ "y": 6 }));
    }
    let again = Content::compile(content.to_json().unwrap(), &limits).unwrap();
    assert_eq!(again.to_json().unwrap(), content.to_json().unwrap());
}

#[test]
fn content_that_cannot_be_evaluated_says_so_when_it_is() {
    let limits = Limits::default();
    let compile = |json: &Value| Content::compile(json.to_string(), &limits);
    let empty = compile(&json!({ "nodes": [], "edges": [] })).unwrap();
    let refused = empty.validate().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidGraph);
    assert_eq!(
        refused.to_json()["source"],
        json!({ "type": "invalidInputCount", "nodeCount": 0 })
    );
    let bundle = loading(&Arc::new(Shelf::default()));
    let options = EvaluateOptions::default();
    let evaluate = |content: &Content| api::evaluate_content_sync(&bundle, content, b"{}", options);
    assert_eq!(
        evaluate(&empty).unwrap_err().kind(),
        ErrorKind::InvalidGraph
    );
    let policy = compile(&policy(vec![entity()])).unwrap();
    assert_eq!(
        evaluate(&policy).unwrap_err().kind(),
        ErrorKind::ContentKindMismatch
    );
    for (document, words) in [
        (json!({}), "missing field `nodes`"),
        (json!({ "nodes": 5, "edges": [] }), "nodes"),
    ] {
        let refused = compile(&document).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains(words), "{refused}");
    }
}
