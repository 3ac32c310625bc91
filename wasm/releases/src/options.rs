//! How an environment is followed, as JavaScript says it: JSON text, and stores and bytes beside it.

use crate::failure::Failure;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use zen_edge_sync::{
    BakedIn, BreakerOptions, CachedOptions, ClientOptions, FailoverOptions, GoRulesOptions,
    MissingPolicy, OnExpired, Projects, RetryOptions, ScheduleOptions, Source, StalenessPolicy,
    TrustOptions, TufOptions, UnsignedOptions,
};

/// `SyncOptions` of `js/releases/sync.ts`, but for stores and bytes. What is left out keeps the default
/// of `zen_edge_sync`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Options {
    environment: String,
    trust: Trust,
    projects: Option<BTreeSet<String>>,
    #[serde(default)]
    staleness: Staleness,
    #[serde(default)]
    schedule: Schedule,
    #[serde(default)]
    retry: Retry,
    #[serde(default)]
    failover: Failover,
    edge_cache: Option<EdgeCache>,
    bundle_limits: Option<zen_edge_bundle::Limits>,
    parallel: Option<usize>,
    kept_bytes: Option<u64>,
    cache_deadline_millis: Option<u64>,
    takeover_after_millis: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind",
    deny_unknown_fields
)]
enum Trust {
    Tuf {
        #[serde(default)]
        revision_floor: u64,
    },
    Unsigned {
        prefix: Option<String>,
        remove_after: Option<RemoveAfter>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveAfter {
    listings: u32,
    millis: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Staleness {
    stale_after_millis: Option<u64>,
    expired_after_millis: Option<u64>,
    on_expired: Option<OnExpired>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Schedule {
    interval_millis: Option<u64>,
    jitter: Option<u8>,
    floor_millis: Option<u64>,
    retry_millis: Option<u64>,
    cap_millis: Option<u64>,
    full_interval_millis: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Retry {
    attempts: Option<u32>,
    base_millis: Option<u64>,
    cap_millis: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Failover {
    deadline_millis: Option<u64>,
    hedge_after_millis: Option<u64>,
    bytes_per_second: Option<u64>,
    #[serde(default)]
    breaker: Breaker,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Breaker {
    failures: Option<u32>,
    cool_down_millis: Option<u64>,
    cap_millis: Option<u64>,
    successes: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EdgeCache {
    pointer_ttl_millis: Option<u64>,
    jitter: Option<u8>,
    claim_millis: Option<u64>,
    patience_millis: Option<u64>,
}

/// What is no JSON.
pub(crate) struct Ingredients {
    pub(crate) sources: Vec<Source>,
    pub(crate) trusted_root: Option<Vec<u8>>,
    /// As `zen-edge bake` wrote it.
    pub(crate) baked_in: Option<Vec<u8>>,
}

impl Options {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|error| Failure::invalid(format!("the options cannot be read: {error}")))
    }

    /// The options of the client.
    pub(crate) fn client(self, ingredients: Ingredients) -> Result<ClientOptions, Failure> {
        let Ingredients {
            sources,
            trusted_root,
            baked_in,
        } = ingredients;
        let trust = self.trust.options(&self.environment, trusted_root)?;
        let baked_in = baked_in.map(|packed| BakedIn::read(&packed, &self.environment));
        let mut options = ClientOptions::new(self.environment, trust, sources);
        options.baked_in = baked_in.transpose()?;
        options.projects = self.projects.map_or(Projects::All, Projects::Listed);
        self.staleness.put(&mut options.staleness);
        self.schedule.put(&mut options.schedule);
        self.retry.put(&mut options.retry);
        self.failover.put(&mut options.failover);
        options.cached = self.edge_cache.map(EdgeCache::options);
        put(&mut options.bundle_limits, self.bundle_limits);
        put(&mut options.parallel, self.parallel);
        put(&mut options.kept_bytes, self.kept_bytes);
        put_millis(&mut options.cache_deadline, self.cache_deadline_millis);
        put_millis(&mut options.takeover_after, self.takeover_after_millis);
        Ok(options)
    }
}

impl Trust {
    fn options(self, environment: &str, root: Option<Vec<u8>>) -> Result<TrustOptions, Failure> {
        match (self, root) {
            (Self::Tuf { revision_floor }, Some(trusted_root)) => {
                Ok(TrustOptions::Tuf(TufOptions {
                    trusted_root,
                    revision_floor,
                }))
            }
            (Self::Tuf { .. }, None) => Err(Failure::invalid(
                "there is no trusted root: give the `root.json` of the environment (`zen-edge init` writes it)",
            )),
            (
                Self::Unsigned {
                    prefix,
                    remove_after,
                },
                _,
            ) => {
                let mut options = GoRulesOptions::new(environment);
                put(&mut options.prefix, prefix);
                if let Some(RemoveAfter { listings, millis }) = remove_after {
                    let time = Duration::from_millis(millis);
                    options.missing = MissingPolicy::RemoveAfter { listings, time };
                }
                Ok(TrustOptions::Unsigned(UnsignedOptions::GoRules(options)))
            }
        }
    }
}

impl Staleness {
    fn put(self, policy: &mut StalenessPolicy) {
        put_millis(&mut policy.stale_after, self.stale_after_millis);
        put_millis(&mut policy.expired_after, self.expired_after_millis);
        put(&mut policy.on_expired, self.on_expired);
    }
}

impl Schedule {
    fn put(self, options: &mut ScheduleOptions) {
        put_millis(&mut options.interval, self.interval_millis);
        put(&mut options.jitter, self.jitter);
        put_millis(&mut options.floor, self.floor_millis);
        put_millis(&mut options.retry, self.retry_millis);
        put_millis(&mut options.cap, self.cap_millis);
        put_millis(&mut options.full_interval, self.full_interval_millis);
    }
}

impl Retry {
    fn put(self, options: &mut RetryOptions) {
        put(&mut options.attempts, self.attempts);
        put_millis(&mut options.base, self.base_millis);
        put_millis(&mut options.cap, self.cap_millis);
    }
}

impl Failover {
    fn put(self, options: &mut FailoverOptions) {
        put_millis(&mut options.deadline, self.deadline_millis);
        put_millis(&mut options.hedge_after, self.hedge_after_millis);
        put(&mut options.bytes_per_second, self.bytes_per_second);
        self.breaker.put(&mut options.breaker);
    }
}

impl Breaker {
    fn put(self, options: &mut BreakerOptions) {
        put(&mut options.failures, self.failures);
        put_millis(&mut options.cool_down, self.cool_down_millis);
        put_millis(&mut options.cap, self.cap_millis);
        put(&mut options.successes, self.successes);
    }
}

impl EdgeCache {
    fn options(self) -> CachedOptions {
        let mut options = CachedOptions::default();
        put_millis(&mut options.pointer_ttl, self.pointer_ttl_millis);
        put(&mut options.jitter, self.jitter);
        put_millis(&mut options.claim, self.claim_millis);
        put_millis(&mut options.patience, self.patience_millis);
        options
    }
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn put_millis(place: &mut Duration, millis: Option<u64>) {
    put(place, millis.map(Duration::from_millis));
}
