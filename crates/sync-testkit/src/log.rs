//! What stores were asked, and how that ended.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_sync::Freshness;

/// One request and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it was made, by [`zen_edge_sync::Clock::ticks`], in milliseconds.
    pub at: u64,
    /// The store's name.
    pub source: String,
    /// The object's key, or what was listed with a `*` after it.
    pub key: String,
    /// Whether an `ETag` was named.
    pub conditional: bool,
    /// Where the answer was to come from.
    pub freshness: Freshness,
    /// `found`, `not-modified`, `missing`, `listed`, or a store error's code; `pending` as long as
    /// there is no answer, and for ever if nobody waited for it.
    pub outcome: &'static str,
    /// Bytes of the body.
    pub bytes: usize,
}

/// `near production/metadata/timestamp.json found`: the form in which scenarios name requests.
impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.source, self.key, self.outcome)
    }
}

/// The requests that stores were asked, in order. Clones are the same log.
#[derive(Debug, Clone, Default)]
pub struct RequestLog(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    requests: Vec<(u64, Request)>,
    /// The number of the next one.
    next: u64,
}

impl RequestLog {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests since this was last asked, or since the beginning.
    pub fn take(&self) -> Vec<Request> {
        let requests = std::mem::take(&mut self.log().requests);
        requests.into_iter().map(|(_, request)| request).collect()
    }

    pub(crate) fn begin(&self, request: Request) -> u64 {
        let mut log = self.log();
        let number = log.next;
        log.next += 1;
        log.requests.push((number, request));
        number
    }

    pub(crate) fn end(&self, number: u64, outcome: &'static str, bytes: usize) {
        // It may have been taken meanwhile; then nobody asks for the outcome.
        let mut log = self.log();
        let mut requests = log.requests.iter_mut().rev();
        if let Some((_, request)) = requests.find(|(own, _)| *own == number) {
            request.outcome = outcome;
            request.bytes = bytes;
        }
    }
}
