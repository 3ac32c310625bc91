//! GoRules' own bucket layout: one zip per project, replaced in place, and nothing that says which is
//! the newest but the object itself.

use crate::activator::Activator;
use crate::claim::Claim;
use crate::client::{Client, Step, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::jitter::millis;
use crate::options::{GoRulesOptions, MissingPolicy, Projects};
use crate::ports::{Freshness, Get, Got, List, Object};
use crate::release::Origin;
use crate::state::{Project, State};
use crate::status::Report;
use crate::supply::{Failures, not_modified};
use crate::unsigned::Delivered;
use std::collections::BTreeMap;
use zen_edge_tuf::ErrorKind as Tuf;

/// How many projects one environment may have.
const PROJECTS: usize = 10_000;
/// How many bytes a project's key may have.
const KEY_BYTES: usize = 256;

/// The projects that a source has, with their `ETag`s.
struct Listing {
    source: usize,
    projects: BTreeMap<String, Option<String>>,
}

impl<A: Activator> Client<A> {
    pub(crate) async fn refresh_gorules(
        &self,
        options: &GoRulesOptions,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        match &self.options.projects {
            Projects::All => match self.list(options).await {
                Ok(listing) => self.refresh_listed(options, listing, now, claim).await,
                Err(error) => self.fail(error),
            },
            Projects::Listed(names) => {
                let mut verdicts = BTreeMap::new();
                let mut source = None;
                for name in names {
                    let (verdict, from) = self.look_at(options, name, None, now).await;
                    source = source.or(from);
                    verdicts.insert(name.clone(), verdict);
                }
                self.conclude_from(verdicts, Vec::new(), source, now, claim)
            }
        }
    }

    async fn refresh_listed(
        &self,
        options: &GoRulesOptions,
        listing: Listing,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        let Listing { source, projects } = listing;
        if projects.is_empty() && self.state().is_serving() {
            let message = format!(
                "there is no project below `{}` any more; what is served stays",
                options.prefix
            );
            let error = Error::new(ErrorKind::Tuf(Tuf::Unavailable), message);
            return self.fail(error.from_source(self.failover.name(source)));
        }
        let mut verdicts = BTreeMap::new();
        for (name, etag) in &projects {
            let verdict = match self.known(name, source, etag.as_deref()) {
                Some(verdict) => verdict,
                None => self.look_at(options, name, Some(source), now).await.0,
            };
            verdicts.insert(name.clone(), verdict);
        }
        let (missing, withdrawn) = {
            let mut state = self.state();
            missing(
                &mut state,
                &projects,
                options.missing,
                self.ports.clock.ticks(),
            )
        };
        for (name, error) in missing {
            let step = Step::Pending(error.from_source(self.failover.name(source)));
            verdicts.insert(name, Verdict { digest: None, step });
        }
        self.conclude_from(verdicts, withdrawn, Some(source), now, claim)
    }

    /// A round in which no source answered for any project has failed.
    fn conclude_from(
        &self,
        verdicts: BTreeMap<String, Verdict<A::Prepared>>,
        withdrawn: Vec<(String, Option<Error>)>,
        source: Option<usize>,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        match source {
            Some(source) => {
                self.conclude(verdicts, withdrawn, self.failover.name(source), now, claim)
            }
            None => {
                let mut failures = Failures::default();
                for verdict in verdicts.into_values() {
                    if let Step::Pending(error) | Step::Refused(error) = verdict.step {
                        failures.add(error);
                    }
                }
                let nothing = || Error::new(ErrorKind::Invalid, "no project is configured");
                self.fail(failures.worst().unwrap_or_else(nothing))
            }
        }
    }

    /// All pages of the first source that answers with all of them.
    async fn list(&self, options: &GoRulesOptions) -> Result<Listing> {
        let mut failures = Failures::default();
        let first = |after: Option<String>| List {
            prefix: options.prefix.clone(),
            after,
        };
        let mut answers = self.failover.ask(None, |_, store| store.list(first(None)));
        'sources: while let Some(answer) = answers.next().await {
            let source = answer.source;
            let mut projects = BTreeMap::new();
            let mut page = answer.result;
            loop {
                let found = match page {
                    Ok(found) => found,
                    Err(error) => {
                        failures.add(Error::from(error).from_source(self.failover.name(source)));
                        continue 'sources;
                    }
                };
                for object in found.objects {
                    let key = object.key.strip_prefix(&options.prefix);
                    if let Some(project) = key.filter(|key| is_project(key)) {
                        projects.insert(project.to_owned(), object.etag);
                    }
                }
                if projects.len() > PROJECTS {
                    let message = format!(
                        "there are more than {PROJECTS} projects below `{}`",
                        options.prefix
                    );
                    let error = Error::new(ErrorKind::Tuf(Tuf::LimitExceeded), message);
                    failures.add(error.from_source(self.failover.name(source)));
                    continue 'sources;
                }
                match found.next {
                    Some(next) => page = self.failover.list(source, first(Some(next))).await,
                    None => return Ok(Listing { source, projects }),
                }
            }
        }
        let none = || Error::new(ErrorKind::Invalid, "there are no sources");
        Err(failures.worst().unwrap_or_else(none))
    }

    /// What is known of a project whose object is still the one that was looked at last.
    fn known(&self, name: &str, source: usize, etag: Option<&str>) -> Option<Verdict<A::Prepared>> {
        let state = self.state();
        let project = state.projects.get(name)?;
        let looked_at = project.unsigned.etags.get(&source)?;
        if looked_at != etag? {
            return None;
        }
        let digest = project.announced.clone()?;
        let step = match project.has_refused(&digest) {
            true => Step::Refused(project.error.clone()?),
            false => project.is_current().then_some(Step::Current)?,
        };
        let digest = Some(digest);
        Some(Verdict { digest, step })
    }

    /// Fetches a project's object unless it is the one that was looked at last, and admits it. Also
    /// answers which source gave it or said that it is the same.
    async fn look_at(
        &self,
        options: &GoRulesOptions,
        name: &str,
        first: Option<usize>,
        now: i64,
    ) -> (Verdict<A::Prepared>, Option<usize>) {
        let etags = match self.state().projects.get(name) {
            Some(project) if project.announced.is_some() => project.unsigned.etags.clone(),
            _ => BTreeMap::new(),
        };
        let key = format!("{}{name}", options.prefix);
        let get = |source: usize| Get {
            key: key.clone(),
            max_bytes: self.options.bundle_limits.bundle_bytes,
            if_none_match: etags.get(&source).cloned(),
            freshness: Freshness::Origin,
        };
        let mut failures = Failures::default();
        let mut answers = self
            .failover
            .ask(first, |source, store| store.get(get(source)));
        while let Some(answer) = answers.next().await {
            let source = answer.source;
            let name_of_source = self.failover.name(source);
            let error = match answer.result {
                Ok(Got::Found(object)) => {
                    let verdict = self.look_into(name, object, source, now).await;
                    return (verdict, Some(source));
                }
                Ok(Got::NotModified) => {
                    let etag = etags.get(&source).map(String::as_str);
                    match self.known(name, source, etag) {
                        Some(verdict) => return (verdict, Some(source)),
                        None => not_modified(&key),
                    }
                }
                Ok(Got::Missing) => missing_object(&key),
                Err(error) => error.into(),
            };
            failures.add(error.from_source(name_of_source));
        }
        let step = Step::Pending(failures.worst().unwrap_or_else(|| missing_object(&key)));
        (Verdict { digest: None, step }, None)
    }

    async fn look_into(
        &self,
        name: &str,
        object: Object,
        source: usize,
        now: i64,
    ) -> Verdict<A::Prepared> {
        let delivered = Delivered {
            bytes: object.bytes,
            origin: Origin::Source,
            source: Some(self.failover.name(source).to_owned()),
        };
        let verdict = self.admit(name, delivered, now).await;
        let mut state = self.state();
        let etags = &mut state
            .projects
            .entry(name.to_owned())
            .or_default()
            .unsigned
            .etags;
        match object.etag {
            Some(etag) => drop(etags.insert(source, etag)),
            None => drop(etags.remove(&source)),
        }
        verdict
    }
}

