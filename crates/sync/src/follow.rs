//! Steps 2 to 4 for an environment that is a TUF repository: poll, update, identity.

use crate::activator::Activator;
use crate::announcement::{Announcement, announcement};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::options::TufOptions;
use crate::ports::{Freshness, Get, Got};
use crate::state::Generation;
use crate::supply::{Failures, Kept, Supply, not_modified, update};
use std::collections::BTreeSet;
use std::sync::Arc;
use zen_edge_tuf::{Change, Role, Stored, UnixTime, Updater};

/// What a poll and the update after it came to.
pub(crate) enum Round {
    /// This source says that nothing has changed.
    Unchanged { source: usize },
    /// There is verified metadata to act on.
    Followed(Box<Followed>),
    /// No source gave anything that could be taken.
    Failed(Error),
}

/// Verified metadata.
pub(crate) struct Followed {
    pub(crate) announcement: Announcement,
    pub(crate) generation: Arc<Generation>,
    /// The source whose timestamp was followed, and that timestamp's `ETag`.
    pub(crate) source: usize,
    pub(crate) etag: Option<String>,
}

/// A time at which nothing has expired yet: for metadata that is to be taken although it has.
pub(crate) const BEFORE_ALL: UnixTime = UnixTime(i64::MIN);

impl<A: Activator> Client<A> {
    /// Step 2, poll: a conditional GET of `timestamp.json` from the first source that answers. A source
    /// whose answer is refused costs a try of the next one. In a full round nothing is conditional,
    /// so that a newer root is found and a source that says "unchanged" for ever is not believed for
    /// ever.
    pub(crate) async fn follow(&self, tuf: &TufOptions, now: i64, full: bool) -> Round {
        let time = UnixTime(now.div_euclid(1000));
        let key = format!("{}/metadata/timestamp.json", self.environment());
        let max_bytes = self.options.metadata_limits.timestamp_bytes;
        let (known, etags, expired) = {
            let state = self.state();
            let known = state.generation.as_ref();
            let timestamp = known.and_then(|known| known.timestamp().cloned());
            let known = timestamp.filter(|_| state.settled && !full);
            let etags = match known {
                Some(_) => state.etags.clone(),
                None => Default::default(),
            };
            (known, etags, state.may_take_expired(time))
        };
        let get = |source: usize, freshness| Get {
            key: key.clone(),
            max_bytes,
            if_none_match: etags.get(&source).cloned(),
            freshness,
        };
        let mut failures = Failures::default();
        let (mut unchanged, mut followed) = (None, None);
        let mut answers = self.failover.ask(None, |source, store| {
            store.get(get(source, Freshness::Cached))
        });
        while let Some(answer) = answers.next().await {
            let source = answer.source;
            let mut got = answer.result;
            if matches!(got, Ok(Got::NotModified)) && !etags.contains_key(&source) {
                self.failover.refused(source);
                failures.add(not_modified(&key).from_source(self.failover.name(source)));
                continue;
            }
            // Twice at most: what a cache in between gave and was refused is asked for again.
            let found = loop {
                let object = match got {
                    Ok(Got::Found(object)) => object,
                    Ok(Got::NotModified) => break Ok(None),
                    Ok(Got::Missing) => break Err(missing(&key)),
                    Err(error) => break Err(error.into()),
                };
                let bytes: Arc<[u8]> = object.bytes.into();
                if known.as_ref() == Some(&bytes) {
                    if let Some(etag) = object.etag {
                        self.state().etags.insert(source, etag);
                    }
                    break Ok(None);
                }
                match self.attempt(tuf, source, &bytes, time).await {
                    Err(error) if object.cached && error.is_refusal() => {
                        got = self
                            .failover
                            .get(source, get(source, Freshness::Origin))
                            .await;
                    }
                    Err(error) => break Err(error),
                    Ok((announcement, generation)) => {
                        break Ok(Some(Followed {
                            announcement,
                            generation,
                            source,
                            etag: object.etag,
                        }));
                    }
                }
            };
            match found {
                // What has expired may have a successor elsewhere.
                Ok(Some(found)) if found.generation.has_expired(time) => followed = Some(found),
                Ok(None) if expired => drop(unchanged.get_or_insert(source)),
                Ok(Some(found)) => return Round::Followed(Box::new(found)),
                Ok(None) => return Round::Unchanged { source },
                Err(error) => {
                    if error.is_refusal() {
                        self.failover.refused(source);
                    }
                    failures.add(error.from_source(self.failover.name(source)));
                }
            }
        }
        match (followed, unchanged) {
            (Some(followed), _) => Round::Followed(Box::new(followed)),
            (None, Some(source)) => Round::Unchanged { source },
            (None, None) => Round::Failed(failures.worst().unwrap_or_else(no_sources)),
        }
    }

