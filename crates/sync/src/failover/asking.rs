//! One request on its way through the sources.

use super::Failover;
use crate::ports::{BundleStore, PortFuture};
use crate::store_error::{StoreError, StoreErrorKind};
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

/// What a source answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// The source, for [`Failover::name`], [`Failover::refused`] and the next [`Failover::ask`].
    pub source: usize,
    /// What it said.
    pub result: Result<T, StoreError>,
}

/// A request that goes to one source after the other for as long as its owner wants more answers.
///
/// Dropping it gives up what is pending. A source that is given up counts as failed if another one,
/// asked after it, had answered; it does not if the owner itself was cancelled.
pub struct Asking<'a, T> {
    failover: &'a Failover,
    first: Option<usize>,
    request: Box<Request<'a, T>>,
    /// Sources in their order.
    pub(super) unasked: Vec<usize>,
    /// The time that the answer's length takes.
    length: Duration,
    /// Sources in the order in which they were asked.
    pending: Vec<Pending<'a, T>>,
}

pub(super) type Request<'a, T> =
    dyn Fn(usize, &'a dyn BundleStore) -> PortFuture<'a, Result<T, StoreError>> + Send + 'a;

struct Pending<'a, T> {
    source: usize,
    answer: PortFuture<'a, Result<T, StoreError>>,
    /// How much time it has.
    time: Duration,
    deadline: PortFuture<'static, ()>,
    /// Until the next source is asked at the same time; none after.
    patience: Option<PortFuture<'static, ()>>,
    /// Whether a source that was asked later has answered.
    overtaken: bool,
}

impl<'a, T> Asking<'a, T> {
    pub(super) fn new(
        failover: &'a Failover,
        first: Option<usize>,
        request: Box<Request<'a, T>>,
    ) -> Self {
        Self {
            unasked: (0..failover.sources.len()).collect(),
            failover,
            first,
            request,
            length: Duration::ZERO,
            pending: Vec::new(),
        }
    }

    /// Says how many bytes a right answer has, so that sources have the time to give them.
    #[must_use]
    pub fn expecting(mut self, bytes: u64) -> Self {
        let per_second = self.failover.options.bytes_per_second.max(1);
        self.length = Duration::from_millis(bytes.saturating_mul(1_000) / per_second);
        self
    }

    /// The next answer; none when all sources have answered. It may be cancelled and called again.
    pub async fn next(&mut self) -> Option<Answer<T>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Answer<T>>> {
        loop {
            let ready = |(position, pending): (usize, &mut Pending<'a, T>)| match pending
                .poll(self.failover, context)
            {
                Poll::Ready(result) => Some((position, result)),
                Poll::Pending => None,
            };
            if let Some((position, result)) = self.pending.iter_mut().enumerate().find_map(ready) {
                return Poll::Ready(Some(self.answered(position, result)));
            }
            if let Some(last) = self.pending.last_mut()
                && last.is_patient(context)
            {
                return Poll::Pending;
            }
            if !self.ask_next() {
                return match self.pending.is_empty() {
                    true => Poll::Ready(None),
                    false => Poll::Pending,
                };
            }
        }
    }

    fn ask_next(&mut self) -> bool {
        let Some((source, asked)) = self.failover.turn(self.first, &mut self.unasked) else {
            return false;
        };
        let (clock, options) = (&self.failover.clock, &self.failover.options);
        let time = options.deadline.saturating_add(self.length);
        self.pending.push(Pending {
            source,
            answer: (self.request)(source, asked.store.as_ref()),
            time,
            deadline: clock.sleep(time),
            patience: Some(clock.sleep(options.hedge_after.saturating_add(self.length))),
            overtaken: false,
        });
        true
    }

    fn answered(&mut self, position: usize, result: Result<T, StoreError>) -> Answer<T> {
        let source = self.pending.remove(position).source;
        if result.is_ok() {
            let earlier = self.pending.iter_mut().take(position);
            earlier.for_each(|pending| pending.overtaken = true);
        }
        self.failover.report(source, result.as_ref().map(|_| ()));
        Answer { source, result }
    }
}

impl<T> Pending<'_, T> {
    fn poll(
        &mut self,
        failover: &Failover,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, StoreError>> {
        // An answer that is there counts, even if nobody looked before the deadline.
        if let Poll::Ready(result) = self.answer.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(StoreError::new(
                StoreErrorKind::Timeout,
                format!(
                    "source `{}` did not answer within {} ms",
                    failover.name(self.source),
                    self.time.as_millis()
                ),
            ))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_patient(&mut self, context: &mut Context<'_>) -> bool {
        let Some(patience) = &mut self.patience else {
            return false;
        };
        if patience.as_mut().poll(context).is_ready() {
            self.patience = None;
        }
        self.patience.is_some()
    }
}

impl<T> Drop for Asking<'_, T> {
    fn drop(&mut self) {
        for pending in self.pending.iter().filter(|pending| pending.overtaken) {
            let error = StoreError::new(
                StoreErrorKind::Timeout,
                format!(
                    "source `{}` was still silent when another one had answered",
                    self.failover.name(pending.source)
                ),
            );
            self.failover.report(pending.source, Err(&error));
        }
    }
}

impl<T> fmt::Debug for Asking<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending: Vec<_> = self.pending.iter().map(|pending| pending.source).collect();
        formatter
            .debug_struct("Asking")
            .field("unasked", &self.unasked)
            .field("pending", &pending)
            .finish()
    }
}
