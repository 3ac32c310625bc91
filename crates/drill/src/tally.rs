//! What a fault comes to, counted.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// What happened during one fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Requests of clients. One that is passed on to another region counts once.
    pub(crate) requests: u64,
    /// Answers that were right.
    pub(crate) right: u64,
    /// Those that an evaluator failed although its process ran, and those that nobody answered.
    pub(crate) failed: u64,
    /// Answers that were wrong in themselves, or went back to an older release or revision.
    pub(crate) wrong: u64,
    /// Requests that met an evaluator whose process was killed, and went on to the next region.
    pub(crate) rerouted: u64,
    /// The longest time for which a newer release had been out when an answer named an older one.
    pub(crate) behind: Duration,
    /// What answers said of themselves: `fresh`, `stale`, `expired`.
    pub(crate) staleness: BTreeSet<String>,
    /// When the fault struck.
    pub(crate) struck: Option<Instant>,
    /// How long after it each region's clients had their first right answer.
    pub(crate) answered: BTreeMap<usize, Duration>,
}

impl Tally {
    /// From the fault until the clients of every region that asked had a right answer again.
    pub(crate) fn answers_after(&self) -> Option<Duration> {
        self.answered.values().max().copied()
    }
}

/// Something that must not be.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    /// During which fault.
    pub(crate) fault: usize,
    /// What.
    pub(crate) what: String,
}
