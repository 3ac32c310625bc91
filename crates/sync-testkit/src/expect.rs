//! Expectations of JSON, of requests, and of what is true of every answer and status.

use crate::store::Request;
use crate::subject::{EvaluateRequest, Policy, Settings};
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

/// What an answer says of itself, once that is known to fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is the answer of this release.
    Answer {
        /// The release's version.
        version: String,
        /// The bundle's SHA-256.
        digest: String,
        /// The revision it was published with; none where there are no revisions.
        revision: Option<u64>,
        /// `fresh`, `stale` or `expired`.
        staleness: String,
    },
    /// It is an error of this kind.
    Error(String),
}

/// Checks what must be true of every answer of the decisions that [`crate::Plan`] makes: it is of
/// one release, and names it.
///
/// # Errors
/// What is not true.
pub fn check_answer(
    environment: &str,
    request: &EvaluateRequest,
    answer: &Value,
) -> Result<Said, String> {
    let wrong = |what: &str| Err(format!("{what}: {answer}"));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(error) = answer.get("error") {
        return match (
            text(&error["kind"]),
            text(&error["message"]),
            answer.get("result"),
        ) {
            (Some(kind), Some(_), None) => Ok(Said::Error(kind)),
            _ => wrong("the error does not say its kind and message"),
        };
    }
    let (result, release) = (&answer["result"], &answer["release"]);
    if text(&release["environment"]).as_deref() != Some(environment)
        || text(&release["project"]).as_deref() != Some(&request.project)
    {
        return wrong("the answer is of another environment or project");
    }
    let origins = ["source", "edgeCache", "lastKnownGood", "bakedIn"];
    if !origins.iter().any(|origin| release["origin"] == *origin) {
        return wrong("the answer does not say where its release came from");
    }
    let staleness = text(&answer["staleness"]).unwrap_or_default();
    if !["fresh", "stale", "expired"].contains(&staleness.as_str()) {
        return wrong("the answer does not say how stale it is");
    }
    let (Some(version), Some(digest)) = (text(&release["version"]), text(&release["digest"]))
    else {
        return wrong("the answer does not name its release");
    };
    for member in ["release", "part"] {
        if result.get(member).is_some_and(|it| *it != *version) {
            return wrong("the answer is a mixture of releases");
        }
    }
    if let (Value::Object(context), Value::Object(result)) = (&request.context, result)
        && !context
            .iter()
            .all(|(name, value)| result.get(name) == Some(value))
    {
        return wrong("the answer is not that of this context");
    }
    Ok(Said::Answer {
        version,
        digest,
        revision: release["revision"].as_u64(),
        staleness,
    })
}

/// Checks what must be true of every status: it is ready exactly if every configured project has a
/// release, unless the environment has expired and its policy is not just to serve.
///
/// # Errors
/// What is not true.
pub fn check_status(status: &Value, settings: &Settings) -> Result<(), String> {
    let (mut served, mut expired) = (true, false);
    for settings in &settings.environments {
        let environment = &status["environments"][&settings.name];
        let mut projects = settings.projects.iter();
        served &= projects.all(|project| !environment["projects"][project]["release"].is_null());
        expired |= environment["staleness"] == "expired" && settings.policy != Policy::Serve;
    }
    match status["ready"].as_bool() {
        Some(ready) if ready == served => Ok(()),
        Some(false) if expired => Ok(()),
        _ => Err(format!("it is not true that it is ready or not: {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::{EnvironmentSettings, Trust};
    use serde_json::json;
    use std::time::Duration;

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

    fn answer(changes: &Value) -> Result<Said, String> {
        let mut answer = json!({
            "result": {"release": "2", "part": "2", "n": 1},
            "release": {"environment": "e", "project": "p", "version": "2", "digest": "d",
                "revision": 3, "origin": "source"},
            "staleness": "fresh",
        });
        crate::publisher::merge(&mut answer, changes);
        let request = EvaluateRequest {
            project: "p".to_owned(),
            key: "decision".to_owned(),
            context: json!({"n": 1}),
            pin: None,
        };
        check_answer("e", &request, &answer)
    }

    #[test]
    fn answers_that_do_not_fit_together_are_found_out() {
        assert!(matches!(
            answer(&json!({})),
            Ok(Said::Answer {
                revision: Some(3),
                ..
            })
        ));
        for (changes, message) in [
            (json!({"result": {"part": "1"}}), "mixture"),
            (json!({"result": {"release": "1"}}), "mixture"),
            (json!({"result": {"n": 2}}), "context"),
            (json!({"release": {"digest": null}}), "name its release"),
            (json!({"release": {"project": "q"}}), "another"),
            (json!({"release": {"origin": "elsewhere"}}), "came from"),
            (json!({"staleness": null}), "stale"),
            (json!({"error": {"kind": "expired"}}), "kind and message"),
        ] {
            let error = answer(&changes).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        let error = json!({"result": null, "error": {"kind": "expired", "message": "old"}});
        assert_eq!(answer(&error), Ok(Said::Error("expired".to_owned())));
    }

    #[test]
    fn readiness_must_be_true() {
        let status = |ready: bool, release: Value, staleness: &str| {
            json!({"ready": ready, "environments": {"e": {"staleness": staleness,
                "projects": {"p": {"release": release}}}}})
        };
        let check = |status: &Value, policy| {
            let settings = EnvironmentSettings {
                name: "e".to_owned(),
                trust: Trust::Unsigned,
                sources: Vec::new(),
                projects: vec!["p".to_owned()],
                policy,
                stale_after: Duration::ZERO,
                poll_interval: Duration::ZERO,
                baked_in: BTreeMap::new(),
            };
            let environments = vec![settings];
            check_status(status, &Settings { environments }).is_ok()
        };
        let (some, none) = (json!({}), json!(null));
        assert!(check(&status(true, some.clone(), "stale"), Policy::Serve));
        assert!(check(&status(false, none.clone(), "fresh"), Policy::Serve));
        assert!(check(&status(false, some.clone(), "expired"), Policy::Flag));
        assert!(!check(
            &status(false, some.clone(), "expired"),
            Policy::Serve
        ));
        assert!(!check(&status(true, none, "fresh"), Policy::Flag));
        assert!(!check(&status(false, some, "fresh"), Policy::Flag));
        assert!(!check(&json!({"ready": true}), Policy::Serve));
    }
}
