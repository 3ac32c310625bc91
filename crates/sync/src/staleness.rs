//! How old what we serve is, and what that means.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How old a release is that is being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Staleness {
    /// A source confirmed not long ago that it is the newest.
    Fresh,
    /// No source has confirmed it for longer than [`StalenessPolicy::stale_after`], or a newer
    /// release is announced that cannot be had or was refused.
    Stale,
    /// The signature of the newest timestamp has expired (for an unsigned source: nobody confirmed it
    /// for longer than [`StalenessPolicy::expired_after`]). Nobody can say any more whether it is what
    /// the publisher wants.
    Expired,
}

/// What to do with answers from old releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnExpired {
    /// Answer, and say how old the release is.
    #[default]
    Serve,
    /// Answer and say so, and report the environment as not ready.
    Flag,
    /// Answer with an error.
    Refuse,
}

/// An environment's rules about age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StalenessPolicy {
    /// After how long without confirmation a release is stale. By default a minute.
    pub stale_after: Duration,
    /// After how long without confirmation a release from an unsigned source has expired; signed
    /// ones say so themselves. By default seven days.
    pub expired_after: Duration,
    /// What happens to answers once a release has expired.
    pub on_expired: OnExpired,
}

impl Default for StalenessPolicy {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_secs(60),
            expired_after: Duration::from_hours(7 * 24),
            on_expired: OnExpired::Serve,
        }
    }
}

/// How old a project's release is at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Time since a source last confirmed that it is the newest, as far as that is known.
    pub age: Duration,
    /// What that means.
    pub staleness: Staleness,
}
