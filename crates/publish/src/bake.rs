//! What a client needs of an environment to begin without a network.

use crate::environment::Environment;
use crate::error::Result;
use crate::history::location;
use crate::status;
use crate::store::Store;
use jiff::Timestamp as Time;
use std::collections::BTreeMap;
use zen_edge_tuf::Limits;

/// An environment's files, by their keys below it.
#[derive(Debug, Clone)]
pub struct Baked {
    /// All roots, the newest of all other metadata, and the bundles of all projects.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The environment that they are of.
    pub environment: Environment,
}

/// Takes from a verified environment exactly what a client reads: the roots from the first on, as
/// far as they are there (a client may begin with any), timestamp, snapshot, all targets metadata,
/// and the bundles.
///
/// # Errors
/// As [`crate::verify`].
pub async fn bake(store: &Store, trusted_root: &[u8], now: Time) -> Result<Baked> {
    let mut files = BTreeMap::new();
    let environment = status::verify(store, trusted_root, now, |listed, bytes| {
        files.insert(location(listed), bytes.into());
        Ok(())
    })
    .await?;
    for (name, bytes) in &environment.files {
        files.insert(format!("metadata/{name}"), bytes.to_vec());
    }
    let pointer = environment.pointer.bytes.to_vec();
    files.insert("metadata/timestamp.json".to_owned(), pointer);
    let limit = Limits::default().root_bytes;
    for version in 1..=environment.root.signed.version.get() {
        let key = format!("metadata/{version}.root.json");
        if !files.contains_key(&key)
            && let Some(root) = store.get(&key, limit).await?
        {
            files.insert(key, root.bytes.to_vec());
        }
    }
    Ok(Baked { files, environment })
}
