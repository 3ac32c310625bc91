//! The refresh procedure: how a region comes by the newest good release and keeps it.

use crate::activator::{Activator, Change, Swap};
use crate::announcement::Announced;
use crate::cached::Cached;
use crate::claim::{Claim, Claims};
use crate::entries::Entries;
use crate::error::{Error, Result};
use crate::failover::Failover;
use crate::fetch::{check, fetch};
use crate::follow::{Followed, Round};
use crate::keeper::Keeper;
use crate::lock::lock;
use crate::options::{ClientOptions, TrustOptions};
use crate::ports::{Freshness, Ports, Source};
use crate::release::Release;
use crate::retry::Retry;
use crate::schedule::Schedule;
use crate::staleness::Age;
use crate::state::{Generation, State, revoked};
use crate::status::{Outcome, Report};
use futures_util::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Follows one environment: finds its newest good releases, has them compiled, and remembers the last
/// ones that were good.
///
/// Nothing here waits for another caller: a refresh that is under way is left alone.
#[derive(Debug)]
pub struct Client<A: Activator> {
    pub(crate) options: ClientOptions,
    pub(crate) ports: Ports,
    pub(crate) failover: Failover,
    pub(crate) cache: Entries,
    activator: A,
    claims: Claims,
    pub(crate) keeper: Keeper,
    schedule: Mutex<Schedule>,
    state: Mutex<State>,
}

/// When to refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now, because somebody asked for it: from the sources themselves, and in full. What a cache in
    /// between has of a pointer counts for nothing.
    Asked,
    /// Now, whatever the schedule says.
    Now,
    /// If a poll is due.
    Due,
}

/// What is announced of a project, and what steps 5 to 7 came to.
pub(crate) struct Verdict<P> {
    /// The bundle's digest, if it is known.
    pub(crate) digest: Option<String>,
    pub(crate) step: Step<P>,
}

/// What steps 5 to 7 came to for one project.
pub(crate) enum Step<P> {
    /// What is active is what is announced.
    Current,
    /// A release that is ready to be active.
    Ready(P, Arc<Release>),
    /// The bundle cannot be had now.
    Pending(Error),
    /// The bundle will never do.
    Refused(Error),
}

impl<A: Activator> Client<A> {
    /// A client that knows nothing yet.
    ///
    /// # Errors
    /// `WrongEnvironment` if the trusted root is another environment's, and `Tuf` if it is not one;
    /// `Invalid` for a name that cannot be an environment's, or without sources and anything baked in.
    pub fn new(options: ClientOptions, ports: Ports, activator: A) -> Result<Self> {
        options.check()?;
        let sources = options
            .sources
            .iter()
            .map(|source| wrapped(source, &options, &ports));
        let failover = Failover::new(sources.collect(), &ports, options.failover);
        let cache = Entries::new(ports.clone(), &options.environment, options.cache_deadline);
        let schedule = Schedule::new(options.schedule, ports.clock.ticks());
        Ok(Self {
            claims: Claims::new(options.takeover_after),
            schedule: Mutex::new(schedule),
            state: Mutex::default(),
            keeper: Keeper::default(),
            options,
            ports,
            failover,
            cache,
            activator,
        })
    }

    /// Who compiles and serves.
    pub fn activator(&self) -> &A {
        &self.activator
    }

    /// The environment's name.
    pub fn environment(&self) -> &str {
        &self.options.environment
    }

    /// How long until a poll is due.
    pub fn wait(&self) -> Duration {
        let ticks = self.ports.clock.ticks();
        lock(&self.schedule).wait(ticks)
    }

