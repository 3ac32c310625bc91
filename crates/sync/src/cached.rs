//! A source behind the cache of its data centre.

mod key;
mod patient;
mod record;

use crate::jitter::{around, millis};
use crate::lock::lock;
use crate::ports::{
    BundleStore, Clock, Freshness, Get, Got, List, Object, Page, PortFuture, Ports, Random, Source,
};
use crate::store_error::{StoreError, StoreErrorKind};
use key::Place;
use patient::Patient;
use record::{Claim, MAX_CLAIM, Record};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How many pointers an instance remembers: environments below one prefix.
const MAX_POINTERS: usize = 16;

/// For how long a cache stands in for its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedOptions {
    /// How long a pointer is answered from the cache; 10 s by default. It is what a change may be
    /// late by, and what all instances of a data centre together leave between two polls of a
    /// source.
    pub pointer_ttl: Duration,
    /// How much less or more that is, by chance, in percent; 20 by default, at most 100. Data centres
    /// that fetched together do not come back together.
    pub jitter: u8,
    /// How long an instance that is asking the source keeps others from it; 3 s by default.
    pub claim: Duration,
    /// How long the cache may take for one entry; 200 ms by default. One that takes longer is left
    /// alone for 10 s.
    pub patience: Duration,
}

impl Default for CachedOptions {
    fn default() -> Self {
        Self {
            pointer_ttl: Duration::from_secs(10),
            jitter: 20,
            claim: Duration::from_secs(3),
            patience: Duration::from_millis(200),
        }
    }
}

/// A source behind [`crate::EdgeCache`], which instances of a data centre share.
///
/// - `…/metadata/N.role.json` is cached for good: it is written once.
/// - `…/metadata/timestamp.json` is answered from the cache for [`CachedOptions::pointer_ttl`]. Then
///   one instance asks the source on condition of the `ETag` in the cache; those who see that it does
///   answer from the cache for some seconds more. They see it by an entry, not by a shared promise:
///   two may ask at once, and one that dies holds nobody up.
/// - Bundles and listings pass through.
///
/// A source that fails is a failure here too: what is old is never passed off as an answer. Neither
/// failures nor absence are cached. A cache that fails, forgets or hangs costs requests, never an
/// answer. What it gives is as hostile as what the source gives: whoever refuses it asks again with
/// [`Freshness::Origin`], which replaces the entry.
///
/// Age is measured by the wall clock, and from the moment when this instance first saw an entry also
/// by ticks: the greater counts, so that no clock that stands still keeps a pointer fresh for ever.
pub struct Cached {
    source: Source,
    cache: Patient,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    options: CachedOptions,
    /// Tells our claims from those of other instances.
    instance: u64,
    pointers: Mutex<BTreeMap<String, Pointer>>,
}

/// What an instance remembers of a pointer, by the name of its record.
#[derive(Default)]
struct Pointer {
    /// What the source gave or confirmed last: without a cache, too, polls are conditional.
    given: Option<Record>,
    /// When the record in the cache was stored (wall clock), and first seen (ticks).
    seen: Option<(i64, u64)>,
}

impl Cached {
    /// Puts the cache of these ports before a source.
    pub fn new(source: Source, ports: &Ports, options: CachedOptions) -> Self {
        Self {
            source,
            cache: Patient::new(ports.cache.clone(), ports.clock.clone(), options.patience),
            instance: ports.random.next(),
            clock: ports.clock.clone(),
            random: ports.random.clone(),
            options,
            pointers: Mutex::default(),
        }
    }

    async fn versioned(&self, get: Get, entry: &str) -> Result<Got, StoreError> {
        let (max_bytes, origin) = (get.max_bytes, get.freshness == Freshness::Origin);
        if !origin && let Some(bytes) = self.cache.read(entry, max_bytes).await {
            return Ok(Got::Found(Object {
                bytes,
                etag: None,
                cached: true,
            }));
        }
        let got = self.source.store.get(get).await?;
        match &got {
            Got::Found(object) if object.bytes.len() as u64 <= max_bytes => {
                self.cache.write(entry, &object.bytes).await;
            }
            _ if origin => self.cache.forget(entry).await,
            _ => {}
        }
        Ok(got)
    }

    async fn pointer(&self, get: Get, entry: &str, claim: &str) -> Result<Got, StoreError> {
        let kept = self.record(entry, get.max_bytes).await;
        if let Some((record, age)) = &kept {
            let longest = self.longest_ttl();
            let claimed = longest.saturating_add(millis(self.options.claim));
            if *age < record.ttl.min(longest) || *age < claimed && self.is_claimed(claim).await {
                return Ok(answer(record, &get));
            }
        }
        let known = kept.map(|(record, _)| record);
        let known = known.or_else(|| self.given(entry, get.max_bytes));
        self.claim(claim).await;
        let ask = Get {
            if_none_match: known.as_ref().and_then(|record| record.etag.clone()),
            ..get.clone()
        };
        let unconditional = ask.if_none_match.is_none();
        let got = match (self.source.store.get(ask).await, known) {
            (Ok(Got::Found(object)), _) => {
                self.keep(entry, &object, get.max_bytes).await;
                let same = object.etag.is_some() && object.etag == get.if_none_match;
                return Ok(if same {
                    Got::NotModified
                } else {
                    Got::Found(object)
                });
            }
            (Ok(Got::NotModified), Some(record)) if !unconditional => {
                return Ok(answer(&self.renew(entry, record).await, &get));
            }
            (Ok(Got::NotModified), _) => Err(StoreError::new(
                StoreErrorKind::Invalid,
                format!(
                    "`{}` was asked for without condition and answered with \"not modified\"",
                    get.key
                ),
            )),
            (got, _) => got,
        };
        // Nobody need wait for what did not come.
        self.cache.forget(claim).await;
        got
    }

