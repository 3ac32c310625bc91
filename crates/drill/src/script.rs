//! The faults, one after another, each ended by everything being well again.

mod evaluators;
mod forgery;
mod keys;
mod storage;

use crate::drill::Drill;
use crate::error::DrillError;
use std::time::Duration;

/// What a fault shows besides what its requests do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// From the publisher's start until every running evaluator answered with the release; the longest.
    pub(crate) everywhere: Option<Duration>,
    /// How many published releases no reachable bucket had while the fault lasted.
    pub(crate) out_of_reach: usize,
    /// What else is to be said.
    pub(crate) note: String,
}

impl Outcome {
    fn everywhere(took: Duration, note: impl Into<String>) -> Self {
        Self {
            everywhere: Some(took),
            note: note.into(),
            ..Self::default()
        }
    }
}

/// A fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// What happens, in words.
    pub(crate) name: &'static str,
    /// Whether it is left out of the short drill, because others show the same.
    pub(crate) long: bool,
    /// Makes it happen, and waits until all is well again.
    pub(crate) run: fn(&mut Drill) -> Result<Outcome, DrillError>,
}

/// All of them, in order.
pub(crate) const STEPS: [Step; 12] = [
    Step {
        name: "publish",
        long: false,
        run: storage::publish,
    },
    Step {
        name: "a replica lags",
        long: false,
        run: storage::replica_lags,
    },
    Step {
        name: "tampered metadata",
        long: false,
        run: forgery::tampered,
    },
    Step {
        name: "rolled-back metadata",
        long: false,
        run: forgery::rolled_back,
    },
    Step {
        name: "another publisher's repository",
        long: true,
        run: forgery::foreign,
    },
    Step {
        name: "a region's bucket is killed: failover, fail-back",
        long: true,
        run: storage::own_bucket,
    },
    Step {
        name: "the publishing region's bucket is killed: publishing moves",
        long: false,
        run: storage::publishing_moves,
    },
    Step {
        name: "every bucket is killed",
        long: true,
        run: storage::every_bucket,
    },
    Step {
        name: "an evaluator is killed, and started while storage is down",
        long: false,
        run: evaluators::restart_without_storage,
    },
    Step {
        name: "nobody renews: the timestamp expires",
        long: false,
        run: keys::expiry,
    },
    Step {
        name: "a region's bucket and its replication are killed; copied",
        long: false,
        run: storage::killed_together,
    },
    Step {
        name: "keys are rotated; the old key publishes",
        long: false,
        run: keys::rotation,
    },
];
