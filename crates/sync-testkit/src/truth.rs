//! What is true of every answer and of every status.

use crate::subject::{EvaluateRequest, Policy, Settings};
use serde_json::Value;

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
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn answer(changes: &Value) -> Result<Said, String> {
        let mut answer = json!({
            "result": {"release": "2", "part": "2", "n": 1},
            "release": {"environment": "e", "project": "p", "version": "2", "digest": "d",
                "revision": 3, "origin": "source"},
            "staleness": "fresh",
        });
        crate::commit::merge(&mut answer, changes);
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
                named: true,
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
