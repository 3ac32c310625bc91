//! Every limit: what is just within it works, what is just beyond it is refused, and what would go far
//! beyond it ends in a clean error.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers"
)]

mod support;

use serde_json::{Value, json};
use support::{
    answer, chain, edge, entity, evaluate, excluding, expression, expressions, failure, function,
    graph, is_sound, limit_of, many, node, one, policy, sound, table,
};
use zen_edge_eval::{
    CompileOptions, Documents, EvaluateOptions, FailureKind, Limit, Limits, Variable, api, compile,
    evaluate_expression, evaluate_unary, render_template,
};
use zen_edge_host::expression::{MAX_NESTING, nesting};

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
