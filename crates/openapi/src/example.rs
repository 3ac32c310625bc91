//! Contexts that test documents show, and which of them a description shows.

use crate::bounds::Bounds;
use serde_json::Value;
use std::collections::BTreeMap;
use zen_edge_bundle::{Expected, TestCase, TestDocument};
use zen_edge_eval::Signature;

/// How many are shown of a decision (GoRules' Agent, `MAX_EXAMPLES_PER_RULE`).
pub(crate) const EXAMPLES: usize = 3;
/// How many cases are looked at for that: each may cost an evaluation.
const CASES: usize = 12;

/// A context that a test document shows.
pub(crate) struct Example {
    pub(crate) summary: String,
    pub(crate) context: Value,
    /// The path of the document.
    pub(crate) source: String,
}

/// The first cases whose contexts the decision accepts: a case may well show what is refused.
pub(crate) fn candidates(
    tests: &[TestDocument],
    signature: &Signature,
    bounds: &Bounds,
) -> Vec<Example> {
    if tests.is_empty() {
        return Vec::new();
    }
    let checker = signature.input.checker();
    let cases = tests.iter().flat_map(|document| {
        let refused = |case: &&TestCase| matches!(case.expected, Some(Expected::Error(_)));
        let cases = document.cases.iter();
        let cases = cases.filter(move |case| !case.disabled && !refused(case));
        cases.map(move |case| (document, case))
    });
    let fit = cases.take(CASES).filter(|(_, case)| {
        case.input.len() <= bounds.example_bytes
            && checker
                .as_ref()
                .is_none_or(|checker| checker.accepts(&case.input))
    });
    let read = fit.filter_map(|(document, case)| {
        let context: Value = serde_json::from_str(&case.input).ok()?;
        // Where nothing is declared, a context is said to be an object.
        let is_fit = checker.is_some() || context.is_object();
        (is_fit && depth(&context) <= bounds.example_depth).then(|| Example {
            summary: case.name.as_ref().unwrap_or(&document.path).clone(),
            context,
            source: document.path.clone(),
        })
    });
    read.collect()
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a schema accepts the nulls in a context. The engine takes a null that a schema refuses for
/// a member that is not there; whoever reads the description knows nothing of that.
pub(crate) fn nulls_fit(
    context: &Value,
    schema: &Value,
    components: &BTreeMap<String, Value>,
) -> bool {
    if !has_null(context) {
        return true;
    }
    let Some(schema) = resolved(schema, components) else {
        return false;
    };
    let unclear = ["allOf", "anyOf", "oneOf", "not"];
    if unclear.iter().any(|keyword| schema.get(keyword).is_some()) {
        return false;
    }
    let fit = |context: &Value, schema: Option<&Value>| {
        schema.is_none_or(|schema| nulls_fit(context, schema, components))
    };
    match context {
        Value::Object(members) => members.iter().all(|(name, member)| {
            let property = schema.get("properties").and_then(|all| all.get(name));
            fit(member, property.or(schema.get("additionalProperties")))
        }),
        Value::Array(items) => items.iter().all(|item| fit(item, schema.get("items"))),
        _ => {
            let listed = schema.get("enum").and_then(Value::as_array);
            (schema.get("type").is_none() || schema.get("nullable") == Some(&Value::Bool(true)))
                && listed.is_none_or(|values| values.contains(&Value::Null))
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// The schema that one refers to; a conversion refers to no reference.
fn resolved<'a>(schema: &'a Value, components: &'a BTreeMap<String, Value>) -> Option<&'a Value> {
    match schema.get("$ref") {
        None => Some(schema),
        Some(reference) => {
            let name = reference.as_str()?.strip_prefix("#/components/schemas/")?;
            components.get(name)
        }
    }
}
