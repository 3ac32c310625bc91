//! What stores were asked, and how that ended.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_sync::Freshness;

/// The outcome of a request that has none yet.
pub(crate) const PENDING: &str = "pending";

/// Requests of each kind, such as `near pointer not-modified`, and how many there were.
pub type Totals = BTreeMap<String, u64>;

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
    /// What all of them were, taken or not.
    totals: Totals,
    /// Those without an answer yet, by number: source and key.
    open: BTreeMap<u64, (String, String)>,
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

    /// How many requests of each kind there were since the beginning.
    pub fn totals(&self) -> Totals {
        self.log().totals.clone()
    }

    pub(crate) fn begin(&self, request: Request) -> u64 {
        let mut log = self.log();
        let number = log.next;
        log.next += 1;
        let asked = (request.source.clone(), request.key.clone());
        *log.totals.entry(kind(&asked, PENDING)).or_default() += 1;
        log.open.insert(number, asked);
        log.requests.push((number, request));
        number
    }

    pub(crate) fn end(&self, number: u64, outcome: &'static str, bytes: usize) {
        let mut log = self.log();
        if let Some(asked) = log.open.remove(&number) {
            if let Some(count) = log.totals.get_mut(&kind(&asked, PENDING)) {
                *count -= 1;
            }
            log.totals.retain(|_, count| *count > 0);
            *log.totals.entry(kind(&asked, outcome)).or_default() += 1;
        }
        // It may have been taken meanwhile; then nobody asks for the outcome.
        let mut requests = log.requests.iter_mut().rev();
        if let Some((_, request)) = requests.find(|(own, _)| *own == number) {
            request.outcome = outcome;
            request.bytes = bytes;
        }
    }
}

/// The source, what kind of object it was, and the outcome.
fn kind((source, key): &(String, String), outcome: &str) -> String {
    let what = match key.rsplit('/').next().unwrap_or(key) {
        _ if key.ends_with('*') => "listing",
        "timestamp.json" => "pointer",
        name if name.ends_with(".root.json") => "root",
        name if name.ends_with(".json") => "metadata",
        _ => "bundle",
    };
    format!("{source} {what} {outcome}")
}
