//! What happens at random, and the calm in which all must come right.

use super::trouble::pattern;
use super::{ENVIRONMENT, Model, ORIGIN, PROJECTS, SOURCES};
use crate::bucket::Replication;
use crate::cache::Trouble;
use crate::commit::Commit;
use crate::release::{Content, Plan};
use serde_json::json;
use std::time::Duration;

/// Polls after which everything must have come right.
const POLLS: usize = 40;

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

    fn renew(&mut self) {
        let now = self.true_time();
        self.publisher.renew(&[], now, &Commit::default(), None);
        let revision = self.publisher.revision();
        self.tell(format!("renew as revision {revision}"));
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
                self.keys_revoked = false;
                return Ok(());
            }
            self.pass(Duration::from_secs(10));
        }
        Err(format!(
            "after {POLLS} polls without a fault {version} is not served"
        ))
    }
}
