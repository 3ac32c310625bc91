//! What a host brings: stores, a cache, a clock and randomness. Everything else here is the same on
//! every host.

use crate::store_error::StoreError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The future of a port. It can be sent to another thread, so that native hosts may do so; a host
/// whose futures cannot (JavaScript's) wraps them (`send_wrapper`).
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of objects: a bucket in one region, below one prefix. What it answers is hostile.
pub trait BundleStore: Send + Sync {
    /// Reads one object, without retries of its own.
    ///
    /// A body longer than [`Get::max_bytes`] must not be buffered: stop reading and answer
    /// [`crate::StoreErrorKind::TooLarge`].
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>>;

    /// Reads one page of the objects whose keys begin with a prefix and have no `/` after it.
    ///
    /// Only the GoRules layout needs it; a store without listing answers
    /// [`crate::StoreErrorKind::Unsupported`], as this does by itself.
    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        let message = format!("objects below `{}` cannot be listed here", list.prefix);
        Box::pin(std::future::ready(Err(StoreError::unsupported(message))))
    }
}

/// An object that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// The object's key below the store's prefix: `production/metadata/timestamp.json`.
    pub key: String,
    /// How many bytes are accepted.
    pub max_bytes: u64,
    /// The `ETag` of the answer that is known already, as this very store gave it (`If-None-Match`).
    pub if_none_match: Option<String>,
    /// Whether an answer may come from a cache in between. What a cache gave and verification
    /// refused is asked for again with [`Freshness::Origin`].
    pub freshness: Freshness,
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// From a cache in between, too.
    #[default]
    Cached,
    /// From the store itself.
    Origin,
}

/// A store's answer. That there is no such object is an answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// The object.
    Found(Object),
    /// It is the one with the `ETag` that was named (304).
    NotModified,
    /// There is none (404).
    Missing,
}

/// An object's content.
#[derive(Clone, PartialEq, Eq)]
pub struct Object {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its `ETag` as received, weak or strong. It means something to the same store only.
    pub etag: Option<String>,
    /// Whether a cache in between gave it.
    pub cached: bool,
}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Object")
            .field("bytes", &self.bytes.len())
            .field("etag", &self.etag)
            .field("cached", &self.cached)
            .finish()
    }
}

/// A page of a listing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What keys begin with, below the store's prefix; empty or with a `/` at its end.
    pub prefix: String,
    /// [`Page::next`] of the page before; none for the first.
    pub after: Option<String>,
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects, in whatever order.
    pub objects: Vec<Listed>,
    /// What to name for the page after this one; none if this is the last.
    pub next: Option<String>,
}

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key below the store's prefix.
    pub key: String,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its length in bytes.
    pub length: u64,
}

/// BRMS' interface for those who pull releases (`POST /api/rules-sync`). The token is the adapter's.
pub trait RulesSync: Send + Sync {
    /// Posts a request, JSON to JSON. An answer longer than `max_bytes` must not be buffered.
    fn sync(&self, request: Vec<u8>, max_bytes: u64)
    -> PortFuture<'_, Result<Vec<u8>, StoreError>>;

    /// Fetches an artifact. To an absolute address the token must not be sent: it is another
    /// host's.
    fn artifact(
        &self,
        location: ArtifactLocation,
        max_bytes: u64,
    ) -> PortFuture<'_, Result<Vec<u8>, StoreError>>;
}

/// Where BRMS says that an artifact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactLocation {
    /// An https address, signed by itself: fetched without the token.
    Absolute(String),
    /// A path below the interface's own address: fetched with the token.
    Relative(String),
}

/// A cache near the evaluator: Cache API, Cache Storage, IndexedDB or a folder. It may forget
/// anything at any time, and what it gives is as hostile as what a store gives.
///
/// One `put` is atomic: a reader sees the old bytes or the new ones. Nothing is promised across two.
pub trait EdgeCache: Send + Sync {
    /// Reads an entry; none if there is none, or if it has more than `max_bytes`.
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>>;

    /// Writes an entry.
    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>>;

    /// Forgets an entry; nothing happens if there is none.
    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>>;
}

/// The result of a cache.
pub type CacheResult<T> = Result<T, CacheError>;

/// Why a cache did not do what it was asked. It costs freshness or last-known-good, never an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cache failed: {0}")]
pub struct CacheError(pub String);

/// A host without a cache.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl EdgeCache for NoCache {
    fn get<'a>(&'a self, _: &'a str, _: u64) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn delete<'a>(&'a self, _: &'a str) -> PortFuture<'a, CacheResult<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Time.
pub trait Clock: Send + Sync {
    /// The wall clock, in milliseconds since 1970-01-01T00:00:00Z. It may be wrong, and may jump.
    /// Only expiry and what people read depend on it.
    fn now(&self) -> i64;

    /// A clock that never runs backwards, in milliseconds since some moment. It may stand still
    /// during CPU work. Every interval and every deadline depends on it.
    fn ticks(&self) -> u64;

    /// Ends when this much time has passed.
    fn sleep(&self, duration: Duration) -> PortFuture<'static, ()>;
}

/// Randomness, for jitter: it need not be secret.
pub trait Random: Send + Sync {
    /// The next 64 bits.
    fn next(&self) -> u64;
}

/// What every part of this crate may use.
#[derive(Clone)]
pub struct Ports {
    /// The cache near the evaluator.
    pub cache: Arc<dyn EdgeCache>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ports")
    }
}

/// A store and what people call it.
#[derive(Clone)]
pub struct Source {
    /// Its name in reports: a region's or a bucket's. No two sources of a list share one.
    pub name: String,
    /// The store.
    pub store: Arc<dyn BundleStore>,
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Source").field(&self.name).finish()
    }
}
