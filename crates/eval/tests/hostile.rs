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
    answer, chain, decision, edge, entity, excluding, expression, expressions, function, graph,
    is_sound, many, node, one, policy, sound, table,
};
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, Error, ErrorKind, EvaluateOptions, FailureKind,
    Limit, Limits, TraceKind, Variable, api, compile, decode_context, evaluate_expression,
    evaluate_unary, render_template, to_json,
};
use zen_edge_host::expression::{MAX_NESTING, nesting};

fn failure(bundle: &CompiledBundle, key: &str) -> Option<FailureKind> {
    bundle.report().failure(key).map(|failure| failure.kind)
}

fn limit_of(error: &Error) -> Option<Limit> {
    match error.kind() {
        ErrorKind::LimitExceeded(limit) => Some(limit),
        _ => None,
    }
}

fn evaluate(source: &str, context: &Value) -> Result<Value, Error> {
    let limits = Limits::default();
    let context = decode_context(context.to_string().as_bytes(), &limits)?;
    let value = evaluate_expression(source, context, &limits, None)?;
    Ok(serde_json::from_slice(&to_json(&value, &limits)?).unwrap())
}

/// Compiles bytes as the document `a`, beside a sound one that must still work.
fn compile_bytes(json: &[u8]) -> CompiledBundle {
    let mut documents = Documents::new();
    documents.insert("a", json);
    documents.insert("sound", sound().to_string());
    let bundle = excluding(&documents, Limits::default());
    assert!(is_sound(&bundle, "sound"));
    bundle
}

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

// At a limit and just above it.

#[test]
fn documents_are_counted_to_the_limit() {
    let limits = Limits {
        documents: 2,
        ..Limits::default()
    };
    let documents: Documents = [("a", sound().to_string()), ("b", sound().to_string())]
        .into_iter()
        .collect();
    assert!(
        compile(
            &documents,
            CompileOptions {
                limits: limits.clone(),
                ..CompileOptions::default()
            }
        )
        .is_ok()
    );
    let mut documents = documents;
    documents.insert("c", sound().to_string());
    let error = compile(
        &documents,
        CompileOptions {
            limits,
            ..CompileOptions::default()
        },
    )
    .unwrap_err();
    assert_eq!(limit_of(&error), Some(Limit::Documents));
}

/// The failure of `document` under limits that are one below, exactly at and one above what it takes.
fn around(document: &Value, limits: impl Fn(isize) -> Limits) -> [Option<FailureKind>; 3] {
    [-1, 0, 1].map(|difference| {
        let documents = Documents::from_iter([("a", document.to_string())]);
        failure(&excluding(&documents, limits(difference)), "a")
    })
}

#[test]
fn a_documents_size_is_bounded_exactly() {
    let length = sound().to_string().len();
    let outcome = around(&sound(), |difference| Limits {
        document_bytes: length.checked_add_signed(difference).unwrap(),
        ..Limits::default()
    });
    assert_eq!(outcome, [Some(FailureKind::LimitExceeded), None, None]);
}

#[test]
fn nodes_blocks_and_rows_are_bounded_exactly() {
    let limited = |count: usize| {
        move |difference: isize| Limits {
            nodes: count.checked_add_signed(difference).unwrap(),
            ..Limits::default()
        }
    };
    assert_eq!(
        around(&sound(), limited(3)),
        [Some(FailureKind::LimitExceeded), None, None]
    );
    let blocks = policy(vec![
        entity(),
        ("expression", json!({ "key": "p.a", "value": "p.n" })),
    ]);
    assert_eq!(
        around(&blocks, limited(2)),
        [Some(FailureKind::LimitExceeded), None, None]
    );
    let rows = chain(vec![
        table("s", &[("1", "1"), ("2", "2")]),
        table("t", &[("", "3")]),
    ]);
    let outcome = around(&rows, |difference| Limits {
        table_rows: 3_usize.checked_add_signed(difference).unwrap(),
        ..Limits::default()
    });
    assert_eq!(outcome, [Some(FailureKind::LimitExceeded), None, None]);
}

/// The limit that evaluating `document` comes upon with this set of limits.
fn over(document: &Value, context: &str, limits: Limits) -> Option<Limit> {
    let bundle = excluding(&Documents::from_iter([("a", document.to_string())]), limits);
    answer(&bundle, context).err().as_ref().and_then(limit_of)
}

