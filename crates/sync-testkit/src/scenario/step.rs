//! What can happen in a scenario.

use crate::cache::Trouble;
use crate::commit::Commit;
use crate::expect::Requests;
use crate::fault::{Fault, When};
use crate::release::Plan;
use serde::Deserialize;
use serde_json::{Value, json};

/// One thing that happens. Where no environment is named it is the first one, where no project is
/// named the first of the environment's.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[allow(missing_docs, reason = "fields are described with their variant")]
pub enum Step {
    /// Releases are published, and projects taken out.
    Publish {
        #[serde(default)]
        environment: Option<String>,
        #[serde(default)]
        releases: Vec<Plan>,
        #[serde(default)]
        remove: Vec<String>,
        #[serde(default)]
        commit: Commit,
    },
    /// Roles are signed again; only the timestamp if none is named.
    Renew {
        #[serde(default)]
        environment: Option<String>,
        #[serde(default)]
        roles: Vec<String>,
        #[serde(default)]
        commit: Commit,
    },
    /// Roles are given new keys. With `both` the old ones sign once more what the new ones sign.
    Rotate {
        #[serde(default)]
        environment: Option<String>,
        roles: Vec<String>,
        #[serde(default)]
        both: bool,
        #[serde(default)]
        commit: Commit,
    },
    /// A release must not come back.
    Revoke {
        #[serde(default)]
        environment: Option<String>,
        #[serde(default)]
        project: Option<String>,
        version: String,
    },
    /// A role of its own publishes these projects from now on.
    Delegate {
        #[serde(default)]
        environment: Option<String>,
        role: String,
        projects: Vec<String>,
    },
    /// An older pointer is put back: of a TUF environment the timestamp with this revision, of the
    /// GoRules layout the bundle of this version.
    Replay {
        #[serde(default)]
        environment: Option<String>,
        #[serde(default)]
        project: Option<String>,
        #[serde(default)]
        revision: u64,
        #[serde(default)]
        version: String,
        #[serde(default)]
        into: Option<String>,
    },
    /// Objects of a bucket are changed behind everybody's back.
    Tamper(Tamper),
    /// Objects of a bucket are deleted.
    Delete { bucket: String, keys: String },
    /// A bucket is restored as it was some revisions ago.
    Rewind { bucket: String, revisions: usize },
    /// Objects are copied from bucket to bucket: those that `only` matches and `except` does not,
    /// as they were `lag` revisions ago.
    Replicate {
        from: String,
        to: String,
        #[serde(default)]
        lag: usize,
        #[serde(default)]
        only: Vec<String>,
        #[serde(default)]
        except: Vec<String>,
    },
    /// Replication into a bucket stops, or begins again (and catches up).
    Replication { to: String, on: bool },
    /// Requests to a source fail from now on.
    Fault {
        source: String,
        fault: Fault,
        #[serde(default = "all")]
        key: String,
        #[serde(default)]
        when: When,
    },
    /// Faults of a source end; of all sources if none is named.
    Heal {
        #[serde(default)]
        source: Option<String>,
    },
    /// This many seconds pass.
    Advance(u64),
    /// The wall clock is set (RFC 3339).
    SetClock(String),
    /// The wall clock stops, or goes on.
    FreezeClock(bool),
    /// Something happens to the edge cache.
    Cache(CacheStep),
    /// What is in the environment's bucket becomes part of the deployment: known from the next
    /// start on.
    BakeIn {
        #[serde(default)]
        environment: Option<String>,
    },
    /// The host is started again.
    Restart {
        #[serde(default)]
        lose_cache: bool,
        #[serde(default)]
        floor: Option<u64>,
    },
    /// The environment is refreshed.
    Refresh(Refresh),
    /// A decision is evaluated.
    Evaluate(Evaluate),
    /// The status contains this.
    Status(Value),
}

fn all() -> String {
    "*".to_owned()
}

/// How objects of a bucket are changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tamper {
    /// Which bucket.
    pub bucket: String,
    /// The keys of its objects, a pattern that matches at least one.
    pub keys: String,
    /// With what.
    pub with: With,
}

/// What replaces an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum With {
    /// The same with one bit flipped.
    BitFlip,
    /// The first half.
    Truncated,
    /// Nothing.
    Empty,
    /// Other bytes.
    Garbage,
    /// A web page.
    Html,
    /// The object of the same bucket whose key this pattern matches first.
    CopyOf(String),
    /// What it was before it was written last.
    Before,
}

/// What happens to the edge cache.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CacheStep {
    /// Entries are forgotten (a pattern of keys).
    Evict(String),
    /// Entries are replaced by bytes that mean nothing.
    Poison(String),
    /// One bit of every entry is flipped.
    BitFlip(String),
    /// Entries end early.
    Truncate(String),
    /// It fails like this from now on.
    Trouble(Trouble),
    /// The host stops after this many writes.
    CrashAfter(u64),
    /// Its content is remembered.
    Remember,
    /// What was remembered is its content again.
    Recall,
}

/// A refresh.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Refresh {
    /// The environment.
    pub environment: Option<String>,
    /// How many at once; the answers are a list if it is more than one.
    pub at_once: Option<usize>,
    /// One after another, until it is as expected, with this many polling intervals between at
    /// most.
    pub within: u64,
    /// Whoever asked goes away after this many seconds.
    pub cancel_after: Option<u64>,
    /// What is evaluated while it is under way.
    pub meanwhile: Vec<Evaluate>,
    /// What the answer contains.
    pub expect: Value,
    /// What requests were made.
    pub requests: Requests,
}

/// An evaluation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Evaluate {
    /// Seconds to wait before.
    pub after: u64,
    /// The environment.
    pub environment: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The decision.
    pub key: String,
    /// The context.
    pub context: Value,
    /// The release to answer from.
    pub pin: Option<String>,
    /// The version of the release that answers.
    pub answers: Option<String>,
    /// What else the answer contains.
    pub expect: Value,
    /// What requests were made.
    pub requests: Requests,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self {
            after: 0,
            environment: None,
            project: None,
            key: "decision".to_owned(),
            context: json!({"n": 1}),
            pin: None,
            answers: None,
            expect: json!({}),
            requests: Requests::default(),
        }
    }
}
