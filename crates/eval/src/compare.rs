//! Compares JSON values to the last digit.

use rust_decimal::Decimal;
use serde_json::Value;
use std::fmt;

/// Where two values differ, shown as `path: left, right`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place, each step after a `/`.
    pub path: String,
    /// What is there on the left and on the right: values that may be confidential.
    pub values: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.values)
    }
}

/// The first place where two values differ, as `path: left, right`; `None` if they are equal.
///
/// Numbers are equal if they are the same decimal: `1.50` is `1.5`, but `0.1` is not
/// `0.1000000000000000055`. The order of members does not matter.
pub fn difference(left: &Value, right: &Value) -> Option<String> {
    first_difference(left, right).map(|found| found.to_string())
}

/// As [`difference`], in parts.
pub fn first_difference(left: &Value, right: &Value) -> Option<Difference> {
    at("", left, right)
}

/// Whether `actual` has everything that `expected` has: members that only `actual` has are ignored.
pub fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|found| contains(found, value))),
        _ => difference(actual, expected).is_none(),
    }
}

fn at(path: &str, left: &Value, right: &Value) -> Option<Difference> {
    let differ = |path: String, values: String| Some(Difference { path, values });
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let missing = b.keys().find(|name| !a.contains_key(*name));
            if let Some(name) = missing {
                return differ(format!("{path}/{name}"), "missing on the left".to_owned());
            }
            a.iter().find_map(|(name, value)| match b.get(name) {
                Some(other) => at(&format!("{path}/{name}"), value, other),
                None => differ(format!("{path}/{name}"), "missing on the right".to_owned()),
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return differ(
                    path.to_owned(),
                    format!("{} items, {} items", a.len(), b.len()),
                );
            }
            let pairs = a.iter().zip(b).enumerate();
            pairs
                .map(|(index, (a, b))| at(&format!("{path}/{index}"), a, b))
                .find_map(|found| found)
        }
        (Value::Number(a), Value::Number(b))
            if a == b || decimal(a).is_some_and(|a| Some(a) == decimal(b)) =>
        {
            None
        }
        _ if left == right => None,
        _ => differ(path.to_owned(), format!("{left}, {right}")),
    }
}

fn decimal(number: &serde_json::Number) -> Option<Decimal> {
    let digits = number.to_string();
    Decimal::from_str_exact(&digits)
        .or_else(|_| Decimal::from_scientific(&digits))
        .ok()
}

/// Replaces every `performance`, and a log line's `msSinceRun`, by null: the only parts of an answer
/// that may differ between runs.
pub fn redact_timings(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "performance" || name == "msSinceRun" {
                    *member = Value::Null;
                } else {
                    redact_timings(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact_timings),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_are_compared_as_decimals() {
        assert_eq!(difference(&json("[1.50, 1e2]"), &json("[1.5, 100]")), None);
        for (a, b) in [
            ("0.1", "0.1000000000000000055"),
            ("1", "\"1\""),
            ("9007199254740993", "9007199254740992"),
        ] {
            assert!(difference(&json(a), &json(b)).is_some(), "{a} {b}");
        }
    }

    #[test]
    fn a_difference_names_its_place() {
        let found = difference(&json(r#"{"a":[1,{"b":2}]}"#), &json(r#"{"a":[1,{"b":3}]}"#));
        assert_eq!(found.as_deref(), Some("/a/1/b: 2, 3"));
        assert!(difference(&json(r#"{"a":1}"#), &json("{}")).is_some());
        assert!(difference(&json("{}"), &json(r#"{"a":1}"#)).is_some());
    }
}
