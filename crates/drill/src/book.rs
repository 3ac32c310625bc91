//! What was asked and what was answered, fault by fault, and what is wrong with it.

use crate::answer::{Answer, Fault, Seen};
use crate::tally::{Problem, Tally};
use crate::truth::Truth;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Problems of one kind are written down up to this number; all are counted.
const MOST_PROBLEMS: usize = 12;

/// The newest answer of an evaluator.
#[derive(Debug, Clone)]
pub(crate) struct Latest {
    /// When it was asked for.
    pub(crate) asked: Instant,
    /// What it said.
    pub(crate) seen: Seen,
}

/// An evaluator, as its answers show it. It outlives the evaluator's process.
#[derive(Debug, Default)]
struct Evaluator {
    /// Its process was killed.
    down: bool,
    /// The newest release and revision that it has answered with.
    floor: (u64, u64),
    latest: Option<Latest>,
}

/// How a request was begun: what its answer is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// When.
    pub(crate) at: Instant,
    fault: usize,
    evaluator: usize,
    floor: (u64, u64),
    down: bool,
}

/// How an attempt at an evaluator ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It answered; right or wrong.
    Answered,
    /// Its process was killed: the client goes on to the next region.
    Down,
    /// It failed, though its process ran.
    Failed,
}

#[derive(Debug, Default)]
struct Inner {
    truth: Truth,
    /// Of every fault, and of what came before the first.
    tallies: BTreeMap<usize, Tally>,
    fault: usize,
    evaluators: Vec<Evaluator>,
    names: Vec<String>,
    /// Release and fault by revision, as answers had them.
    revisions: BTreeMap<u64, (u64, usize)>,
    problems: Vec<Problem>,
}

/// The one record of a drill.
#[derive(Debug, Clone)]
pub(crate) struct Book(Arc<Mutex<Inner>>);

