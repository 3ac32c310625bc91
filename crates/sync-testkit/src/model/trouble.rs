//! Troubles of buckets, caches, clocks and keys.

use super::{Model, ORIGIN, SOURCES};
use crate::bucket::Replication;
use crate::cache::Trouble;
use crate::commit::Commit;
use crate::damage;
use crate::fault::{Fault, Rule, When};
use glob::Pattern;
use serde_json::json;
use std::collections::BTreeMap;

/// Keys that faults strike, and that replication copies.
const KEYS: [&str; 6] = [
    "*",
    "*/timestamp.json",
    "*/metadata/*",
    "*/targets/*",
    "*.root.json",
    "*.pricing",
];
pub(super) fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap()
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::Dns,
        Fault::Tls,
        Fault::Refused,
        Fault::Hang,
        Fault::Reset,
        Fault::SlowDrip(3),
        Fault::Forbidden,
        Fault::NotFound,
        Fault::TooManyRequests(7),
        Fault::InternalError,
        Fault::Unavailable,
        Fault::WrongLength,
        Fault::Truncated,
        Fault::Endless,
        Fault::Html,
        Fault::Garbage,
        Fault::BitFlip,
        Fault::WeakEtag,
        Fault::MissingEtag,
        Fault::DifferentEtag,
        Fault::NotModifiedAlthoughChanged,
        Fault::NotModifiedWithNothingCached,
        Fault::CachedNotFound,
        Fault::CachedOld,
        Fault::CachedGarbage,
    ]
}

impl Model<'_> {
    pub(super) fn replicate(&mut self) {
        let to = self.one(&SOURCES);
        let what = match self.below(3) {
            0 => Replication {
                deletes: true,
                ..Replication::default()
            },
            1 => Replication {
                lag: self.below(3),
                ..Replication::default()
            },
            _ => Replication {
                only: vec![pattern(self.one(&KEYS))],
                ..Replication::default()
            },
        };
        self.tell(format!("replicate to {to}: {what:?}"));
        let from = self.world.store(ORIGIN).bucket();
        from.replicate(self.world.store(to).bucket(), &what);
    }

    pub(super) fn fault(&mut self) {
        let (source, key) = (self.one(&SOURCES), self.one(&KEYS));
        let fault = self.one(&faults());
        let when = match self.below(5) {
            0 => When::Always,
            1 => When::Times(1 + self.below(5) as u64),
            2 => When::Seconds(self.below(300) as u64),
            3 => When::FirstOf(2),
            _ => When::EveryOtherSecond,
        };
        self.tell(format!("fault of {source}, {key}: {fault:?}, {when:?}"));
        let rule = Rule::new(fault, pattern(key), when);
        self.world.store(source).fail(rule);
    }

    pub(super) fn heal(&mut self) {
        let healed = match self.below(2) {
            0 => SOURCES.to_vec(),
            _ => vec![self.one(&SOURCES)],
        };
        self.tell(format!("{healed:?} are healed"));
        for source in healed {
            self.world.store(source).heal();
        }
    }

    pub(super) fn harm_bucket(&mut self) {
        let bucket = self.world.store(self.one(&SOURCES)).bucket().clone();
        let keys = bucket.keys(self.one(&KEYS));
        if keys.is_empty() {
            return;
        }
        let key = self.one(&keys);
        let bytes = bucket.get(&key).unwrap_or_default();
        let harm = self.below(5);
        self.tell(format!("{key} is harmed in one of {harm} ways"));
        let harmed = match harm {
            0 => return bucket.delete(&key),
            1 => damage::flipped(&bytes, self.below(bytes.len()), self.below(8) as u8),
            2 => damage::truncated(&bytes, self.below(bytes.len())),
            3 => damage::garbage(bytes.len()),
            _ => bucket.get(&self.one(&keys)).unwrap_or_default().to_vec(),
        };
        bucket.put(&key, harmed);
    }

    pub(super) fn harm_cache(&mut self) {
        let keys: Vec<_> = self.world.cache.entries().into_keys().collect();
        let key = match keys.is_empty() {
            true => pattern("*"),
            false => pattern(&Pattern::escape(&self.one(&keys))),
        };
        let harm = self.below(6);
        self.tell(format!("the cache is harmed: {harm}, {key}"));
        self.cache_damaged = true;
        let cache = &self.world.cache;
        match harm {
            0 => drop(cache.evict(&key)),
            1 => drop(cache.poison(&key)),
            2 => {
                cache.change(&key, |bytes| damage::flipped(bytes, bytes.len() / 3, 2));
            }
            3 => cache.crash_after(self.below(6) as u64),
            4 => cache.trouble(Trouble {
                reads: self.below(2) == 0,
                writes: self.below(2) == 0,
                full: self.below(2) == 0,
                stale: self.below(2) == 0,
            }),
            _ => cache.trouble(Trouble::default()),
        }
    }

    pub(super) fn replay(&mut self) {
        let revision = self.one(&self.publisher.revisions());
        let into = self.one(&SOURCES);
        self.tell(format!("revision {revision} is replayed into {into}"));
        self.publisher
            .replay(revision, self.world.store(into).bucket());
    }

    pub(super) fn rotate(&mut self) {
        let roles = match self.below(4) {
            0 => vec!["root"],
            1 => vec!["targets", "snapshot"],
            2 => vec!["timestamp"],
            _ => vec!["timestamp", "snapshot"],
        };
        self.keys_revoked = true;
        let mut commit = Commit::default();
        if roles.contains(&"timestamp") {
            self.falls += 1;
            self.falls_since_baked += 1;
            // As after a fast-forward attack: it begins anew, lower.
            if self.below(2) == 0 {
                let lower = 1 + self.publisher.revision() / 2;
                let amend = json!({"version": lower});
                commit.amend = BTreeMap::from([("timestamp".to_owned(), amend)]);
            }
        }
        let both = commit.amend.is_empty() && self.below(2) == 0;
        let roles: Vec<_> = roles.into_iter().map(str::to_owned).collect();
        let now = self.true_time();
        self.publisher.rotate(&roles, both, now, &commit);
        let revision = self.publisher.revision();
        self.tell(format!(
            "rotate {roles:?}, both {both}, now revision {revision}"
        ));
    }

    /// Somebody without keys publishes into a replica.
    pub(super) fn forge(&mut self) {
        let role = self.one(&["timestamp", "snapshot", "targets"]).to_owned();
        let into = self.one(&SOURCES);
        let signers = match self.below(2) {
            0 => Vec::new(),
            _ => vec!["a stranger".to_owned()],
        };
        self.tell(format!("{role} signed by {signers:?} in {into}"));
        let commit = Commit {
            sign_with: BTreeMap::from([(role.clone(), signers)]),
            ..Commit::default()
        };
        let bucket = self.world.store(into).bucket().clone();
        let now = self.true_time();
        self.publisher.renew(&[role], now, &commit, Some(&bucket));
    }

    pub(super) fn step_clock(&mut self) {
        let hours = self.one(&[-500_000, -24, -1, 1, 24, 24 * 30, 24 * 5_000]);
        self.tell(format!("the clock is {hours} h off"));
        self.world.clock.set(self.true_time() + hours * 3_600_000);
    }
}
