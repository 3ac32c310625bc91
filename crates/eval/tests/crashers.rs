//! Inputs that once crashed, hung or swallowed all memory, each named by its cause.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers"
)]

mod support;

use serde_json::{Value, json};
use support::{
    answer, chain, decision, entity, evaluate, excluding, expression, expressions, function,
    is_sound, limit_of, many, node, one, policy, sound,
};
use zen_edge_eval::{EvaluateOptions, Limit, Limits, TraceKind, Variable, api, decode_context};

/// Doubles a value 40 times without text that mentions `$`.
fn doubled_in_nodes(count: usize) -> Vec<Value> {
    let mut nodes = vec![expressions("n0", &[("x", "[1, 1]")])];
    nodes.extend((1..count).map(|index| expressions(&format!("n{index}"), &[("x", "[x, x]")])));
    nodes
}

#[test]
fn closures_within_closures_beyond_a_byte_of_levels() {
    let deep = format!("{}1{}", "map([1], ".repeat(130), ")".repeat(130));
    let _ = evaluate(&deep, &json!({}));
    let deeper = format!("{}1{}", "map([1],".repeat(199), ")".repeat(199));
    let _ = evaluate(&deeper, &json!({}));
    let deepest = format!("{}#{}", "map([],".repeat(260), ")".repeat(260));
    let _ = evaluate(&deepest, &json!({}));
}

#[test]
fn a_quote_inside_a_template_string_hides_no_nesting() {
    let source = format!("`'` + {}1{} + `'`", "(".repeat(3_000), ")".repeat(3_000));
    assert_eq!(
        limit_of(&evaluate(&source, &json!({})).unwrap_err()),
        Some(Limit::ExpressionNesting)
    );
}

#[test]
fn an_apostrophe_in_a_templates_prose_hides_no_nesting() {
    let template = format!(
        "it's {{{{ {}1{} }}}} it's",
        "(".repeat(3_000),
        ")".repeat(3_000)
    );
    let error = zen_edge_eval::render_template(&template, Variable::Null, &Limits::default(), None)
        .unwrap_err();
    assert_eq!(limit_of(&error), Some(Limit::ExpressionNesting));
}

#[test]
fn doubling_with_dollar_copies_only_to_a_limit() {
    let mut pairs = vec![("a0".to_owned(), "[1, 1]".to_owned())];
    pairs
        .extend((1..40).map(|index| (format!("a{index}"), format!("[$.a{0}, $.a{0}]", index - 1))));
    assert!(answer(&one(&chain(vec![expressions("e", &pairs)])), "{}").is_err());
}

#[test]
fn a_doubled_value_reaches_a_function_only_to_a_limit() {
    for source in [
        json!("const handler = (input) => input;"),
        json!({ "source": "export const handler = async (input) => input;" }),
    ] {
        let mut nodes = doubled_in_nodes(40);
        nodes.push(node("f", "functionNode", source));
        assert!(answer(&one(&chain(nodes)), "{}").is_err());
    }
}

#[test]
fn a_doubled_value_in_an_errors_trace_is_bounded() {
    let mut nodes = doubled_in_nodes(40);
    nodes.push(expression("fails", "1 + true"));
    let bundle = one(&chain(nodes));
    for trace in [
        TraceKind::Default,
        TraceKind::String,
        TraceKind::Reference,
        TraceKind::ReferenceString,
        TraceKind::Shared,
    ] {
        let options = EvaluateOptions {
            trace,
            ..EvaluateOptions::default()
        };
        assert!(api::evaluate_sync(&bundle, "a", b"{}", options).is_err());
    }
}

#[test]
fn a_doubled_value_in_a_trace_by_reference_is_bounded() {
    let mut nodes = doubled_in_nodes(40);
    nodes.push(expression("last", "1"));
    let bundle = one(&chain(nodes));
    for trace in [TraceKind::Reference, TraceKind::Shared] {
        let options = EvaluateOptions {
            trace,
            ..EvaluateOptions::default()
        };
        assert!(api::evaluate_sync(&bundle, "a", b"{}", options).is_err());
    }
}

