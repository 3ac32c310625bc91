//! Which release answers, and the one place where a request fetches it itself.

use crate::fault::Fault;
use crate::message::RequestHead;
use crate::service::Service;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use zen_edge_runtime::sync::{Outcome, Report, When};
use zen_edge_runtime::{Error, Pin, Selection};

const PIN: &str = "x-release";
/// Between two looks at whether another request has fetched the first release.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// Nobody is told to come back later than this.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Of a request that has fetched for this long, nothing will come: it was cancelled.
const GONE: Duration = Duration::from_secs(30);

/// Since when a request has been fetching, in ticks and one; 0 if none is.
#[derive(Debug, Default)]
pub(crate) struct Fetching(AtomicU64);

impl Service {
    /// The release that answers, if this request may ask it. The path or `X-Release` may pin one.
    pub(crate) async fn open(
        &self,
        request: &impl RequestHead,
        project: &str,
        path_pin: Option<&str>,
    ) -> Result<Selection<'_>, Fault> {
        let active = self.active(project).await;
        let active = active.map_err(|error| self.fault(&error))?;
        // What is said of pins lists releases, so access comes first.
        if !self.options.access.allows(active.release(), request) {
            return Err(Fault::unauthorized());
        }
        self.pinned(active, request, project, path_pin)
    }

    /// The release that the path or `X-Release` pins, else the active one. Whether the request may ask
    /// was decided.
    pub(crate) fn pinned<'a>(
        &'a self,
        active: Selection<'a>,
        request: &impl RequestHead,
        project: &str,
        path_pin: Option<&str>,
    ) -> Result<Selection<'a>, Fault> {
        let header_pin = request.header(PIN);
        let pin = match (path_pin, header_pin.as_deref()) {
            (None, None) => return Ok(active),
            (Some(one), Some(other)) if one != other => {
                let message = "the path and `X-Release` name different releases";
                return Err(Fault::invalid(message));
            }
            (Some(pin), _) | (None, Some(pin)) => pin,
        };
        let pin: Result<Pin, Error> = pin.trim().parse();
        let pinned = pin.and_then(|pin| self.runtime().select(None, project, Some(&pin)));
        pinned.map_err(|error| self.fault(&error))
    }

    /// The active release. Only where there is none yet, or it is too old to answer, is it fetched
    /// here; where another request is at that, this one looks again after a while, by a timer of
    /// its own.
    pub(crate) async fn active(&self, project: &str) -> Result<Selection<'_>, Error> {
        let mut waited = Duration::ZERO;
        let mut pause = PAUSE;
        loop {
            match self.runtime().select(None, project, None) {
                Err(Error::NotReady { .. } | Error::Expired { .. }) => {}
                decided => return decided,
            }
            let report = self.fetch().await?;
            let selected = self.runtime().select(None, project, None);
            let goes_on = self.is_fetching() || is_begun(&report);
            if selected.is_ok() || !goes_on || waited >= self.options.patience {
                return selected;
            }
            self.runtime().ports().clock.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Refreshes if that is due, and lets others know meanwhile.
    async fn fetch(&self) -> Result<Report, Error> {
        let Fetching(since) = &self.fetching;
        if self.runtime().wait().is_zero() {
            let ticks = self.runtime().ports().clock.ticks();
            since.store(ticks.saturating_add(1), Ordering::Relaxed);
        }
        let report = self.runtime().refresh(None, When::Due).await?;
        if !is_idle(&report) {
            since.store(0, Ordering::Relaxed);
        }
        Ok(report)
    }

    fn is_fetching(&self) -> bool {
        let since = self.fetching.0.load(Ordering::Relaxed);
        let passed = self.runtime().ports().clock.ticks().saturating_sub(since);
        since > 0 && Duration::from_millis(passed) < GONE
    }

    /// What a client learns of an error of the runtime's.
    pub(crate) fn fault(&self, error: &Error) -> Fault {
        Fault::of(error, self.retry_after())
    }

    /// When to come back, in seconds.
    pub(crate) fn retry_after(&self) -> u64 {
        self.runtime().wait().min(RETRY_AFTER).as_secs() + 1
    }
}

/// Whether this refresh has done nothing.
fn is_idle(report: &Report) -> bool {
    matches!(report.outcome, Outcome::NotDue | Outcome::InFlight)
}

/// Whether somebody else's refresh is under way, a host's too, and none has ended yet.
fn is_begun(report: &Report) -> bool {
    let unknown = report.revision.is_none() && report.error.is_none();
    is_idle(report) && unknown && report.projects.is_empty()
}