#[test]
fn a_contexts_size_and_depth_are_bounded_exactly() {
    let context = r#"{"x":1,"y":[[[]]]}"#;
    let bytes = |context_bytes| {
        over(
            &sound(),
            context,
            Limits {
                context_bytes,
                ..Limits::default()
            },
        )
    };
    assert_eq!(
        [context.len() - 1, context.len()].map(bytes),
        [Some(Limit::ContextBytes), None]
    );
    let depth = |json_depth| {
        over(
            &sound(),
            context,
            Limits {
                json_depth,
                ..Limits::default()
            },
        )
    };
    assert_eq!([3, 4].map(depth), [Some(Limit::JsonDepth), None]);
}

#[test]
fn a_results_size_and_depth_are_bounded() {
    let document = chain(vec![expression("e", "[[[1]]]")]);
    let depth = |json_depth| {
        over(
            &document,
            "{}",
            Limits {
                json_depth,
                ..Limits::default()
            },
        )
    };
    assert_eq!([3, 4].map(depth), [Some(Limit::JsonDepth), None]);
    let document = chain(vec![expression("e", "text")]);
    let size = |bytes: usize| {
        let context = json!({ "text": "x".repeat(bytes) }).to_string();
        over(
            &document,
            &context,
            Limits {
                result_bytes: 2_000,
                ..Limits::default()
            },
        )
    };
    assert_eq!([1_500, 3_000].map(size), [None, Some(Limit::ResultBytes)]);
}

#[test]
fn steps_of_expressions_are_bounded_exactly() {
    let document = chain(vec![expression("e", "len(map(list, #))")]);
    let context = json!({ "list": vec![0; 2_000] }).to_string();
    let steps = |expression_steps| {
        over(
            &document,
            &context,
            Limits {
                expression_steps,
                ..Limits::default()
            },
        )
    };
    assert_eq!(steps(1_999), Some(Limit::ExpressionSteps));
    assert_eq!(steps(100_000), None);
}

#[test]
fn text_that_expressions_build_is_bounded() {
    let document = chain(vec![expression("e", "len('aaaaa' + 'bbbbb')")]);
    let bytes = |expression_bytes| {
        over(
            &document,
            "{}",
            Limits {
                expression_bytes,
                ..Limits::default()
            },
        )
    };
    assert_eq!(bytes(9), Some(Limit::ExpressionBytes));
    assert_eq!(bytes(10_000), None);
}

#[test]
fn the_work_memory_and_values_of_functions_are_bounded() {
    let handler = |body: &str| {
        chain(vec![function(
            "f",
            &format!("export const handler = async () => {{ {body} }};"),
        )])
    };
    for (body, limits, limit) in [
        (
            "while (true) {}",
            Limits {
                function_steps: 1_000_000,
                ..Limits::default()
            },
            Limit::FunctionSteps,
        ),
        (
            "for (;;) await null;",
            Limits {
                function_steps: 1_000_000,
                ..Limits::default()
            },
            Limit::FunctionSteps,
        ),
        (
            "let a = []; for (;;) a.push(new Array(10000).fill(1));",
            Limits::default(),
            Limit::FunctionBytes,
        ),
        (
            "let s = 'x'; for (;;) s += s;",
            Limits::default(),
            Limit::FunctionBytes,
        ),
        (
            "const a = {}; a.a = a; return a;",
            Limits::default(),
            Limit::JsonDepth,
        ),
        (
            "let a = 1; for (let i = 0; i < 1e5; i++) a = [a]; return a;",
            Limits::default(),
            Limit::JsonDepth,
        ),
    ] {
        assert_eq!(over(&handler(body), "{}", limits), Some(limit), "{body}");
    }
    for body in [
        "const f = () => f(); return f();",
        "return /^(a+)+$/.test('a'.repeat(40) + '!');",
        "throw null;",
        "throw { get message() { throw 1; } };",
        "return new Proxy({}, { ownKeys() { throw 1; } });",
        "await new Promise(() => {});",
        "return 1n;",
        "return Symbol('x');",
        "return NaN;",
        "return { get a() { return 1 / 0; } };",
        "return '\\ud800';",
    ] {
        let limits = Limits {
            function_steps: 5_000_000,
            ..Limits::default()
        };
        let bundle = excluding(
            &[
                ("a", handler(body).to_string()),
                ("sound", sound().to_string()),
            ]
            .into_iter()
            .collect(),
            limits,
        );
        let _ = answer(&bundle, "{}");
        assert!(is_sound(&bundle, "sound"), "{body}");
    }
}

