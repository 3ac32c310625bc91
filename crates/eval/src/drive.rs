//! Runs an engine future under a budget and tells waiting from waiting for ever.
//!
//! The engine awaits two kinds of things: JavaScript promises, which move on by themselves while
//! the future is polled, and the host (HTTP, timers, custom nodes), whose open calls the budget
//! counts. A future that is pending while no host call is open can never be woken again: a function
//! awaits a promise that nobody will settle.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use zen_edge_host::budget::Budget;
use zen_edge_host::clock;

/// The future waits for something that will never come.
#[derive(Debug)]
pub(crate) struct Stalled;

/// A future that is polled with its budget entered and its clock pinned.
pub(crate) struct Drive<F> {
    future: Pin<Box<F>>,
    budget: Budget,
    now: Option<i64>,
    signal: Arc<Signal>,
}

/// Drives `future` under `budget` with the wall clock at `now` (milliseconds since 1970, or the
/// platform's).
pub(crate) fn drive<F: Future>(future: F, budget: Budget, now: Option<i64>) -> Drive<F> {
    Drive {
        future: Box::pin(future),
        budget,
        now,
        signal: Arc::default(),
    }
}

impl<F: Future> Drive<F> {
    /// Polls once: the answer, or `None` if it depends on the host.
    pub(crate) fn now_or_never(mut self) -> Option<Result<F::Output, Stalled>> {
        match Pin::new(&mut self).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }
}

impl<F: Future> Future for Drive<F> {
    type Output = Result<F::Output, Stalled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let _budget = this.budget.enter();
        let _clock = clock::pin(this.now);
        let waker = Waker::from(this.signal.clone());
        this.signal.forward_to(cx.waker());
        loop {
            this.signal.woken.store(false, Ordering::Release);
            if let Poll::Ready(output) = this.future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Poll::Ready(Ok(output));
            }
            if this.budget.exhausted().is_some() {
                return Poll::Ready(Err(Stalled));
            }
            if this.signal.woken.load(Ordering::Acquire) {
                continue;
            }
            return if this.budget.awaits_host() {
                Poll::Pending
            } else {
                Poll::Ready(Err(Stalled))
            };
        }
    }
}

/// Notes that the future was woken, and wakes whoever polls us.
#[derive(Debug, Default)]
struct Signal {
    woken: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Signal {
    fn forward_to(&self, waker: &Waker) {
        let mut outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        if !outer.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *outer = Some(waker.clone());
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let outer = self
            .outer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(waker) = outer {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use std::future::{pending, poll_fn, ready};
    use zen_edge_host::budget::HostCall;

    fn budget() -> Budget {
        Budget::new(Limits::default().allowance())
    }

    #[test]
    fn what_is_ready_is_answered_at_once() {
        assert!(matches!(
            drive(ready(7), budget(), None).now_or_never(),
            Some(Ok(7))
        ));
    }

    #[test]
    fn a_future_that_woke_itself_is_polled_again() {
        let mut polls = 0;
        let future = poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls == 3 {
                Poll::Ready(polls)
            } else {
                Poll::Pending
            }
        });
        assert!(matches!(
            drive(future, budget(), None).now_or_never(),
            Some(Ok(3))
        ));
    }

    #[test]
    fn waiting_for_nobody_is_told_from_waiting_for_the_host() {
        assert!(matches!(
            drive(pending::<()>(), budget(), None).now_or_never(),
            Some(Err(Stalled))
        ));
        let awaits_host = async {
            let _call = HostCall::open();
            pending::<()>().await;
        };
        assert!(drive(awaits_host, budget(), None).now_or_never().is_none());
    }

    #[test]
    fn budget_and_clock_are_in_place_only_while_the_future_runs() {
        let future = poll_fn(|_| Poll::Ready(clock::pinned()));
        assert!(matches!(
            drive(future, budget(), Some(5)).now_or_never(),
            Some(Ok(Some(5)))
        ));
        assert_eq!(clock::pinned(), None);
    }
}
