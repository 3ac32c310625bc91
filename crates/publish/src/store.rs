//! One environment's place in a bucket: read with bounds, written with conditions.

mod bounded;
mod bucket;
mod connect;
mod lock;
mod url;
mod writer;

pub use bucket::{Bucket, read};
pub use url::Options;
pub use writer::Writer;
pub use zen_edge_replicate::Created;

use crate::error::{Error, ErrorKind, Result};
use object_store::list::PaginatedListStore;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, UpdateVersion};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What a store offers against two writers at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Compare-and-swap, as S3, GCS and Azure have it.
    Swaps,
    /// Local files: a lock on a file in this folder.
    Local(PathBuf),
    /// Nothing can be written, as over plain HTTP.
    ReadOnly,
}

/// The folder of one environment in a bucket.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    pages: Option<Arc<dyn PaginatedListStore>>,
    base: Path,
    kind: Kind,
    url: String,
    environment: String,
}

/// An object, and which of its versions it is.
pub type Object = zen_edge_replicate::Object<UpdateVersion>;

impl Store {
    /// Puts an environment into any object store: `base` is the environment's folder, and its last
    /// segment is the environment's name.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the folder's name cannot be an environment's.
    pub fn new(inner: Arc<dyn ObjectStore>, base: &str, url: &str) -> Result<Self> {
        let base = Path::parse(base).map_err(|error| {
            Error::new(ErrorKind::Invalid, format!("`{url}` is not usable")).because(error)
        })?;
        let environment = base
            .filename()
            .map(str::to_owned)
            .ok_or_else(|| crate::error::invalid(format!("`{url}` names no environment")))?;
        crate::names::check_environment(&environment)?;
        Ok(Self {
            inner,
            pages: None,
            base,
            kind: Kind::Swaps,
            url: url.to_owned(),
            environment,
        })
    }

    /// A store whose listings come page by page.
    fn paged<S: ObjectStore + PaginatedListStore>(
        store: Arc<S>,
        base: &str,
        url: &str,
    ) -> Result<Self> {
        Ok(Self {
            pages: Some(store.clone()),
            ..Self::new(store, base, url)?
        })
    }

    fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The address, as the user gave it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The environment's name: the last segment of the address.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    fn path(&self, name: &str) -> Path {
        bucket::below(&self.base, name)
    }

    /// An object, at most `max_bytes` long; none if there is no such object.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if it is longer; and what the store says.
    pub async fn get(&self, name: &str, max_bytes: u64) -> Result<Option<Object>> {
        let failed = |error| self.failed("read", name, error);
        let result = match self.inner.get(&self.path(name)).await {
            Ok(result) => result,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let too_long = || {
            let message = format!("{}/{name} is longer than {max_bytes} bytes", self.url);
            Error::new(ErrorKind::Untrusted, message)
        };
        let version = version(&result.meta);
        let written = Some(result.meta.last_modified.timestamp_millis());
        let bytes = read(result, max_bytes).await.map_err(failed)?;
        let bytes = bytes.ok_or_else(too_long)?;
        Ok(Some(Object {
            bytes,
            version,
            written,
        }))
    }

    /// An object's length in bytes; none if there is no such object.
    ///
    /// # Errors
    /// What the store says.
    pub async fn length(&self, name: &str) -> Result<Option<u64>> {
        match self.inner.head(&self.path(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look up", name, error)),
        }
    }

    fn failed(&self, verb: &str, name: &str, error: object_store::Error) -> Error {
        use object_store::Error as Store;
        let kind = match &error {
            Store::NotFound { .. } => ErrorKind::NotFound,
            Store::AlreadyExists { .. } | Store::Precondition { .. } => ErrorKind::Conflict,
            Store::PermissionDenied { .. } | Store::Unauthenticated { .. } => ErrorKind::Denied,
            Store::InvalidPath { .. }
            | Store::UnknownConfigurationKey { .. }
            | Store::NotSupported { .. }
            | Store::NotImplemented { .. } => ErrorKind::Invalid,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, format!("cannot {verb} {}/{name}", self.url)).because(error)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Store({})", self.url)
    }
}

fn version(meta: &ObjectMeta) -> UpdateVersion {
    UpdateVersion {
        e_tag: meta.e_tag.clone(),
        version: meta.version.clone(),
    }
}
