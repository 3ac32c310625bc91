//! The cache port, with deadlines and our keys. A cache that fails, hangs or lies costs time, and
//! never more of it than its deadline.

use crate::ports::{CacheResult, PortFuture, Ports};
use crate::time::within;
use std::time::Duration;

/// The entries of one environment.
#[derive(Debug, Clone)]
pub(crate) struct Entries {
    ports: Ports,
    environment: String,
    deadline: Duration,
}

impl Entries {
    pub(crate) fn new(ports: Ports, environment: &str, deadline: Duration) -> Self {
        Self {
            ports,
            environment: environment.to_owned(),
            deadline,
        }
    }

    /// The bundle with this digest, of at most this length, as it was kept.
    pub(crate) async fn bundle(&self, digest: &str, max_bytes: u64) -> Option<Vec<u8>> {
        self.get(&self.bundle_key(digest), max_bytes).await
    }

    /// Keeps a bundle. Says whether that worked.
    pub(crate) async fn put_bundle(&self, digest: &str, bytes: &[u8]) -> bool {
        self.put(&self.bundle_key(digest), bytes).await
    }

    pub(crate) async fn delete_bundle(&self, digest: &str) {
        let key = self.bundle_key(digest);
        self.within(self.ports.cache.delete(&key)).await;
    }

    /// What was last known to be good, as it was kept.
    pub(crate) async fn state(&self, max_bytes: u64) -> Option<Vec<u8>> {
        self.get(&self.state_key(), max_bytes).await
    }

    /// Keeps it, in place of what was kept before. Says whether that worked.
    pub(crate) async fn put_state(&self, bytes: &[u8]) -> bool {
        self.put(&self.state_key(), bytes).await
    }

    // Environments' names have no `/` (`Client::new` checks that), and digests are hexadecimal, so
    // that no two entries share a key.
    fn bundle_key(&self, digest: &str) -> String {
        format!("{}/bundles/{digest}", self.environment)
    }

    fn state_key(&self) -> String {
        format!("{}/last-known-good.json", self.environment)
    }

    async fn get(&self, key: &str, max_bytes: u64) -> Option<Vec<u8>> {
        let bytes = self.within(self.ports.cache.get(key, max_bytes)).await??;
        (bytes.len() as u64 <= max_bytes).then_some(bytes)
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> bool {
        self.within(self.ports.cache.put(key, bytes))
            .await
            .is_some()
    }

    async fn within<T>(&self, operation: PortFuture<'_, CacheResult<T>>) -> Option<T> {
        let clock = self.ports.clock.as_ref();
        within(clock, self.deadline, operation).await?.ok()
    }
}
