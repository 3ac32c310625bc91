//! The keywords of one schema that hold others or values; what bounds values is beside.

use super::assertions::{numbers, sizes, types};
use super::{Converter, Part, Writer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What OpenAPI's dialect has no word for, and what counts for nothing.
const UNSAID: [&str; 14] = [
    "$dictionary",
    "additionalItems",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

impl Converter<'_> {
    /// Converts a schema that is an object.
    pub(super) fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Part {
        let mut writer = Writer {
            members: Map::new(),
            exact: !UNSAID.iter().any(|keyword| schema.contains_key(*keyword)),
        };
        self.annotations(schema, depth, &mut writer);
        self.values(schema, depth, &mut writer);
        numbers(schema, &mut writer);
        sizes(schema, &mut writer);
        self.inside(schema, depth, &mut writer);
        self.combined(schema, depth, &mut writer);
        types(schema, &mut writer);
        Part {
            schema: Value::Object(writer.members),
            exact: writer.exact,
        }
    }

    fn annotations(&mut self, schema: &Map<String, Value>, depth: usize, writer: &mut Writer) {
        for keyword in ["title", "description"] {
            if let Some(text @ Value::String(_)) = schema.get(keyword)
                && self.take_value(text, depth)
            {
                writer.put(keyword, text.clone());
            }
        }
        for keyword in ["readOnly", "writeOnly", "deprecated"] {
            if schema.get(keyword) == Some(&Value::Bool(true)) {
                writer.put(keyword, json!(true));
            }
        }
        // Nothing is both.
        if writer.members.contains_key("readOnly") {
            writer.members.remove("writeOnly");
        }
        if let Some(value) = schema.get("default")
            && self.take_value(value, depth)
        {
            writer.put("default", value.clone());
        }
        let examples = schema.get("examples").and_then(Value::as_array);
        let first = examples.and_then(|examples| examples.first());
        if let Some(value) = schema.get("example").or(first)
            && self.take_value(value, depth)
        {
            writer.put("example", value.clone());
        }
    }

    /// `enum` and `const`.
    fn values(&mut self, schema: &Map<String, Value>, depth: usize, writer: &mut Writer) {
        let listed = schema.get("enum").and_then(Value::as_array);
        let one = schema.get("const").map(std::slice::from_ref);
        let values = one.or(listed.map(Vec::as_slice));
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            writer.exact &= !schema.contains_key("enum");
            return;
        };
        writer.exact &= one.is_none() || !schema.contains_key("enum");
        if values.iter().all(|value| self.take_value(value, depth)) {
            let mut unique: Vec<&Value> = Vec::new();
            for value in values.iter().take(self.bounds.schema_parts) {
                if unique.len() > 256 || !unique.contains(&value) {
                    unique.push(value);
                }
            }
            writer.put("enum", json!(unique));
        } else {
            writer.exact = false;
        }
    }

    /// The schemas of members and items.
    fn inside(&mut self, schema: &Map<String, Value>, depth: usize, writer: &mut Writer) {
        let properties = schema.get("properties").map(Value::as_object);
        if let Some(Some(properties)) = properties {
            // Sorted, so that the same ones are left open when there are too many.
            let sorted: BTreeMap<&String, &Value> = properties.iter().collect();
            let mut written = Map::new();
            for (name, property) in sorted {
                if self.left == 0 || !self.take(name.len() / 256) {
                    writer.exact = false;
                    break;
                }
                let part = self.schema(property, depth + 1);
                writer.exact &= part.exact;
                written.insert(name.clone(), part.schema);
            }
            let all = written.len() == properties.len();
            writer.put("properties", Value::Object(written));
            // What is left out of the list of members must not be forbidden.
            if !all {
                return self.items(schema, depth, writer);
            }
        } else if properties.is_some() {
            writer.exact = false;
        }
        match schema.get("additionalProperties") {
            // Those that match a pattern are none of these.
            Some(_) if schema.contains_key("patternProperties") => {}
            Some(allowed @ Value::Bool(_)) => writer.put("additionalProperties", allowed.clone()),
            Some(additional) => {
                let part = self.schema(additional, depth + 1);
                writer.put_part("additionalProperties", part);
            }
            None => {}
        }
        self.items(schema, depth, writer);
    }

    fn items(&mut self, schema: &Map<String, Value>, depth: usize, writer: &mut Writer) {
        match schema.get("items") {
            // One schema per place: the dialect knows only one for all of them.
            Some(Value::Array(_)) => writer.exact = false,
            Some(items) => {
                let part = self.schema(items, depth + 1);
                writer.put_part("items", part);
            }
            None => {}
        }
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`.
    fn combined(&mut self, schema: &Map<String, Value>, depth: usize, writer: &mut Writer) {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let Some(cases) = schema.get(keyword) else {
                continue;
            };
            let Some(cases) = cases.as_array().filter(|cases| !cases.is_empty()) else {
                writer.exact = false;
                continue;
            };
            let mut parts = Vec::new();
            let mut exact = true;
            for case in cases {
                // A list that is cut off accepts less where one case is enough.
                if self.left == 0 {
                    exact = false;
                    break;
                }
                let part = self.schema(case, depth + 1);
                exact &= part.exact;
                parts.push(part.schema);
            }
            writer.exact &= exact;
            let whole = parts.len() == cases.len();
            match keyword {
                "allOf" => parts.into_iter().for_each(|part| writer.also(part)),
                _ if !whole => {}
                // Two looser cases may both accept what one of them did before.
                "oneOf" if !exact => writer.also(json!({"anyOf": parts})),
                keyword => writer.put(keyword, Value::Array(parts)),
            }
        }
        if let Some(refused) = schema.get("not") {
            let part = self.schema(refused, depth + 1);
            match part.exact {
                true => writer.put("not", part.schema),
                // It would refuse more.
                false => writer.exact = false,
            }
        }
    }
}