    /// Goes past the cache, and leaves nothing in it but what the source gave.
    async fn pointer_from_origin(&self, get: Get, entry: &str) -> Result<Got, StoreError> {
        let max_bytes = get.max_bytes;
        let got = self.source.store.get(get).await?;
        match &got {
            Got::Found(object) => self.keep(entry, object, max_bytes).await,
            Got::NotModified | Got::Missing => {
                self.pointers().remove(entry);
                self.cache.forget(entry).await;
            }
        }
        Ok(got)
    }

    /// The record in the cache and its age in milliseconds.
    async fn record(&self, entry: &str, max_bytes: u64) -> Option<(Record, u64)> {
        let bytes = self.cache.read(entry, Record::bound(max_bytes)).await?;
        let record = Record::read(&bytes, max_bytes)?;
        let ticks = self.clock.ticks();
        let seen = self.remember(entry, |pointer| match pointer.seen {
            Some((stored, seen)) if stored == record.stored => seen,
            _ => {
                pointer.seen = Some((record.stored, ticks));
                ticks
            }
        });
        let age = record.age(self.clock.now())?;
        Some((record, age.max(ticks.saturating_sub(seen))))
    }

    fn given(&self, entry: &str, max_bytes: u64) -> Option<Record> {
        let pointers = self.pointers();
        let record = pointers.get(entry)?.given.as_ref()?;
        (record.bytes.len() as u64 <= max_bytes).then(|| record.clone())
    }

    async fn keep(&self, entry: &str, object: &Object, max_bytes: u64) {
        if object.bytes.len() as u64 > max_bytes {
            return;
        }
        let record = Record {
            etag: Record::etag(object.etag.as_ref()),
            stored: 0,
            ttl: 0,
            bytes: object.bytes.clone(),
        };
        self.renew(entry, record).await;
    }

    /// Stores a record as of now.
    async fn renew(&self, entry: &str, record: Record) -> Record {
        let ttl = millis(self.options.pointer_ttl);
        let record = Record {
            stored: self.clock.now(),
            ttl: around(ttl, self.options.jitter, self.random.next()),
            ..record
        };
        let seen = Some((record.stored, self.clock.ticks()));
        self.remember(entry, |pointer| {
            pointer.given = Some(record.clone());
            pointer.seen = seen;
        });
        if let Some(bytes) = record.write() {
            self.cache.write(entry, &bytes).await;
        }
        record
    }

    /// The longest that a record can ask to be answered for; what a hostile one asks beyond is ignored.
    fn longest_ttl(&self) -> u64 {
        around(
            millis(self.options.pointer_ttl),
            self.options.jitter,
            u64::MAX,
        )
    }

    /// Whether another instance is asking the source.
    async fn is_claimed(&self, entry: &str) -> bool {
        let Some(bytes) = self.cache.read(entry, MAX_CLAIM).await else {
            return false;
        };
        let now = self.clock.now();
        Claim::read(&bytes).is_some_and(|claim| {
            // One of our own is of a request that was given up.
            let young = claim
                .age(now)
                .is_some_and(|age| age < millis(self.options.claim));
            young && claim.instance != self.instance
        })
    }

    async fn claim(&self, entry: &str) {
        let claim = Claim {
            at: self.clock.now(),
            instance: self.instance,
        };
        self.cache.write(entry, claim.write().as_bytes()).await;
    }

    fn remember<T>(&self, entry: &str, change: impl FnOnce(&mut Pointer) -> T) -> T {
        let mut pointers = self.pointers();
        if pointers.len() >= MAX_POINTERS && !pointers.contains_key(entry) {
            pointers.pop_first();
        }
        change(pointers.entry(entry.to_owned()).or_default())
    }

    fn pointers(&self) -> MutexGuard<'_, BTreeMap<String, Pointer>> {
        lock(&self.pointers)
    }
}

/// What a record says to whoever asked.
fn answer(record: &Record, get: &Get) -> Got {
    if record.etag.is_some() && record.etag == get.if_none_match {
        return Got::NotModified;
    }
    Got::Found(Object {
        bytes: record.bytes.clone(),
        etag: record.etag.clone(),
        cached: true,
    })
}

impl BundleStore for Cached {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        match Place::of(&self.source.name, &get.key) {
            Place::Nowhere => self.source.store.get(get),
            Place::Versioned(entry) => Box::pin(async move { self.versioned(get, &entry).await }),
            Place::Pointer { record, claim } => Box::pin(async move {
                match get.freshness {
                    Freshness::Cached => self.pointer(get, &record, &claim).await,
                    Freshness::Origin => self.pointer_from_origin(get, &record).await,
                }
            }),
        }
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        self.source.store.list(list)
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Cached").field(&self.source).finish()
    }
}