/// Whether the rest of an object's key is a project's key.
fn is_project(key: &str) -> bool {
    !key.is_empty() && key.len() <= KEY_BYTES && !key.contains(|c: char| c == '/' || c.is_control())
}

fn missing_object(key: &str) -> Error {
    let message = format!("there is no object `{key}`; what is served stays");
    Error::new(ErrorKind::Tuf(Tuf::Unavailable), message)
}

/// Projects that are served and were not listed: those that stay, and those whose time has come.
#[allow(clippy::type_complexity, reason = "two lists of one kind")]
fn missing(
    state: &mut State,
    listed: &BTreeMap<String, Option<String>>,
    policy: MissingPolicy,
    ticks: u64,
) -> (Vec<(String, Error)>, Vec<(String, Option<Error>)>) {
    let (mut stay, mut go) = (Vec::new(), Vec::new());
    for (name, project) in &mut state.projects {
        if listed.contains_key(name) {
            project.unsigned.missing = None;
            continue;
        }
        if project.active.is_none() {
            continue;
        }
        let message = "the listing lacks the project; what is served stays";
        let error = Error::new(ErrorKind::Tuf(Tuf::Unavailable), message);
        match is_gone(project, policy, ticks) {
            true => go.push((name.clone(), None)),
            false => stay.push((name.clone(), error)),
        }
    }
    (stay, go)
}

fn is_gone(project: &mut Project, policy: MissingPolicy, ticks: u64) -> bool {
    let (times, since) = project.unsigned.missing.unwrap_or((0, ticks));
    let times = times.saturating_add(1);
    project.unsigned.missing = Some((times, since));
    match policy {
        MissingPolicy::Keep => false,
        MissingPolicy::RemoveAfter { listings, time } => {
            times >= listings && ticks.saturating_sub(since) >= millis(time)
        }
    }
}