    /// Steps 3 and 4: the TUF workflow with this timestamp, and whose metadata it is.
    ///
    /// What has expired is taken only if nothing better is there.
    async fn attempt(
        &self,
        tuf: &TufOptions,
        source: usize,
        timestamp: &Arc<[u8]>,
        time: UnixTime,
    ) -> Result<(Announcement, Arc<Generation>)> {
        let supply = Supply::Sources {
            failover: &self.failover,
            environment: self.environment(),
            source,
            timestamp,
        };
        let expired = ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Expired);
        match self.work(tuf, &supply, time).await {
            Err(error) if error.kind() == expired && self.state().may_take_expired(time) => {
                self.work(tuf, &supply, BEFORE_ALL).await
            }
            result => result,
        }
    }

    async fn work(
        &self,
        tuf: &TufOptions,
        supply: &Supply<'_>,
        time: UnixTime,
    ) -> Result<(Announcement, Arc<Generation>)> {
        let mut stored = self.state().seen.clone();
        if stored.get(&Role::Root).is_none() {
            stored.insert(Role::Root, tuf.trusted_root.clone());
        }
        let limits = self.options.metadata_limits.clone();
        let mut updater = Updater::new(stored, time, limits)?.with_floor(tuf.revision_floor);
        let updated = update(&mut updater, supply).await;
        self.remember(&mut updater);
        updated?;
        let environment = self.environment();
        let projects = &self.options.projects;
        let served = self.state().served();
        let announcement =
            announcement(&mut updater, supply, environment, projects, served).await?;
        let generation = Arc::new(Generation::of(updater.trusted()));
        Ok((announcement, generation))
    }

    /// Keeps what was verified, even of an update that did not come to its end: no older version of
    /// it will be taken any more.
    fn remember(&self, updater: &mut Updater) {
        let changes = updater.changes();
        let trusted = updater.trusted();
        let mut version = trusted.root_version();
        let mut state = self.state();
        for change in changes.iter().rev() {
            if let Change::Store {
                role: Role::Root,
                bytes,
            } = change
            {
                state.roots.insert(version, Arc::clone(bytes));
                version = version.saturating_sub(1);
            }
        }
        // Another refresh may have come further meanwhile.
        let rank = (
            trusted.root_version(),
            trusted.timestamp_version().unwrap_or(0),
        );
        if rank >= state.seen_rank {
            state.seen = trusted.stored().clone();
            state.seen_rank = rank;
        }
    }

    /// Verifies metadata that was kept, without a network and whatever has expired since.
    ///
    /// # Errors
    /// Any refusal, the lack of a file included.
    pub(crate) async fn reopen(
        &self,
        tuf: &TufOptions,
        kept: &Kept,
    ) -> Result<(Announcement, Arc<Generation>)> {
        let supply = Supply::Kept(kept);
        let stored = Stored::with_root(tuf.trusted_root.clone());
        let limits = self.options.metadata_limits.clone();
        let mut updater = Updater::new(stored, BEFORE_ALL, limits)?.with_floor(tuf.revision_floor);
        update(&mut updater, &supply).await?;
        let environment = self.environment();
        let projects = &self.options.projects;
        let none = BTreeSet::new();
        let announcement = announcement(&mut updater, &supply, environment, projects, none).await?;
        Ok((announcement, Arc::new(Generation::of(updater.trusted()))))
    }
}

pub(crate) fn missing(key: &str) -> Error {
    let kind = ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Unavailable);
    Error::new(
        kind,
        format!("there is no `{key}`: the wrong bucket or prefix, or nothing was published yet"),
    )
}

pub(crate) fn no_sources() -> Error {
    let message = "there are no sources; only what was baked in is served";
    Error::new(ErrorKind::Invalid, message)
}
