//! What the evaluator says of itself.

use crate::fault::Fault;
use crate::message::{RequestHead, Response};
use crate::service::{Service, json};
use http::header::{HeaderValue, RETRY_AFTER};
use http::status::StatusCode;
use serde_json::{Value, json};
use zen_edge_runtime::sync::When;

/// What only operators see: messages name addresses, and samples may hold contexts.
const INTERNAL: [&str; 2] = ["message", "samples"];

impl Service {
    /// `GET /api/ready`. If something is not ready, what can be done about it now is done first: an
    /// instance that nobody sends requests to before it is ready would never be.
    pub(crate) async fn readiness(&self) -> Response {
        if !self.runtime().ready() {
            self.runtime().refresh_all(When::Due).await;
        }
        let ready = self.runtime().ready();
        let status = match ready {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = json(status, json!({"ready": ready}).to_string().into_bytes());
        if !ready {
            let wait = self.runtime().wait().as_secs() + 1;
            response
                .headers
                .push((RETRY_AFTER, HeaderValue::from(wait)));
        }
        response
    }

    /// `GET /api/status`.
    pub(crate) fn status(&self, request: &impl RequestHead) -> Result<Response, Fault> {
        let mut status = json!(self.runtime().status());
        match &self.options.status_token {
            Some(token) if token.allows(request) => {}
            Some(_) => return Err(Fault::not_an_operator()),
            None => redact(&mut status),
        }
        if let Some(members) = status.as_object_mut() {
            members.insert("region".to_owned(), json!(self.options.region));
            members.insert("version".to_owned(), json!(self.options.version));
        }
        Ok(json(StatusCode::OK, status.to_string().into_bytes()))
    }

    /// `POST /api/refresh`: asks the sources themselves, now. The answer says what came of it, by
    /// environment.
    pub(crate) async fn refresh(&self, request: &impl RequestHead) -> Result<Response, Fault> {
        match &self.options.status_token {
            Some(token) if token.allows(request) => {}
            _ => return Err(Fault::not_an_operator()),
        }
        let reports = self.runtime().refresh_all(When::Asked).await;
        let body = json!({"ready": self.runtime().ready(), "environments": reports});
        Ok(json(StatusCode::OK, body.to_string().into_bytes()))
    }
}

/// Takes out what only operators see.
fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                // A project may be called so, too.
                !INTERNAL.contains(&name.as_str()) || value.is_object()
            });
            members.values_mut().for_each(redact);
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}
