//! Plays a scenario step by step: `world` does what happens to the world, `drive` asks the subject.

mod drive;
mod world;

use super::{Environment, Scenario, Step};
use crate::bucket::{Bucket, Replication};
use crate::commit::Commit;
use crate::expect;
use crate::fault::Rule;
use crate::gorules::Deployer;
use crate::publisher::Publisher;
use crate::subject::{EnvironmentSettings, Settings, Subject, Subjects, Trust, World};
use crate::truth;
use glob::Pattern;
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;
use world::{patterns, some};

/// Which step was not as expected, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The step's number, from 1; none for the final expectation.
    pub step: Option<usize>,
    /// What was wrong.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(formatter, "step {step}: {}", self.message),
            None => write!(formatter, "in the end: {}", self.message),
        }
    }
}

enum Origin {
    Tuf(Box<Publisher>),
    GoRules(Deployer),
}

struct Run<'a> {
    scenario: &'a Scenario,
    subjects: &'a dyn Subjects,
    subject: Option<Box<dyn Subject>>,
    world: World,
    settings: Settings,
    origins: BTreeMap<String, Origin>,
    /// Buckets into which nothing is replicated.
    stopped: BTreeSet<String>,
    remembered: BTreeMap<String, Vec<u8>>,
    /// The highest revision seen, by environment.
    highest: BTreeMap<String, u64>,
}

pub(super) fn run(scenario: &Scenario, subjects: &dyn Subjects) -> Result<(), Failure> {
    let mut run = Run::new(scenario, subjects);
    for (index, step) in scenario.steps.iter().enumerate() {
        run.step(step).map_err(|message| Failure {
            step: Some(index + 1),
            message,
        })?;
    }
    let status = run.status();
    truth::check_status(&status, &run.settings)
        .and_then(|()| match expect::difference(&scenario.finally, &status) {
            Some(difference) => Err(format!("{difference}, in {status}")),
            None => Ok(()),
        })
        .and_then(|()| {
            let totals = run.world.log.totals();
            match scenario.uncounted || totals == scenario.requests {
                true => Ok(()),
                false => Err(format!("requests: found {}", json!(totals))),
            }
        })
        .map_err(|message| Failure {
            step: None,
            message,
        })
}

/// Milliseconds since 1970.
fn millis(time: &str) -> i64 {
    let time: Timestamp = time.parse().unwrap();
    time.as_millisecond()
}

impl<'a> Run<'a> {
    fn new(scenario: &'a Scenario, subjects: &'a dyn Subjects) -> Self {
        let environments = &scenario.environments;
        let stores = environments.values().flat_map(|environment| {
            let sources = environment.sources.iter().map(String::as_str);
            sources.chain([environment.primary()])
        });
        let stores: BTreeSet<_> = stores.collect();
        let now = millis(&scenario.start);
        let world = World::new(now, 1, stores);
        for store in world.stores.values() {
            if let Some(page) = scenario.page {
                store.set_page(page);
            }
        }
        let mut origins = BTreeMap::new();
        let mut settings = Vec::new();
        for (name, environment) in environments {
            let bucket = world.store(environment.primary()).bucket().clone();
            let (origin, trust) = if environment.unsigned {
                (
                    Origin::GoRules(Deployer::new(name, bucket)),
                    Trust::Unsigned,
                )
            } else {
                let publisher = Publisher::new(name, bucket, now);
                let (root, floor) = (publisher.first_root(), environment.floor);
                (Origin::Tuf(Box::new(publisher)), Trust::Tuf { root, floor })
            };
            origins.insert(name.clone(), origin);
            settings.push(EnvironmentSettings {
                name: name.clone(),
                trust,
                named: environment.named || !environment.unsigned,
                sources: environment.sources.clone(),
                projects: environment.projects.clone(),
                policy: environment.policy,
                stale_after: Duration::from_secs(environment.stale_after),
                poll_interval: Duration::from_secs(environment.poll_interval),
                baked_in: BTreeMap::new(),
            });
        }
        let run = Self {
            scenario,
            subjects,
            subject: None,
            world,
            settings: Settings {
                environments: settings,
            },
            origins,
            stopped: BTreeSet::new(),
            remembered: BTreeMap::new(),
            highest: BTreeMap::new(),
        };
        environments.keys().for_each(|name| run.replicate(name));
        run
    }

