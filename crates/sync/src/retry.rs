//! Asking the same store again.

use crate::jitter::{between, doubled, millis};
use crate::ports::{BundleStore, Clock, Get, Got, List, Page, PortFuture, Ports, Random};
use crate::store_error::StoreError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How often a store is asked, and how long to wait in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryOptions {
    /// How often it is asked in all; 3 by default. It is asked once whatever this says.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles for each one after. 100 ms by default.
    pub base: Duration,
    /// What a wait never exceeds, but for the jitter that is added to a `Retry-After`. 2 s by default.
    pub cap: Duration,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(100),
            cap: Duration::from_secs(2),
        }
    }
}

/// A store that is asked again when that may help.
///
/// | asked again | why |
/// |---|---|
/// | `Dns`, `Refused`, `Timeout`, `Interrupted` | networks and processes come back |
/// | `Throttled`, `Unavailable` | stores recover; S3 documents 503 as "reduce your request rate" |
///
/// | not asked again | why |
/// |---|---|
/// | `Denied`, `Tls` | a person must change credentials or certificates |
/// | `TooLarge`, `Invalid`, `Unsupported` | the same question gets the same answer |
///
/// The wait is AWS' "full jitter": evenly between nothing and min(cap, base · 2ⁿ), so that instances
/// that failed together do not come back together. When the store names a wait (`Retry-After`), that
/// is waited for first; when it names one above the cap, its failure is returned at once, because
/// another source is sooner.
///
/// There is no deadline here: [`crate::Failover`] bounds a source, retries included. All requests
/// are reads, so that repeating one changes nothing.
pub struct Retry {
    store: Arc<dyn BundleStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    options: RetryOptions,
}

impl Retry {
    /// Retries what this store is asked.
    pub fn new(store: Arc<dyn BundleStore>, ports: &Ports, options: RetryOptions) -> Self {
        Self {
            store,
            clock: ports.clock.clone(),
            random: ports.random.clone(),
            options,
        }
    }

    async fn repeat<'a, T>(
        &'a self,
        request: impl Fn() -> PortFuture<'a, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut failed = 0;
        loop {
            let error = match request().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            match self.wait(failed, &error) {
                Some(wait) => self.clock.sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// How long to wait after so many failures, of which this is the last; none to give up.
    fn wait(&self, failed: u32, error: &StoreError) -> Option<Duration> {
        if failed >= self.options.attempts || !error.kind.retryable() {
            return None;
        }
        let named = error.retry_after.unwrap_or_default();
        if named > self.options.cap {
            return None;
        }
        let (base, cap) = (millis(self.options.base), millis(self.options.cap));
        let longest = doubled(base, failed - 1, cap);
        Some(named + Duration::from_millis(between(0, longest, self.random.next())))
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Retry").field(&self.options).finish()
    }
}

impl BundleStore for Retry {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        Box::pin(self.repeat(move || self.store.get(get.clone())))
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        Box::pin(self.repeat(move || self.store.list(list.clone())))
    }
}
