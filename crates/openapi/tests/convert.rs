//! Conversion of any schema: valid, bounded, and never stricter than the schema was.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use jsonschema::Draft;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{assert_valid, validator};
use zen_edge_openapi::{Bounds, Converted, convert};

fn converted(schema: &Value) -> Converted {
    convert(schema, "name", |_| false, &Bounds::default())
}

/// A description that holds nothing but this.
fn around(converted: &Converted) -> Value {
    let mut schemas = json!(converted.components);
    schemas["it"] = converted.schema.clone();
    json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {},
        "components": {"schemas": schemas}})
}

#[test]
fn every_keyword_becomes_what_the_dialect_knows() {
    for (schema, expected) in [
        (json!(true), json!({})),
        (json!(false), json!({"not": {}})),
        (
            json!({"$schema": "x", "$id": "y", "$comment": "z"}),
            json!({}),
        ),
        (
            json!({"type": ["string", "null"]}),
            json!({"type": "string", "nullable": true}),
        ),
        (
            json!({"type": "null"}),
            json!({"nullable": true, "enum": [null]}),
        ),
        (
            json!({"type": ["integer", "string"]}),
            json!({"allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}]}),
        ),
        (
            json!({"type": "array"}),
            json!({"type": "array", "items": {}}),
        ),
        (
            json!({"type": "array", "items": [{}]}),
            json!({"type": "array", "items": {}}),
        ),
        (json!({"const": 5}), json!({"enum": [5]})),
        (json!({"const": 5, "enum": [5, 6]}), json!({"enum": [5]})),
        (json!({"examples": [1, 2]}), json!({"example": 1})),
        (
            json!({"exclusiveMaximum": 5}),
            json!({"maximum": 5, "exclusiveMaximum": true}),
        ),
        (
            json!({"maximum": 4, "exclusiveMaximum": 5}),
            json!({"maximum": 4}),
        ),
        (
            json!({"minimum": 4, "exclusiveMinimum": 5}),
            json!({"minimum": 5, "exclusiveMinimum": true}),
        ),
        (json!({"if": {}, "then": {}, "contains": {}}), json!({})),
        (
            json!({"not": {"type": "string"}}),
            json!({"not": {"type": "string"}}),
        ),
        // Looser inside is stricter outside.
        (json!({"not": {"contains": {}}}), json!({})),
        (
            json!({"oneOf": [{"type": "string"}, {"propertyNames": {}}]}),
            json!({"allOf": [{"anyOf": [{"type": "string"}, {}]}]}),
        ),
        (
            json!({"patternProperties": {"^a": {}}, "additionalProperties": false}),
            json!({}),
        ),
        (json!({"required": []}), json!({})),
        (json!({"multipleOf": 0}), json!({})),
        (
            json!({"type": "integer", "minimum": "a", "title": 5}),
            json!({"type": "integer"}),
        ),
        (json!({"$ref": "https://example.com/a"}), json!({})),
        (json!({"$ref": "#anchor"}), json!({})),
        (json!({"$ref": "#/nowhere"}), json!({})),
        (json!(5), json!({})),
    ] {
        let converted = converted(&schema);
        assert_eq!(converted.schema, expected, "{schema}");
        assert!(converted.components.is_empty(), "{schema}");
        assert_valid(&around(&converted));
    }
}

#[test]
fn what_is_referred_to_becomes_a_component() {
    let schema = json!({
        "properties": {"a": {"$ref": "#/definitions/node"}, "b": {"$ref": "#/definitions/alias"},
            "c": {"$ref": "#/definitions/x/node"}, "all": {"$ref": "#"}},
        "definitions": {
            "alias": {"$ref": "#/definitions/node"},
            "node": {"properties": {"next": {"$ref": "#/definitions/node"}}},
            "x": {"node": {"type": "string"}},
            "unused": {"type": "null"},
        },
    });
    let names = |name: &str| name == "name_node";
    let converted = convert(&schema, "name", names, &Bounds::default());
    assert_valid(&around(&converted));
    let properties = &converted.schema["properties"];
    let node = json!({"$ref": "#/components/schemas/name_node_2"});
    assert_eq!(properties["a"], node);
    assert_eq!(properties["b"], node);
    assert_eq!(
        properties["c"],
        json!({"$ref": "#/components/schemas/name_node_3"})
    );
    assert_eq!(
        properties["all"],
        json!({"$ref": "#/components/schemas/name"})
    );
    assert_eq!(
        converted.components["name_node_2"],
        json!({"properties": {"next": node}})
    );
    assert_eq!(converted.components["name"], converted.schema);
    assert_eq!(converted.components.len(), 3);
}

#[test]
fn references_that_lead_nowhere_are_open() {
    let circle = json!({"$ref": "#/a", "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}});
    assert_eq!(converted(&circle).schema, json!({}));
    assert_eq!(converted(&json!({"$ref": "#"})).schema, json!({}));
    // With an address of its own, a schema's references mean something else.
    let moved =
        json!({"properties": {"a": {"$id": "http://x/", "items": {"$ref": "#/b"}}}, "b": {}});
    assert_eq!(
        converted(&moved).schema["properties"]["a"]["items"],
        json!({})
    );
}

#[test]
fn a_reference_to_what_is_not_exact_is_not_exact() {
    let schema = |definition: Value| {
        json!({"not": {"$ref": "#/definitions/a"},
            "oneOf": [{"$ref": "#/definitions/a"}, {"type": "object"}],
            "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"items": {"$ref": "#/definitions/c"}},
                "c": definition}})
    };
    let exact = converted(&schema(json!({"type": "string"}))).schema;
    assert!(
        exact.get("not").is_some() && exact.get("oneOf").is_some(),
        "{exact}"
    );
    let inexact = converted(&schema(json!({"contains": {}}))).schema;
    assert!(
        inexact.get("not").is_none() && inexact.get("oneOf").is_none(),
        "{inexact}"
    );
}

#[test]
fn size_and_depth_are_bounded() {
    let mut deep = json!({"type": "string"});
    for _ in 0..60 {
        deep = json!({"oneOf": [{"properties": {"a": deep}, "contains": {}}]});
    }
    let wide: Value = (0..20_000)
        .map(|n| (format!("p{n}"), json!({})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let long = json!({"enum": (0..20_000).collect::<Vec<_>>()});
    let many: Value = (0..20_000).map(|_| json!({"type": "string"})).collect();
    for schema in [
        deep,
        json!({"properties": wide, "additionalProperties": false, "required": ["p1"]}),
        long,
        json!({"anyOf": many.clone()}),
        json!({"allOf": many}),
        json!({"description": "x".repeat(10_000_000)}),
        json!({"default": [[["x".repeat(10_000_000)]]]}),
    ] {
        let converted = converted(&schema);
        let description = around(&converted);
        assert_valid(&description);
        let text = description.to_string();
        assert!(text.len() < 400_000, "{}", text.len());
        // Whoever reads JSON can read it.
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3..4).prop_map(Value::from),
        Just(json!(1.5)),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// Schemas that mean something, and some that do not.
fn any_schema() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "null", "boolean", "integer", "number", "string", "array", "object",
    ]);
    let count = (0..3).prop_map(Value::from);
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        word.clone().prop_map(|word| json!({"type": word})),
        prop::collection::btree_set(word, 1..4).prop_map(|words| json!({"type": words})),
        prop::sample::select(vec![
            "#",
            "#/definitions/a",
            "#/definitions/b",
            "#/properties/a",
            "x"
        ])
        .prop_map(|reference| json!({"$ref": reference})),
        prop::collection::vec(any_json(), 1..3).prop_map(|values| json!({"enum": values})),
        any_json().prop_map(|value| json!({"const": value})),
        (
            prop::sample::select(vec![
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties"
            ]),
            count
        )
            .prop_map(|(keyword, count)| json!({keyword: count})),
        Just(json!({"required": ["a"]})),
        Just(json!({"uniqueItems": true})),
        Just(json!({"pattern": "a"})),
        (
            prop::sample::select(vec![
                "type",
                "enum",
                "properties",
                "items",
                "required",
                "oneOf",
                "$ref",
                "minimum",
                "maxItems",
                "pattern",
                "additionalProperties",
                "not",
                "const",
                "examples"
            ]),
            any_json()
        )
            .prop_map(|(keyword, value)| json!({keyword: value})),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..3);
        let map = prop::collection::btree_map("[ab]", inner.clone(), 0..3);
        prop_oneof![
            map.clone().prop_map(|map| json!({"properties": map})),
            (map.clone(), inner.clone())
                .prop_map(|(map, other)| json!({"properties": map, "additionalProperties": other})),
            map.clone()
                .prop_map(|map| json!({"patternProperties": map, "additionalProperties": false})),
            inner
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            list.clone()
                .prop_map(|items| json!({"items": items, "additionalItems": false})),
            inner.clone().prop_map(|not| json!({"not": not})),
            inner.clone().prop_map(|one| json!({"contains": one})),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
            (prop::sample::select(vec!["allOf", "anyOf", "oneOf"]), list)
                .prop_map(|(keyword, list)| json!({keyword: list})),
            // Several keywords at once.
            (inner.clone(), inner.clone()).prop_map(|(a, b)| match (a, b) {
                (Value::Object(mut a), Value::Object(b)) => {
                    a.extend(b);
                    Value::Object(a)
                }
                (a, _) => a,
            }),
            (inner, map).prop_map(|(schema, definitions)| match schema {
                Value::Object(mut schema) => {
                    schema.insert("definitions".to_owned(), json!(definitions));
                    Value::Object(schema)
                }
                schema => schema,
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_json_at_all_is_converted(schema in any_json()) {
        assert_valid(&around(&converted(&schema)));
    }

    #[test]
    fn what_a_schema_accepts_its_conversion_accepts(
        schema in any_schema(),
        values in prop::collection::vec(any_json(), 1..6),
    ) {
        let converted = converted(&schema);
        assert_valid(&around(&converted));
        let original = jsonschema::options().with_draft(Draft::Draft7).build(&schema);
        let Ok(original) = original else {
            return Ok(());
        };
        let conversion = validator(&converted.schema, &json!(converted.components));
        for value in &values {
            prop_assert!(
                !original.is_valid(value) || conversion.is_valid(value),
                "{schema}\n{converted:?}\n{value}"
            );
        }
    }
}
