//! Bundles, their descriptions, and whether those are valid.
#![allow(dead_code, reason = "every test file uses a part")]

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use zen_edge_bundle::{Bundle, Limits, Packer};
use zen_edge_eval::{CompileOptions, Documents, OnFailure, Signatures, compile};
use zen_edge_openapi::{Bounds, Result, describe};

/// The OpenAPI Initiative's own schema.
static OPENAPI: LazyLock<Validator> = LazyLock::new(|| {
    let schema = include_str!("../schema/openapi-3.0.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&schema)
        .unwrap()
});

/// A bundle of these documents, of a project that is known by this.
pub(crate) fn bundle<'a>(
    identity: &Value,
    documents: impl IntoIterator<Item = (&'a str, Value)>,
) -> Bundle {
    let mut packer = Packer::new();
    let limits = Limits::default();
    packer
        .project_json(identity.to_string().as_bytes(), &limits)
        .unwrap();
    for (path, document) in documents {
        packer.insert(path, document.to_string());
    }
    packer.pack(&limits).unwrap().1
}

/// What such a bundle's description says, as text.
pub(crate) fn text(bundle: &Bundle, bounds: &Bounds) -> Result<String> {
    let options = CompileOptions {
        on_failure: OnFailure::Exclude,
        ..CompileOptions::default()
    };
    let compiled = compile(&Documents::from(bundle), options).unwrap();
    let text = describe("asked", bundle, &Signatures::of(&compiled), bounds)?;
    Ok(String::from_utf8(text).unwrap())
}

/// The same, read and found valid.
pub(crate) fn description(bundle: &Bundle) -> Value {
    let description = text(bundle, &Bounds::default()).unwrap();
    let description: Value = serde_json::from_str(&description).unwrap();
    assert_valid(&description);
    description
}

/// Says that a description is valid OpenAPI 3.0.x, and refers to nothing that is not there.
pub(crate) fn assert_valid(description: &Value) {
    let faults: Vec<_> = OPENAPI
        .iter_errors(description)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}\n{description:#}");
    assert_refers(description, description);
}

fn assert_refers(part: &Value, description: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(description.pointer(pointer).is_some(), "{reference}");
            }
            members
                .iter()
                .filter(|(name, _)| {
                    !["example", "examples", "default", "enum"].contains(&name.as_str())
                })
                .for_each(|(_, member)| assert_refers(member, description));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| assert_refers(item, description)),
        _ => {}
    }
}

/// A schema object as JSON Schema draft 4, which OpenAPI 3.0's dialect is made from.
pub(crate) fn draft4(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let each = |members: &Value| -> Value {
        let members = members.as_object().unwrap().iter();
        let members: Map<_, _> = members
            .map(|(name, member)| (name.clone(), draft4(member)))
            .collect();
        Value::Object(members)
    };
    let mut converted = Map::new();
    for (name, member) in members {
        let member = match name.as_str() {
            "nullable" | "example" | "default" | "title" | "description" => continue,
            "properties" => each(member),
            "items" | "not" | "additionalProperties" => draft4(member),
            "allOf" | "anyOf" | "oneOf" => member.as_array().unwrap().iter().map(draft4).collect(),
            "type" if members.get("nullable") == Some(&json!(true)) => json!([member, "null"]),
            _ => member.clone(),
        };
        converted.insert(name.clone(), member);
    }
    Value::Object(converted)
}

/// What checks values against a schema object beside these components.
pub(crate) fn validator(schema: &Value, components: &Value) -> Validator {
    let components: Map<_, _> = components
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), draft4(schema)))
        .collect();
    let schema = json!({"allOf": [draft4(schema)], "components": {"schemas": components}});
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&schema)
        .unwrap()
}
