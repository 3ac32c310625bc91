//! The keywords of one schema that bound values.

use super::Writer;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Bounds on numbers. Here `exclusiveMaximum` is a number, there it is said of `maximum`.
pub(super) fn numbers(schema: &Map<String, Value>, writer: &mut Writer) {
    let bound = |name: &str| schema.get(name).filter(|value| value.is_number());
    if let Some(step) = bound("multipleOf") {
        match step.as_f64().is_some_and(|step| step > 0.0) {
            true => writer.put("multipleOf", step.clone()),
            false => writer.exact = false,
        }
    }
    for (inclusive, exclusive, upper) in [
        ("maximum", "exclusiveMaximum", true),
        ("minimum", "exclusiveMinimum", false),
    ] {
        let tighter = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) if upper => a <= b,
            (Some(a), Some(b)) => a >= b,
            _ => false,
        };
        match (bound(inclusive), bound(exclusive)) {
            (Some(value), None) => writer.put(inclusive, value.clone()),
            (Some(value), Some(other)) if !tighter(other, value) => {
                writer.put(inclusive, value.clone());
            }
            (_, Some(value)) => {
                writer.put(inclusive, value.clone());
                writer.put(exclusive, json!(true));
            }
            (None, None) => {}
        }
    }
    let keywords = [
        "multipleOf",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
    ];
    let odd = |keyword: &&str| schema.get(*keyword).is_some_and(|value| !value.is_number());
    writer.exact &= !keywords.iter().any(odd);
}

/// Bounds on texts, lists and objects, which mean the same there.
pub(super) fn sizes(schema: &Map<String, Value>, writer: &mut Writer) {
    for keyword in [
        "maxLength",
        "minLength",
        "maxItems",
        "minItems",
        "maxProperties",
        "minProperties",
    ] {
        match schema.get(keyword) {
            Some(count) if count.as_u64().is_some() => writer.put(keyword, count.clone()),
            Some(_) => writer.exact = false,
            None => {}
        }
    }
    for keyword in ["pattern", "format"] {
        match schema.get(keyword) {
            Some(Value::String(text)) if text.len() <= 4096 => {
                writer.put(keyword, json!(text));
            }
            Some(_) => writer.exact = false,
            None => {}
        }
    }
    match schema.get("uniqueItems") {
        Some(unique @ Value::Bool(_)) => writer.put("uniqueItems", unique.clone()),
        Some(_) => writer.exact = false,
        None => {}
    }
    if let Some(required) = schema.get("required") {
        let names = required.as_array().into_iter().flatten();
        let names: BTreeSet<_> = names.filter_map(Value::as_str).collect();
        if !names.is_empty() && names.len() <= 1_000 {
            writer.put("required", json!(names));
        }
        writer.exact &= required.as_array().is_some() && names.len() <= 1_000;
    }
}

/// `type`: one word there, and null apart from it.
pub(super) fn types(schema: &Map<String, Value>, writer: &mut Writer) {
    let listed = match schema.get("type") {
        None => return,
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) => Vec::new(),
    };
    let known = ["array", "boolean", "integer", "number", "object", "string"];
    let null = listed.contains(&"null");
    let named: Vec<_> = known
        .into_iter()
        .filter(|word| listed.contains(word))
        .collect();
    if named.len() + usize::from(null) < listed.len() || listed.is_empty() {
        // A word that nobody knows, or one twice: nothing is said.
        writer.exact = false;
        return;
    }
    match named.as_slice() {
        [] => {
            writer.put("nullable", json!(true));
            let null = json!({"enum": [null], "nullable": true});
            if writer.members.contains_key("enum") {
                writer.also(null);
            } else {
                writer.put("enum", json!([null]));
            }
        }
        [one] => {
            writer.put("type", json!(one));
            if null {
                writer.put("nullable", json!(true));
            }
            if *one == "array" && !writer.members.contains_key("items") {
                writer.put("items", json!({}));
            }
        }
        several => {
            let cases = several.iter().map(|word| match (*word, null) {
                ("array", false) => json!({"type": word, "items": {}}),
                ("array", true) => json!({"type": word, "items": {}, "nullable": true}),
                (_, false) => json!({"type": word}),
                (_, true) => json!({"type": word, "nullable": true}),
            });
            let cases: Vec<_> = cases.collect();
            writer.also(json!({"anyOf": cases}));
        }
    }
}