    /// The environment that is meant, and its name.
    fn environment(&self, named: &Option<String>) -> (&'a str, &'a Environment) {
        let environments = &self.scenario.environments;
        let found = match named {
            Some(name) => environments.get_key_value(name),
            None => environments.first_key_value(),
        };
        let (name, environment) = found.unwrap_or_else(|| panic!("no environment {named:?}"));
        (name, environment)
    }

    fn bucket(&self, name: &str) -> Bucket {
        self.world.store(name).bucket().clone()
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Publish {
                environment,
                releases,
                remove,
                commit,
            } => self.publish(environment, releases, remove, commit),
            Step::Renew {
                environment,
                roles,
                commit,
            } => self.publisher(environment, commit, |publisher, now, other| {
                publisher.renew(roles, now, commit, other);
            }),
            Step::Rotate {
                environment,
                roles,
                both,
                commit,
            } => self.publisher(environment, commit, |publisher, now, _| {
                publisher.rotate(roles, *both, now, commit);
            }),
            Step::Revoke {
                environment,
                project,
                version,
            } => {
                let (_, set_up) = self.environment(environment);
                let project = project.as_ref().unwrap_or(&set_up.projects[0]);
                self.publisher(environment, &Commit::default(), |publisher, now, _| {
                    publisher.revoke(project, version, "it is wrong", now);
                });
            }
            Step::Delegate {
                environment,
                role,
                projects,
            } => self.publisher(environment, &Commit::default(), |publisher, now, _| {
                let projects: Vec<_> = projects.iter().map(String::as_str).collect();
                publisher.delegate(role, &projects, now);
            }),
            Step::Replay {
                environment,
                project,
                revision,
                version,
                into,
            } => {
                let (name, set_up) = self.environment(environment);
                let into = self.bucket(into.as_deref().unwrap_or(set_up.primary()));
                let project = project.as_ref().unwrap_or(&set_up.projects[0]);
                match &self.origins[name] {
                    Origin::Tuf(publisher) => publisher.replay(*revision, &into),
                    Origin::GoRules(deployer) => deployer.replay(project, version, &into),
                }
            }
            Step::Tamper(tamper) => self.tamper(tamper),
            Step::Delete { bucket, keys } => {
                let bucket = self.bucket(bucket);
                some(bucket.keys(keys), keys)
                    .iter()
                    .for_each(|key| bucket.delete(key));
            }
            Step::Rewind { bucket, revisions } => self.bucket(bucket).rewind(*revisions),
            Step::Replicate {
                from,
                to,
                lag,
                only,
                except,
            } => {
                let what = Replication {
                    lag: *lag,
                    only: patterns(only),
                    except: patterns(except),
                    deletes: false,
                };
                self.bucket(from).replicate(&self.bucket(to), &what);
            }
            Step::Replication { to, on: false } => {
                self.stopped.insert(to.clone());
            }
            Step::Replication { to, on: true } => {
                self.stopped.remove(to);
                self.scenario
                    .environments
                    .keys()
                    .for_each(|name| self.replicate(name));
            }
            Step::Fault {
                source,
                fault,
                key,
                when,
            } => {
                let rule = Rule::new(fault.clone(), Pattern::new(key).unwrap(), *when);
                self.world.store(source).fail(rule);
            }
            Step::Heal { source } => {
                let stores = self.world.stores.values();
                let named = |name: &str| source.as_deref().is_none_or(|source| source == name);
                stores
                    .filter(|store| named(store.name()))
                    .for_each(|store| store.heal());
            }
            Step::Advance(seconds) => self.world.clock.advance(Duration::from_secs(*seconds)),
            Step::SetClock(time) => self.world.clock.set(millis(time)),
            Step::FreezeClock(frozen) => self.world.clock.freeze(*frozen),
            Step::Cache(step) => self.cache(step),
            Step::BakeIn { environment } => {
                let (name, set_up) = self.environment(environment);
                let files = self.bucket(set_up.primary()).files(&format!("{name}/*"));
                self.settings_of(name).baked_in = files;
            }
            Step::Restart { lose_cache, floor } => self.restart(*lose_cache, *floor),
            Step::Refresh(refresh) => return self.refresh(refresh),
            Step::Evaluate(evaluate) => return self.evaluate(evaluate),
            Step::Status(expected) => {
                let status = self.status();
                truth::check_status(&status, &self.settings)?;
                return match expect::difference(expected, &status) {
                    Some(difference) => Err(format!("{difference}, in {status}")),
                    None => Ok(()),
                };
            }
        }
        Ok(())
    }
}
