//! One decision: its operation.

use crate::bounds::Bounds;
use crate::convert::convert;
use crate::derive;
use crate::example::{EXAMPLES, Example, nulls_fit};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use zen_edge_bundle::DocumentKind;
use zen_edge_eval::{Shape, Side, Signature};

/// What is said of a decision.
pub(crate) struct Decision<'a> {
    pub(crate) path: &'a str,
    pub(crate) kind: DocumentKind,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) version_id: Option<&'a str>,
    pub(crate) signature: Signature,
    pub(crate) examples: Vec<Example>,
}

/// Names that may occur once in a description.
#[derive(Debug, Default)]
pub(crate) struct Names {
    operations: BTreeSet<String>,
    /// Of schemas that others refer to, with these.
    pub(crate) schemas: BTreeMap<String, Value>,
}

impl Names {
    /// `evaluate_` and the path, with one `_` for whatever is neither a letter nor a digit (GoRules'
    /// Agent, `operation_id`); a number follows where two paths would have the same one.
    fn operation(&mut self, path: &str) -> String {
        let parts = path.split(|c: char| !c.is_ascii_alphanumeric());
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let name = format!("evaluate_{}", parts.join("_"));
        let mut unique = name.clone();
        let mut count = 1;
        while !self.operations.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        unique
    }
}

/// The path item of a decision.
pub(crate) fn path_item(
    decision: &Decision<'_>,
    meta: Option<&Value>,
    names: &mut Names,
    bounds: &Bounds,
) -> Value {
    let id = names.operation(decision.path);
    let Signature { input, output } = &decision.signature;
    let (context, has_input) = side(input, &format!("{id}_context"), names, bounds);
    let (result, has_output) = side(output, &format!("{id}_result"), names, bounds);
    let context = context.unwrap_or_else(|| json!({"type": "object"}));
    let fit = |example: &&Example| nulls_fit(&example.context, &context, &names.schemas);
    let examples = examples(decision.examples.iter().filter(fit).take(EXAMPLES));
    let mut request = json!({
        "schema": {
            "type": "object",
            "required": ["context"],
            "properties": {
                "context": context,
                "trace": {"type": "boolean", "description": "Include decision trace in response"},
            },
        },
    });
    if !examples.is_empty() {
        set(&mut request, "examples", Value::Object(examples));
    }
    let mut response = json!({
        "type": "object",
        "required": ["performance", "result"],
        "properties": {
            "performance": {"type": "string"},
            "result": result.unwrap_or_else(|| json!({})),
            "trace": {
                "type": "object",
                "description": "Present when the request body sets trace=true",
            },
        },
    });
    if let Some(meta) = meta {
        set(
            &mut response,
            "required",
            json!(["performance", "result", "meta"]),
        );
        if let Some(properties) = response.get_mut("properties") {
            set(properties, "meta", meta.clone());
        }
    }
    let mut extension = json!({
        "path": decision.path,
        "kind": decision.kind.name(),
        "contentHash": decision.version_id,
        "hasInputSchema": has_input,
        "hasOutputSchema": has_output,
    });
    if let Some(skeleton) = input.derived.as_ref().and_then(derive::skeleton) {
        set(&mut extension, "skeleton", skeleton);
    }
    let error = |name: &str| json!({"$ref": format!("#/components/responses/{name}")});
    let file = decision.path.rsplit('/').next().unwrap_or(decision.path);
    let mut post = json!({
        "operationId": id,
        "summary": decision.title.as_deref().unwrap_or(file),
        "tags": [decision.kind.name()],
        "x-gorules": extension,
        "requestBody": {"required": true, "content": {"application/json": request}},
        "responses": {
            "200": {
                "description": "Evaluation result",
                "content": {"application/json": {"schema": response}},
            },
            "400": error("BadRequest"),
            "401": error("Unauthorized"),
            "404": error("NotFound"),
        },
    });
    if let Some(description) = &decision.description {
        set(&mut post, "description", json!(description));
    }
    json!({"post": post})
}

/// The schema of one side, and whether there is one. What is declared counts before what is derived.
fn side(side: &Side, name: &str, names: &mut Names, bounds: &Bounds) -> (Option<Value>, bool) {
    if let Some(declared) = &side.declared {
        let taken = |name: &str| names.schemas.contains_key(name);
        let converted = convert(declared, name, taken, bounds);
        names.schemas.extend(converted.components);
        return (Some(converted.schema), true);
    }
    match &side.derived {
        None | Some(Shape::Any) => (None, false),
        Some(shape) => (Some(derive::schema(shape)), true),
    }
}

fn examples<'a>(examples: impl Iterator<Item = &'a Example>) -> Map<String, Value> {
    examples
        .enumerate()
        .map(|(index, example)| {
            let example = json!({
                "summary": example.summary,
                "value": {"context": example.context},
                "x-source": example.source,
            });
            (format!("example_{}", index + 1), example)
        })
        .collect()
}

fn set(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}