impl Book {
    /// An empty one, for evaluators of these regions.
    pub(crate) fn new(names: &[&str]) -> Self {
        let inner = Inner {
            evaluators: names.iter().map(|_| Evaluator::default()).collect(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Inner::default()
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was published.
    pub(crate) fn truth<T>(&self, look: impl FnOnce(&mut Truth) -> T) -> T {
        look(&mut self.inner().truth)
    }

    /// The next fault begins: what is asked from now on belongs to it.
    pub(crate) fn next_fault(&self) {
        self.inner().fault += 1;
    }

    /// The fault strikes now: recovery is counted from here.
    pub(crate) fn strike(&self, at: Instant) {
        let mut inner = self.inner();
        let fault = inner.fault;
        let tally = inner.tally(fault);
        tally.struck = Some(at);
        tally.answered.clear();
    }

    /// An evaluator's process was killed, or runs again.
    pub(crate) fn set_down(&self, evaluator: usize, down: bool) {
        if let Some(evaluator) = self.inner().evaluators.get_mut(evaluator) {
            evaluator.down = down;
        }
    }

    /// A client is about to send a request.
    pub(crate) fn request(&self) -> usize {
        let mut inner = self.inner();
        let fault = inner.fault;
        inner.tally(fault).requests += 1;
        fault
    }

    /// A request is sent to an evaluator.
    pub(crate) fn begin(&self, fault: usize, evaluator: usize) -> Begun {
        let inner = self.inner();
        let its = inner.evaluators.get(evaluator);
        Begun {
            at: Instant::now(),
            fault,
            evaluator,
            floor: its.map_or((0, 0), |its| its.floor),
            down: its.is_some_and(|its| its.down),
        }
    }

    /// It was answered, or it failed. `client` is the region whose client asked.
    pub(crate) fn end(
        &self,
        begun: &Begun,
        client: usize,
        n: u64,
        answer: Result<Answer, String>,
    ) -> Attempt {
        let mut inner = self.inner();
        let name = inner.names.get(begun.evaluator).cloned();
        let name = name.unwrap_or_default();
        let checked = match answer {
            Ok(answer) => answer.check(n, &name, &inner.truth),
            Err(error) => Err(Fault::Failed(error)),
        };
        match checked.and_then(|seen| inner.go_on(begun, seen)) {
            Ok(seen) => {
                inner.right(begun, client, seen);
                Attempt::Answered
            }
            Err(Fault::Wrong(what)) => {
                inner.tally(begun.fault).wrong += 1;
                inner.problem(begun.fault, format!("wrong, from {name}: {what}"));
                Attempt::Answered
            }
            Err(Fault::Failed(what)) => {
                let its = inner.evaluators.get(begun.evaluator);
                if begun.down || its.is_some_and(|its| its.down) {
                    return Attempt::Down;
                }
                inner.fail(begun.fault, format!("failed, at {name}: {what}"));
                Attempt::Failed
            }
        }
    }

    /// A request met a killed evaluator and went on to the next region.
    pub(crate) fn rerouted(&self, fault: usize) {
        self.inner().tally(fault).rerouted += 1;
    }

    /// A request was not answered by anybody, or not even sent.
    pub(crate) fn failed(&self, fault: usize, what: &str) {
        self.inner().fail(fault, what.to_owned());
    }

    /// The newest answers, one of each evaluator whose process runs.
    pub(crate) fn latest(&self) -> Vec<(usize, Option<Latest>)> {
        let inner = self.inner();
        let up = inner.evaluators.iter().enumerate();
        up.filter(|(_, its)| !its.down)
            .map(|(index, its)| (index, its.latest.clone()))
            .collect()
    }

    /// How things stand, for a message.
    pub(crate) fn state(&self) -> String {
        let inner = self.inner();
        let (number, revision) = inner.truth.newest();
        let mut text = format!("newest is release {number} of revision {revision}");
        for (name, its) in inner.names.iter().zip(&inner.evaluators) {
            let said = match &its.latest {
                _ if its.down => "is down".to_owned(),
                None => "has not answered".to_owned(),
                Some(Latest { seen, .. }) => format!(
                    "answers release {} of revision {} ({}, {})",
                    seen.number, seen.revision, seen.source, seen.staleness
                ),
            };
            text.push_str(&format!("; {name} {said}"));
        }
        text
    }

    /// What happened during a fault; faults count from 1, and 0 is what came before.
    pub(crate) fn tally(&self, fault: usize) -> Tally {
        self.inner().tally(fault).clone()
    }

    /// How many requests have not come to an end yet.
    pub(crate) fn unanswered(&self) -> u64 {
        let inner = self.inner();
        let open = |tally: &Tally| tally.requests - tally.right - tally.failed - tally.wrong;
        inner.tallies.values().map(open).sum()
    }

    /// The number of the fault that is on.
    pub(crate) fn fault(&self) -> usize {
        self.inner().fault
    }

    /// Holds every revision that was seen against those that were published, now that the publisher
    /// has said which. Once, at the end.
    pub(crate) fn check_revisions(&self) {
        let mut inner = self.inner();
        let wrong: Vec<_> = inner
            .revisions
            .iter()
            .filter(|(revision, (number, _))| inner.truth.at(**revision) != Some(*number))
            .map(|(revision, seen)| (*revision, *seen))
            .collect();
        for (revision, (number, fault)) in wrong {
            let tally = inner.tally(fault);
            tally.right = tally.right.saturating_sub(1);
            tally.wrong += 1;
            let what = format!("revision {revision} was never published with release {number}");
            inner.problem(fault, what);
        }
    }

    /// Everything that must not be, as far as it was written down.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.inner().problems.clone()
    }
}

impl Inner {
    fn tally(&mut self, fault: usize) -> &mut Tally {
        self.tallies.entry(fault).or_default()
    }

    fn fail(&mut self, fault: usize, what: String) {
        self.tally(fault).failed += 1;
        self.problem(fault, what);
    }

    fn problem(&mut self, fault: usize, what: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { fault, what });
        }
    }

    /// Whether the evaluator went on from what it had answered before this was asked, and agrees with
    /// all others on what the revision is.
    fn go_on(&mut self, begun: &Begun, seen: Seen) -> Result<Seen, Fault> {
        let now = (seen.number, seen.revision);
        if now.0 < begun.floor.0 || now.1 < begun.floor.1 {
            return Err(Fault::Wrong(format!(
                "release {} of revision {} after release {} of revision {}",
                now.0, now.1, begun.floor.0, begun.floor.1
            )));
        }
        let known = self.revisions.entry(seen.revision);
        let (number, _) = *known.or_insert((seen.number, begun.fault));
        if number != seen.number {
            return Err(Fault::Wrong(format!(
                "revision {} with release {}, and elsewhere with release {number}",
                seen.revision, seen.number
            )));
        }
        Ok(seen)
    }

    fn right(&mut self, begun: &Begun, client: usize, seen: Seen) {
        let behind = self.truth.behind(seen.number, begun.at);
        let tally = self.tally(begun.fault);
        tally.right += 1;
        tally.behind = tally.behind.max(behind);
        tally.staleness.insert(seen.staleness.clone());
        if let Some(struck) = tally.struck.filter(|struck| begun.at >= *struck) {
            let after = struck.elapsed();
            tally.answered.entry(client).or_insert(after);
        }
        let Some(its) = self.evaluators.get_mut(begun.evaluator) else {
            return;
        };
        its.floor.0 = its.floor.0.max(seen.number);
        its.floor.1 = its.floor.1.max(seen.revision);
        if its
            .latest
            .as_ref()
            .is_none_or(|latest| latest.asked < begun.at)
        {
            let asked = begun.at;
            its.latest = Some(Latest { asked, seen });
        }
    }
}
