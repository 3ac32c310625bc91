//! The random test: whatever happens, in whatever order, some things stay true.

mod act;
mod outcome;
mod trouble;

pub use outcome::{Statistics, Violation};

use crate::cache::Trouble;
use crate::clock::SeededRandom;
use crate::publisher::Publisher;
use crate::subject::{
    EnvironmentSettings, EvaluateRequest, Policy, Settings, Subject, Subjects, Trust, World,
};
use crate::truth::{Said, check_answer, check_status};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use zen_edge_sync::{Clock as _, Random as _};

/// The environment that the test publishes.
const ENVIRONMENT: &str = "production";
/// Its projects.
const PROJECTS: [&str; 2] = ["pricing", "shipping"];
/// The bucket to which it is published. Nobody reads it.
const ORIGIN: &str = "origin";
/// The buckets that are read: replicas of it.
const SOURCES: [&str; 2] = ["near", "far"];
/// How long after a poll what is served is fresh.
const STALE_AFTER: Duration = Duration::from_secs(60);
/// 2026-01-01T00:00:00Z in milliseconds since 1970.
const START: i64 = 1_767_225_600_000;
/// Steps between two times of calm, in which everything must come right.
const CALM_EVERY: usize = 100;
/// How many of the last steps a violation tells.
const TOLD: usize = 40;

/// Lets random things happen to a subject, and checks after each of them what is listed below. Many
/// short runs find more than a long one, in which every new start follows a long chain of roots.
///
/// - the revision falls only after a root that revoked the timestamp's key, once for each;
/// - every answer is of one release, names it, and is one that was published and is sound;
/// - who was answered once is answered again, whatever fails, unless the release was revoked, or a
///   restart found a cache that had been damaged or was signed with revoked keys;
/// - `fresh` is said only within a minute of hearing from a bucket;
/// - once faults stop, the newest releases are served.
///
/// # Errors
/// The first violation.
pub fn run_model(
    subjects: &dyn Subjects,
    seed: u64,
    steps: usize,
) -> Result<Statistics, Box<Violation>> {
    let mut model = Model::new(subjects, seed);
    for step in 1..=steps {
        let calm = step.is_multiple_of(CALM_EVERY) || step == steps;
        let result = if calm { model.calm() } else { model.act() };
        model.world.log.take();
        let revision = model.publisher.revision();
        model.signed.entry(revision).or_insert(model.revocations);
        result.map_err(|message| Violation {
            seed,
            step,
            message,
            last: model.last.iter().cloned().collect(),
        })?;
    }
    Ok(model.statistics)
}

struct Model<'a> {
    subjects: &'a dyn Subjects,
    subject: Box<dyn Subject>,
    world: World,
    settings: Settings,
    random: SeededRandom,
    publisher: Publisher,
    statistics: Statistics,
    last: VecDeque<String>,
    /// The last version that was given to a release.
    version: u64,
    /// Sound releases by digest: project and version.
    sound: BTreeMap<String, (String, String)>,
    /// Versions of sound releases that may be published again, by project.
    past: BTreeMap<String, Vec<String>>,
    revoked: BTreeSet<String>,
    /// The digest and the revision of the last answer by project: who was answered.
    answered: BTreeMap<String, (String, u64)>,
    /// How often keys were revoked, and how often that was when a revision was published first.
    revocations: usize,
    signed: BTreeMap<u64, usize>,
    /// The highest revision seen, and the highest one of a refresh without any fault.
    highest: u64,
    kept: u64,
    /// Roots that revoked the timestamp's key and have not let the revision fall yet.
    falls: usize,
    /// The same since the newest release was baked in.
    falls_since_baked: usize,
    /// When a bucket was last heard from, by ticks; none since the start.
    heard: Option<u64>,
    /// Whether the cache may lack what was persisted.
    cache_damaged: bool,
    /// Whether keys were revoked since everything was seen: what they signed is refused from the
    /// cache too.
    keys_revoked: bool,
}

impl<'a> Model<'a> {
    fn new(subjects: &'a dyn Subjects, seed: u64) -> Self {
        let random = SeededRandom::new(seed);
        let world = World::new(START, random.next(), SOURCES.into_iter().chain([ORIGIN]));
        let bucket = world.store(ORIGIN).bucket().clone();
        let publisher = Publisher::new(ENVIRONMENT, bucket, START);
        let trust = Trust::Tuf {
            root: publisher.first_root(),
            floor: 0,
        };
        let settings = Settings {
            environments: vec![EnvironmentSettings {
                name: ENVIRONMENT.to_owned(),
                trust,
                sources: SOURCES.map(str::to_owned).to_vec(),
                named: true,
                projects: PROJECTS.map(str::to_owned).to_vec(),
                policy: Policy::Serve,
                stale_after: STALE_AFTER,
                poll_interval: Duration::from_secs(10),
                baked_in: BTreeMap::new(),
            }],
        };
        let subject = subjects.start(&world, &settings);
        Self {
            subjects,
            subject,
            world,
            settings,
            random,
            publisher,
            statistics: Statistics::default(),
            last: VecDeque::new(),
            version: 0,
            sound: BTreeMap::new(),
            past: BTreeMap::new(),
            revoked: BTreeSet::new(),
            answered: BTreeMap::new(),
            revocations: 0,
            signed: BTreeMap::new(),
            highest: 0,
            kept: 0,
            falls: 0,
            falls_since_baked: 0,
            heard: None,
            cache_damaged: false,
            keys_revoked: false,
        }
    }

