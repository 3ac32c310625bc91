//! What happens to publishers, buckets, the cache and the host.

use super::{Origin, Run};
use crate::bucket::{Bucket, Replication};
use crate::commit::Commit;
use crate::damage;
use crate::publisher::Publisher;
use crate::release::Plan;
use crate::scenario::{CacheStep, Tamper, With};
use crate::subject::{EnvironmentSettings, Trust};
use glob::Pattern;
use std::collections::BTreeMap;
use zen_edge_sync::Clock as _;

impl Run<'_> {
    /// Copies an environment to where replication goes on.
    pub(super) fn replicate(&self, name: &str) {
        let (_, environment) = self.environment(&Some(name.to_owned()));
        let primary = environment.primary();
        for replica in &environment.sources {
            if replica != primary && !self.stopped.contains(replica) {
                let what = Replication {
                    only: vec![Pattern::new(&format!("{name}/*")).unwrap()],
                    deletes: true,
                    ..Replication::default()
                };
                self.bucket(primary).replicate(&self.bucket(replica), &what);
            }
        }
    }

    /// Does something to a TUF environment, and lets it be replicated.
    pub(super) fn publisher(
        &mut self,
        environment: &Option<String>,
        commit: &Commit,
        change: impl FnOnce(&mut Publisher, i64, Option<&Bucket>),
    ) {
        let (name, _) = self.environment(environment);
        let other = commit.into.as_deref().map(|name| self.bucket(name));
        let now = self.world.clock.now();
        match self.origins.get_mut(name) {
            Some(Origin::Tuf(publisher)) => change(publisher, now, other.as_ref()),
            _ => panic!("`{name}` is not a TUF environment"),
        }
        self.replicate(name);
    }

    pub(super) fn settings_of(&mut self, name: &str) -> &mut EnvironmentSettings {
        let mut environments = self.settings.environments.iter_mut();
        environments.find(|settings| settings.name == name).unwrap()
    }

    pub(super) fn publish(
        &mut self,
        environment: &Option<String>,
        releases: &[Plan],
        remove: &[String],
        commit: &Commit,
    ) {
        let (name, set_up) = self.environment(environment);
        let mut plans = releases.to_vec();
        for plan in plans.iter_mut().filter(|plan| plan.project.is_empty()) {
            plan.project.clone_from(&set_up.projects[0]);
        }
        let other = commit.into.as_deref().map(|name| self.bucket(name));
        let now = self.world.clock.now();
        match self.origins.get_mut(name) {
            Some(Origin::Tuf(publisher)) => {
                if !remove.is_empty() {
                    publisher.remove(remove, now, commit);
                }
                if !plans.is_empty() {
                    publisher.publish(&plans, now, commit, other.as_ref());
                }
            }
            Some(Origin::GoRules(deployer)) => {
                deployer.remove(remove);
                deployer.deploy(&plans, now, other.as_ref());
            }
            None => {}
        }
        self.replicate(name);
    }

    pub(super) fn tamper(&self, tamper: &Tamper) {
        let bucket = self.bucket(&tamper.bucket);
        for key in some(bucket.keys(&tamper.keys), &tamper.keys) {
            let bytes = bucket.get(&key).unwrap_or_default();
            let half = bytes.len() / 2;
            let bytes = match &tamper.with {
                With::BitFlip => damage::flipped(&bytes, half, 0),
                With::Truncated => damage::truncated(&bytes, half),
                With::Empty => Vec::new(),
                With::Garbage => damage::garbage(bytes.len()),
                With::Html => damage::HTML.to_vec(),
                With::CopyOf(pattern) => {
                    let keys = some(bucket.keys(pattern), pattern);
                    bucket.get(&keys[0]).unwrap_or_default().to_vec()
                }
                With::Before => bucket.before(&key).unwrap().to_vec(),
            };
            bucket.put(&key, bytes);
        }
        bucket.mark();
    }

    pub(super) fn cache(&mut self, step: &CacheStep) {
        let cache = &self.world.cache;
        let pattern = |text: &str| Pattern::new(text).unwrap();
        match step {
            CacheStep::Evict(keys) => drop(cache.evict(&pattern(keys))),
            CacheStep::Poison(keys) => drop(cache.poison(&pattern(keys))),
            CacheStep::BitFlip(keys) => {
                let flip = |bytes: &[u8]| damage::flipped(bytes, bytes.len() / 2, 0);
                cache.change(&pattern(keys), flip);
            }
            CacheStep::Truncate(keys) => {
                let cut = |bytes: &[u8]| damage::truncated(bytes, bytes.len() / 2);
                cache.change(&pattern(keys), cut);
            }
            CacheStep::Trouble(trouble) => cache.trouble(*trouble),
            CacheStep::CrashAfter(writes) => cache.crash_after(*writes),
            CacheStep::Remember => self.remembered = cache.entries(),
            CacheStep::Recall => cache.restore(self.remembered.clone()),
        }
    }

    pub(super) fn restart(&mut self, lose_cache: bool, new_floor: Option<u64>) {
        self.subject = None;
        self.world.cache.restart();
        if lose_cache {
            self.world.cache.restore(BTreeMap::new());
            self.highest.clear();
        }
        for settings in &mut self.settings.environments {
            if let (Trust::Tuf { floor, .. }, Some(new)) = (&mut settings.trust, new_floor) {
                *floor = new;
            }
        }
        self.subject = Some(self.subjects.start(&self.world, &self.settings));
    }
}

/// The keys that a pattern matched: at least one, or the scenario does not do what it says.
pub(super) fn some(keys: Vec<String>, pattern: &str) -> Vec<String> {
    assert!(!keys.is_empty(), "no object matches `{pattern}`");
    keys
}

pub(super) fn patterns(texts: &[String]) -> Vec<Pattern> {
    let patterns = texts.iter().map(|text| Pattern::new(text).unwrap());
    patterns.collect()
}
