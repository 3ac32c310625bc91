//! What happens at random, and the calm in which all must come right.

use super::{ENVIRONMENT, Model, ORIGIN, PROJECTS, SOURCES};
use crate::bucket::Replication;
use crate::cache::Trouble;
use crate::damage;
use crate::fault::{Fault, Rule, When};
use crate::publisher::Commit;
use crate::release::{Content, Plan};
use glob::Pattern;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Keys that faults strike, and that replication copies.
const KEYS: [&str; 6] = [
    "*",
    "*/timestamp.json",
    "*/metadata/*",
    "*/targets/*",
    "*.root.json",
    "*.pricing",
];
/// Polls after which everything must have come right.
const POLLS: usize = 40;

fn pattern(text: &str) -> Pattern {
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
    pub(super) fn act(&mut self) -> Result<(), String> {
        match self.below(100) {
            0..30 => return self.refresh(),
            30..48 => return self.evaluate(self.one(&PROJECTS)).map(drop),
            48..58 => self.pass(Duration::from_secs(self.below(30) as u64)),
            58..65 => self.publish_sound(),
            65..67 => self.publish_bad(),
            67..69 => self.roll_back(),
            69..77 => self.replicate(),
            77..81 => self.fault(),
            81..85 => self.heal(),
            85..87 => self.harm_bucket(),
            87 => self.harm_cache(),
            88..90 => {
                let lose_cache = self.below(3) == 0;
                self.restart(lose_cache);
            }
            90..92 => self.replay(),
            92 => self.rotate(),
            93 => self.revoke(),
            94 => self.forge(),
            95..97 => self.renew(),
            97 => self.step_clock(),
            98 => self.pass(Duration::from_secs(self.below(5 * 86_400) as u64)),
            _ => {
                let now = self.true_time();
                self.tell("the clock is set right");
                self.world.clock.set(now);
            }
        }
        Ok(())
    }

    fn pass(&mut self, time: Duration) {
        self.tell(format!("{} s pass", time.as_secs()));
        self.world.clock.advance(time);
    }

    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    fn publish(&mut self, plans: &[Plan], commit: &Commit) {
        let now = self.true_time();
        self.publisher.publish(plans, now, commit, None);
        let revision = self.publisher.revision();
        for plan in plans {
            let (project, version) = (&plan.project, &plan.version);
            self.tell(format!(
                "publish {project} {version} as revision {revision}: {:?}",
                plan.content
            ));
        }
    }

    fn publish_sound(&mut self) {
        let version = self.next_version();
        let some = match self.below(3) {
            0 => PROJECTS.to_vec(),
            _ => vec![self.one(&PROJECTS)],
        };
        let content = self.one(&[Content::Sound, Content::SmokePassing]);
        let plans: Vec<_> = some
            .iter()
            .map(|project| Plan {
                content,
                ..Plan::new(project, &version)
            })
            .collect();
        let commit = Commit {
            interrupted_after: (self.below(6) == 0).then(|| self.below(5)),
            ..Commit::default()
        };
        self.publish(&plans, &commit);
        self.remember_sound(&plans);
    }

    fn remember_sound(&mut self, plans: &[Plan]) {
        for Plan {
            project, version, ..
        } in plans
        {
            let digest = self.publisher.digest(project, version).unwrap();
            let release = (project.clone(), version.clone());
            self.sound.insert(digest, release);
            let past = self.past.entry(project.clone()).or_default();
            past.push(version.clone());
        }
    }

    fn publish_bad(&mut self) {
        let project = self.one(&PROJECTS);
        let mut plan = Plan::new(project, &self.next_version());
        match self.below(7) {
            0 => plan.content = Content::NotCompiling,
            1 => plan.content = Content::SmokeFailing,
            2 => plan.content = Content::NotAZip,
            3 => plan.content = Content::CutOff,
            4 => plan.made_for = Some("staging".to_owned()),
            5 => plan.made_of = Some("billing".to_owned()),
            _ => plan.target = json!({"custom": {"environment": "staging"}}),
        }
        self.publish(&[plan], &Commit::default());
    }

    /// Publishes what was published before and is not revoked.
    fn roll_back(&mut self) {
        let project = self.one(&PROJECTS);
        let past = self.past.get(project).cloned().unwrap_or_default();
        let good = |version: &&String| {
            let digest = self.publisher.digest(project, version);
            digest.is_some_and(|digest| !self.revoked.contains(&digest))
        };
        let good: Vec<_> = past.iter().filter(good).cloned().collect();
        if !good.is_empty() {
            let plan = Plan::new(project, &self.one(&good));
            self.publish(&[plan], &Commit::default());
        }
    }

    fn replicate(&mut self) {
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

    fn fault(&mut self) {
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

    fn heal(&mut self) {
        let healed = match self.below(2) {
            0 => SOURCES.to_vec(),
            _ => vec![self.one(&SOURCES)],
        };
        self.tell(format!("{healed:?} are healed"));
        for source in healed {
            self.world.store(source).heal();
        }
    }

    fn harm_bucket(&mut self) {
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

    fn harm_cache(&mut self) {
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

    fn replay(&mut self) {
        let revision = self.one(&self.publisher.revisions());
        let into = self.one(&SOURCES);
        self.tell(format!("revision {revision} is replayed into {into}"));
        self.publisher
            .replay(revision, self.world.store(into).bucket());
    }

    fn rotate(&mut self) {
        let roles = match self.below(4) {
            0 => vec!["root"],
            1 => vec!["targets", "snapshot"],
            2 => vec!["timestamp"],
            _ => vec!["timestamp", "snapshot"],
        };
        let mut commit = Commit::default();
        if roles.contains(&"timestamp") {
            self.falls += 1;
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

    /// Revokes an older release, or what is there now, which is then replaced.
    fn revoke(&mut self) {
        let project = self.one(&PROJECTS);
        let past = self.past.get(project).cloned().unwrap_or_default();
        if past.is_empty() {
            return;
        }
        let version = self.one(&past);
        let plan = Plan::new(project, &self.next_version());
        self.publish(std::slice::from_ref(&plan), &Commit::default());
        self.remember_sound(&[plan]);
        let digest = self.publisher.digest(project, &version).unwrap();
        self.tell(format!("revoke {project} {version}"));
        if self.revoked.insert(digest) {
            let now = self.true_time();
            self.publisher.revoke(project, &version, "it is wrong", now);
        }
    }

    /// Somebody without keys publishes into a replica.
    fn forge(&mut self) {
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

    fn renew(&mut self) {
        let now = self.true_time();
        self.publisher.renew(&[], now, &Commit::default(), None);
        let revision = self.publisher.revision();
        self.tell(format!("renew as revision {revision}"));
    }

    fn step_clock(&mut self) {
        let hours = self.one(&[-500_000, -24, -1, 1, 24, 24 * 30, 24 * 5_000]);
        self.tell(format!("the clock is {hours} h off"));
        self.world.clock.set(self.true_time() + hours * 3_600_000);
    }

    /// Ends all faults and publishes sound releases: they must be served.
    pub(super) fn calm(&mut self) -> Result<(), String> {
        self.tell("calm");
        self.statistics.calms += 1;
        self.world.clock.set(self.true_time());
        for source in SOURCES {
            self.world.store(source).heal();
        }
        self.world.cache.trouble(Trouble::default());
        self.world.cache.restart();
        let origin = self.world.store(ORIGIN).bucket().clone();
        // Nobody needs it any more, and long runs stay quick.
        for key in origin.keys("*") {
            if !key.ends_with(".root.json") {
                origin.delete(&key);
            }
        }
        let now = self.true_time();
        let roles = match self.statistics.calms % 4 {
            0 => vec!["root".to_owned(), "targets".to_owned()],
            _ => vec!["targets".to_owned()],
        };
        self.publisher.renew(&roles, now, &Commit::default(), None);
        let version = self.next_version();
        let plans = PROJECTS.map(|project| Plan::new(project, &version));
        self.publish(&plans, &Commit::default());
        self.remember_sound(&plans);
        let everything = Replication {
            deletes: true,
            only: vec![pattern(&format!("{ENVIRONMENT}/*"))],
            ..Replication::default()
        };
        origin.forget_history();
        for source in SOURCES {
            let bucket = self.world.store(source).bucket();
            origin.replicate(bucket, &everything);
            bucket.forget_history();
        }
        let is_newest = |answer: &Option<(String, String)>| {
            let answer = answer
                .as_ref()
                .map(|(version, staleness)| (version, staleness.as_str()));
            answer == Some((&version, "fresh"))
        };
        for _ in 0..POLLS {
            self.refresh()?;
            let mut answers = Vec::new();
            for project in PROJECTS {
                answers.push(self.evaluate(project)?);
            }
            let revision = self.publisher.revision();
            if answers.iter().all(is_newest) && self.highest == revision {
                // Every root was seen.
                self.falls = 0;
                return Ok(());
            }
            self.pass(Duration::from_secs(10));
        }
        Err(format!(
            "after {POLLS} polls without a fault {version} is not served"
        ))
    }
}
