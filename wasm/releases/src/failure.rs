//! Errors on their way to JavaScript: JSON text, which `js/releases/errors.ts` turns into an `Error`.

use serde_json::{Value, json};
use wasm_bindgen::JsValue;

/// A failure as it is thrown.
#[derive(Debug)]
pub(crate) struct Failure(Value);

impl Failure {
    /// What the caller gave cannot be used.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self(json!({"code": "invalid", "message": message.into()}))
    }

    /// More than is accepted, by the limit's name.
    pub(crate) fn from_limit(limit: &str, message: String) -> Self {
        Self(json!({"code": "limitExceeded", "message": message, "limit": limit}))
    }

    /// A zip is not the one that was asked for.
    pub(crate) fn digest_mismatch(found: &str, wanted: &str) -> Self {
        let wanted: String = wanted.escape_debug().take(100).collect();
        let message = format!("the bundle's SHA-256 is {found}, not {wanted}");
        Self(json!({"code": "digestMismatch", "message": message}))
    }

    /// As JSON, where it is a part of an answer.
    pub(crate) fn into_json(self) -> Value {
        self.0
    }
}

impl From<zen_edge_sync::Error> for Failure {
    fn from(error: zen_edge_sync::Error) -> Self {
        Self(json!({
            "code": error.kind().code(),
            "message": error.message(),
            "source": error.origin(),
        }))
    }
}

impl From<zen_edge_bundle::Error> for Failure {
    fn from(error: zen_edge_bundle::Error) -> Self {
        let limit = match error.kind() {
            zen_edge_bundle::ErrorKind::LimitExceeded(limit) => Some(limit.name()),
            _ => None,
        };
        Self(json!({
            "code": error.kind().code(),
            "message": error.to_string(),
            "path": error.path(),
            "limit": limit,
        }))
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        Self::from_str(&failure.0.to_string())
    }
}
