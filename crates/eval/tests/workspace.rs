//! The workspace answers as upstream's does, and ends whatever it is given.
//!
//! `workspace/upstream.json` holds what `@gorules/zen-engine-linux-x64-gnu` 2.0.2 answered to the same
//! calls; `tests/npm/workspace.test.mjs` asks both of them again, through the package.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::{chain, decision, expression, expressions};
use zen_edge_eval::{ErrorKind, Limit, Limits, Workspace};

fn call(workspace: &mut Workspace, method: &str, arguments: Value) -> Value {
    let answer = workspace.call(method, &arguments.to_string()).unwrap();
    serde_json::from_slice(&answer).unwrap()
}

/// An answer without what depends on the moment, and in an order of its own where it has none.
fn comparable(mut answer: Value, method: &str) -> Value {
    fn redact(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match name.as_str() {
                        "duration" | "engineVersion" => *member = 0.into(),
                        _ => redact(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(redact),
            _ => {}
        }
    }
    redact(&mut answer);
    let unordered = [
        "componentMembers",
        "entities",
        "completions",
        "references",
        "rename",
    ];
    if let (Some(items), true) = (answer.as_array_mut(), unordered.contains(&method)) {
        items.sort_by_key(|item| match (item.get("name"), item.get("label")) {
            (Some(name), _) | (None, Some(name)) => name.to_string(),
            (None, None) => item.to_string(),
        });
    }
    answer
}

fn filled(upstream: &Value) -> Workspace {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut workspace = Workspace::default();
    for path in upstream["policies"].as_array().unwrap() {
        let path = path.as_str().unwrap();
        let json = std::fs::read(corpus.join(path)).unwrap();
        workspace.set_policy(path, &json).unwrap();
    }
    let graph = upstream["graph"].to_string();
    workspace
        .set_document("graph.json", graph.as_bytes())
        .unwrap();
    workspace
}

/// What the engine does otherwise since 2.0.2: a policy sees what it imports and no more, dates have a
/// type of their own, a property is shown with its type, and those of graphs can be renamed.
const NEWER: [&str; 6] = [
    "entities policy/shared/line-amounts.json/0/fields: 4 items, 2 items",
    "inputs policy/shared/line-amounts.json/4/resolvedType/type: \"string\", \"date\"",
    "outputs policy/shared/line-amounts.json: 5 items, 3 items",
    "inputSkeleton policy/shared/line-amounts.json/order/placed: \"\", \"2000-01-01\"",
    "inspect policy/shared/line-amounts.json/kind/type: \"const\", \"number\"",
    "prepareRename graph.json: null, {\"span\":[0,6],\"target\":{\"document\":\"graph.json\",\"kind\":\"graphProperty\",\"path\":\"amount\"}}",
];

#[test]
fn every_method_answers_as_upstream() {
    let upstream: Value = serde_json::from_str(include_str!("workspace/upstream.json")).unwrap();
    let mut differences = Vec::new();
    for asked in upstream["answers"].as_array().unwrap() {
        let method = asked["method"].as_str().unwrap();
        let mut arguments = asked["args"].clone();
        // Bindings hand every argument over, as null if it is left out.
        if ["diagnostics", "search", "dependencies"].contains(&method)
            && let Some(arguments) = arguments.as_array_mut()
            && arguments.len() == 1
        {
            arguments.push(Value::Null);
        }
        let found = call(&mut filled(&upstream), method, arguments.clone());
        let expected = comparable(asked["answer"].clone(), method);
        let found = comparable(found, method);
        let difference = zen_edge_eval::compare::difference(&expected, &found);
        let place = asked["args"][0]["policyPath"].as_str().unwrap_or_default();
        differences.extend(difference.map(|found| format!("{method} {place}{found}")));
    }
    assert_eq!(differences, NEWER);
}

/// `x1 = { a: $.x0, b: $.x0 }`, forty times over: as a type without end.
fn doubling() -> Value {
    let rows: Vec<_> = (0..40)
        .map(|index| {
            (
                format!("x{}", index + 1),
                format!("{{ a: $.x{index}, b: $.x{index} }}"),
            )
        })
        .collect();
    chain(vec![expressions("e", &rows)])
}

fn set(workspace: &mut Workspace, path: &str, document: &Value) {
    workspace
        .set_document(path, document.to_string().as_bytes())
        .unwrap();
}

fn codes(workspace: &mut Workspace, path: &str) -> Vec<String> {
    let found = call(workspace, "diagnostics", json!([path, 0]));
    let found = found.as_array().unwrap().iter();
    found
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn types_without_end_are_not_analysed() {
    let mut workspace = Workspace::default();
    set(&mut workspace, "hostile", &doubling());
    set(
        &mut workspace,
        "caller",
        &chain(vec![decision("d", "hostile")]),
    );
    set(
        &mut workspace,
        "circle",
        &chain(vec![decision("d", "circle")]),
    );
    set(&mut workspace, "sound", &chain(vec![expression("e", "1")]));
    for path in ["hostile", "caller", "circle"] {
        assert_eq!(
            codes(&mut workspace, path),
            ["MAX_DEPTH_EXCEEDED"],
            "{path}"
        );
        let outputs = call(&mut workspace, "outputs", json!([{ "policyPath": path }]));
        assert_eq!(outputs, json!([]));
    }
    let all = call(&mut workspace, "allDiagnostics", json!([null]));
    assert!(all.as_array().unwrap().len() >= 3);
    let outputs = call(
        &mut workspace,
        "outputs",
        json!([{ "policyPath": "sound" }]),
    );
    assert_eq!(outputs[0]["path"], "y");
    assert_eq!(
        call(&mut workspace, "paths", json!([])),
        json!(["caller", "circle", "hostile", "sound"])
    );
    // Once the one that was called is sound, both are analysed.
    set(
        &mut workspace,
        "hostile",
        &chain(vec![expression("e", "1")]),
    );
    assert!(!codes(&mut workspace, "hostile").contains(&"MAX_DEPTH_EXCEEDED".to_owned()));
    assert!(!codes(&mut workspace, "caller").contains(&"MAX_DEPTH_EXCEEDED".to_owned()));
    // And once it is not sound any more, neither is.
    set(&mut workspace, "hostile", &doubling());
    assert_eq!(codes(&mut workspace, "caller"), ["MAX_DEPTH_EXCEEDED"]);
    assert!(workspace.remove_path("hostile"));
    assert!(!workspace.remove_path("hostile"));
    assert!(!codes(&mut workspace, "caller").contains(&"MAX_DEPTH_EXCEEDED".to_owned()));
}

#[test]
fn blocks_are_updated_and_removed() {
    let upstream: Value = serde_json::from_str(include_str!("workspace/upstream.json")).unwrap();
    let mut workspace = filled(&upstream);
    let path = "policy/hr/salary-chain.json";
    let block = json!({ "id": "extra", "type": "expression", "props": { "data": { "key": "employee.extra", "value": "employee.base + 1" } } });
    let update = json!([{ "policyPath": path, "block": block }]);
    assert_eq!(call(&mut workspace, "updateBlock", update), Value::Null);
    let employee = json!({ "level": 5, "base": 1000, "performance": "great", "years": 3 });
    let evaluate = json!([{ "policyPath": path, "input": { "employee": employee } }]);
    let answer = call(&mut workspace, "evaluate", evaluate.clone());
    assert_eq!(answer["output"]["employee"]["extra"], 1001);
    let remove = json!([{ "policyPath": path, "blockId": "extra" }]);
    assert_eq!(
        call(&mut workspace, "removeBlock", remove.clone()),
        json!(true)
    );
    assert_eq!(call(&mut workspace, "removeBlock", remove), json!(false));
    let answer = call(&mut workspace, "evaluate", evaluate);
    assert_eq!(answer["output"]["employee"].get("extra"), None);
}

#[test]
fn what_is_wrong_is_named() {
    let mut workspace = Workspace::default();
    set(&mut workspace, "a", &chain(vec![]));
    let other_case = workspace.set_document("A", b"{\"nodes\":[],\"edges\":[]}");
    assert_eq!(other_case.unwrap_err().kind(), ErrorKind::Invalid);
    for (method, arguments) in [
        ("nothing", "[]"),
        ("inputs", "[]"),
        ("inputs", "[{}]"),
        ("inspect", "[{\"policyPath\":\"a\"}]"),
        ("rename", "{"),
    ] {
        let refused = workspace.call(method, arguments).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{method}: {refused}");
    }
    let missing = workspace.call("evaluate", r#"[{"policyPath":"missing","input":{}}]"#);
    let missing = missing.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::PolicyFailed);
    assert_eq!(
        missing.to_string(),
        "policy 'missing' not found in workspace"
    );
}

#[test]
fn documents_and_answers_are_bounded() {
    let mut workspace = Workspace::new(Limits {
        documents: 1,
        result_bytes: 10,
        ..Limits::default()
    });
    set(&mut workspace, "a", &chain(vec![expression("e", "1")]));
    let refused = workspace.set_document("b", chain(vec![]).to_string().as_bytes());
    assert_eq!(
        refused.unwrap_err().kind(),
        ErrorKind::LimitExceeded(Limit::Documents)
    );
    let long = workspace.call("outputs", r#"[{"policyPath":"a"}]"#);
    assert_eq!(
        long.unwrap_err().kind(),
        ErrorKind::LimitExceeded(Limit::ResultBytes)
    );
}
