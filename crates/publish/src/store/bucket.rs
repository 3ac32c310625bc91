//! Clients of stores for those who only read, with means of their own.

use super::Store;
use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::list::PaginatedListStore;
use object_store::path::Path;
use object_store::{GetResult, ObjectStore};
use std::fmt;
use std::sync::Arc;

/// The place in a bucket below which an environment's folder is.
#[derive(Clone)]
pub struct Bucket {
    /// Reads objects.
    pub client: Arc<dyn ObjectStore>,
    /// Lists them page by page, where the store can do that.
    pub pages: Option<Arc<dyn PaginatedListStore>>,
    /// What the environment's folder is in.
    pub prefix: Path,
}

impl Bucket {
    /// The place of an object by its key below the prefix: `production/metadata/timestamp.json`.
    pub fn path(&self, key: &str) -> Path {
        below(&self.prefix, key)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bucket({})", self.prefix)
    }
}

impl Store {
    /// The place that this environment is in, and the client that reads it.
    pub fn bucket(&self) -> Bucket {
        let mut parents: Vec<_> = self.base.parts().collect();
        parents.pop();
        Bucket {
            client: self.inner.clone(),
            pages: self.pages.clone(),
            prefix: Path::from_iter(parents),
        }
    }
}

pub(super) fn below(folder: &Path, key: &str) -> Path {
    key.split('/').fold(folder.clone(), Path::join)
}

/// Reads an answer's body; none if it is longer than `max_bytes`, of which no more is kept.
///
/// # Errors
/// What the store says.
pub async fn read(answer: GetResult, max_bytes: u64) -> object_store::Result<Option<Bytes>> {
    // The size is what the store declares; the body is counted as it comes.
    if answer.meta.size > max_bytes {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut body = answer.into_stream();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        if (bytes.len() as u64).saturating_add(piece.len() as u64) > max_bytes {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes.into()))
}
