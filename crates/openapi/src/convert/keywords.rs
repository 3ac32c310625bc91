//! The keywords of one schema.

use super::{Converter, Part};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A schema that is being written.
struct Writer {
    members: Map<String, Value>,
    exact: bool,
}

impl Writer {
    fn put(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    /// Puts a part where a looser one is in order.
    fn put_part(&mut self, name: &str, part: Part) {
        self.exact &= part.exact;
        self.put(name, part.schema);
    }

    /// Adds a schema that must accept, too.
    fn also(&mut self, schema: Value) {
        let all = self.members.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(schema);
        }
    }
}

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

/// Bounds on numbers. Here `exclusiveMaximum` is a number, there it is said of `maximum`.
fn numbers(schema: &Map<String, Value>, writer: &mut Writer) {
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
fn sizes(schema: &Map<String, Value>, writer: &mut Writer) {
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
        let names: std::collections::BTreeSet<_> = names.filter_map(Value::as_str).collect();
        if !names.is_empty() && names.len() <= 1_000 {
            writer.put("required", json!(names));
        }
        writer.exact &= required.as_array().is_some() && names.len() <= 1_000;
    }
}

/// `type`: one word there, and null apart from it.
fn types(schema: &Map<String, Value>, writer: &mut Writer) {
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