    /// A number below this one.
    fn below(&self, bound: usize) -> usize {
        let random = self.random.next() % bound.max(1) as u64;
        random as usize
    }

    /// One of these.
    fn one<T: Clone>(&self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn tell(&mut self, what: impl Into<String>) {
        if self.last.len() >= TOLD {
            self.last.pop_front();
        }
        self.last.push_back(what.into());
    }

    fn refresh(&mut self) -> Result<(), String> {
        self.world.log.take();
        let answer = self.world.clock.run(self.subject.refresh(ENVIRONMENT));
        let requests = self.world.log.take();
        let made: Vec<_> = requests.iter().map(ToString::to_string).collect();
        self.tell(format!("refresh: {answer} after {made:?}"));
        let heard = requests.iter().any(|request| {
            let answered = ["found", "not-modified"].contains(&request.outcome);
            answered && request.key.ends_with("/timestamp.json")
        });
        if heard {
            self.heard = Some(self.world.clock.ticks());
        }
        let sound = answer["error"].is_null();
        match answer["outcome"].as_str() {
            Some("updated") => self.statistics.updated += 1,
            Some("failed") if sound => return Err("it failed and does not say why".to_owned()),
            Some("failed" | "unchanged") => {}
            _ => return Err("nothing else refreshes, and it has no outcome".to_owned()),
        }
        self.statistics.failed += usize::from(!sound);
        self.check_revision(sound)
    }

    fn check_revision(&mut self, sound: bool) -> Result<(), String> {
        let status = self.subject.status();
        check_status(&status, &self.settings)?;
        let environment = &status["environments"][ENVIRONMENT];
        let Some(revision) = environment["revision"].as_u64() else {
            return Ok(());
        };
        if revision < self.highest {
            if self.falls == 0 {
                let highest = self.highest;
                return Err(format!("the revision fell from {highest} to {revision}"));
            }
            self.falls -= 1;
            self.statistics.falls += 1;
            self.kept = 0;
        }
        self.highest = revision;
        if sound {
            self.kept = revision;
        }
        Ok(())
    }

    /// Evaluates a project's decision, and answers with the version that answered.
    fn evaluate(&mut self, project: &str) -> Result<Option<(String, String)>, String> {
        let request = EvaluateRequest {
            project: project.to_owned(),
            key: "decision".to_owned(),
            context: json!({"n": self.below(1_000)}),
            pin: None,
        };
        let evaluation = self.subject.evaluate(ENVIRONMENT, &request);
        let answer = self.world.clock.run(evaluation);
        self.tell(format!("evaluate {project}: {answer}"));
        match check_answer(ENVIRONMENT, &request, &answer)? {
            Said::Answer {
                version,
                digest,
                revision,
                staleness,
            } => {
                let published = (project.to_owned(), version.clone());
                if self.sound.get(&digest) != Some(&published) {
                    return Err("no sound release of this project has this digest".to_owned());
                }
                let since = self.heard.map(|heard| self.world.clock.ticks() - heard);
                let fresh = since.is_some_and(|since| u128::from(since) <= STALE_AFTER.as_millis());
                if staleness == "fresh" && !fresh {
                    return Err("it says `fresh` and has not heard from a bucket".to_owned());
                }
                let answered = (digest, revision.unwrap_or(0));
                self.answered.insert(project.to_owned(), answered);
                self.statistics.answered += 1;
                Ok(Some((version, staleness)))
            }
            Said::Error(kind) => {
                if let Some((digest, _)) = self.answered.remove(project)
                    && !self.revoked.contains(&digest)
                {
                    return Err(format!("what was answered is not any more: {kind}"));
                }
                self.statistics.unanswered += 1;
                Ok(None)
            }
        }
    }

    /// Starts the subject again, with its cache or without; now and then with what is published now
    /// baked in.
    fn restart(&mut self, lose_cache: bool) {
        self.tell(format!("restart, cache lost: {lose_cache}"));
        if self.below(4) == 0 {
            self.tell("what is published now is baked in");
            self.falls_since_baked = 0;
            let files = self.world.store(ORIGIN).bucket().files("*");
            for settings in &mut self.settings.environments {
                settings.baked_in.clone_from(&files);
            }
        }
        self.world.cache.restart();
        if lose_cache {
            self.world.cache.restore(BTreeMap::new());
        }
        if lose_cache || self.cache_damaged {
            self.answered.clear();
            self.kept = 0;
            // What is baked in may have been signed before.
            self.falls = self.falls.max(self.falls_since_baked);
        }
        if self.keys_revoked {
            self.answered.clear();
        }
        // What revoked keys signed is not taken again.
        let (signed, revocations) = (&self.signed, self.revocations);
        self.answered
            .retain(|_, (_, revision)| signed.get(revision) == Some(&revocations));
        if lose_cache {
            self.world.cache.trouble(Trouble::default());
            self.cache_damaged = false;
        }
        // What was not persisted is forgotten.
        self.highest = self.kept;
        self.heard = None;
        self.statistics.starts += 1;
        self.subject = self.subjects.start(&self.world, &self.settings);
    }

    /// The time that it really is, in milliseconds since 1970.
    fn true_time(&self) -> i64 {
        START + i64::try_from(self.world.clock.ticks()).unwrap()
    }
}
