//! Copying from bucket to bucket: the stores as `zen-edge-replicate`'s folders.

use crate::environment::fetch::no_environment;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Created, Object, Store, Writer};
use bytes::Bytes;
use object_store::UpdateVersion;
use zen_edge_replicate::{Copied, Destination, Environment, Folder, Options, Stat};

/// Copies an environment: content first and pointer last, and never backwards. It is what replicates
/// where a store does not, and what reconciles after a failover: run twice it does nothing the second
/// time, and interrupted it goes on where it stopped.
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
    if source.environment() != destination.environment() {
        let message = format!(
            "{} and {} are different environments: to publish what one has in the other, promote it",
            source.url(),
            destination.url()
        );
        return Err(Error::new(ErrorKind::WrongEnvironment, message));
    }
    let options = Options::default();
    let environment = Environment::load(source, trusted_root, &options)
        .await?
        .ok_or_else(|| no_environment(source.url()))?;
    let writer = destination.writer(unconditional).await?;
    environment.copy_to(&writer).await
}

impl Folder for Store {
    type Error = Error;
    type Version = UpdateVersion;

    fn label(&self) -> &str {
        self.url()
    }

    fn environment(&self) -> &str {
        self.environment()
    }

    async fn get(&self, name: &str, max_bytes: u64) -> Result<Option<Object>> {
        match self.get(name, max_bytes).await {
            // Without the right to list, S3 answers so for what does not exist. If all of it is
            // denied, the timestamp will tell.
            Err(error) if error.kind() == ErrorKind::Denied && name.ends_with(".root.json") => {
                Ok(None)
            }
            other => other,
        }
    }

    async fn stat(&self, name: &str) -> Result<Option<Stat>> {
        let length = self.length(name).await?;
        Ok(length.map(|length| Stat {
            length,
            sha256: None,
        }))
    }
}

impl Folder for Writer<'_> {
    type Error = Error;
    type Version = UpdateVersion;

    fn label(&self) -> &str {
        self.store().label()
    }

    fn environment(&self) -> &str {
        self.store().environment()
    }

    async fn get(&self, name: &str, max_bytes: u64) -> Result<Option<Object>> {
        Folder::get(self.store(), name, max_bytes).await
    }

    async fn stat(&self, name: &str) -> Result<Option<Stat>> {
        self.store().stat(name).await
    }
}

impl Destination for Writer<'_> {
    async fn create(&self, name: &str, bytes: &Bytes) -> Result<Created> {
        self.create(name, bytes).await
    }

    async fn swap(&self, name: &str, bytes: &Bytes, seen: Option<&Object>) -> Result<bool> {
        self.swap(name, bytes, seen).await
    }

    async fn replace(&self, name: &str, bytes: &Bytes) -> Result<()> {
        self.replace(name, bytes).await
    }
}

impl From<zen_edge_replicate::Error> for Error {
    fn from(error: zen_edge_replicate::Error) -> Self {
        use zen_edge_replicate::ErrorKind as Copying;
        let kind = match error.kind() {
            Copying::Unavailable => ErrorKind::Unavailable,
            Copying::Missing => ErrorKind::NotFound,
            Copying::Busy | Copying::Conflict => ErrorKind::Conflict,
            Copying::Untrusted | Copying::TooLarge => ErrorKind::Untrusted,
            Copying::WrongEnvironment => ErrorKind::WrongEnvironment,
            Copying::Invalid => ErrorKind::Invalid,
        };
        Self::new(kind, error.message())
    }
}
