//! Releases that would cost too much to describe.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::{bundle, description, text};
use zen_edge_openapi::{Bounds, Error};

fn graph(mut nodes: Vec<Value>) -> Value {
    nodes.push(json!({"id": "out", "name": "out", "type": "outputNode", "content": {}}));
    let edges: Vec<_> = nodes
        .windows(2)
        .enumerate()
        .map(|(index, pair)| {
            json!({"id": format!("e{index}"), "type": "edge",
                "sourceId": pair[0]["id"], "targetId": pair[1]["id"]})
        })
        .collect();
    json!({"contentType": "graph", "nodes": nodes, "edges": edges})
}

fn input(schema: Value) -> Value {
    json!({"id": "in", "name": "in", "type": "inputNode", "content": {"schema": schema.to_string()}})
}

fn expressions(id: &str, rows: &[(String, String)]) -> Value {
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, value)| json!({"id": key, "key": key, "value": value}))
        .collect();
    json!({"id": id, "name": id, "type": "expressionNode", "content": {"expressions": rows}})
}

/// What is said of one decision, the others being beside it.
fn said<'a>(documents: impl IntoIterator<Item = (&'a str, Value)>, path: &str) -> Value {
    let description = description(&bundle(&json!({}), documents));
    description["paths"][format!("/evaluate/{path}")]["post"]["x-gorules"].clone()
}

/// Every row holds the one before twice.
fn doubling(rows: usize) -> Vec<(String, String)> {
    let rows = (1..rows).map(|n| {
        let before = n - 1;
        (
            format!("r{n}"),
            format!("{{a: $.r{before}, b: $.r{before}}}"),
        )
    });
    [("r0".to_owned(), "1".to_owned())]
        .into_iter()
        .chain(rows)
        .collect()
}

#[test]
fn types_that_double_row_by_row_are_not_derived() {
    let few = graph(vec![input(json!({})), expressions("rows", &doubling(8))]);
    let many = graph(vec![input(json!({})), expressions("rows", &doubling(60))]);
    assert_eq!(said([("few", few)], "few")["hasOutputSchema"], true);
    assert_eq!(said([("many", many)], "many")["hasOutputSchema"], false);
}

#[test]
fn types_that_double_by_paths_or_node_by_node_are_not_derived() {
    let mut paths = vec![("r0.a".to_owned(), "1".to_owned())];
    let mut nodes = vec![input(json!({}))];
    for n in 1..60 {
        let before = n - 1;
        for side in ["a", "b"] {
            paths.push((format!("r{n}.{side}"), format!("$.r{before}")));
        }
        let row = ("r".to_owned(), "{a: r, b: r}".to_owned());
        nodes.push(expressions(&format!("n{n}"), &[row]));
    }
    let paths = graph(vec![input(json!({})), expressions("rows", &paths)]);
    assert_eq!(said([("paths", paths)], "paths")["hasOutputSchema"], false);
    assert_eq!(
        said([("nodes", graph(nodes))], "nodes")["hasOutputSchema"],
        false
    );
}

