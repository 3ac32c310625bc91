//! The longest pause that somebody sees who evaluates all the time.

use super::{nanos, now};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What was seen in one stretch of time. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Window {
    /// Evaluations.
    count: u64,
    /// The longest time from the end of one to the end of the next.
    longest: u64,
    /// From beginning to end.
    duration: u64,
}

impl Window {
    pub(super) fn duration(&self) -> Duration {
        Duration::from_nanos(self.duration)
    }
}

/// Somebody who evaluates.
pub(super) struct Evaluating {
    thread: JoinHandle<Result<Window, String>>,
    done: Arc<AtomicBool>,
}

/// Begins to evaluate on a thread of its own.
pub(super) fn start(
    evaluate: impl Fn() -> Result<(), String> + Send + 'static,
) -> Result<Evaluating, String> {
    // Nobody pays for what the first evaluation prepares.
    evaluate()?;
    let done = Arc::new(AtomicBool::new(false));
    let is_done = done.clone();
    let thread = thread::spawn(move || {
        let begin = now();
        let (mut last, mut count, mut longest) = (begin, 0, 0);
        while !is_done.load(Ordering::Relaxed) {
            evaluate()?;
            longest = longest.max(nanos(last));
            last = now();
            count += 1;
        }
        Ok(Window {
            count,
            longest,
            duration: nanos(begin),
        })
    });
    Ok(Evaluating { thread, done })
}

impl Evaluating {
    /// Ends it.
    pub(super) fn stop(self) -> Result<Window, String> {
        self.done.store(true, Ordering::Relaxed);
        let outcome = self.thread.join();
        outcome.map_err(|_| "the thread that evaluates panicked".to_owned())?
    }
}
