//! Copying an environment: content first and pointer last, and never backwards.
//!
//! Run twice it does nothing the second time, and interrupted it goes on where it stopped.

use crate::environment::{Environment, POINTER, content_name, version_under};
use crate::error::{Error, ErrorKind, Stop};
use crate::folder::{Created, Destination, Folder, Object};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use zen_edge_tuf::Target;

/// How often a destination is looked at again that somebody else writes to as well.
const ROUNDS: usize = 5;

/// What a copy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The source's revision.
    pub revision: u64,
    /// The revision that the destination had, if it had one.
    pub before: Option<u64>,
    /// How many objects were written.
    pub objects: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// What became of the destination's pointer.
    pub pointer: Pointer,
}

/// What became of the destination's pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// It was moved to the source's revision.
    Moved,
    /// It was there already.
    Same,
    /// It is ahead of the source, so nothing was copied: copy the other way round.
    Ahead,
}

/// What the destination points to.
pub(crate) enum Seen<V> {
    /// Nothing yet.
    Nothing,
    /// Bytes that nobody can follow, where nothing says that there was more than the source has.
    Torn(Object<V>),
    /// A revision that the source's newest root vouches for.
    Current(u64, Object<V>),
    /// A revision whose keys a newer root of the source has revoked: whatever its number, it does not
    /// count any more.
    Revoked(u64, Object<V>),
    /// A revision under a root that the source does not have yet.
    Newer(u64),
}

impl<V> Seen<V> {
    pub(crate) fn revision(&self) -> Option<u64> {
        match self {
            Self::Nothing | Self::Torn(_) => None,
            Self::Current(revision, _) | Self::Revoked(revision, _) | Self::Newer(revision) => {
                Some(*revision)
            }
        }
    }
}

