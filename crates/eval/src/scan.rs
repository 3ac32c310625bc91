//! A look over a document before the engine sees it: its kind, its size, its expressions' nesting.

use crate::limits::{Limit, Limits};
use serde_json::Value;
use std::collections::BTreeMap;
use zen_edge_bundle::DocumentKind;
use zen_edge_host::{expression, script};

/// A document is over a limit.
#[derive(Debug, thiserror::Error)]
#[error("{message} (limit `{limit}`)")]
pub(crate) struct OverLimit {
    pub(crate) limit: Limit,
    pub(crate) message: String,
}

/// The kind of a parsed document; see [`DocumentKind`].
pub(crate) fn kind(document: &Value) -> DocumentKind {
    DocumentKind::of(
        document.get("contentType").and_then(Value::as_str),
        document.get("blocks").is_some(),
        document.get("nodes").is_some(),
    )
}

/// Checks a parsed document against the limits that are about its contents.
pub(crate) fn check(document: &Value, limits: &Limits) -> Result<(), OverLimit> {
    let parts = ["nodes", "blocks"]
        .into_iter()
        .filter_map(|name| document.get(name).and_then(Value::as_array))
        .map(Vec::len)
        .sum::<usize>();
    if parts > limits.nodes {
        return Err(OverLimit {
            limit: Limit::Nodes,
            message: format!(
                "it has {parts} nodes or blocks; at most {} are accepted",
                limits.nodes
            ),
        });
    }
    let rows = table_rows(document);
    if rows > limits.table_rows {
        return Err(OverLimit {
            limit: Limit::TableRows,
            message: format!(
                "its tables have {rows} rows; at most {} are accepted",
                limits.table_rows
            ),
        });
    }
    check_expressions(document)?;
    check_sources(document)?;
    check_schemas(document)
}

fn table_rows(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::Array(rows) if name == "rules" => rows.len(),
                other => table_rows(other),
            })
            .sum(),
        Value::Array(items) => items.iter().map(table_rows).sum(),
        _ => 0,
    }
}

/// Any text in a document may be an expression or a template, but for these.
fn is_prose(field: &str) -> bool {
    matches!(
        field,
        "source" | "description" | "_description" | "title" | "name" | "tests"
    )
}

fn check_expressions(value: &Value) -> Result<(), OverLimit> {
    match value {
        Value::String(text) => expression::check(text).map_err(|error| OverLimit {
            limit: Limit::ExpressionNesting,
            message: error.to_string(),
        }),
        Value::Array(items) => items.iter().try_for_each(check_expressions),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !is_prose(name))
            .try_for_each(|(_, value)| check_expressions(value)),
        _ => Ok(()),
    }
}

/// Sources of function nodes: text or `{ "source": text }` as the content of a node.
fn check_sources(document: &Value) -> Result<(), OverLimit> {
    let nodes = document.get("nodes").and_then(Value::as_array);
    let sources = nodes
        .into_iter()
        .flatten()
        .filter_map(|node| node.get("content")?.get("source")?.as_str());
    for source in sources {
        script::check(source).map_err(|error| OverLimit {
            limit: Limit::ExpressionNesting,
            message: error.to_string(),
        })?;
    }
    Ok(())
}

/// How many schemas a JSON Schema may consist of once its references are followed.
const MAX_SCHEMAS: u64 = 100_000;

/// JSON Schemas of input and output nodes: references that fan out level by level are few bytes and
/// an endless validator.
fn check_schemas(document: &Value) -> Result<(), OverLimit> {
    let nodes = document.get("nodes").and_then(Value::as_array);
    for schema in nodes
        .into_iter()
        .flatten()
        .filter_map(|node| node.get("content")?.get("schema"))
    {
        // The editor writes a schema as text.
        let parsed = schema
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let schema = parsed.as_ref().unwrap_or(schema);
        let mut sizes = BTreeMap::new();
        if expanded_size(schema, schema, &mut sizes) > MAX_SCHEMAS {
            return Err(OverLimit {
                limit: Limit::JsonDepth,
                message: format!(
                    "a JSON Schema has more than {MAX_SCHEMAS} parts once its references are followed"
                ),
            });
        }
    }
    Ok(())
}

/// The number of objects in a schema with local references followed, each cycle once; `sizes` holds
/// those of the targets that are known, and zero for one that is being counted.
fn expanded_size<'a>(part: &'a Value, root: &'a Value, sizes: &mut BTreeMap<&'a str, u64>) -> u64 {
    match part {
        Value::Object(members) => {
            let own: u64 = members.values().fold(1, |sum, member| {
                expanded_size(member, root, sizes).saturating_add(sum)
            });
            let target = members.get("$ref").and_then(Value::as_str);
            let Some(target) = target.filter(|target| target.starts_with('#')) else {
                return own;
            };
            if let Some(size) = sizes.get(target) {
                return own.saturating_add(*size);
            }
            sizes.insert(target, 0);
            let found = root.pointer(target.trim_start_matches('#'));
            let size = found.map_or(0, |found| expanded_size(found, root, sizes));
            sizes.insert(target, size);
            own.saturating_add(size)
        }
        Value::Array(items) => items.iter().fold(0, |sum, item| {
            expanded_size(item, root, sizes).saturating_add(sum)
        }),
        _ => 0,
    }
}

/// Writes the imports of a document in the case in which the documents themselves are keyed: the
/// engine compares paths exactly, while look-up here ignores case as the GoRules Agent's does.
pub(crate) fn align_imports(document: &mut Value, keys_by_lower: &BTreeMap<String, String>) {
    let Some(imports) = document.get_mut("imports").and_then(Value::as_array_mut) else {
        return;
    };
    for import in imports {
        if let Some(key) = import
            .as_str()
            .and_then(|path| keys_by_lower.get(&path.to_lowercase()))
        {
            *import = Value::String(key.clone());
        }
    }
}

/// Writes the keys of called decisions in the case in which the documents themselves are keyed, for
/// the engine's workspace, which compares them exactly.
pub(crate) fn align_calls(document: &mut Value, keys_by_lower: &BTreeMap<String, String>) {
    let nodes = document.get_mut("nodes").and_then(Value::as_array_mut);
    for node in nodes.into_iter().flatten() {
        if node.get("type").and_then(Value::as_str) != Some("decisionNode") {
            continue;
        }
        if let Some(called) = node.pointer_mut("/content/key")
            && let Some(key) = called
                .as_str()
                .and_then(|path| keys_by_lower.get(&path.to_lowercase()))
        {
            *called = Value::String(key.clone());
        }
    }
}