#[test]
fn a_doubled_value_is_checked_against_a_schema_only_to_a_limit() {
    for schema in [
        r#"{"properties":{"x":{"type":"string"}}}"#,
        r#"{"properties":{"x":{"const":[1]}}}"#,
        r#"{"properties":{"x":{"uniqueItems":true}}}"#,
    ] {
        let mut document = chain(doubled_in_nodes(40));
        let nodes = document["nodes"].as_array_mut().unwrap();
        nodes.last_mut().unwrap()["content"] = json!({ "schema": schema });
        assert!(answer(&one(&document), "{}").is_err());
    }
}

#[test]
fn a_doubled_value_in_a_tables_cell_is_bounded() {
    let mut nodes = doubled_in_nodes(40);
    nodes.push(support::table("t", &[("1", "1"), ("", "x")]));
    assert!(answer(&one(&chain(nodes)), "{}").is_err());
}

#[test]
fn two_doubled_values_merge_only_to_a_limit() {
    let (mut nodes, mut edges) = (
        vec![
            node("in", "inputNode", json!({})),
            node("out", "outputNode", json!({})),
        ],
        vec![],
    );
    for side in ["l", "r"] {
        for (index, mut made) in doubled_in_nodes(30).into_iter().enumerate() {
            let id = format!("{side}{index}");
            made["id"] = json!(id);
            nodes.push(made);
            let before = if index == 0 {
                "in".to_owned()
            } else {
                format!("{side}{}", index - 1)
            };
            edges.push(support::edge(&before, &id));
        }
        edges.push(support::edge(&format!("{side}29"), "out"));
    }
    assert!(answer(&one(&support::graph(nodes, edges)), "{}").is_err());
}

#[test]
fn objects_doubled_by_assignment_merge_deeply_only_to_a_limit() {
    let source = format!(
        "o = {{a: 1}}; {}len(mergeDeep([o, o]))",
        "o = {a: o, b: o}; ".repeat(40)
    );
    assert!(evaluate(&source, &json!({})).is_err());
}

#[test]
fn a_value_nested_by_assignments_is_refused_before_it_is_too_deep_to_drop() {
    let source = format!("a = [1]; {}1", "a = [a]; ".repeat(200_000));
    let _ = evaluate(&source, &json!({}));
}

#[test]
fn a_value_nested_by_expressions_is_refused_before_it_is_too_deep_to_copy_or_drop() {
    let mut pairs = vec![("a0".to_owned(), "[1]".to_owned())];
    pairs.extend((1..3_000).map(|index| (format!("a{index}"), format!("[$.a{}]", index - 1))));
    assert!(answer(&one(&chain(vec![expressions("e", &pairs)])), "{}").is_err());
}

#[test]
fn a_value_nested_by_nodes_is_refused_before_it_is_too_deep_to_drop() {
    let wrap = format!("{}x{}", "[".repeat(190), "]".repeat(190));
    let nodes = (0..900)
        .map(|index| expressions(&format!("n{index}"), &[("x", &wrap)]))
        .collect();
    assert!(answer(&one(&chain(nodes)), "{}").is_err());
}