impl<F: Folder> Environment<'_, F> {
    /// Copies the environment to another folder.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if both have the same revision with other content;
    /// [`ErrorKind::Busy`] if the destination is being written to; [`ErrorKind::Untrusted`] if either
    /// is not signed as it must be (but a torn pointer of the destination is replaced, unless there is
    /// newer metadata beside it); [`ErrorKind::Missing`] if the source lacks what it announces; and
    /// what the ports say.
    pub async fn copy_to<D: Destination<Error = F::Error>>(
        &self,
        destination: &D,
    ) -> Result<Copied, F::Error> {
        let mut task = Task {
            environment: self,
            destination,
            objects: 0,
            bytes: 0,
        };
        task.copy().await.map_err(Stop::into_error)
    }

    /// The destination's pointer. Only that needs to hold: what it points to may not have arrived.
    pub(crate) async fn seen<D: Folder<Error = F::Error>>(
        &self,
        destination: &D,
    ) -> Result<Seen<D::Version>, Stop<F::Error>> {
        let limits = &self.options.limits;
        let found = destination.get(POINTER, limits.timestamp_bytes).await;
        let Some(object) = found.map_err(Stop::Port)? else {
            return Ok(Seen::Nothing);
        };
        for (newer, root) in self.chain.values().rev().enumerate() {
            let version = version_under(root, &object.bytes, limits);
            match (version, newer) {
                (Some(revision), 0) => return Ok(Seen::Current(revision, object)),
                (Some(revision), _) => return Ok(Seen::Revoked(revision, object)),
                (None, _) => {}
            }
        }
        if is_torn(&object.bytes) && !self.is_overtaken_in(destination).await? {
            return Ok(Seen::Torn(object));
        }
        // It may have a newer root than the source.
        let own = Environment::try_load(destination, self.trusted_root, self.options).await?;
        let newest =
            |chain: &BTreeMap<u64, Bytes>| chain.last_key_value().map(|(version, _)| *version);
        match own {
            None => Ok(Seen::Nothing),
            Some(own) if newest(&own.chain) > newest(&self.chain) => Ok(Seen::Newer(own.revision)),
            Some(_) => {
                let label = destination.label();
                let message = format!("{label}: its roots are others than the source's");
                Err(Error::new(ErrorKind::Conflict, message).into())
            }
        }
    }

    /// Whether a folder has metadata that follow upon the source's: its pointer may have led to them.
    /// Numbers have no gaps, so the next ones tell. A pointer that was only signed again leaves no such
    /// trace, and announces the same.
    async fn is_overtaken_in<D: Folder<Error = F::Error>>(
        &self,
        folder: &D,
    ) -> Result<bool, Stop<F::Error>> {
        let root = self.chain.last_key_value().map_or(0, |(root, _)| *root);
        for (role, version) in [("root", root), ("snapshot", self.snapshot)] {
            let name = format!("metadata/{}.{role}.json", version.saturating_add(1));
            if folder.stat(&name).await.map_err(Stop::Port)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a pointer is what a write leaves that did not come to its end: nothing, the beginning of
/// JSON, or zeros. Other bytes that nobody has signed were written by somebody, which is an alarm.
fn is_torn(pointer: &[u8]) -> bool {
    let read = serde_json::from_slice::<IgnoredAny>(pointer);
    read.is_err_and(|error| error.is_eof()) || pointer.iter().all(|byte| *byte == 0)
}

struct Task<'a, F: Folder, D> {
    environment: &'a Environment<'a, F>,
    destination: &'a D,
    objects: u64,
    bytes: u64,
}

impl<F: Folder, D: Destination<Error = F::Error>> Task<'_, F, D> {
    async fn copy(&mut self) -> Result<Copied, Stop<F::Error>> {
        for _ in 0..ROUNDS {
            if let Some((before, pointer)) = self.round().await? {
                return Ok(Copied {
                    revision: self.environment.revision,
                    before,
                    objects: self.objects,
                    bytes: self.bytes,
                    pointer,
                });
            }
        }
        let message = format!("{}: it is being written to", self.destination.label());
        Err(Error::new(ErrorKind::Busy, message).into())
    }

    /// Copies once. None if the destination's pointer was moved meanwhile.
    async fn round(&mut self) -> Result<Option<(Option<u64>, Pointer)>, Stop<F::Error>> {
        let revision = self.environment.revision;
        let pointer = &self.environment.pointer.bytes;
        let seen = self.environment.seen(self.destination).await?;
        let before = seen.revision();
        let object = match seen {
            Seen::Nothing => None,
            Seen::Newer(_) => return Ok(Some((before, Pointer::Ahead))),
            Seen::Current(found, _) if found > revision => {
                return Ok(Some((before, Pointer::Ahead)));
            }
            Seen::Current(found, object) if found == revision && object.bytes != *pointer => {
                return Err(self.conflict("it has the same revision as the source, signed over other content: two publishers wrote at once in two places"));
            }
            Seen::Torn(object) | Seen::Current(_, object) | Seen::Revoked(_, object) => {
                Some(object)
            }
        };
        self.content().await?;
        self.metadata().await?;
        // After the rest: a new root may revoke the key that signed the pointer that is there.
        self.roots().await?;
        if before == Some(revision) && object.as_ref().is_some_and(|seen| seen.bytes == *pointer) {
            return Ok(Some((before, Pointer::Same)));
        }
        let swapped = self.destination.swap(POINTER, pointer, object.as_ref());
        if !swapped.await.map_err(Stop::Port)? {
            return Ok(None);
        }
        self.count(pointer);
        Ok(Some((before, Pointer::Moved)))
    }

    async fn content(&mut self) -> Result<(), Stop<F::Error>> {
        let missing = missing(self.environment, self.destination).await?;
        let (environment, destination) = (self.environment, self.destination);
        let lengths: Vec<u64> = futures_util::stream::iter(missing)
            .map(|target| async move {
                let bytes = Bytes::from(environment.download(target).await?.into_bytes());
                put_content(destination, &content_name(target), &bytes)
                    .await
                    .map_err(Stop::Port)?;
                Ok::<_, Stop<F::Error>>(target.length())
            })
            .buffer_unordered(environment.options.copies)
            .try_collect()
            .await?;
        self.objects = self.objects.saturating_add(lengths.len() as u64);
        self.bytes = self.bytes.saturating_add(lengths.iter().sum());
        Ok(())
    }

    async fn metadata(&mut self) -> Result<(), Stop<F::Error>> {
        let environment = self.environment;
        for (file, bytes) in &environment.files {
            if self.create(file, bytes).await? {
                continue;
            }
            // What the destination itself refers to must not change under its readers.
            let (root, options) = (environment.trusted_root, environment.options);
            let own = match Environment::try_load(self.destination, root, options).await {
                Ok(own) => own,
                Err(Stop::Refused(_)) => None,
                Err(failed) => return Err(failed),
            };
            if own.is_some_and(|own| own.files.iter().any(|(name, _)| name == file)) {
                let what = format!(
                    "its {file} is another one than the source's: two publishers wrote at once in two places"
                );
                return Err(self.conflict(&what));
            }
            // A publisher that was interrupted there left it, and nothing refers to it.
            let name = format!("metadata/{file}");
            let replaced = self.destination.replace(&name, bytes).await;
            replaced.map_err(Stop::Port)?;
            self.count(bytes);
        }
        Ok(())
    }

    /// Every root that there is, for clients that trust an old one.
    async fn roots(&mut self) -> Result<(), Stop<F::Error>> {
        let environment = self.environment;
        let last = environment.chain.last_key_value();
        let first = environment.chain.first_key_value();
        let version = |entry: Option<(&u64, &Bytes)>| entry.map_or(0, |(version, _)| *version);
        for number in 1..=version(last) {
            let file = format!("{number}.root.json");
            // The trusted one was given to us, and may be written in another way.
            let known = environment
                .chain
                .get(&number)
                .filter(|_| number > version(first));
            let bytes = match known {
                Some(bytes) => Some(bytes.clone()),
                None => {
                    let limit = environment.options.limits.root_bytes;
                    let name = format!("metadata/{file}");
                    let found = environment.folder.get(&name, limit).await;
                    found.map_err(Stop::Port)?.map(|object| object.bytes)
                }
            };
            if let Some(bytes) = bytes
                && !self.create(&file, &bytes).await?
            {
                let what = format!("its {file} is another one than the source's");
                return Err(self.conflict(&what));
            }
        }
        Ok(())
    }

    async fn create(&mut self, file: &str, bytes: &Bytes) -> Result<bool, Stop<F::Error>> {
        let name = format!("metadata/{file}");
        let created = self.destination.create(&name, bytes).await;
        let created = created.map_err(Stop::Port)?;
        if created == Created::New {
            self.count(bytes);
        }
        Ok(created != Created::Other)
    }

    fn count(&mut self, bytes: &Bytes) {
        self.objects = self.objects.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
    }

    fn conflict(&self, what: &str) -> Stop<F::Error> {
        let message = format!("{}: {what}", self.destination.label());
        Error::new(ErrorKind::Conflict, message).into()
    }
}

/// Writes verified content. Its name is the hash of its bytes, so other bytes there are damaged ones.
pub(crate) async fn put_content<D: Destination>(
    destination: &D,
    name: &str,
    bytes: &Bytes,
) -> Result<(), D::Error> {
    if destination.create(name, bytes).await? == Created::Other {
        destination.replace(name, bytes).await?;
    }
    Ok(())
}

/// Which of an environment's bundles a folder lacks, by their lengths, and by their digests where the
/// bucket knows these.
pub(crate) async fn missing<'a, F: Folder, D: Folder<Error = F::Error>>(
    environment: &'a Environment<'_, F>,
    folder: &D,
) -> Result<Vec<&'a Target>, Stop<F::Error>> {
    let found: Vec<Option<&Target>> = futures_util::stream::iter(&environment.contents)
        .map(|target| async move {
            let stat = folder.stat(&content_name(target)).await;
            let stat = stat.map_err(Stop::Port)?;
            let there = stat.is_some_and(|stat| {
                let digests = stat.sha256.as_deref().zip(target.sha256());
                stat.length == target.length() && digests.is_none_or(|(found, told)| found == told)
            });
            Ok::<_, Stop<F::Error>>((!there).then_some(target))
        })
        .buffered(environment.options.lookups)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}
