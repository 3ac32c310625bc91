//! Asking one source after the other.

mod asking;

pub use asking::{Answer, Asking};

use crate::breaker::{Breaker, BreakerOptions, BreakerState};
use crate::lock::lock;
use crate::ports::{BundleStore, Clock, Get, Got, List, Page, PortFuture, Ports, Random, Source};
use crate::store_error::{StoreError, StoreErrorKind};
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How long a source has, and when it loses its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailoverOptions {
    /// How long one source may take for one request, retries included; 5 s by default.
    pub deadline: Duration,
    /// How long a source may be silent before the next one is asked at the same time; 500 ms by
    /// default.
    pub hedge_after: Duration,
    /// How many bytes a source must give in a second at the least: what is large has that much more
    /// time, before the deadline and before the next source is asked. 256 KiB by default.
    pub bytes_per_second: u64,
    /// When a source loses its turn, and when it gets it back.
    pub breaker: BreakerOptions,
}

impl Default for FailoverOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            hedge_after: Duration::from_millis(500),
            bytes_per_second: 256 * 1024,
            breaker: BreakerOptions::default(),
        }
    }
}

/// An ordered list of sources: a region's own bucket, then replicas.
///
/// A request goes to one source after the other until an answer satisfies whoever asks. Failing
/// over needs no circuit to open: the next source is asked as soon as one fails, or is silent for
/// [`FailoverOptions::hedge_after`]. Circuits only change the order of later requests, so that a
/// source that is down does not cost each of them its deadline.
///
/// A region puts each source together as [`crate::Cached`] over [`crate::Retry`] over the host's
/// store, and this over all of them: the deadline then bounds retries and cache together.
///
/// What counts as a failure of a source: an error, but for `Unsupported`; an answer that
/// verification refused; no answer while one that was asked later gave one. That there is no such
/// object is an answer: a replica that lags is not ill.
pub struct Failover {
    sources: Vec<Source>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    options: FailoverOptions,
    health: Mutex<Vec<Health>>,
}

struct Health {
    breaker: Breaker,
    last_error: Option<StoreError>,
}

/// How a source is, for reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
    /// `closed` (asked in its turn), `open` (asked last) or `halfOpen` (on trial).
    pub state: BreakerState,
    /// How many failures there were since the last success.
    pub consecutive_failures: u32,
    /// The last failure, even if successes followed.
    pub last_error: Option<SourceError>,
}

/// A source's failure, for reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceError {
    /// What happened, as [`StoreErrorKind::code`] names it.
    #[serde(serialize_with = "code")]
    pub kind: StoreErrorKind,
    /// What happened, in words.
    pub message: String,
}

fn code<S: Serializer>(kind: &StoreErrorKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.code())
}

impl Failover {
    /// These sources, in this order.
    pub fn new(sources: Vec<Source>, ports: &Ports, options: FailoverOptions) -> Self {
        let health = || Health {
            breaker: Breaker::new(options.breaker, ports.clock.ticks()),
            last_error: None,
        };
        Self {
            health: Mutex::new(sources.iter().map(|_| health()).collect()),
            sources,
            clock: ports.clock.clone(),
            random: ports.random.clone(),
            options,
        }
    }

    /// The sources' names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// A source's name; empty if there is no such source.
    pub fn name(&self, source: usize) -> &str {
        self.sources
            .get(source)
            .map_or("", |source| source.name.as_str())
    }

    /// Asks sources one after the other: `first` if given, then those whose circuit is not open in
    /// their order, then the others, because a last hope is better than none. Nothing is asked
    /// before [`Asking::next`] is polled.
    ///
    /// `request` is called once for each source that is asked, with its index and its store.
    pub fn ask<'a, T: Send + 'a>(
        &'a self,
        first: Option<usize>,
        request: impl Fn(usize, &'a dyn BundleStore) -> PortFuture<'a, Result<T, StoreError>>
        + Send
        + 'a,
    ) -> Asking<'a, T> {
        Asking::new(self, first, Box::new(request))
    }

    /// Asks one source and no other, within its deadline: for what was taken from a cache in between
    /// and refused.
    pub(crate) async fn get(&self, source: usize, get: Get) -> Result<Got, StoreError> {
        self.only(source, move |_, store| store.get(get.clone()))
            .await
    }

    /// Asks one source and no other, within its deadline: for the pages after the first.
    pub(crate) async fn list(&self, source: usize, list: List) -> Result<Page, StoreError> {
        self.only(source, move |_, store| store.list(list.clone()))
            .await
    }

    async fn only<'a, T: Send + 'a>(
        &'a self,
        source: usize,
        request: impl Fn(usize, &'a dyn BundleStore) -> PortFuture<'a, Result<T, StoreError>>
        + Send
        + 'a,
    ) -> Result<T, StoreError> {
        let mut asking = self.ask(Some(source), request);
        asking.unasked.retain(|other| *other == source);
        let answer = asking.next().await;
        answer.map_or_else(
            || Err(StoreError::unsupported("there is no such source")),
            |answer| answer.result,
        )
    }

    /// What a source answered was refused by verification: counts as a failure of it, and opens its
    /// circuit.
    pub fn refused(&self, source: usize) {
        let message = "verification refused what it answered".to_owned();
        let error = StoreError::new(StoreErrorKind::Invalid, message);
        let (ticks, random) = (self.clock.ticks(), self.random.next());
        if let Some(health) = self.lock().get_mut(source) {
            health.breaker.refused(ticks, random);
            health.last_error = Some(error);
        }
    }

    /// How each source is, in their order.
    pub fn health(&self) -> Vec<SourceHealth> {
        let ticks = self.clock.ticks();
        let health = self.lock();
        let sources = self.sources.iter().zip(health.iter());
        let report = |(source, health): (&Source, &Health)| SourceHealth {
            name: source.name.clone(),
            state: health.breaker.state(ticks),
            consecutive_failures: health.breaker.failures(),
            last_error: health.last_error.as_ref().map(|error| SourceError {
                kind: error.kind,
                message: error.message.clone(),
            }),
        };
        sources.map(report).collect()
    }

    /// Takes the source to ask next out of those that were not asked yet, and notes that it is
    /// asked; none if all were.
    fn turn(&self, first: Option<usize>, unasked: &mut Vec<usize>) -> Option<(usize, &Source)> {
        let (ticks, random) = (self.clock.ticks(), self.random.next());
        let mut health = self.lock();
        let admits = |source: &usize| {
            let health = health.get(*source);
            health.is_some_and(|health| health.breaker.admits(ticks))
        };
        let position = unasked
            .iter()
            .position(|source| Some(*source) == first)
            .or_else(|| unasked.iter().position(admits))
            .or_else(|| (!unasked.is_empty()).then_some(0))?;
        let index = unasked.remove(position);
        health.get_mut(index)?.breaker.asked(ticks, random);
        Some((index, self.sources.get(index)?))
    }

    /// Notes how it went.
    fn report(&self, source: usize, outcome: Result<(), &StoreError>) {
        let (ticks, random) = (self.clock.ticks(), self.random.next());
        let mut health = self.lock();
        let Some(health) = health.get_mut(source) else {
            return;
        };
        match outcome {
            Ok(()) => health.breaker.succeeded(ticks, random),
            Err(error) => {
                if error.kind != StoreErrorKind::Unsupported {
                    health.breaker.failed(ticks, random);
                }
                health.last_error = Some(error.clone());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Health>> {
        lock(&self.health)
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.sources).finish()
    }
}
