//! Hostile documents and contexts: each ends in an answer or in a clean error, and the bundle goes on
//! answering. Inputs that once did worse are in `crashers.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers"
)]

mod support;

use serde_json::{Value, json};
use support::{
    answer, chain, compile_bytes, decision, edge, entity, evaluate, expressions, failure, function,
    graph, is_sound, limit_of, many, node, one, policy, sound, table,
};
use zen_edge_eval::{ErrorKind, EvaluateOptions, FailureKind, Limit, TraceKind, api};

// Text that is not what it should be.

#[test]
fn a_document_that_is_not_json_is_malformed() {
    let deep = "[".repeat(100_000);
    let deep_object = r#"{"nodes":"#.repeat(100_000);
    for json in [
        &b""[..],
        b" ",
        b"\xef\xbb\xbf{}",
        b"{\"nodes\":[],\"\xff\":1}",
        b"{\"nodes\":\"\\ud800\"}",
        b"{\"nodes\":NaN}",
        b"{\"nodes\":[],}",
        b"{\"nodes\":[]} x",
        b"{\"nodes\":[]",
        b"\0",
        b"{'nodes':[]}",
        deep.as_bytes(),
        deep_object.as_bytes(),
    ] {
        let bundle = compile_bytes(json);
        let start = String::from_utf8_lossy(&json[..json.len().min(40)]).into_owned();
        assert_eq!(
            failure(&bundle, "a"),
            Some(FailureKind::Malformed),
            "{start}"
        );
        assert_eq!(
            answer(&bundle, "{}").unwrap_err().kind(),
            ErrorKind::NotCompiled,
            "{start}"
        );
    }
}

#[test]
fn json_that_is_no_decision_is_passed_over() {
    for json in [
        "null",
        "1",
        "[]",
        "\"nodes\"",
        "{}",
        r#"{"contentType":"test","nodes":1}"#,
        "1e999999",
        "[[],[]]",
    ] {
        let bundle = compile_bytes(json.as_bytes());
        assert_eq!(failure(&bundle, "a"), None, "{json}");
        assert_eq!(
            answer(&bundle, "{}").unwrap_err().kind(),
            ErrorKind::NotFound,
            "{json}"
        );
    }
}

#[test]
fn a_context_that_is_not_json_is_invalid() {
    let bundle = one(&sound());
    for json in [
        &b""[..],
        b" ",
        b"\xef\xbb\xbf{}",
        b"{\"x\":\"\xff\"}",
        b"{\"x\":\"\\ud800\"}",
        b"{\"x\":\"\\udc00\\ud800\"}",
        b"{\"x\":NaN}",
        b"{\"x\":-Infinity}",
        b"{\"x\":nan}",
        b"{\"x\":01}",
        b"{\"x\":+1}",
        b"{\"x\":.5}",
        b"{\"x\":1.}",
        b"{\"x\":1e}",
        b"{\"x\":0x10}",
        b"{\"x\":1e400}",
        b"{x:1}",
        b"{\"x\":1,}",
        b"{\"x\":1}}",
        b"\0",
        b"{\"x\":\"\0\"}",
        b"{\"x\":1}\0",
        b"undefined",
        b"// x\n{}",
    ] {
        let error = api::evaluate_sync(&bundle, "a", json, EvaluateOptions::default()).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Invalid,
            "{}",
            String::from_utf8_lossy(json)
        );
        assert!(is_sound(&bundle, "a"));
    }
}

#[test]
fn a_context_nested_a_hundred_thousand_levels_is_over_the_limit() {
    let bundle = one(&sound());
    for json in [
        "[".repeat(100_000),
        r#"{"x":"#.repeat(100_000),
        r#"[{"x":"#.repeat(50_000),
    ] {
        let error = answer(&bundle, &json).unwrap_err();
        assert_eq!(limit_of(&error), Some(Limit::JsonDepth));
    }
}