    /// How old the active release of a project is; none if there is none.
    pub fn age(&self, project: &str) -> Option<Age> {
        let state = self.state();
        let (now, ticks) = (self.ports.clock.now(), self.ports.clock.ticks());
        state.age(
            state.projects.get(project)?,
            &self.options.staleness,
            now,
            ticks,
        )
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Runs the refresh procedure once. Whatever it meets, what is active stays so or is replaced by
    /// something newer that was verified and compiled.
    pub async fn refresh(&self, when: When) -> Report {
        let ticks = self.ports.clock.ticks();
        if when == When::Due && !lock(&self.schedule).due(ticks) {
            return self.report(Outcome::NotDue);
        }
        let serving = self.state().is_serving();
        let Some(claim) = self.claims.claim(ticks, serving) else {
            return self.report(Outcome::InFlight);
        };
        lock(&self.schedule).started(ticks, self.ports.random.next());
        self.load().await;
        // 1. Fix "now" once.
        let now = self.ports.clock.now();
        self.state().last_poll = Some(now);
        let (asked, full) = match when {
            When::Asked => (Freshness::Origin, true),
            When::Now | When::Due => (Freshness::Cached, lock(&self.schedule).full_due(ticks)),
        };
        let report = match &self.options.trust {
            TrustOptions::Tuf(tuf) => {
                // 2. Poll. 3. TUF workflow. 4. Check identity.
                match self.follow(tuf, now, full, asked).await {
                    Round::Unchanged { source } => self.confirm(self.failover.name(source), now),
                    // 5. Fetch. 6. Check. 7. Compile. 8. Swap.
                    Round::Followed(followed) => self.bring(*followed, now, &claim).await,
                    Round::Failed(error) => self.fail(error),
                }
            }
            TrustOptions::Unsigned(unsigned) => {
                // The same steps, as far as there is anything to verify.
                self.refresh_unsigned(unsigned, now, &claim).await
            }
        };
        self.reschedule(report.outcome, full);
        // 9. Persist last-known-good.
        self.save().await;
        // 10. Report.
        report
    }

    /// A source says that nothing has changed.
    pub(crate) fn confirm(&self, source: &str, now: i64) -> Report {
        self.state().confirm(source, now, self.ports.clock.ticks());
        self.report(Outcome::Unchanged)
    }

    /// No source gave anything that could be taken.
    pub(crate) fn fail(&self, error: Error) -> Report {
        self.state().error = Some(error);
        self.report(Outcome::Failed)
    }

    fn reschedule(&self, outcome: Outcome, full: bool) {
        let (ticks, random) = (self.ports.clock.ticks(), self.ports.random.next());
        let mut schedule = lock(&self.schedule);
        match outcome {
            Outcome::Failed => schedule.failed(ticks, random),
            _ if full => schedule.succeeded_fully(ticks, random),
            _ => schedule.succeeded(ticks, random),
        }
        if let Some(at) = self.state().next_poll_at.take() {
            let wait = at.saturating_sub(self.ports.clock.now());
            schedule.not_before(ticks, Duration::from_millis(wait.try_into().unwrap_or(0)));
        }
    }

    /// Steps 5 to 8 for everything that is announced.
    async fn bring(&self, followed: Followed, now: i64, claim: &Claim<'_>) -> Report {
        let Followed {
            announcement,
            generation,
            source,
            etag,
        } = followed;
        let new = self.state().new_digests(&announcement);
        self.name(new).await;
        let verdict = |(project, announced): (&String, &Result<Announced>)| {
            let (project, announced) = (project.clone(), announced.clone());
            let (announcement, generation) = (&announcement, &generation);
            async move {
                let digest = announced.as_ref().ok().map(|found| found.digest.clone());
                let step = match announced {
                    Ok(found) if announcement.revoked.contains(&found.digest) => {
                        Step::Refused(revoked(&found.digest))
                    }
                    Ok(found) => {
                        self.prepare(&project, &found, generation, source, now)
                            .await
                    }
                    Err(error) => Step::Pending(error),
                };
                (project, Verdict { digest, step })
            }
        };
        let projects = announcement.projects.iter().map(verdict);
        let verdicts = stream::iter(projects).buffer_unordered(self.options.parallel.max(1));
        let verdicts: BTreeMap<_, _> = verdicts.collect().await;
        let mut state = self.state();
        let newest = state
            .generation
            .as_ref()
            .map(|generation| generation.rank());
        if claim.is_lost() || newest > Some(generation.rank()) {
            // Another refresh took over meanwhile, and came further.
            drop(state);
            return self.report(Outcome::Unchanged);
        }
        // 8. Swap.
        let withdrawn = state.withdrawn(&announcement);
        let revoked = announcement.revoked;
        let changed = self.settle(
            &mut state,
            verdicts,
            withdrawn,
            revoked,
            Some(&generation),
            now,
        );
        state.confirm(self.failover.name(source), now, self.ports.clock.ticks());
        let known = state
            .generation
            .as_ref()
            .and_then(|known| known.timestamp());
        if known != generation.timestamp() {
            state.etags.clear();
        }
        if let Some(etag) = etag {
            state.etags.insert(source, etag);
        }
        state.generation = Some(generation);
        drop(state);
        self.done(changed)
    }

    /// What a refresh that came to its end has come to.
    pub(crate) fn done(&self, changed: bool) -> Report {
        let failed = self
            .state()
            .projects
            .values()
            .any(|project| project.error.is_some());
        self.report(match (changed, failed) {
            (true, _) => Outcome::Updated,
            (false, true) => Outcome::Failed,
            (false, false) => Outcome::Unchanged,
        })
    }

    /// Steps 5 to 7 for one project.
    pub(crate) async fn prepare(
        &self,
        project: &str,
        announced: &Announced,
        generation: &Generation,
        source: usize,
        now: i64,
    ) -> Step<A::Prepared> {
        let (environment, ticks) = (self.environment(), self.ports.clock.ticks());
        let digest = &announced.digest;
        if let Some(known) = self.state().projects.get(project) {
            let active = known.active.as_ref();
            if active.is_some_and(|active| active.release.digest == *digest) {
                return Step::Current;
            }
            if let Some(error) = known.refusal(digest, ticks) {
                return match known.has_refused(digest) {
                    true => Step::Refused(error),
                    false => Step::Pending(error),
                };
            }
        }
        // 5. Fetch the bundle by digest, and check length and digest.
        let limits = &self.options.metadata_limits;
        let fetched = fetch(
            announced,
            environment,
            &self.cache,
            &self.failover,
            source,
            limits,
        );
        let fetched = match fetched.await {
            Ok(fetched) => fetched,
            Err(error) => {
                if error.is_refusal() {
                    let mut state = self.state();
                    let project = state.projects.entry(project.to_owned()).or_default();
                    project.leave_alone(digest, self.ports.clock.ticks());
                }
                return Step::Pending(error);
            }
        };
        // 6. Read the bundle, check project and environment. 7. Compile and try.
        let limits = &self.options.bundle_limits;
        let revision = Some(generation.revision);
        let checked = check(announced, &fetched, environment, revision, now, limits);
        let prepared = checked.and_then(|bundle| {
            let release = Arc::new(bundle.release().clone());
            let prepared = self.activator.prepare(bundle)?;
            Ok((prepared, release))
        });
        match prepared {
            Ok((prepared, release)) => {
                self.keep(fetched.target.bytes(), digest).await;
                Step::Ready(prepared, release)
            }
            Err(error) => Step::Refused(error),
        }
    }

    /// Step 8: what becomes of each project, in the state and for the evaluator, in one swap. Says
    /// whether any release changes.
    pub(crate) fn settle(
        &self,
        state: &mut State,
        verdicts: BTreeMap<String, Verdict<A::Prepared>>,
        withdrawn: Vec<(String, Option<Error>)>,
        revoked: BTreeSet<String>,
        generation: Option<&Arc<Generation>>,
        now: i64,
    ) -> bool {
        let mut projects = BTreeMap::new();
        let mut changed = false;
        for (name, error) in withdrawn {
            state
                .projects
                .entry(name.clone())
                .or_default()
                .withdraw(error);
            projects.insert(name, Change::Removed);
            changed = true;
        }
        state.settled = true;
        for (name, Verdict { digest, step }) in verdicts {
            let project = state.projects.entry(name.clone()).or_default();
            if digest.is_some() {
                project.announced.clone_from(&digest);
            }
            project
                .previous
                .take_if(|previous| revoked.contains(&previous.release.digest));
            project.error = None;
            match step {
                Step::Current => {
                    if let Some(release) = project.list_again(generation) {
                        projects.insert(name, Change::Confirmed(release));
                    }
                }
                Step::Ready(prepared, release) => {
                    project.promote(release, generation.cloned(), now);
                    projects.insert(name, Change::New(prepared));
                    changed = true;
                }
                Step::Pending(error) => {
                    project.error = Some(error);
                    state.settled = false;
                }
                Step::Refused(error) => {
                    if let Some(digest) = digest {
                        project.refuse(&digest, error.clone());
                    }
                    project.error = Some(error);
                }
            }
        }
        self.activator.activate(Swap { projects, revoked });
        changed
    }
}

/// A source that is asked again when that may help.
pub(crate) fn retried(source: &Source, options: &ClientOptions, ports: &Ports) -> Source {
    let retry = Retry::new(Arc::clone(&source.store), ports, options.retry);
    Source {
        name: source.name.clone(),
        store: Arc::new(retry),
    }
}

/// Such a source, behind the cache of its data centre if there is to be one.
fn wrapped(source: &Source, options: &ClientOptions, ports: &Ports) -> Source {
    let retried = retried(source, options, ports);
    match options.cached {
        Some(cached) => Source {
            name: source.name.clone(),
            store: Arc::new(Cached::new(retried, ports, cached)),
        },
        None => retried,
    }
}
