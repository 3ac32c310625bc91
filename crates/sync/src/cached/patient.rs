//! The cache, used so that it cannot hurt: what it fails to do is simply not done.

use crate::jitter::millis;
use crate::ports::{CacheResult, Clock, EdgeCache, PortFuture};
use crate::time::within;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a cache that hung is left alone.
const HUNG: Duration = Duration::from_secs(10);

/// A cache whose failures are absences, and whose silence ends.
pub(super) struct Patient {
    cache: Arc<dyn EdgeCache>,
    clock: Arc<dyn Clock>,
    patience: Duration,
    /// Until when the cache is left alone, in ticks.
    hung: AtomicU64,
}

impl Patient {
    pub(super) fn new(
        cache: Arc<dyn EdgeCache>,
        clock: Arc<dyn Clock>,
        patience: Duration,
    ) -> Self {
        Self {
            cache,
            clock,
            patience,
            hung: AtomicU64::new(0),
        }
    }

    /// An entry of at most so many bytes.
    pub(super) async fn read(&self, entry: &str, max_bytes: u64) -> Option<Vec<u8>> {
        let read = self.wait(|| self.cache.get(entry, max_bytes)).await;
        read.flatten()
            .filter(|bytes| bytes.len() as u64 <= max_bytes)
    }

    pub(super) async fn write(&self, entry: &str, bytes: &[u8]) {
        self.wait(|| self.cache.put(entry, bytes)).await;
    }

    pub(super) async fn forget(&self, entry: &str) {
        self.wait(|| self.cache.delete(entry)).await;
    }

    async fn wait<'a, T>(
        &self,
        operation: impl FnOnce() -> PortFuture<'a, CacheResult<T>>,
    ) -> Option<T> {
        if self.clock.ticks() < self.hung.load(Ordering::Relaxed) {
            return None;
        }
        match within(self.clock.as_ref(), self.patience, operation()).await {
            Some(result) => result.ok(),
            None => {
                let until = self.clock.ticks().saturating_add(millis(HUNG));
                self.hung.store(until, Ordering::Relaxed);
                None
            }
        }
    }
}
