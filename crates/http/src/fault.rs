//! Why there is no answer: one type, and its forms on the surfaces of the GoRules Agent.
//!
//! The table of all codes is in the crate's documentation. Nothing here repeats what a source said:
//! its address may be in it.

use http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::status::StatusCode;
use serde_json::{Map, Value, json};
use zen_edge_runtime::eval::{self, ErrorKind};
use zen_edge_runtime::{Error, Resident};

/// The form of an error's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{"code", "details"?, …}`.
    Code,
    /// `{"message"}`, as evaluations on the Agent's older surface.
    Message,
    /// The message as text, as the other routes of that surface.
    Text,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// What the Agent calls `details`, if that is not the message.
    details: Option<Value>,
    /// More members.
    members: Vec<(&'static str, Value)>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            message: message.into(),
            details: None,
            members: Vec::new(),
            header: None,
        }))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.members.push((name, value));
        self
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    pub(crate) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "route.notFound",
            "there is nothing at this path",
        )
    }

    pub(crate) fn no_method(allowed: &'static str) -> Self {
        let message = format!("this path has the methods {allowed}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method.notAllowed", message)
            .header(ALLOW, HeaderValue::from_static(allowed))
    }

    pub(crate) fn uri_too_long() -> Self {
        let message = "the path and query are too long";
        Self::new(StatusCode::URI_TOO_LONG, "request.uriTooLong", message)
    }

    /// The request is not what it must be.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.invalid", message)
    }

    /// The body is JSON, and not the JSON that is wanted.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "request.invalid", message)
    }

    pub(crate) fn content_type() -> Self {
        let message = "Expected request with `Content-Type: application/json`";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request.contentType",
            message,
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the body is longer than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request.tooLarge", message)
    }

    pub(crate) fn project_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "project.notFound",
            "Project not found",
        )
    }

    pub(crate) fn unauthorized() -> Self {
        let message = "Invalid X-Access-Token Header";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The status token is missing or wrong.
    pub(crate) fn not_an_operator() -> Self {
        let message = "the status token is missing or wrong";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The bundle would let whoever reads it evaluate.
    pub(crate) fn tokens_in_bundle() -> Self {
        let message = "the release's bundle has access tokens in plain text, as BRMS writes them, and is given to nobody; `zen-edge pack` makes one that has hashes";
        Self::new(StatusCode::FORBIDDEN, "bundle.accessTokens", message)
    }

    pub(crate) fn internal(message: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    fn unavailable(code: &'static str, message: &str, retry_after: u64) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
            .header(RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// The runtime says why. `retry_after` is in seconds.
    pub(crate) fn of(error: &Error, retry_after: u64) -> Self {
        match error {
            Error::UnknownProject { .. } | Error::UnknownEnvironment { .. } => {
                Self::project_not_found()
            }
            Error::NotReady { .. } => {
                let message = "no verified release of the project has arrived here yet";
                Self::unavailable("release.notReady", message, retry_after)
            }
            Error::InvalidPin(_) => Self::new(
                StatusCode::BAD_REQUEST,
                "release.invalid",
                error.to_string(),
            ),
            Error::UnknownPin(problem) => {
                let message = "the release is not in memory here";
                Self::new(StatusCode::NOT_FOUND, "release.notFound", message)
                    .with("resident", resident(&problem.resident))
            }
            Error::AmbiguousPin(problem) => {
                let message = "several releases have this name; pin one by its digest";
                Self::new(StatusCode::CONFLICT, "release.ambiguous", message)
                    .with("resident", resident(&problem.resident))
            }
            Error::Revoked { .. } => {
                let message = "the release was revoked";
                Self::unavailable("release.revoked", message, retry_after)
            }
            Error::TakenBack { .. } => {
                let message = "the release was taken back: it brought the evaluator down";
                Self::unavailable("release.takenBack", message, retry_after)
            }
            Error::Expired { .. } => {
                let message = "the release has expired: nobody has confirmed it for too long";
                Self::unavailable("release.expired", message, retry_after)
            }
            Error::Evaluation { error, .. } => Self::of_evaluation(error),
            Error::Trapped { .. } => {
                let message = "the decision brought the evaluator down";
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "evaluate.trapped",
                    message,
                )
            }
            _ => Self::internal("this is a fault of the evaluator's"),
        }
    }

    /// GoRules' Agent's forms, for every error of an evaluation that it knows.
    fn of_evaluation(error: &eval::Error) -> Self {
        let json = error.to_json();
        let message = message(error);
        match error.kind() {
            ErrorKind::NotFound => {
                let key = json.get("key").and_then(Value::as_str);
                let key = key.unwrap_or_default().to_lowercase();
                let code = "documents.invalid";
                Self::new(StatusCode::BAD_REQUEST, code, "File not found").with("key", key.into())
            }
            ErrorKind::NodeFailed if message.contains("Custom node handler not provided") => {
                let code = "evaluate.integrationsNotSupported";
                let message =
                    "This endpoint does not evaluate graphs containing integration (custom) nodes.";
                Self::new(StatusCode::BAD_REQUEST, code, message)
            }
            ErrorKind::Invalid => Self::invalid(message),
            kind => {
                let status = match kind {
                    ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => StatusCode::BAD_REQUEST,
                };
                let mut fault = Self::new(status, "evaluate.failed", message);
                fault.0.details = Some(json);
                fault
            }
        }
    }

    /// `{"code", "details", …}`.
    pub(crate) fn json(&self) -> Value {
        let mut members = Map::new();
        members.insert("code".to_owned(), self.0.code.into());
        // The Agent says nothing more of these two.
        if !matches!(self.0.code, "project.notFound" | "unauthorized") {
            let details = self.0.details.clone();
            let details = details.unwrap_or_else(|| self.0.message.as_str().into());
            members.insert("details".to_owned(), details);
        }
        for (name, value) in &self.0.members {
            members.insert((*name).to_owned(), value.clone());
        }
        Value::Object(members)
    }

    /// The body, and whether it is JSON.
    pub(crate) fn body(&self, form: Form) -> (Vec<u8>, bool) {
        match form {
            Form::Code => (self.json().to_string().into_bytes(), true),
            Form::Message => {
                let json = json!({"message": self.0.message});
                (json.to_string().into_bytes(), true)
            }
            Form::Text => (self.0.message.clone().into_bytes(), false),
        }
    }

    /// The header that belongs to it.
    pub(crate) fn into_header(self) -> Option<(HeaderName, HeaderValue)> {
        self.0.header
    }
}

fn resident(resident: &[Resident]) -> Value {
    json!(resident)
}

/// The engine's words, without the node that we put before them.
fn message(error: &eval::Error) -> String {
    let text = error.to_string();
    let before = error.node_id().map(|id| format!("node `{id}`: "));
    let stripped = before.and_then(|before| text.strip_prefix(&before).map(str::to_owned));
    stripped.unwrap_or(text)
}
