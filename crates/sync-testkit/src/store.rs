//! A store over a bucket, that fails as told and remembers what it was asked.

use crate::ManualClock;
use crate::bucket::Bucket;
use crate::damage;
use crate::fault::{Fault, Rule};
use crate::log::{PENDING, Request, RequestLog};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zen_edge_sync::{
    BundleStore, Clock, Freshness, Get, Got, List, Listed, Object, Page, PortFuture, StoreError,
    StoreErrorKind,
};

/// A store for tests. Clones are the same store.
#[derive(Clone)]
pub struct SimulatedStore {
    name: String,
    bucket: Bucket,
    clock: ManualClock,
    log: RequestLog,
    state: Arc<Mutex<State>>,
}

struct State {
    rules: Vec<Rule>,
    /// Objects on one page of a listing.
    page: usize,
    /// How many `ETag`s were made up.
    etags: u64,
}

impl SimulatedStore {
    /// A sound store over a bucket.
    pub fn new(name: &str, bucket: Bucket, clock: ManualClock, log: RequestLog) -> Self {
        Self {
            name: name.to_owned(),
            bucket,
            clock,
            log,
            state: Arc::new(Mutex::new(State {
                rules: Vec::new(),
                page: 1_000,
                etags: 0,
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is in it.
    pub fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    /// Lets requests fail from now on. Of rules that strike the same request the first one counts.
    pub fn fail(&self, rule: Rule) {
        self.state().rules.push(rule);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    /// Sets how many objects are on one page of a listing.
    pub fn set_page(&self, objects: usize) {
        self.state().page = objects.max(1);
    }

    fn fault(&self, key: &str, is_listing: bool) -> Option<Fault> {
        let ticks = self.clock.ticks();
        // All of them count the request.
        let mut struck = None;
        for rule in &mut self.state().rules {
            if rule.strikes(key, is_listing, ticks) && struck.is_none() {
                struck = Some(rule.fault.clone());
            }
        }
        struck
    }

    fn begin(&self, key: String, conditional: bool, freshness: Freshness) -> u64 {
        self.log.begin(Request {
            at: self.clock.ticks(),
            source: self.name.clone(),
            key,
            conditional,
            freshness,
            outcome: PENDING,
            bytes: 0,
        })
    }

    async fn answer(&self, get: &Get) -> Result<Got, StoreError> {
        let fault = self.fault(&get.key, false);
        if let Some(fault) = &fault {
            self.refuse(fault, &get.key).await?;
        }
        let from_cache = get.freshness == Freshness::Cached;
        let bytes = match fault {
            Some(Fault::NotFound) => None,
            Some(Fault::CachedNotFound) if from_cache => None,
            Some(Fault::CachedOld) if from_cache => self.bucket.before(&get.key),
            _ => self.bucket.get(&get.key),
        };
        if fault == Some(Fault::NotModifiedWithNothingCached) {
            return Ok(Got::NotModified);
        }
        let Some(bytes) = bytes else {
            return Ok(Got::Missing);
        };
        let condition = get.if_none_match.as_deref();
        if fault == Some(Fault::NotModifiedAlthoughChanged) && condition.is_some() {
            return Ok(Got::NotModified);
        }
        let etag = self.etag(fault.as_ref(), &bytes);
        // Weak comparison, as RFC 9110 has it for If-None-Match.
        let weak = |etag: &str| etag.trim_start_matches("W/").to_owned();
        if let (Some(named), Some(etag)) = (condition, &etag)
            && weak(named) == weak(etag)
        {
            return Ok(Got::NotModified);
        }
        let (bytes, cached) = match &fault {
            Some(Fault::Truncated) => (damage::truncated(&bytes, bytes.len() / 2), false),
            Some(Fault::Html) => (damage::HTML.to_vec(), false),
            Some(Fault::Garbage) => (damage::garbage(bytes.len()), false),
            Some(Fault::BitFlip) => (damage::flipped(&bytes, bytes.len() / 2, 0), false),
            Some(Fault::CachedGarbage) if from_cache => (damage::garbage(bytes.len()), true),
            Some(Fault::CachedOld) if from_cache => (bytes.to_vec(), true),
            _ => (bytes.to_vec(), false),
        };
        if bytes.len() as u64 > get.max_bytes {
            return Err(too_large(&get.key, get.max_bytes));
        }
        Ok(Got::Found(Object {
            bytes,
            etag,
            cached,
        }))
    }

    fn etag(&self, fault: Option<&Fault>, bytes: &[u8]) -> Option<String> {
        let etag = self.bucket.etag(bytes);
        match fault {
            Some(Fault::MissingEtag) => None,
            Some(Fault::WeakEtag) => Some(format!("W/{etag}")),
            Some(Fault::DifferentEtag) => {
                let mut state = self.state();
                state.etags += 1;
                Some(format!("\"{}\"", state.etags))
            }
            _ => Some(etag),
        }
    }

    /// The faults with which there is no answer, or only after a while.
    async fn refuse(&self, fault: &Fault, key: &str) -> Result<(), StoreError> {
        let of_kind = |kind, what: &str| Err(StoreError::new(kind, format!("{key}: {what}")));
        let of_status = |status| Err(StoreError::from_status(status, key));
        match fault {
            Fault::Dns => of_kind(StoreErrorKind::Dns, "no such host"),
            Fault::Tls => of_kind(StoreErrorKind::Tls, "the certificate has expired"),
            Fault::Refused => of_kind(StoreErrorKind::Refused, "connection refused"),
            Fault::Hang => {
                self.clock.sleep(Duration::from_secs(3_600)).await;
                of_kind(StoreErrorKind::Timeout, "no answer within an hour")
            }
            Fault::Reset => of_kind(StoreErrorKind::Interrupted, "connection reset"),
            Fault::WrongLength => of_kind(StoreErrorKind::Interrupted, "not the length announced"),
            Fault::SlowDrip(seconds) => {
                self.clock.sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            Fault::Unauthorized => of_status(401),
            Fault::Forbidden => of_status(403),
            Fault::TooManyRequests(seconds) => {
                let wait = Duration::from_secs(*seconds);
                Err(StoreError::from_status(429, key).after(wait))
            }
            Fault::InternalError => of_status(500),
            Fault::Unavailable => of_status(503),
            Fault::ListFails => of_status(500),
            Fault::Endless => of_kind(StoreErrorKind::TooLarge, "a body without end"),
            _ => Ok(()),
        }
    }

    async fn page(&self, list: &List) -> Result<Page, StoreError> {
        let fault = self.fault(&list.prefix, true);
        if let Some(fault) = &fault {
            self.refuse(fault, &list.prefix).await?;
        }
        if fault == Some(Fault::ListEmpty) {
            return Ok(Page::default());
        }
        let keys = self.bucket.keys("*").into_iter().filter(|key| {
            let below = key.strip_prefix(&list.prefix);
            below.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        });
        let keys: Vec<_> = match fault {
            Some(Fault::ListHalf) => keys.step_by(2).collect(),
            _ => keys.collect(),
        };
        let after = list.after.as_deref().unwrap_or_default();
        let mut rest = keys.into_iter().filter(|key| key.as_str() > after);
        let page = self.state().page;
        let objects: Vec<_> = rest
            .by_ref()
            .take(page)
            .filter_map(|key| {
                let bytes = self.bucket.get(&key)?;
                let (etag, length) = (Some(self.bucket.etag(&bytes)), bytes.len() as u64);
                Some(Listed { key, etag, length })
            })
            .collect();
        let more = rest.next().is_some();
        let next = objects.last().filter(|_| more).map(|last| last.key.clone());
        Ok(Page { objects, next })
    }
}

fn too_large(key: &str, limit: u64) -> StoreError {
    let message = format!("{key}: it has more than {limit} bytes");
    StoreError::new(StoreErrorKind::TooLarge, message)
}

impl BundleStore for SimulatedStore {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        Box::pin(async move {
            let conditional = get.if_none_match.is_some();
            let number = self.begin(get.key.clone(), conditional, get.freshness);
            let answer = self.answer(&get).await;
            match &answer {
                Ok(Got::Found(object)) => self.log.end(number, "found", object.bytes.len()),
                Ok(Got::NotModified) => self.log.end(number, "not-modified", 0),
                Ok(Got::Missing) => self.log.end(number, "missing", 0),
                Err(error) => self.log.end(number, error.kind.code(), 0),
            }
            answer
        })
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move {
            let number = self.begin(format!("{}*", list.prefix), false, Freshness::Origin);
            let page = self.page(&list).await;
            match &page {
                Ok(page) => self.log.end(number, "listed", page.objects.len()),
                Err(error) => self.log.end(number, error.kind.code(), 0),
            }
            page
        })
    }
}
