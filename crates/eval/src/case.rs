//! Runs test cases: what a release says about its own answers.

use crate::api;
use crate::compare::{contains, difference};
use crate::compile::CompiledBundle;
use crate::evaluate::{EvaluateOptions, TraceKind};
use crate::expression::evaluate_expression;
use crate::limits::Limits;
use serde_json::{Value, json};
use zen_edge_bundle::{Expected, TestCase, TestDocument};
use zen_engine::Variable;

/// How one test case went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// `{"performance", "result", "trace"?}`, or `{"error"}` with the error's JSON form.
    pub answer: Value,
    /// What is wrong with the answer, if anything is.
    pub fault: Option<String>,
}

/// Runs a test case of a document. A case without an expected answer is right unless it fails.
///
/// `now` (milliseconds since 1970) is the clock if the document fixes none.
pub async fn run_case(
    bundle: &CompiledBundle,
    document: &TestDocument,
    case: &TestCase,
    trace: TraceKind,
    now: Option<i64>,
) -> CaseOutcome {
    let options = match options(document, trace, now) {
        Ok(options) => options,
        Err(outcome) => return outcome,
    };
    let answer = api::evaluate(bundle, &document.file_path, case.input.as_bytes(), options).await;
    outcome(case, answer)
}

/// Runs a test case at once; one that waits for the host fails with `WouldAwait`. Otherwise as
/// [`run_case`].
pub fn run_case_sync(
    bundle: &CompiledBundle,
    document: &TestDocument,
    case: &TestCase,
    trace: TraceKind,
    now: Option<i64>,
) -> CaseOutcome {
    let options = match options(document, trace, now) {
        Ok(options) => options,
        Err(outcome) => return outcome,
    };
    let answer = api::evaluate_sync(bundle, &document.file_path, case.input.as_bytes(), options);
    outcome(case, answer)
}

/// How a document's cases are evaluated, or what is wrong with all of them.
fn options(
    document: &TestDocument,
    trace: TraceKind,
    now: Option<i64>,
) -> Result<EvaluateOptions, CaseOutcome> {
    let now = match document.now.as_deref().map(|time| (time, millis(time))) {
        None => now,
        Some((_, Some(fixed))) => Some(fixed),
        Some((time, None)) => {
            return Err(CaseOutcome {
                answer: Value::Null,
                fault: Some(format!(
                    "its clock, `{time}`, is not a time such as 2026-03-15T09:30:00Z"
                )),
            });
        }
    };
    Ok(EvaluateOptions {
        trace,
        now,
        ..EvaluateOptions::default()
    })
}

fn outcome(case: &TestCase, answer: crate::Result<Vec<u8>>) -> CaseOutcome {
    let answer = match answer {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_else(
            |error| json!({"error": {"type": "Internal", "source": error.to_string()}}),
        ),
        Err(error) => json!({"error": error.to_json()}),
    };
    CaseOutcome {
        fault: fault(case.expected.as_ref(), &answer),
        answer,
    }
}

fn fault(expected: Option<&Expected>, answer: &Value) -> Option<String> {
    let failed = |error: &Value| {
        let mut error = error.clone();
        if let Some(members) = error.as_object_mut() {
            members.remove("trace");
        }
        let text: String = error.to_string().chars().take(300).collect();
        format!("it failed: {text}")
    };
    match (expected, answer.get("result"), answer.get("error")) {
        (Some(Expected::Error(expected)), _, Some(error)) => (!contains(error, expected))
            .then(|| format!("expected the error {expected}; {}", failed(error))),
        (_, _, Some(error)) => Some(failed(error)),
        (Some(Expected::Error(expected)), _, None) => {
            Some(format!("expected the error {expected}; it did not fail"))
        }
        (Some(Expected::Output(expected)), result, None) => {
            let actual = result.unwrap_or(&Value::Null);
            difference(expected, actual)
                .map(|found| format!("expected and actual differ at {found}"))
        }
        (None, _, None) => None,
    }
}

/// Milliseconds since 1970 of a time such as `2026-03-15T09:30:00Z`.
pub fn millis(rfc3339: &str) -> Option<i64> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+');
    if !rfc3339.chars().all(plain) {
        return None;
    }
    let expression = format!("d('{rfc3339}').timestamp()");
    let value = evaluate_expression(&expression, Variable::Null, &Limits::default(), None);
    value.ok()?.as_number()?.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_with_what_is_expected() {
        let output = |json| Some(Expected::Output(json));
        let error = |json| Some(Expected::Error(json));
        let result = json!({"result": {"a": 1}, "performance": "1ms"});
        let failed = json!({"error": {"type": "NodeError", "nodeId": "n", "trace": {}}});
        assert_eq!(fault(None, &result), None);
        assert_eq!(fault(output(json!({"a": 1})).as_ref(), &result), None);
        assert_eq!(fault(error(json!({"nodeId": "n"})).as_ref(), &failed), None);
        for (expected, answer, message) in [
            (
                None,
                &failed,
                "it failed: {\"nodeId\":\"n\",\"type\":\"NodeError\"}",
            ),
            (output(json!({"a": 2})), &result, "/a: 2, 1"),
            (output(json!(null)), &failed, "it failed"),
            (
                error(json!({"nodeId": "m"})),
                &failed,
                "expected the error {\"nodeId\":\"m\"}",
            ),
            (error(json!({})), &result, "it did not fail"),
        ] {
            let found = fault(expected.as_ref(), answer).unwrap();
            assert!(found.contains(message), "{found}");
        }
    }

    #[test]
    fn times_are_read_and_nothing_else_is() {
        assert_eq!(millis("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(
            millis("2026-03-15T09:30:00.5+01:00"),
            Some(1_773_563_400_500)
        );
        for text in ["", "soon", "') + 1 + d('", "2026-13-01T00:00:00Z"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
