//! What is tested, behind JSON, so that scenarios are the same natively and in wasm.

use crate::bucket::Bucket;
use crate::cache::SimulatedCache;
use crate::clock::{ManualClock, SeededRandom};
use crate::log::RequestLog;
use crate::store::SimulatedStore;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{Ports, Source};
use zen_edge_tuf_testkit::Files;

/// A running runtime.
pub trait Subject {
    /// Brings an environment up to date:
    /// `{"outcome": "updated"|"unchanged"|"inFlight"|"failed", "error": {"kind", "message"}|null,
    /// "revision": n|null}`.
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value>;

    /// Evaluates a decision: `{"result", "release": {"environment", "project", "id", "version",
    /// "digest", "revision", "origin": "source"|"edgeCache"|"lastKnownGood"|"bakedIn", "source"},
    /// "age": seconds, "staleness": "fresh"|"stale"|"expired"}`, or
    /// `{"error": {"kind", "message"}}`.
    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value>;

    /// `{"ready": bool, "environments": {name: {"revision", "timestampExpires", "staleness",
    /// "source", "lastPoll", "lastSuccess", "error", "projects": {key: {"release": {…}|null,
    /// "age", "staleness", "refused": [{"digest", "kind", "message"}]}}}}}`.
    fn status(&self) -> Value;
}

/// Makes subjects: once at the beginning, and again at each restart.
pub trait Subjects {
    /// Starts one. It may read the world's cache, but asks no source before its first refresh.
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject>;
}

/// What is to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateRequest {
    /// The project's key.
    pub project: String,
    /// The decision's key.
    pub key: String,
    /// The context.
    pub context: Value,
    /// The release to answer from, by id, version or digest; none for the active one.
    pub pin: Option<String>,
}

/// What a host brings, all of it simulated.
pub struct World {
    /// Time.
    pub clock: ManualClock,
    /// Randomness.
    pub random: Arc<SeededRandom>,
    /// The edge cache.
    pub cache: SimulatedCache,
    /// The requests of all stores.
    pub log: RequestLog,
    /// The stores by name.
    pub stores: BTreeMap<String, SimulatedStore>,
}

impl World {
    /// A world with an empty bucket for each of these names. `now` is in milliseconds since 1970.
    pub fn new<'a>(now: i64, seed: u64, stores: impl IntoIterator<Item = &'a str>) -> Self {
        let (clock, log) = (ManualClock::at(now), RequestLog::default());
        let store = |name: &'a str| {
            let store = SimulatedStore::new(name, Bucket::new(name), clock.clone(), log.clone());
            (name.to_owned(), store)
        };
        Self {
            stores: stores.into_iter().map(store).collect(),
            random: Arc::new(SeededRandom::new(seed)),
            cache: SimulatedCache::default(),
            clock,
            log,
        }
    }

    /// Cache, clock and randomness.
    pub fn ports(&self) -> Ports {
        Ports {
            cache: Arc::new(self.cache.clone()),
            clock: Arc::new(self.clock.clone()),
            random: Arc::clone(&self.random) as _,
        }
    }

    /// A store as a source.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn source(&self, name: &str) -> Source {
        Source {
            name: name.to_owned(),
            store: Arc::new(self.store(name).clone()),
        }
    }

    /// A store.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn store(&self, name: &str) -> &SimulatedStore {
        let store = self.stores.get(name);
        store.unwrap_or_else(|| panic!("there is no store `{name}`"))
    }
}

/// How a subject is configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its environments.
    pub environments: Vec<EnvironmentSettings>,
}

/// How an environment is configured.
#[derive(Debug, Clone)]
pub struct EnvironmentSettings {
    /// Its name: the first segment of its objects' keys.
    pub name: String,
    /// Why its releases are believed.
    pub trust: Trust,
    /// The names of its sources, the one to ask first first.
    pub sources: Vec<String>,
    /// Whether its projects are configured by name; otherwise they are those that are listed.
    pub named: bool,
    /// The keys of its projects.
    pub projects: Vec<String>,
    /// What is answered when nothing new was heard for long.
    pub policy: Policy,
    /// How long after a successful poll what is served is still fresh.
    pub stale_after: Duration,
    /// How often it is polled.
    pub poll_interval: Duration,
    /// What is part of the deployment, by the keys that the objects had in a bucket.
    pub baked_in: Files,
}

/// Why an environment's releases are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// A TUF repository.
    Tuf {
        /// The root that is trusted from the outset.
        root: Vec<u8>,
        /// The lowest revision that is accepted.
        floor: u64,
    },
    /// The GoRules layout, unsigned.
    Unsigned,
}

/// What is answered when what is served is expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Policy {
    /// The answer, labelled.
    #[default]
    Serve,
    /// The answer, labelled, and flagged by whoever serves it.
    Flag,
    /// An error of the kind `expired`.
    Refuse,
}
