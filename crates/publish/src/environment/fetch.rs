//! Fetching: our TUF client drives, the store answers.

use super::Listed;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Object, Store};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use tough::schema::{Metafile, Root, Signed, Snapshot, Targets};
use zen_edge_tuf::{Limits, Next, Role, Stored, UnixTime, Updater};

/// What was fetched and verified.
pub(super) struct Fetched {
    stored: Stored,
    pub(super) pointer: Object,
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) delegated: BTreeMap<String, Signed<Targets>>,
}

impl Fetched {
    /// A top-level role's metadata, which was verified, in the form in which it is written.
    pub(super) fn read<T: DeserializeOwned>(&self, url: &str, role: &str) -> Result<Signed<T>> {
        let bytes = self.stored.get(&Role::named(role));
        parse(url, role, bytes.map_or(&[], |bytes| bytes))
    }
}

pub(super) async fn fetch(
    store: &Store,
    trusted_root: &[u8],
    now: UnixTime,
    newest_root: Option<u64>,
    limits: &Limits,
) -> Result<Fetched> {
    let url = store.url();
    let refused = |error: zen_edge_tuf::Error| Error::untrusted(url, &error);
    let mut files = BTreeMap::new();
    let mut pointer = None;
    let mut updater =
        Updater::new(Stored::with_root(trusted_root), now, limits.clone()).map_err(|error| {
            Error::new(ErrorKind::Invalid, "the trusted root is not usable").because(error)
        })?;
    while let Next::Fetch(request) = updater.advance().map_err(refused)? {
        let file_name = request.file_name();
        let beyond = newest_root.zip(request.version);
        if request.role == Role::Root && beyond.is_some_and(|(newest, next)| next > newest) {
            updater.missing().map_err(refused)?;
            continue;
        }
        let answer = store
            .get(&format!("metadata/{file_name}"), request.max_bytes)
            .await;
        let found = match answer {
            // Without the right to list, S3 answers so for what does not exist. If all of it is
            // denied, the timestamp will tell.
            Err(error) if error.kind() == ErrorKind::Denied && request.role == Role::Root => None,
            other => other?,
        };
        match (found, &request.role) {
            (Some(object), role) => {
                updater.provide(object.bytes.to_vec()).map_err(refused)?;
                match role {
                    Role::Timestamp => pointer = Some(object),
                    _ => drop(files.insert(file_name, object.bytes)),
                }
            }
            (None, Role::Timestamp) => {
                return Err(no_environment(url));
            }
            (None, _) => updater.missing().map_err(refused)?,
        }
    }
    if !updater.trusted().consistent_snapshot() {
        let message = format!("{url}: its file names have no versions, so it is not ours to write");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let mut fetched = Fetched {
        stored: updater.into_trusted().stored().clone(),
        pointer: pointer
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{url} has no timestamp")))?,
        files,
        delegated: BTreeMap::new(),
    };
    fetch_delegated(store, &mut fetched, limits).await?;
    Ok(fetched)
}

/// The error about an address at which there is no pointer.
pub(crate) fn no_environment(url: &str) -> Error {
    let message = format!(
        "there is no environment at {url}: it has no metadata/timestamp.json (look at the address, or create it with `init`)"
    );
    Error::new(ErrorKind::NotFound, message)
}

/// The newest root to which the trusted one leads, whatever the rest of the environment says.
pub(crate) async fn fetch_root(store: &Store, trusted_root: &[u8]) -> Result<Signed<Root>> {
    let url = store.url();
    let refused = |error: zen_edge_tuf::Error| Error::untrusted(url, &error);
    let stored = Stored::with_root(trusted_root);
    let mut updater = Updater::new(stored, UnixTime(0), Limits::default()).map_err(refused)?;
    while let Next::Fetch(request) = updater.advance().map_err(refused)? {
        if request.role != Role::Root {
            break;
        }
        let name = format!("metadata/{}", request.file_name());
        match store.get(&name, request.max_bytes).await? {
            Some(object) => updater.provide(object.bytes.to_vec()).map_err(refused)?,
            None => updater.missing().map_err(refused)?,
        }
    }
    let bytes = updater.trusted().stored().get(&Role::Root).cloned();
    parse(url, "root", bytes.as_deref().unwrap_or_default())
}

/// Fetches the roles to which the top delegates: every one, where a client asks for those on the way
/// to a target.
async fn fetch_delegated(store: &Store, fetched: &mut Fetched, limits: &Limits) -> Result<()> {
    let url = store.url();
    let targets: Signed<Targets> = fetched.read(url, "targets")?;
    let snapshot: Signed<Snapshot> = fetched.read(url, "snapshot")?;
    let Some(delegations) = &targets.signed.delegations else {
        return Ok(());
    };
    for role in &delegations.roles {
        let Some(announced) = snapshot.signed.meta.get(&format!("{}.json", role.name)) else {
            // Delegated to, but nothing was published yet.
            continue;
        };
        let name = format!("{}.{}.json", announced.version, role.name);
        let object = store
            .get(&format!("metadata/{name}"), limits.targets_bytes)
            .await?
            .ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("{url} has no metadata/{name}"))
            })?;
        if !matches(announced, &object.bytes) {
            let message = format!("{url}: metadata/{name} is not what the snapshot announces");
            return Err(Error::new(ErrorKind::Untrusted, message));
        }
        let signed: Signed<Targets> = parse(url, &role.name, &object.bytes)?;
        let refused = |message: &str| {
            Error::new(
                ErrorKind::Untrusted,
                format!("{url}: metadata/{name} {message}"),
            )
        };
        delegations
            .verify_role(&signed, &role.name)
            .map_err(|error| refused("is not signed as it must be").because(error))?;
        if signed.signed.version != announced.version {
            return Err(refused("has another version than its name"));
        }
        fetched.delegated.insert(role.name.clone(), signed);
        fetched.files.insert(name, object.bytes);
    }
    Ok(())
}

/// Whether a file is the one announced, as far as the announcement goes.
fn matches(announced: &Metafile, bytes: &[u8]) -> bool {
    let hash = announced.hashes.as_ref();
    announced
        .length
        .is_none_or(|length| length == bytes.len() as u64)
        && hash.is_none_or(|hash| hash.sha256.as_ref() == Sha256::digest(bytes).as_slice())
}

/// A project's bundle.
pub(super) async fn content(
    store: &Store,
    project: &str,
    listed: &Listed,
    limits: &Limits,
) -> Result<Bytes> {
    let name = content_name(project, &listed.sha256);
    let url = store.url();
    let refused = |what: &str| Error::new(ErrorKind::Untrusted, format!("{url}/{name} {what}"));
    if listed.length > limits.target_bytes {
        return Err(refused("is announced as longer than is accepted"));
    }
    let object = store
        .get(&name, listed.length)
        .await?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{url} has no {name}")))?;
    if object.bytes.len() as u64 != listed.length || sha256(&object.bytes) != listed.sha256 {
        return Err(refused("is not what the metadata announces"));
    }
    Ok(object.bytes)
}

/// Where a project's bundle is below the environment.
pub(crate) fn content_name(project: &str, sha256: &str) -> String {
    format!("targets/{sha256}.{project}")
}

/// The SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(crate) fn parse<T: DeserializeOwned>(url: &str, role: &str, bytes: &[u8]) -> Result<Signed<T>> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message =
            format!("{url}: the metadata of `{role}` is not in a form that is written here");
        Error::new(ErrorKind::Invalid, message).because(error)
    })
}