#[test]
fn a_context_of_any_type_gives_an_answer_or_an_error() {
    let bundle = one(&sound());
    for json in [
        "null",
        "true",
        "1",
        "\"x\"",
        "[]",
        "[{\"x\":1}]",
        r#"{"x":{}}"#,
        r#"{"x":[]}"#,
        r#"{"x":null}"#,
    ] {
        let _ = answer(&bundle, json);
        assert!(is_sound(&bundle, "a"));
    }
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    assert_eq!(
        answer(&one(&sound()), r#"{"x":5,"x":{},"x":1}"#).unwrap(),
        json!({ "y": 2 })
    );
    let bundle = compile_bytes(br#"{"nodes":1,"edges":2,"nodes":[],"edges":[]}"#);
    assert_eq!(failure(&bundle, "a"), Some(FailureKind::Graph));
}

#[test]
fn a_text_of_ten_megabytes_comes_through_whole() {
    let text = "żółć🦀\\\"\n".repeat(700_000);
    let bundle = one(&chain(vec![expressions(
        "e",
        &[
            ("length", "len(text)"),
            ("same", "text == text"),
            ("text", "text"),
        ],
    )]));
    let context = json!({ "text": text }).to_string();
    let result = answer(&bundle, &context).unwrap();
    assert_eq!(result["length"], json!(text.len()));
    assert_eq!(result["same"], json!(true));
    assert!(result["text"].as_str() == Some(&text));
}

#[test]
fn members_with_special_names_are_just_members() {
    let context = json!({ "__proto__": { "x": 9 }, "constructor": 1, "$serde_json::private::Number": "no", "": 1, "a.b": 2, "x": 1 });
    let whole = function(
        "f",
        "export const handler = async (input) => ({ y: input.x + 1, p: ({}).x });",
    );
    assert_eq!(
        answer(&one(&chain(vec![whole])), &context.to_string()).unwrap()["y"],
        json!(2)
    );
    assert_eq!(
        answer(&one(&sound()), &context.to_string()).unwrap(),
        json!({ "y": 2 })
    );
}

// Documents of the wrong shape.

#[test]
fn a_document_of_the_wrong_shape_is_refused_or_fails_cleanly() {
    let input = || node("in", "inputNode", json!({}));
    let huge: Value = serde_json::from_str("1e999").unwrap();
    let documents = [
        json!({ "nodes": {}, "edges": [] }),
        json!({ "nodes": [] }),
        json!({ "nodes": null, "edges": null }),
        json!({ "nodes": "x", "edges": 1 }),
        json!({ "nodes": [null], "edges": [] }),
        json!({ "nodes": [[]], "edges": [[]] }),
        json!({ "nodes": [{}], "edges": [{}] }),
        json!({ "contentType": "graph" }),
        json!({ "blocks": {} }),
        json!({ "blocks": [null] }),
        json!({ "blocks": [{}], "imports": 1 }),
        json!({ "blocks": [], "nodes": [], "imports": [null, 1, {}] }),
        graph(vec![], vec![]),
        graph(
            vec![input()],
            vec![json!({ "id": null, "sourceId": null, "targetId": null })],
        ),
        graph(
            vec![json!({ "id": null, "name": null, "type": "inputNode" })],
            vec![],
        ),
        graph(
            vec![json!({ "id": 1, "name": 2, "type": "inputNode" })],
            vec![],
        ),
        graph(vec![node("in", "unknownNode", json!({}))], vec![]),
        graph(vec![node("in", "", json!({}))], vec![]),
        graph(vec![node("in", "inputNode", json!(null))], vec![]),
        graph(
            vec![node("in", "inputNode", json!({ "schema": 1 }))],
            vec![],
        ),
        graph(
            vec![node("in", "inputNode", json!({ "schema": "{" }))],
            vec![],
        ),
        graph(
            vec![node("in", "inputNode", json!({ "schema": "[]" }))],
            vec![],
        ),
        graph(
            vec![node(
                "in",
                "inputNode",
                json!({ "schema": r##"{"$ref":"#/nowhere"}"## }),
            )],
            vec![],
        ),
        graph(
            vec![node(
                "in",
                "inputNode",
                json!({ "schema": r#"{"type":"nope","pattern":"("}"# }),
            )],
            vec![],
        ),
        graph(vec![input(), input()], vec![]),
        graph(
            vec![input(), node("in", "outputNode", json!({}))],
            vec![edge("in", "in")],
        ),
        graph(vec![input()], vec![edge("in", "in")]),
        graph(
            vec![input()],
            vec![edge("in", "nowhere"), edge("nowhere", "in")],
        ),
        graph(
            vec![input(), node("out", "outputNode", json!({}))],
            vec![edge("in", "out"), edge("in", "out")],
        ),
        graph(
            vec![input(), node("out", "outputNode", json!({}))],
            vec![edge("out", "in")],
        ),
        chain(vec![node("e", "expressionNode", json!({}))]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": {} }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [{ "id": "1", "key": 1, "value": 2 }] }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [], "executionMode": "loop" }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [], "executionMode": "nope" }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [], "inputField": "((", "outputPath": "..", "passThrough": true }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [], "passThrough": 1 }),
        )]),
        chain(vec![expressions(
            "e",
            &[
                ("", "1"),
                ("a", ""),
                (".", "1"),
                ("..", "2"),
                ("a..b", "3"),
                ("$", "4"),
                ("$nodes", "5"),
            ],
        )]),
        chain(vec![node("t", "decisionTableNode", json!({}))]),
        chain(vec![node(
            "t",
            "decisionTableNode",
            json!({ "rules": {}, "inputs": [], "outputs": [], "hitPolicy": "first" }),
        )]),
        chain(vec![node(
            "t",
            "decisionTableNode",
            json!({ "rules": [{}], "inputs": [{}], "outputs": [{}], "hitPolicy": "first" }),
        )]),
        chain(vec![node(
            "t",
            "decisionTableNode",
            json!({ "rules": [{ "i": 1 }], "inputs": [], "outputs": [], "hitPolicy": "first" }),
        )]),
        chain(vec![node(
            "t",
            "decisionTableNode",
            json!({ "rules": [{ "i": "((" }], "inputs": [{ "id": "i", "name": "", "field": "((" }], "outputs": [], "hitPolicy": "collect" }),
        )]),
        chain(vec![node(
            "t",
            "decisionTableNode",
            json!({ "rules": [], "inputs": [], "outputs": [], "hitPolicy": "nope" }),
        )]),
        chain(vec![table(
            "t",
            &[("((", "1"), ("", "))"), ("> 'a'", "$$$")],
        )]),
        chain(vec![node("s", "switchNode", json!({}))]),
        chain(vec![node(
            "s",
            "switchNode",
            json!({ "statements": [{ "id": "1", "condition": "((" }] }),
        )]),
        chain(vec![node(
            "s",
            "switchNode",
            json!({ "statements": [], "hitPolicy": "collect" }),
        )]),
        chain(vec![node("f", "functionNode", json!({}))]),
        chain(vec![node("f", "functionNode", json!(null))]),
        chain(vec![node("f", "functionNode", json!({ "source": 1 }))]),
        chain(vec![function("f", "")]),
        chain(vec![function("f", "\u{0}\u{feff}`${")]),
        chain(vec![node("f", "functionNode", json!("("))]),
        chain(vec![node("d", "decisionNode", json!({}))]),
        chain(vec![node("d", "decisionNode", json!({ "key": null }))]),
        chain(vec![decision("d", "")]),
        chain(vec![decision("d", "../../etc/passwd")]),
        chain(vec![node("c", "customNode", json!({}))]),
        chain(vec![node(
            "c",
            "customNode",
            json!({ "kind": "k", "config": "{{ (( }}" }),
        )]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": huge }),
        )]),
        policy(vec![
            ("nope", json!({})),
            ("expression", json!({})),
            ("match", json!({ "arms": 1 })),
        ]),
        policy(vec![
            entity(),
            entity(),
            ("expression", json!({ "key": "p.n", "value": "1" })),
        ]),
        policy(vec![
            entity(),
            ("expression", json!({ "key": "..", "value": "((" })),
        ]),
        policy(vec![(
            "assertion",
            json!({ "output": "p.a", "conditions": [{ "expression": "true", "operator": "xor", "depth": -1 }] }),
        )]),
        policy(vec![("dictionary", json!({ "name": 1, "values": [null] }))]),
    ];
    for document in documents {
        let bundle = many(&[("a", document.clone()), ("sound", sound())]);
        for trace in [
            TraceKind::None,
            TraceKind::Default,
            TraceKind::ReferenceString,
        ] {
            let options = EvaluateOptions {
                trace,
                ..EvaluateOptions::default()
            };
            if let Err(error) = api::evaluate_sync(&bundle, "a", br#"{"x":1}"#, options) {
                assert_ne!(error.kind(), ErrorKind::Internal, "{document}");
                assert!(error.to_json()["type"].is_string(), "{document}");
            }
        }
        assert!(is_sound(&bundle, "sound"), "{document}");
    }
}

#[test]
fn indices_at_the_edges_give_null_or_an_error() {
    let context = json!({ "a": [1, 2, 3], "s": "abc" });
    for at in [
        "-1",
        "3",
        "0.5",
        "1e28",
        "-1e28",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "null",
        "'0'",
        "true",
    ] {
        for source in [
            format!("a[{at}]"),
            format!("s[{at}]"),
            format!("a[{at}:1]"),
            format!("s[0:{at}]"),
            format!("a[{at}:]"),
            format!("s[:{at}]"),
        ] {
            let _ = evaluate(&source, &context);
        }
    }
    assert_eq!(evaluate("a[3]", &context).unwrap(), Value::Null);
    assert_eq!(
        evaluate("text[1]", &json!({ "text": "żó" })).unwrap(),
        Value::Null
    );
}

#[test]
fn keys_that_differ_only_in_case_collide() {
    let bundle = many(&[
        ("a", sound()),
        ("A", sound()),
        ("sound", sound()),
        ("ÄÖ", sound()),
        ("äö", sound()),
    ]);
    let failures: Vec<_> = bundle
        .report()
        .failures
        .iter()
        .map(|failure| failure.kind)
        .collect();
    assert_eq!(failures, [FailureKind::DuplicateKey; 2]);
    assert!(is_sound(&bundle, "sound"));
}

// Cycles.

#[test]
fn a_decision_that_calls_itself_ends_in_an_error() {
    let bundle = many(&[("a", chain(vec![decision("d", "A")])), ("sound", sound())]);
    for max_depth in [0, 1, 10, 32] {
        let options = EvaluateOptions {
            max_depth,
            ..EvaluateOptions::default()
        };
        assert!(api::evaluate_sync(&bundle, "a", b"{}", options).is_err());
        assert!(is_sound(&bundle, "sound"));
    }
}

#[test]
fn a_cycle_of_decisions_ends_in_an_error() {
    let bundle = many(&[
        ("a", chain(vec![decision("d", "b")])),
        ("b", chain(vec![decision("d", "a")])),
        ("sound", sound()),
    ]);
    let options = EvaluateOptions {
        max_depth: 32,
        trace: TraceKind::Default,
        ..EvaluateOptions::default()
    };
    let error = api::evaluate_sync(&bundle, "a", b"{}", options).unwrap_err();
    assert!(error.to_json().to_string().len() < 1_000_000);
    assert!(is_sound(&bundle, "sound"));
}

#[test]
fn a_function_that_calls_its_own_decision_ends_in_an_error() {
    let source = "import zen from 'zen'; export const handler = async (input) => (await zen.evaluate('a', input)).result;";
    let bundle = many(&[
        ("a", chain(vec![function("f", source)])),
        ("sound", sound()),
    ]);
    let options = EvaluateOptions {
        max_depth: 32,
        ..EvaluateOptions::default()
    };
    assert!(api::evaluate_sync(&bundle, "a", b"{}", options).is_err());
    assert!(is_sound(&bundle, "sound"));
}

#[test]
fn policies_that_import_each_other_do_not_compile() {
    let importing = |other: &str| {
        let mut document = policy(vec![
            entity(),
            ("expression", json!({ "key": "p.a", "value": "p.n" })),
        ]);
        document["imports"] = json!([other]);
        document
    };
    let bundle = many(&[
        ("a", importing("a")),
        ("b", importing("C")),
        ("c", importing("b")),
        ("sound", sound()),
    ]);
    for key in ["a", "b", "c"] {
        assert_eq!(failure(&bundle, key), Some(FailureKind::Policy), "{key}");
        assert!(api::evaluate_sync(&bundle, key, b"{}", EvaluateOptions::default()).is_err());
    }
    assert!(is_sound(&bundle, "sound"));
}

#[test]
fn properties_that_need_each_other_do_not_compile() {
    let value = |key: &str, value: &str| ("expression", json!({ "key": key, "value": value }));
    let bundle = one(&policy(vec![
        entity(),
        value("p.a", "p.b"),
        value("p.b", "p.a"),
        value("p.c", "p.c"),
    ]));
    assert_eq!(failure(&bundle, "a"), Some(FailureKind::Policy));
    assert!(answer(&bundle, r#"{"p":{"n":1}}"#).is_err());
}

#[test]
fn dictionaries_and_schemas_that_refer_to_themselves_end() {
    for schema in [
        r##"{"$ref":"#"}"##,
        r##"{"allOf":[{"$ref":"#"}]}"##,
        r##"{"not":{"$ref":"#"}}"##,
        r##"{"if":{"$ref":"#"},"then":{"$ref":"#"}}"##,
        r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}"##,
        r##"{"properties":{"x":{"$ref":"#"}},"items":{"$ref":"#"}}"##,
    ] {
        let mut document = sound();
        document["nodes"][0]["content"] = json!({ "schema": schema });
        let bundle = many(&[("a", document), ("sound", sound())]);
        let _ = answer(&bundle, r#"{"x":1}"#);
        assert!(is_sound(&bundle, "sound"), "{schema}");
    }
}