#[test]
fn types_that_double_within_one_expression_are_not_derived() {
    let closures = |times: usize| {
        (0..times).fold("[1]".to_owned(), |inner, _| {
            format!("map({inner}, {{x: #, y: #}})")
        })
    };
    let assigned = |times: usize| {
        let steps = (1..times).map(|n| {
            let before = n - 1;
            format!("; a{n} = {{x: a{before}, y: a{before}}}")
        });
        format!("a0 = 1{}", steps.collect::<String>())
    };
    // What does not compile may be understood in part.
    let broken = |times: usize| match times {
        40 => "{x: 1, y: 2} )".to_owned(),
        _ => "{x: 1, y: 2}".to_owned(),
    };
    for (times, is_derived) in [(2, true), (40, false)] {
        for source in [closures(times), assigned(times), broken(times)] {
            let nodes = vec![
                input(json!({})),
                expressions("rows", &[("r".to_owned(), source.clone())]),
            ];
            let said = said([("it", graph(nodes))], "it");
            assert_eq!(said["hasOutputSchema"], is_derived, "{source}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever rows copy, and wherever they are, describing them comes to an end.
    #[test]
    fn rows_that_copy_each_other_are_described(
        nodes in prop::collection::vec(prop::collection::vec(
            (
                prop::sample::select(vec!["a", "b", "c", "a.x", "b.y", "c.a", "a.x.y"]),
                prop::sample::select(vec![
                    "{x: a, y: b}", "{x: $.a, y: $.b, z: $.c}", "a", "$.b", "c.a", "[a, b]", "1",
                    "a ? b : c", "$nodes.n1.a", "$root", "$nodes", "map([a], {x: #, y: #})", "a.x",
                    "{p: a.x, q: b.y}", "merge([a, b])", "values(a)", "flatMap([b], [#, #])",
                    "input.list", "{i: input, j: input}", "a ?? b", "x = a; y = {p: x, q: x}; y",
                ]),
            ), 1..12), 1..12),
        pass in any::<bool>(),
    ) {
        let nodes = nodes.iter().enumerate().map(|(n, rows)| {
            let rows: Vec<_> = rows.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let mut node = expressions(&format!("n{n}"), &rows);
            node["content"]["passThrough"] = json!(pass);
            node
        });
        let graph = graph([input(json!({}))].into_iter().chain(nodes).collect());
        said([("graph", graph)], "graph");
    }
}

#[test]
fn decisions_that_double_what_they_call_or_call_too_deep_are_not_derived() {
    let call = |key: &str| json!({"id": "call", "name": "call", "type": "decisionNode", "content": {"key": key}});
    let names: Vec<_> = (0..60).map(|n| format!("d{n}")).collect();
    let whole = ("whole".to_owned(), "{a: $root, b: $root}".to_owned());
    let twice = names.iter().enumerate().map(|(n, name)| {
        let called = n.checked_sub(1).map(|n| call(&names[n]));
        let nodes = [input(json!({}))].into_iter().chain(called);
        let nodes = nodes.chain([expressions("rows", std::slice::from_ref(&whole))]);
        (name.as_str(), graph(nodes.collect()))
    });
    assert_eq!(said(twice, "d59")["hasOutputSchema"], false);
    let chain = names.iter().enumerate().map(|(n, name)| {
        let called = n.checked_sub(1).map(|n| call(&names[n]));
        let row = expressions("rows", &[("total".to_owned(), "1 + 1".to_owned())]);
        let nodes = [input(json!({})), row].into_iter().chain(called);
        (name.as_str(), graph(nodes.collect()))
    });
    let chain: Vec<_> = chain.collect();
    assert_eq!(said(chain.clone(), "d5")["hasOutputSchema"], true);
    assert_eq!(said(chain, "d59")["hasOutputSchema"], false);
}

#[test]
fn decisions_that_call_each_other_in_a_circle_are_described() {
    let names: Vec<_> = (0..3_000).map(|n| format!("d{n}")).collect();
    let circle = names.iter().enumerate().map(|(n, name)| {
        let key = &names[(n + 1) % names.len()];
        let call = json!({"id": "c", "name": "c", "type": "decisionNode", "content": {"key": key}});
        (name.as_str(), graph(vec![input(json!({})), call]))
    });
    assert_eq!(said(circle, "d0")["hasOutputSchema"], false);
}

#[test]
fn data_models_that_hold_each_other_are_not_written_out_without_end() {
    let model = |name: &str, targets: &[String]| {
        let properties: Vec<_> = targets
            .iter()
            .enumerate()
            .map(|(n, target)| {
                json!({"id": format!("p{n}"), "name": format!("p{n}"), "array": false,
                    "type": "relationship", "target": target})
            })
            .collect();
        json!({"id": name, "type": "dataModel",
            "props": {"data": {"name": name, "properties": properties}}})
    };
    let names: Vec<_> = (0..14).map(|n| format!("m{n}")).collect();
    let all: Vec<_> = names.iter().map(|name| model(name, &names)).collect();
    let policy = json!({"blocks": all});
    assert_eq!(said([("all", policy)], "all")["hasInputSchema"], false);
    let two = [model("m0", &names[1..2]), model("m1", &names[0..1])];
    let mut two = json!({"blocks": two});
    let plain = json!({"id": "p", "type": "dataModel", "props": {"data": {"name": "m2",
        "properties": [{"id": "n", "name": "n", "type": "number", "array": false}]}}});
    two["blocks"].as_array_mut().unwrap().push(plain);
    assert_eq!(said([("two", two)], "two")["hasInputSchema"], true);
}

#[test]
fn a_thousand_decisions_are_described() {
    let schema = json!({"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/definitions/n"}},
        "definitions": {"n": {"type": "number"}}});
    let rows = [("total".to_owned(), "n * 2".to_owned())];
    let names: Vec<_> = (0..1_000).map(|n| format!("decision {n}")).collect();
    let decisions = names.iter().map(|name| {
        (
            name.as_str(),
            graph(vec![input(schema.clone()), expressions("rows", &rows)]),
        )
    });
    let bundle = bundle(&json!({}), decisions);
    let description = description(&bundle);
    assert_eq!(description["paths"].as_object().unwrap().len(), 1_000);
    let schemas = description["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.len(), 1_000);
}

#[test]
fn what_is_over_the_bounds_is_refused_by_name() {
    let empty = || graph(vec![input(json!({}))]);
    let bundle = bundle(&json!({}), [("a", empty()), ("b", empty())]);
    let bounds = Bounds::default();
    let whole = text(&bundle, &bounds).unwrap();
    for bytes in [0, 1, 2, 1_000, whole.len() - 1] {
        let error = text(&bundle, &Bounds { bytes, ..bounds }).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{bytes}: {error}");
    }
    let bytes = whole.len();
    assert_eq!(text(&bundle, &Bounds { bytes, ..bounds }).unwrap(), whole);
    let error = text(
        &bundle,
        &Bounds {
            decisions: 1,
            ..bounds
        },
    )
    .unwrap_err();
    assert!(
        matches!(error, Error::TooMany { found: 2, most: 1 }),
        "{error}"
    );
}

#[test]
fn names_that_mean_something_to_openapi_are_written_otherwise() {
    let empty = || graph(vec![input(json!({}))]);
    let identity = json!({"project": {"key": "a b/{c}"}});
    let documents = [
        ("a b", empty()),
        ("a_b", empty()),
        ("{id}?#%", empty()),
        ("é", empty()),
    ];
    let description = description(&bundle(&identity, documents));
    assert_eq!(
        description["servers"][0]["url"],
        "/api/rules/a%20b%2F%7Bc%7D"
    );
    let paths = description["paths"].as_object().unwrap();
    let names: Vec<_> = paths
        .iter()
        .map(|(path, item)| (path.as_str(), item["post"]["operationId"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("/evaluate/%7Bid%7D%3F%23%25", "evaluate_id"),
            ("/evaluate/a b", "evaluate_a_b"),
            ("/evaluate/a_b", "evaluate_a_b_2"),
            ("/evaluate/é", "evaluate_"),
        ]
    );
}
