//! Expectations of JSON and of requests.

use crate::log::Request;
use glob::Pattern;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where something is not as expected, in words; none if all is.
///
/// An object must have the members expected, and may have more; null is the same as no member; a
/// list must have as many elements. In place of a value these stand for a condition on it:
/// `{"$oneOf": […]}`, `{"$not": …}`, `{"$any": …}` (some element or member), `{"$atLeast": n}`,
/// `{"$atMost": n}`, `{"$like": "pattern"}`, `{"$some": true}` (anything but null).
pub fn difference(expected: &Value, actual: &Value) -> Option<String> {
    let differ = || Some(format!("expected {expected}, found {actual}"));
    match (expected, actual) {
        (Value::Object(members), _) if members.keys().any(|name| name.starts_with('$')) => {
            let holds = |(name, operand): (&String, &Value)| condition(name, operand, actual);
            members
                .iter()
                .all(holds)
                .then_some(())
                .map_or_else(differ, |()| None)
        }
        (Value::Object(members), Value::Object(found)) => members.iter().find_map(|(name, it)| {
            let difference = difference(it, found.get(name).unwrap_or(&Value::Null))?;
            Some(format!("{name}: {difference}"))
        }),
        (Value::Array(list), Value::Array(found)) if list.len() == found.len() => {
            let mut pairs = list.iter().zip(found).enumerate();
            pairs.find_map(|(index, (expected, actual))| {
                Some(format!("{index}: {}", difference(expected, actual)?))
            })
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if expected == actual => None,
        _ => differ(),
    }
}

fn condition(name: &str, operand: &Value, actual: &Value) -> bool {
    let equals = |expected: &Value, actual: &Value| difference(expected, actual).is_none();
    let number = |value: &Value| value.as_f64();
    match name {
        "$oneOf" => operand
            .as_array()
            .unwrap()
            .iter()
            .any(|it| equals(it, actual)),
        "$not" => !equals(operand, actual),
        "$any" => match actual {
            Value::Array(list) => list.iter().any(|it| equals(operand, it)),
            Value::Object(members) => members.values().any(|it| equals(operand, it)),
            _ => false,
        },
        "$atLeast" => number(actual).is_some_and(|found| found >= number(operand).unwrap()),
        "$atMost" => number(actual).is_some_and(|found| found <= number(operand).unwrap()),
        "$like" => {
            let pattern = Pattern::new(operand.as_str().unwrap()).unwrap();
            actual.as_str().is_some_and(|text| pattern.matches(text))
        }
        "$some" => !actual.is_null(),
        _ => panic!("`{name}` is no condition"),
    }
}

/// What requests are expected. Patterns are of the form of [`Request`]'s text:
/// `near */timestamp.json not-modified`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Requests {
    /// These and no others, in this order.
    pub exactly: Option<Vec<String>>,
    /// These in this order, and perhaps others.
    pub in_order: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
    /// How many of each pattern.
    pub counts: BTreeMap<String, usize>,
    /// At most as many of each pattern.
    pub at_most: BTreeMap<String, usize>,
}

impl Requests {
    /// What is wrong with these requests, if anything is.
    ///
    /// # Panics
    /// If a pattern is none.
    pub fn fault(&self, requests: &[Request]) -> Option<String> {
        let made: Vec<_> = requests.iter().map(Request::to_string).collect();
        let matches = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().matches(text);
        let count = |pattern: &str| made.iter().filter(|text| matches(pattern, text)).count();
        if let Some(exactly) = &self.exactly {
            let same = exactly.len() == made.len()
                && exactly
                    .iter()
                    .zip(&made)
                    .all(|(one, other)| matches(one, other));
            if !same {
                return Some(format!(
                    "expected exactly {exactly:#?}, made were {made:#?}"
                ));
            }
        }
        let mut rest = made.iter();
        for pattern in &self.in_order {
            if !rest.any(|text| matches(pattern, text)) {
                return Some(format!(
                    "expected `{pattern}` in its place, made were {made:#?}"
                ));
            }
        }
        let wrong = |(pattern, expected, at_most): (&String, usize, bool)| {
            let found = count(pattern);
            let right = if at_most {
                found <= expected
            } else {
                found == expected
            };
            (!right).then(|| {
                format!("expected {expected} of `{pattern}`, and {found} of these are: {made:#?}")
            })
        };
        let none = self.none.iter().map(|pattern| (pattern, 0, false));
        let counts = self
            .counts
            .iter()
            .map(|(pattern, count)| (pattern, *count, false));
        let at_most = self
            .at_most
            .iter()
            .map(|(pattern, count)| (pattern, *count, true));
        none.chain(counts).chain(at_most).find_map(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_expected_must_be_contained() {
        let actual = json!({"a": 1, "list": [{"b": "xyz"}, {"b": 2.0}], "c": null});
        for expected in [
            json!({}),
            json!({"a": 1, "missing": null, "c": null}),
            json!({"a": {"$atLeast": 1, "$atMost": 1}}),
            json!({"a": {"$oneOf": [0, 1]}}),
            json!({"list": {"$any": {"b": {"$like": "x*"}}}}),
            json!({"list": [{}, {"b": 2}]}),
            json!({"a": {"$not": 2}, "list": {"$some": true}}),
        ] {
            assert_eq!(difference(&expected, &actual), None, "{expected}");
        }
        for expected in [
            json!({"a": 2}),
            json!({"a": null}),
            json!({"missing": 1}),
            json!({"a": {"$atLeast": 2}}),
            json!({"a": {"$oneOf": [0, 2]}}),
            json!({"list": {"$any": {"b": {"$like": "y*"}}}}),
            json!({"list": [{}]}),
            json!({"a": {"$not": 1}}),
            json!({"c": {"$some": true}}),
        ] {
            assert!(difference(&expected, &actual).is_some(), "{expected}");
        }
    }
}