#[test]
fn more_depth_than_allowed_is_refused() {
    let bundle = one(&sound());
    let ask = |max_depth| {
        let options = EvaluateOptions {
            max_depth,
            ..EvaluateOptions::default()
        };
        api::evaluate_sync(&bundle, "a", br#"{"x":1}"#, options)
            .err()
            .as_ref()
            .and_then(limit_of)
    };
    assert_eq!(
        [32, 33, 255].map(ask),
        [None, Some(Limit::CallDepth), Some(Limit::CallDepth)]
    );
}

#[test]
fn a_hundred_thousand_rows_are_searched() {
    let cells: Vec<_> = (0..100_000)
        .map(|index| (format!("{index}"), format!("{}", index + 1)))
        .collect();
    let rows: Vec<_> = cells
        .iter()
        .map(|(x, y)| (x.as_str(), y.as_str()))
        .collect();
    let bundle = one(&chain(vec![table("t", &rows)]));
    for x in [0, 1, 50_000, 99_999] {
        assert_eq!(
            answer(&bundle, &json!({ "x": x }).to_string()).unwrap(),
            json!({ "y": x + 1 })
        );
    }
    let over: Vec<_> = rows.iter().copied().chain([("", "0")]).collect();
    assert_eq!(
        failure(&one(&chain(vec![table("t", &over)])), "a"),
        Some(FailureKind::LimitExceeded)
    );
}

#[test]
fn a_graph_of_as_many_nodes_as_allowed_compiles_and_ends() {
    let chain_of = |count: usize| {
        chain(
            (0..count - 2)
                .map(|index| expressions(&format!("n{index}"), &[("x", "1")]))
                .collect(),
        )
    };
    let bundle = many(&[
        ("a", chain_of(2_000)),
        ("over", chain_of(2_001)),
        ("sound", sound()),
    ]);
    assert_eq!(failure(&bundle, "a"), None);
    assert_eq!(failure(&bundle, "over"), Some(FailureKind::LimitExceeded));
    let _ = answer(&bundle, "{}");
    assert!(is_sound(&bundle, "sound"));
}

#[test]
fn a_chain_of_switches_as_long_as_allowed_ends() {
    for taken in ["true", "false"] {
        let mut nodes = vec![
            node("in", "inputNode", json!({})),
            node("out", "outputNode", json!({})),
        ];
        let mut edges = Vec::new();
        for index in 0..1_998 {
            let content = json!({ "statements": [{ "id": "s", "condition": taken }] });
            nodes.push(node(&format!("n{index}"), "switchNode", content));
            let mut edge = if index == 0 {
                edge("in", "n0")
            } else {
                edge(&format!("n{}", index - 1), &format!("n{index}"))
            };
            if index > 0 {
                edge["sourceHandle"] = json!("s");
            }
            edges.push(edge);
        }
        edges.push(edge("n1997", "out"));
        let bundle = many(&[("a", graph(nodes, edges)), ("sound", sound())]);
        let _ = answer(&bundle, "{}");
        assert!(is_sound(&bundle, "sound"));
    }
}

// Expressions as deep as they may be, wherever a document can hold one.

/// Every form that the parser recurses on, nested as deeply as is accepted.
fn deepest() -> Vec<String> {
    let forms: [(&str, &str, &str); 14] = [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("-", "1", ""),
        ("not ", "true", ""),
        ("a ? b : ", "c", ""),
        ("1 + ", "1", ""),
        ("2 ^ ", "1", ""),
        ("a and ", "b", ""),
        ("a ?? ", "b", ""),
        ("", "a", ".c"),
        ("", "a", "[0]"),
        ("max([1, ", "1", "])"),
        ("map([1], ", "1", ")"),
        ("{a: ", "1", "}"),
    ];
    forms
        .iter()
        .map(|(open, middle, close)| {
            let at =
                |count: usize| format!("{}{middle}{}", open.repeat(count), close.repeat(count));
            let accepted = (1..=MAX_NESTING)
                .rev()
                .find(|&count| nesting(&at(count)) <= MAX_NESTING && closures(&at(count)) < 128);
            at(accepted.unwrap())
        })
        .collect()
}

fn closures(source: &str) -> usize {
    source.matches("map(").count()
}

#[test]
fn the_deepest_accepted_expression_compiles_in_every_place() {
    for deep in deepest() {
        let shown = &deep[..deep.len().min(30)];
        let switch = json!({ "statements": [{ "id": "s", "condition": deep }] });
        let places = [
            chain(vec![expression("e", &deep)]),
            chain(vec![expression("e", &format!("`${{{deep}}}`"))]),
            chain(vec![node("s", "switchNode", switch)]),
            chain(vec![table("t", &[(&deep, "1")])]),
            chain(vec![table("t", &[("", &deep)])]),
            chain(vec![node(
                "e",
                "expressionNode",
                json!({ "expressions": [], "inputField": deep }),
            )]),
            chain(vec![node(
                "c",
                "customNode",
                json!({ "kind": "k", "config": { "a": format!("{{{{ {deep} }}}}") } }),
            )]),
            policy(vec![
                entity(),
                ("expression", json!({ "key": "p.a", "value": deep })),
            ]),
        ];
        for document in places {
            let bundle = many(&[("a", document), ("sound", sound())]);
            let context = br#"{"x":1,"p":{"n":1}}"#;
            let _ = api::evaluate_sync(&bundle, "a", context, EvaluateOptions::default());
            assert!(is_sound(&bundle, "sound"), "{shown}");
        }
        let limits = Limits::default();
        let _ = evaluate_expression(&deep, Variable::Null, &limits, None);
        let _ = evaluate_unary(&deep, Variable::Null, &limits, None);
        let _ = render_template(&format!("{{{{{deep}}}}}"), Variable::Null, &limits, None);
    }
}

#[test]
fn a_deeper_expression_is_refused_in_every_place() {
    let deep = format!(
        "{}1{}",
        "(".repeat(MAX_NESTING + 1),
        ")".repeat(MAX_NESTING + 1)
    );
    for document in [
        chain(vec![expression("e", &deep)]),
        chain(vec![node(
            "s",
            "switchNode",
            json!({ "statements": [{ "id": "s", "condition": deep }] }),
        )]),
        chain(vec![table("t", &[(&deep, "1")])]),
        chain(vec![table("t", &[("", &deep)])]),
        chain(vec![node(
            "e",
            "expressionNode",
            json!({ "expressions": [], "inputField": deep }),
        )]),
        chain(vec![node(
            "c",
            "customNode",
            json!({ "kind": "k", "config": { "a": format!("{{{{ {deep} }}}}") } }),
        )]),
        policy(vec![
            entity(),
            ("expression", json!({ "key": "p.a", "value": deep })),
        ]),
    ] {
        assert_eq!(
            failure(&one(&document), "a"),
            Some(FailureKind::LimitExceeded)
        );
    }
    assert_eq!(
        limit_of(&evaluate(&deep, &json!({})).unwrap_err()),
        Some(Limit::ExpressionNesting)
    );
}

// Bombs.

#[test]
fn ranges_are_bounded_by_what_they_hold() {
    for source in [
        "map([0..1e12], #)",
        "len(map([-9223372036854775808..9223372036854775807], #))",
        "map([0..3000], map([0..3000], #))",
        "flatMap([0..3000], map([0..3000], #))",
        "count([0..1e12], true)",
        "len(flatten(map([0..3000], map([0..3000], #))))",
    ] {
        assert!(evaluate(source, &json!({})).is_err(), "{source}");
    }
    assert_eq!(
        evaluate("1e12 in [0..1e13]", &json!({})).unwrap(),
        json!(true)
    );
    assert_eq!(
        evaluate(
            "len(map([9223372036854775800..9223372036854775807], #))",
            &json!({})
        )
        .unwrap(),
        json!(8)
    );
}

#[test]
fn text_that_doubles_is_stopped() {
    let mut pairs = vec![("a0".to_owned(), "'0123456789'".to_owned())];
    pairs.extend((1..40).map(|index| (format!("a{index}"), format!("$.a{0} + $.a{0}", index - 1))));
    let document = chain(vec![expressions("e", &pairs)]);
    assert_eq!(
        over(&document, "{}", Limits::default()),
        Some(Limit::ExpressionBytes)
    );
    let join = chain(vec![expression(
        "e",
        "len(map([0..10000], `${text}${text}`))",
    )]);
    let context = json!({ "text": "x".repeat(100_000) }).to_string();
    assert_eq!(
        over(&join, &context, Limits::default()),
        Some(Limit::ExpressionBytes)
    );
}

#[test]
fn a_value_that_doubles_is_small_until_it_is_written() {
    let mut nodes = vec![expressions("n0", &[("x", "[1, 1]")])];
    nodes.extend((1..40).map(|index| expressions(&format!("n{index}"), &[("x", "[x, x]")])));
    assert!(answer(&one(&chain(nodes.clone())), "{}").is_err());
    for source in [
        "x == x",
        "string(x)",
        "keys(x)",
        "`a${x}`",
        "contains(x, x)",
        "number(x)",
        "type(x)",
        "x in [1]",
    ] {
        let mut nodes = nodes.clone();
        nodes.push(expression("last", source));
        let bundle = many(&[("a", chain(nodes)), ("sound", sound())]);
        let _ = answer(&bundle, "{}");
        assert!(is_sound(&bundle, "sound"), "{source}");
    }
}
