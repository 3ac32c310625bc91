//! Shapes as schemas, and as a context to begin with.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use zen_edge_eval::Shape;

/// The schema of a shape.
pub(crate) fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Null => json!({"nullable": true, "enum": [null]}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Number => json!({"type": "number"}),
        Shape::Text => json!({"type": "string"}),
        Shape::OneOf(name, values) => {
            let mut schema = json!({"type": "string", "enum": values});
            if let (Some(name), Some(members)) = (name, schema.as_object_mut()) {
                members.insert("title".to_owned(), json!(name));
            }
            schema
        }
        Shape::List(items) => json!({"type": "array", "items": schema(items)}),
        Shape::Object(members) => json!({"type": "object", "properties": properties(members)}),
        // Null, or something without members, may do as well.
        Shape::Read(members) => json!({"properties": properties(members)}),
        Shape::Nullable(inner) => nullable(schema(inner)),
    }
}

fn properties(members: &BTreeMap<String, Shape>) -> Map<String, Value> {
    let members = members.iter();
    members
        .map(|(name, member)| (name.clone(), schema(member)))
        .collect()
}

/// The same schema, and null.
fn nullable(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut()
        && members.contains_key("type")
    {
        members.insert("nullable".to_owned(), Value::Bool(true));
        // Null must be listed where values are.
        if let Some(Value::Array(values)) = members.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    schema
}

/// A context of this shape, as the engine's editor makes one (zen-engine,
/// `policy/queries/skeleton.rs`); nothing if no member is known.
pub(crate) fn skeleton(shape: &Shape) -> Option<Value> {
    matches!(shape, Shape::Object(members) if !members.is_empty()).then(|| filled(shape))
}

fn filled(shape: &Shape) -> Value {
    match shape {
        Shape::Any | Shape::Null | Shape::Nullable(_) => Value::Null,
        Shape::Bool => json!(false),
        Shape::Number => json!(0),
        Shape::Text => json!(""),
        Shape::OneOf(_, values) => values.first().map_or(Value::Null, |value| json!(value)),
        Shape::List(items) => Value::Array(vec![filled(items)]),
        Shape::Object(members) | Shape::Read(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, member)| (name.clone(), filled(member)))
                    .collect(),
            )
        }
    }
}
