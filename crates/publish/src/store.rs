//! One environment's place in a bucket: read with bounds, written with conditions.

mod connect;
mod lock;
mod url;
mod writer;

pub use url::Options;
pub use writer::{Created, Writer};

use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use futures_util::StreamExt as _;
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
    base: Path,
    kind: Kind,
    url: String,
    environment: String,
}

/// An object, and which of its versions it is.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its bytes.
    pub bytes: Bytes,
    /// What a swap compares.
    pub(crate) version: UpdateVersion,
}

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
            base,
            kind: Kind::Swaps,
            url: url.to_owned(),
            environment,
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
        name.split('/').fold(self.base.clone(), Path::join)
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
        if result.meta.size > max_bytes {
            return Err(too_long());
        }
        let version = version(&result.meta);
        // The size is what the store declares; the body is counted as it comes.
        let mut bytes = Vec::new();
        let mut body = result.into_stream();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(failed)?;
            if (bytes.len() as u64).saturating_add(piece.len() as u64) > max_bytes {
                return Err(too_long());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Some(Object {
            bytes: bytes.into(),
            version,
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