#[test]
fn a_dotted_key_that_puts_a_value_into_itself_ends() {
    let circular = [("a", "x"), ("a.b", "x")];
    let dollar = [("a", "x"), ("a.b", "x"), ("c", "$.a")];
    let (v1, v2) = (
        node(
            "f",
            "functionNode",
            json!("const handler = (input) => input;"),
        ),
        function("f", "export const handler = async (input) => input;"),
    );
    for nodes in [
        vec![expressions("e", &circular)],
        vec![expressions("e", &dollar)],
        vec![expressions("e", &circular), v1],
        vec![expressions("e", &circular), v2],
        vec![expressions("e", &circular), expression("fails", "1 + true")],
    ] {
        let bundle = one(&chain(nodes));
        for trace in [TraceKind::None, TraceKind::Default, TraceKind::Reference] {
            let options = EvaluateOptions {
                trace,
                ..EvaluateOptions::default()
            };
            assert!(api::evaluate_sync(&bundle, "a", br#"{"x":{"q":1}}"#, options).is_err());
        }
    }
}

#[test]
fn decisions_that_call_each_other_twenty_times_a_level_end() {
    let calls = |to: usize| {
        (0..20)
            .map(|index| decision(&format!("c{index}"), &format!("d{to}")))
            .collect()
    };
    let mut documents = vec![("a".to_owned(), chain(calls(0)))];
    documents.extend((0..8).map(|level| (format!("d{level}"), chain(calls(level + 1)))));
    documents.push((
        "d8".to_owned(),
        chain(vec![expressions("e", &[("x", "1")])]),
    ));
    let documents: Vec<_> = documents
        .iter()
        .map(|(key, document)| (key.as_str(), document.clone()))
        .collect();
    assert!(answer(&many(&documents), r#"{"x":1}"#).is_err());
}

#[test]
fn a_long_list_through_a_looping_table_of_many_rows_ends() {
    let rows: Vec<_> = (0..20_000)
        .map(|index| format!("> {index} and $ < 0"))
        .collect();
    let rows: Vec<_> = rows.iter().map(|cell| (cell.as_str(), "1")).collect();
    let mut table = support::table("t", &rows);
    let settings = json!({ "inputField": "items", "executionMode": "loop", "outputPath": "y" });
    table["content"]
        .as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let context = json!({ "items": vec![json!({ "x": 1 }); 20_000] });
    let documents = [("a", chain(vec![table]).to_string())]
        .into_iter()
        .collect();
    let bundle = excluding(
        &documents,
        Limits {
            expression_steps: 100_000,
            ..Limits::default()
        },
    );
    assert_eq!(
        limit_of(&answer(&bundle, &context.to_string()).unwrap_err()),
        Some(Limit::ExpressionSteps)
    );
}

#[test]
fn a_function_that_returns_an_endless_list_is_stopped() {
    for body in [
        "new Array(2 ** 32 - 1)",
        "new Array(2e9)",
        "[new Array(1e9)]",
        "(() => { let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a; })()",
        "(() => { let a = { x: 1 }; for (let i = 0; i < 40; i++) a = { l: a, r: a }; return a; })()",
    ] {
        let source = format!("export const handler = async () => ({{ y: {body} }});");
        let bundle = many(&[
            ("a", chain(vec![function("f", &source)])),
            ("sound", sound()),
        ]);
        assert!(answer(&bundle, "{}").is_err(), "{body}");
        let log =
            format!("export const handler = async () => {{ console.log({body}); return 1; }};");
        let bundle = many(&[("a", chain(vec![function("f", &log)])), ("sound", sound())]);
        let _ = answer(&bundle, "{}");
        assert!(is_sound(&bundle, "sound"), "{body}");
    }
}

#[test]
fn an_assignment_into_the_context_while_it_is_tested_is_no_double_borrow() {
    let context = decode_context(br#"{"$":1,"x":null}"#, &Limits::default()).unwrap();
    let _ =
        zen_edge_eval::evaluate_unary("x = $root; x.y = 0; x", context, &Limits::default(), None);
}

#[test]
fn an_assignment_that_puts_the_context_into_itself_ends() {
    for source in [
        "x = $root; x.y = $root; x",
        "x = $; x.y = $; x",
        "deep.a = deep; deep",
        "x = $root; x.y = x; x.y.y",
    ] {
        let bundle = many(&[
            ("a", chain(vec![expression("e", source)])),
            ("sound", sound()),
        ]);
        for trace in [TraceKind::None, TraceKind::Default, TraceKind::Reference] {
            let options = EvaluateOptions {
                trace,
                ..EvaluateOptions::default()
            };
            let _ = api::evaluate_sync(&bundle, "a", br#"{"x":1,"deep":{"a":{}}}"#, options);
            assert!(is_sound(&bundle, "sound"), "{source}");
        }
    }
}

#[test]
fn copies_of_long_text_and_lists_are_counted() {
    let context = json!({ "s": "a".repeat(1_000_000), "a": (0..100_000).collect::<Vec<_>>() });
    for source in [
        "len(map([0..100000], s[0:999998]))",
        "len(map([0..100000], upper(s)))",
        "len(map([0..100000], trim(s)))",
        "len(map([0..1000], split(s, '')))",
        "len(map([0..100000], a[0:99998]))",
        "len(map([0..100000], keys(a)))",
        "count([0..1000000], contains(a, -1))",
        "count([0..1000000], -1 in a)",
        "len(map([0..1000000], sum(a)))",
        "len(map([0..1000000], median(a)))",
        "fuzzyMatch(s, s)",
        "len(fuzzyMatch(map([0..100], s), s))",
        "count([0..1000000], matches(s, '(?:[ab]*?x){20}y'))",
        "matches(s, '(a|b|[^c]{50}){100}$')",
        "count([0..4000000], matches('a', '\\w{40}'))",
    ] {
        assert!(evaluate(source, &context).is_err(), "{source}");
    }
}

#[test]
fn functions_of_deeply_nested_source_compile_to_an_error() {
    let repeat = |open: &str, close: &str, count: usize| {
        format!("{}1{}", open.repeat(count), close.repeat(count))
    };
    for body in [
        repeat("(", ")", 100_000),
        repeat("[", "]", 100_000),
        repeat("!", "", 200_000),
        repeat("1+", "", 200_000),
        repeat("x=>", "", 100_000),
        repeat("typeof ", "", 100_000),
        repeat("a?b:", "", 100_000),
        format!("{{ {} }}", "if(1)".repeat(100_000)),
        format!("{{ {} }}", "{".repeat(100_000)),
    ] {
        let source = format!("export const handler = async (input) => {body}");
        let bundle = many(&[
            ("a", chain(vec![function("f", &source)])),
            ("sound", sound()),
        ]);
        let _ = answer(&bundle, "{}");
        assert!(is_sound(&bundle, "sound"));
    }
    let types = format!(
        "type A = {}; export const handler = async () => 1",
        repeat("Array<", ">", 50_000)
    );
    let _ = answer(&one(&chain(vec![function("f", &types)])), "{}");
}

#[test]
fn a_policy_whose_properties_form_a_long_chain_ends() {
    let mut blocks = vec![
        entity(),
        ("expression", json!({ "key": "p.a0", "value": "p.n" })),
    ];
    blocks.extend((1..1_990).map(|index| {
        (
            "expression",
            json!({ "key": format!("p.a{index}"), "value": format!("p.a{} + 1", index - 1) }),
        )
    }));
    let _ = answer(&one(&policy(blocks)), r#"{"p":{"n":1}}"#);
}

#[test]
fn a_policy_that_nests_a_value_step_by_step_ends() {
    let mut blocks = vec![
        entity(),
        ("expression", json!({ "key": "p.a0", "value": "[p.n]" })),
    ];
    blocks.extend((1..500).map(|index| {
        (
            "expression",
            json!({ "key": format!("p.a{index}"), "value": format!("[p.a{}]", index - 1) }),
        )
    }));
    let _ = answer(&one(&policy(blocks)), r#"{"p":{"n":1}}"#);
}

#[test]
fn a_schema_that_refers_to_other_places_reads_neither_files_nor_the_network() {
    let folder = std::env::temp_dir().join(format!("zen-edge-schema-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("schema.json");
    std::fs::write(&file, r#"{"type":"object"}"#).unwrap();
    for reference in [
        format!("file://{}", file.display()),
        "http://127.0.0.1:1/schema".to_owned(),
    ] {
        let mut document = sound();
        document["nodes"][0]["content"] =
            json!({ "schema": json!({ "$ref": reference }).to_string() });
        let error = answer(&one(&document), r#"{"x":1}"#).unwrap_err();
        assert!(
            !error.to_string().contains("error sending request"),
            "{error}"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn references_in_a_schema_multiply_only_to_a_limit() {
    let mut definitions = serde_json::Map::new();
    for level in 0..10 {
        let reference = json!({ "$ref": format!("#/definitions/d{}", level + 1) });
        definitions.insert(format!("d{level}"), json!({ "allOf": vec![reference; 10] }));
    }
    definitions.insert("d10".into(), json!({ "type": "object" }));
    let schema = json!({ "definitions": definitions, "$ref": "#/definitions/d0" });
    let mut document = sound();
    document["nodes"][0]["content"] = json!({ "schema": schema.to_string() });
    assert!(answer(&one(&document), r#"{"x":1}"#).is_err());
}
