//! Writing: what exists is never replaced, except for the pointer, and that only by who has seen it.

use super::lock::Lock;
use super::{Kind, Object, Store};
use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use object_store::{ObjectStore as _, PutMode, PutOptions, UpdateVersion};
use std::time::Duration;
use zen_edge_replicate::Created;

/// The object with which a store is tried. It stays, so that one request is enough the next time.
const PROBE: &str = "metadata/.probe";

/// How often a write is repeated after its answer was lost, besides the client's own retries.
const TRIES: u32 = 3;

/// A store that was found fit to be written to, and is ours to write to as far as it can be.
#[derive(Debug)]
pub struct Writer<'a> {
    store: &'a Store,
    conditional: bool,
    _lock: Option<Lock>,
}

impl Store {
    /// Prepares for writing: takes the lock of a local folder, and tries whether another store
    /// honours conditional writes, unless `unconditional` does without.
    ///
    /// # Errors
    /// [`ErrorKind::Unconditional`] if it does not honour them, [`ErrorKind::Conflict`] if somebody
    /// keeps the lock, and what the store says.
    pub async fn writer(&self, unconditional: bool) -> Result<Writer<'_>> {
        let writer = |conditional, lock| Writer {
            store: self,
            conditional,
            _lock: lock,
        };
        match &self.kind {
            Kind::Local(folder) => Ok(writer(false, Some(Lock::take(folder).await?))),
            Kind::Swaps if unconditional => Ok(writer(false, None)),
            Kind::Swaps => {
                let writer = writer(true, None);
                writer.probe().await?;
                Ok(writer)
            }
            Kind::ReadOnly => Err(crate::error::invalid(format!(
                "{} can only be read: write to the bucket behind it",
                self.url
            ))),
        }
    }
}

impl Writer<'_> {
    /// The store.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// Finds out whether conditions on writes are honoured: a store that ignores them answers as if
    /// all had gone well.
    async fn probe(&self) -> Result<()> {
        let bytes = Bytes::from_static(b"zen-edge: does this store honour conditional writes?\n");
        let ignores = |what: &str| {
            let message = format!(
                "{} ignores conditional writes ({what}), so two publishers could overwrite each \
                 other: use a store that honours them, or make sure that there is one publisher \
                 and allow unconditional writes",
                self.store.url
            );
            Error::new(ErrorKind::Unconditional, message)
        };
        let first = self.put(PROBE, &bytes, PutMode::Create).await;
        let exists = |result: &Result<_>| matches!(result, Err(error) if error.kind() == ErrorKind::Conflict);
        if !exists(&first) {
            first?;
            let second = self.put(PROBE, &bytes, PutMode::Create).await;
            if !exists(&second) {
                second?;
                return Err(ignores("If-None-Match"));
            }
        }
        let never = UpdateVersion {
            e_tag: Some("\"00000000000000000000000000000000\"".to_owned()),
            version: Some("1".to_owned()),
        };
        let swapped = self.put(PROBE, &bytes, PutMode::Update(never)).await;
        if !exists(&swapped) {
            swapped?;
            return Err(ignores("If-Match"));
        }
        Ok(())
    }

    /// Writes an object that is never replaced.
    ///
    /// # Errors
    /// What the store says.
    pub async fn create(&self, name: &str, bytes: &Bytes) -> Result<Created> {
        let local = matches!(self.store.kind, Kind::Local(_));
        if !self.conditional && !local {
            return match self.compare(name, bytes).await? {
                None => self.replace(name, bytes).await.map(|()| Created::New),
                Some(found) => Ok(found),
            };
        }
        for _ in 0..TRIES {
            match self.put(name, bytes, PutMode::Create).await {
                Ok(()) => return Ok(Created::New),
                // Also when it was written and only the answer was lost.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    if let Some(found) = self.compare(name, bytes).await? {
                        return Ok(found);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Unavailable => pause().await,
                Err(error) => return Err(error),
            }
        }
        self.put(name, bytes, PutMode::Create)
            .await
            .map(|()| Created::New)
    }

    /// Replaces an object if it is still the one that was seen; none means that there was none.
    /// Answers whether it was.
    ///
    /// # Errors
    /// What the store says.
    pub async fn swap(&self, name: &str, bytes: &Bytes, seen: Option<&Object>) -> Result<bool> {
        if !self.conditional {
            // Nobody else writes: the lock is ours, or the user said so.
            return self.replace(name, bytes).await.map(|()| true);
        }
        let mode = || match seen {
            Some(object) => PutMode::Update(object.version.clone()),
            None => PutMode::Create,
        };
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            match self.put(name, bytes, mode()).await {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    return Ok(self.compare(name, bytes).await? == Some(Created::Same));
                }
                Err(error) if error.kind() == ErrorKind::Unavailable && tries > 0 => pause().await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes an object, whatever was there.
    ///
    /// # Errors
    /// What the store says.
    pub async fn replace(&self, name: &str, bytes: &Bytes) -> Result<()> {
        self.put(name, bytes, PutMode::Overwrite).await
    }

    async fn compare(&self, name: &str, bytes: &Bytes) -> Result<Option<Created>> {
        let length = self.store.length(name).await?;
        if length.is_some_and(|length| length != bytes.len() as u64) {
            return Ok(Some(Created::Other));
        }
        let found = self.store.get(name, bytes.len() as u64).await?;
        Ok(found.map(|object| match object.bytes == *bytes {
            true => Created::Same,
            false => Created::Other,
        }))
    }

    async fn put(&self, name: &str, bytes: &Bytes, mode: PutMode) -> Result<()> {
        let options = PutOptions::from(mode);
        self.store
            .inner
            .put_opts(&self.store.path(name), bytes.clone().into(), options)
            .await
            .map(|_| ())
            .map_err(|error| self.store.failed("write", name, error))
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}
