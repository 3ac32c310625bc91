//! JSON Schema (draft 7) in, OpenAPI 3.0.3's Schema Objects out.
//!
//! The dialect lacks much of JSON Schema. What it cannot say is left out, so that whatever the schema
//! accepts is accepted; where leaving out would do the opposite (inside `not` and `oneOf`), the
//! keyword around it is left out or relaxed, too. <https://spec.openapis.org/oas/v3.0.3#schema-object>

mod assertions;
mod keywords;

use crate::bounds::Bounds;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A converted schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The schema.
    pub schema: Value,
    /// Those it refers to as `#/components/schemas/<name>`, by name.
    pub components: BTreeMap<String, Value>,
}

/// How often a schema is converted anew because what it refers to turned out inexact.
const ROUNDS: usize = 4;

/// Converts a schema of any shape and size. What it refers to within itself gets names that begin
/// with `name` (letters, digits, `.`, `-`, `_`) and are not `taken`.
pub fn convert(
    schema: &Value,
    name: &str,
    taken: impl Fn(&str) -> bool,
    bounds: &Bounds,
) -> Converted {
    let mut inexact = Some(BTreeSet::new());
    for _ in 0..ROUNDS {
        let mut converter = Converter::new(schema, name, &taken, bounds, inexact.clone());
        let converted = converter.run();
        if Some(&converter.found_inexact) == inexact.as_ref() {
            return converted;
        }
        inexact = Some(converter.found_inexact);
    }
    Converter::new(schema, name, &taken, bounds, None).run()
}

/// A converted schema, and whether it accepts just what the schema accepted; if not, it accepts more.
struct Part {
    schema: Value,
    exact: bool,
}

impl Part {
    fn exact(schema: Value) -> Self {
        let exact = true;
        Self { schema, exact }
    }

    /// Accepts everything, though the schema did not.
    fn open() -> Self {
        Self {
            schema: json!({}),
            exact: false,
        }
    }
}

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

struct Converter<'a> {
    root: &'a Value,
    name: &'a str,
    taken: &'a dyn Fn(&str) -> bool,
    bounds: Bounds,
    /// Parts that may still be written.
    left: usize,
    /// Names of what is referred to, by pointer.
    names: BTreeMap<String, String>,
    used: BTreeSet<String>,
    queue: VecDeque<(String, String)>,
    /// Pointers to what is not converted exactly, as far as that is known; all of them if nothing is.
    inexact: Option<BTreeSet<String>>,
    found_inexact: BTreeSet<String>,
    /// Whether references mean what they say: an `$id` inside changes that.
    refers: bool,
}

impl<'a> Converter<'a> {
    fn new(
        root: &'a Value,
        name: &'a str,
        taken: &'a dyn Fn(&str) -> bool,
        bounds: &Bounds,
        inexact: Option<BTreeSet<String>>,
    ) -> Self {
        let members = root.as_object().into_iter().flat_map(Map::values);
        Self {
            root,
            name,
            taken,
            bounds: *bounds,
            left: bounds.schema_parts,
            names: BTreeMap::new(),
            used: BTreeSet::new(),
            queue: VecDeque::new(),
            inexact,
            found_inexact: BTreeSet::new(),
            refers: !members.into_iter().any(has_id),
        }
    }

    fn run(&mut self) -> Converted {
        let schema = self.schema(self.root, 0).schema;
        let mut components = BTreeMap::new();
        while let Some((pointer, name)) = self.queue.pop_front() {
            let part = match self.root.pointer(&pointer) {
                Some(target) => self.schema(target, 0),
                None => Part::open(),
            };
            if !part.exact {
                self.found_inexact.insert(pointer);
            }
            components.insert(name, part.schema);
        }
        Converted { schema, components }
    }

    /// Converts one schema that lies `depth` levels deep.
    fn schema(&mut self, schema: &Value, depth: usize) -> Part {
        if depth > self.bounds.schema_depth || !self.take(1) {
            return Part::open();
        }
        match schema {
            Value::Bool(true) => Part::exact(json!({})),
            Value::Bool(false) => Part::exact(json!({"not": {}})),
            Value::Object(members) => match members.get("$ref") {
                Some(Value::String(reference)) => self.reference(reference),
                Some(_) => Part::open(),
                None => self.object(members, depth),
            },
            _ => Part::open(),
        }
    }

    /// In draft 7, what stands beside a `$ref` counts for nothing, and neither does it in OpenAPI.
    fn reference(&mut self, reference: &str) -> Part {
        let Some(pointer) = self.resolve(reference) else {
            return Part::open();
        };
        let exact = self
            .inexact
            .as_ref()
            .is_some_and(|inexact| !inexact.contains(&pointer));
        let name = match self.names.get(&pointer) {
            Some(name) => name.clone(),
            None => {
                let name = self.new_name(&pointer);
                self.names.insert(pointer.clone(), name.clone());
                self.queue.push_back((pointer, name.clone()));
                name
            }
        };
        Part {
            schema: json!({"$ref": format!("#/components/schemas/{name}")}),
            exact,
        }
    }

    /// The pointer to a schema within this one, past those that only refer to others. Nothing for
    /// what is elsewhere, and for what refers to itself.
    fn resolve(&self, reference: &str) -> Option<String> {
        let mut pointer = reference.strip_prefix('#').filter(|_| self.refers)?;
        let mut seen = BTreeSet::new();
        loop {
            // Anchors, and pointers in the form of URLs.
            if !(pointer.is_empty() || pointer.starts_with('/')) || pointer.contains('%') {
                return None;
            }
            if !seen.insert(pointer) {
                return None;
            }
            let target = self.root.pointer(pointer)?;
            match target.get("$ref").and_then(Value::as_str) {
                Some(next) => pointer = next.strip_prefix('#')?,
                None => return Some(pointer.to_owned()),
            }
        }
    }

    fn new_name(&mut self, pointer: &str) -> String {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        let last: String = last
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            .take(64)
            .collect();
        let separator = if last.is_empty() { "" } else { "_" };
        let name = format!("{}{separator}{last}", self.name);
        let mut unique = name.clone();
        let mut count = 1;
        while (self.taken)(&unique) || self.used.contains(&unique) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        self.used.insert(unique.clone());
        unique
    }

    /// Whether so many more parts may be written; counts them if they may.
    fn take(&mut self, parts: usize) -> bool {
        let left = self.left.checked_sub(parts);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Whether a value may be copied as it is.
    fn take_value(&mut self, value: &Value, depth: usize) -> bool {
        if depth > self.bounds.schema_depth {
            return false;
        }
        let bytes = match value {
            Value::String(text) => text.len(),
            Value::Number(number) => number.to_string().len(),
            _ => 0,
        };
        // A long text counts as many.
        self.take(1 + bytes / 256)
            && match value {
                Value::Array(items) => items.iter().all(|item| self.take_value(item, depth + 1)),
                Value::Object(members) => members.iter().all(|(name, member)| {
                    self.take(name.len() / 256) && self.take_value(member, depth + 1)
                }),
                _ => true,
            }
    }
}

/// Whether a schema inside has an address of its own.
fn has_id(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("$id").is_some_and(Value::is_string) || members.values().any(has_id)
        }
        Value::Array(items) => items.iter().any(has_id),
        _ => false,
    }
}
