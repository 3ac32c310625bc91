//! What comes in and what goes out.

use crate::decision_log::DecisionRecord;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::status::StatusCode;
use std::fmt;
use zen_edge_runtime::ShadowRun;

/// What a request says before its body.
pub trait RequestHead {
    /// The method, in upper case.
    fn method(&self) -> &str;

    /// Path and query as they were sent, percent-encoded: `/api/rules/pricing?download=true`.
    fn target(&self) -> &str;

    /// A header's value; several of one name are joined by `, `. The name is in lower case. Headers
    /// are asked for one by one, and only those that matter: in a Worker each costs a call into
    /// JavaScript.
    fn header(&self, name: &str) -> Option<String>;
}

/// The body of a request. It is read only once everything else about the request is right.
pub trait RequestBody {
    /// Reads all of it, at most `max_bytes`. A longer one must not be buffered.
    fn read(self, max_bytes: usize) -> impl Future<Output = Result<Vec<u8>, BodyError>>;
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than is accepted.
    #[error("the body is too long")]
    TooLarge,
    /// It ended early, or the client went away.
    #[error("the body could not be read")]
    Failed,
}

/// A response, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers in the order in which they are to be sent; no name comes twice.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty for `HEAD`. A bundle's is the one in memory, not a copy.
    pub body: Bytes,
}

impl Response {
    /// The value of a header, by its name in lower case, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.and_then(|(_, value)| value.to_str().ok())
    }
}

/// A response, and what is to be done once it was sent.
#[derive(Debug)]
pub struct Reply {
    /// What the client gets.
    pub response: Response,
    /// What the host does afterwards.
    pub background: Background,
}

/// What the host does after the answer was sent (in a Worker: within `waitUntil`). Dropped, it costs
/// freshness and records, and no answer.
#[derive(Default)]
pub struct Background {
    /// Evaluations on candidates: [`crate::Service::run_shadow`].
    pub shadow: Vec<ShadowRun>,
    /// What is to be logged: [`DecisionRecord::into_json`] masks and writes it.
    pub decisions: Vec<DecisionRecord>,
    /// Whether a refresh is due: `runtime.refresh_all(When::Due)`.
    pub refresh: bool,
}

impl Background {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.shadow.is_empty() && self.decisions.is_empty() && !self.refresh
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background")
            .field("shadow", &self.shadow.len())
            .field("decisions", &self.decisions.len())
            .field("refresh", &self.refresh)
            .finish()
    }
}
