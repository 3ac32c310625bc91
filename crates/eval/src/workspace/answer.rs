//! What the engine's workspace says, as JSON in the shapes of `@gorules/zen-engine`.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limit, Limits};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use zen_engine::workspace::{Diagnostic, EvaluationError, EvaluationResult};
use zen_expression::variable::VariableType;

/// Members that hold a type in what the engine serialises.
const TYPES: [&str; 5] = [
    "resolvedType",
    "subjectType",
    "expectedType",
    "expected",
    "operand",
];

/// The JSON value of an answer, its types in upstream's form; nothing larger than a result may be.
pub(super) fn value<T: Serialize>(answer: &T, limits: &Limits) -> Result<Value> {
    let mut value = plain(answer, limits)?;
    upstream_types(&mut value);
    Ok(value)
}

/// The JSON value of an answer as the engine serialises it.
pub(super) fn plain<T: Serialize>(answer: &T, limits: &Limits) -> Result<Value> {
    let text = text(answer, limits)?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}

/// The JSON text of an answer. Values share their parts, so what is small here may be endless there.
pub(super) fn text<T: Serialize>(answer: &T, limits: &Limits) -> Result<Vec<u8>> {
    let mut bounded = Bounded {
        json: Vec::new(),
        left: limits.result_bytes,
        is_over: false,
    };
    match serde_json::to_writer(&mut bounded, answer) {
        Ok(()) => Ok(bounded.json),
        Err(_) if bounded.is_over => Err(Error::limit(
            Limit::ResultBytes,
            format!(
                "the answer is longer than {} bytes as JSON",
                limits.result_bytes
            ),
        )),
        Err(error) => Err(Error::new(ErrorKind::Internal, error.to_string())),
    }
}

struct Bounded {
    json: Vec<u8>,
    left: usize,
    is_over: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(part.len()) {
            Some(left) => {
                self.left = left;
                self.json.extend_from_slice(part);
                Ok(part.len())
            }
            None => {
                self.is_over = true;
                Err(io::ErrorKind::FileTooLarge.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn upstream_types(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(upstream_types),
        Value::Object(members) => {
            for (name, member) in members {
                if TYPES.contains(&name.as_str()) {
                    *member = upstream_type(member.take());
                } else {
                    upstream_types(member);
                }
            }
        }
        _ => {}
    }
}

/// A type as serde writes it (`"Number"`, `{"Array": …}`) in upstream's form (`{"type": "number"}`).
pub(super) fn upstream_type(written: Value) -> Value {
    let members = match written {
        Value::String(name) => return json!({ "type": name.to_lowercase() }),
        Value::Object(members) => members,
        other => return other,
    };
    let Some((kind, inner)) = members.into_iter().next() else {
        return Value::Null;
    };
    match (kind.as_str(), inner) {
        ("Array", items) => json!({ "type": "array", "items": upstream_type(items) }),
        ("Nullable", inner) => json!({ "type": "nullable", "inner": upstream_type(inner) }),
        ("Const", text) => json!({ "type": "const", "value": text }),
        ("Object", Value::Object(fields)) => {
            let fields = fields.into_iter();
            let fields: Map<_, _> = fields
                .map(|(name, field)| (name, upstream_type(field)))
                .collect();
            json!({ "type": "object", "fields": fields })
        }
        ("Enum", Value::Array(parts)) => {
            let mut parts = parts.into_iter();
            let (name, values) = (parts.next(), parts.next());
            json!({ "type": "enum", "name": name, "values": values })
        }
        _ => Value::Null,
    }
}

/// A type that a caller gives in upstream's form; `any` for what is none.
pub(super) fn read_type(value: &Value) -> VariableType {
    let member = |name: &str| value.get(name);
    let texts = |name: &str| member(name).and_then(Value::as_str);
    match texts("type").unwrap_or("any") {
        "null" => VariableType::Null,
        "bool" => VariableType::Bool,
        "string" => VariableType::String,
        "number" => VariableType::Number,
        "date" => VariableType::Date,
        "interval" => VariableType::Interval,
        "const" => match texts("value") {
            Some(text) => VariableType::Const(text.into()),
            None => VariableType::Any,
        },
        "enum" => {
            let values = member("values").and_then(Value::as_array).into_iter();
            let values = values.flatten().filter_map(Value::as_str).map(Rc::from);
            VariableType::Enum(texts("name").map(Rc::from), values.collect())
        }
        "array" => match member("items") {
            Some(items) => read_type(items).array(),
            None => VariableType::Any,
        },
        "nullable" => match member("inner") {
            Some(inner) => VariableType::Nullable(Rc::new(read_type(inner))),
            None => VariableType::Any,
        },
        "object" => {
            let fields = member("fields").and_then(Value::as_object).into_iter();
            let fields = fields.flatten();
            let fields = fields.map(|(name, field)| (Rc::from(name.as_str()), read_type(field)));
            VariableType::Object(Rc::new(RefCell::new(fields.collect())))
        }
        _ => VariableType::Any,
    }
}

/// A finding, its place beside what is found.
pub(super) fn diagnostic(found: &Diagnostic, limits: &Limits) -> Result<Value> {
    let mut json = plain(found, limits)?;
    if let Some(members) = json.as_object_mut()
        && let Some(Value::Object(place)) = members.remove("location")
    {
        members.extend(place);
    }
    Ok(json)
}

/// What is said of a document that the engine was kept away from.
pub(super) fn outsized(path: &str) -> Value {
    json!({
        "code": "MAX_DEPTH_EXCEEDED",
        "message": "its types may grow without end, or it calls others in a circle or too deeply; it is not analysed",
        "severity": "error",
        "policyPath": path,
    })
}

/// The answer of a policy; one that failed half-way answers with what it got to.
pub(super) fn evaluation(
    answer: std::result::Result<EvaluationResult, EvaluationError>,
    limits: &Limits,
) -> Result<Value> {
    match answer {
        Ok(result) => plain(&result, limits),
        Err(EvaluationError::ExpressionFailed {
            policy_path,
            block_id,
            expression,
            source,
            partial_trace,
        }) => {
            let mut json = json!({
                "error": {
                    "policyPath": policy_path,
                    "blockId": block_id,
                    "expression": expression,
                    "message": source.to_string(),
                },
            });
            if let (Some(members), Some(trace)) = (json.as_object_mut(), partial_trace) {
                members.insert("trace".to_owned(), plain(&*trace, limits)?);
            }
            Ok(json)
        }
        Err(error) => Err(Error::new(ErrorKind::PolicyFailed, error.to_string())),
    }
}
