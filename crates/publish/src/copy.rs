//! Copying: from bucket to bucket, content first and pointer last, and never backwards.
//!
//! It is what replicates where a store does not, and what reconciles after a failover: run twice it
//! does nothing the second time, and interrupted it goes on where it stopped.

use crate::environment::fetch::parse;
use crate::environment::{Environment, Listed};
use crate::error::{Error, ErrorKind, Result};
use crate::history::location;
use crate::publish::AT_ONCE;
use crate::status::missing;
use crate::store::{Created, Object, Store, Writer};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tough::schema::{Signed, Timestamp};
use zen_edge_tuf::Limits;

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
    /// It is at a higher revision, so nothing was copied: copy the other way round.
    Ahead,
}

/// Copies an environment.
///
/// # Errors
/// [`ErrorKind::Conflict`] if both have the same revision with other content, or the destination is
/// being written to; [`ErrorKind::Untrusted`] if either is not signed as it must be; and what the
/// stores say.
pub async fn copy(
    source: &Store,
    destination: &Store,
    trusted_root: &[u8],
    unconditional: bool,
) -> Result<Copied> {
    let environment = Environment::load(source, trusted_root, None).await?;
    if source.environment() != destination.environment() {
        let message = format!(
            "{} and {} are different environments: to publish what one has in the other, promote it",
            source.url(),
            destination.url()
        );
        return Err(Error::new(ErrorKind::WrongEnvironment, message));
    }
    let writer = destination.writer(unconditional).await?;
    let mut task = Task {
        source,
        environment: &environment,
        writer: &writer,
        trusted_root,
        objects: 0,
        bytes: 0,
    };
    for _ in 0..ROUNDS {
        if let Some((before, pointer)) = task.run().await? {
            return Ok(Copied {
                revision: environment.revision(),
                before,
                objects: task.objects,
                bytes: task.bytes,
                pointer,
            });
        }
    }
    Err(conflict(destination, "it is being written to"))
}

struct Task<'a> {
    source: &'a Store,
    environment: &'a Environment,
    writer: &'a Writer<'a>,
    trusted_root: &'a [u8],
    objects: u64,
    bytes: u64,
}

/// What the destination points to.
struct Seen {
    object: Object,
    revision: u64,
}

impl Task<'_> {
    /// Copies once. None if the destination's pointer was moved meanwhile.
    async fn run(&mut self) -> Result<Option<(Option<u64>, Pointer)>> {
        let store = self.writer.store();
        let seen = self.seen().await?;
        let before = seen.as_ref().map(|seen| seen.revision);
        let mut pointer = Pointer::Moved;
        if let Some(seen) = &seen {
            if seen.revision > self.environment.revision() {
                return Ok(Some((before, Pointer::Ahead)));
            }
            if seen.revision == self.environment.revision() {
                if seen.object.bytes != self.environment.pointer.bytes {
                    let what = "it has the same revision as the source, signed over other content: two publishers wrote at once in two places";
                    return Err(conflict(store, what));
                }
                pointer = Pointer::Same;
            }
        }
        self.content().await?;
        self.roots().await?;
        self.metadata().await?;
        if pointer == Pointer::Same {
            return Ok(Some((before, pointer)));
        }
        let bytes = &self.environment.pointer.bytes;
        let seen = seen.map(|seen| seen.object);
        let swapped = self
            .writer
            .swap("metadata/timestamp.json", bytes, seen.as_ref())
            .await?;
        self.count(bytes);
        Ok(swapped.then_some((before, pointer)))
    }

    /// The destination's pointer. Only that needs to hold: what it points to may not have arrived.
    async fn seen(&self) -> Result<Option<Seen>> {
        let store = self.writer.store();
        let limit = Limits::default().timestamp_bytes;
        let Some(object) = store.get("metadata/timestamp.json", limit).await? else {
            return Ok(None);
        };
        let root = &self.environment.root.signed;
        let timestamp: Option<Signed<Timestamp>> =
            parse(store.url(), "timestamp", &object.bytes).ok();
        if let Some(timestamp) = timestamp.filter(|timestamp| root.verify_role(timestamp).is_ok()) {
            return Ok(Some(Seen {
                object,
                revision: timestamp.signed.version.get(),
            }));
        }
        // It may have a newer root than the source.
        let environment = Environment::load(store, self.trusted_root, None).await?;
        Ok(Some(Seen {
            revision: environment.revision(),
            object: environment.pointer,
        }))
    }

    async fn content(&mut self) -> Result<()> {
        let releases = self.environment.releases()?;
        let missing = missing(self.writer.store(), releases.values()).await?;
        let (source, writer, environment) = (self.source, self.writer, self.environment);
        let lengths: Vec<u64> = futures_util::stream::iter(missing)
            .map(|listed: &Listed| async move {
                let project = &listed.release.project;
                let bytes = environment.download(source, project, listed).await?;
                let name = location(listed);
                if writer.create(&name, &bytes).await? == Created::Other {
                    // The name is the hash of the bytes: other bytes are damaged ones.
                    writer.replace(&name, &bytes).await?;
                }
                Ok::<_, Error>(listed.length)
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.objects = self.objects.saturating_add(lengths.len() as u64);
        self.bytes = self.bytes.saturating_add(lengths.iter().sum());
        Ok(())
    }

    /// Every root that there is, for clients that trust an old one.
    async fn roots(&mut self) -> Result<()> {
        let newest = self.environment.root.signed.version.get();
        for version in 1..=newest {
            let name = format!("{version}.root.json");
            let known = self.environment.files.get(&name).cloned();
            let bytes = match known {
                Some(bytes) => Some(bytes),
                None => {
                    let limit = Limits::default().root_bytes;
                    let name = format!("metadata/{name}");
                    self.source
                        .get(&name, limit)
                        .await?
                        .map(|object| object.bytes)
                }
            };
            if let Some(bytes) = bytes
                && !self.create(&name, &bytes).await?
            {
                let what = format!("its {name} is another one than the source's");
                return Err(conflict(self.writer.store(), &what));
            }
        }
        Ok(())
    }

    async fn metadata(&mut self) -> Result<()> {
        let environment = self.environment;
        let files = environment
            .files
            .iter()
            .filter(|(name, _)| !name.ends_with(".root.json"));
        // The snapshot refers to the others, so it comes after them.
        let (snapshot, targets): (Vec<_>, Vec<_>) =
            files.partition(|(name, _)| name.ends_with(".snapshot.json"));
        for (name, bytes) in targets.into_iter().chain(snapshot) {
            if self.create(name, bytes).await? {
                continue;
            }
            let store = self.writer.store();
            // What the destination itself refers to must not change under its readers.
            let own = Environment::load(store, self.trusted_root, None).await;
            if own.is_ok_and(|own| own.files.contains_key(name)) {
                let what = format!(
                    "its {name} is another one than the source's: two publishers wrote at once in two places"
                );
                return Err(conflict(store, &what));
            }
            // A publisher that was interrupted there left it, and nothing refers to it.
            self.writer
                .replace(&format!("metadata/{name}"), bytes)
                .await?;
            self.count(bytes);
        }
        Ok(())
    }

    async fn create(&mut self, name: &str, bytes: &Bytes) -> Result<bool> {
        let name = format!("metadata/{name}");
        let created = self.writer.create(&name, bytes).await?;
        if created == Created::New {
            self.count(bytes);
        }
        Ok(created != Created::Other)
    }

    fn count(&mut self, bytes: &Bytes) {
        self.objects = self.objects.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
    }
}

fn conflict(store: &Store, what: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("{}: {what}", store.url()))
}
