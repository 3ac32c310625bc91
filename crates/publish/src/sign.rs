//! Signing metadata: canonical form and signatures by `tough`, bytes in one order by us.

use crate::error::{Error, ErrorKind, Result};
use crate::keys::{SigningKey, sources};
use aws_lc_rs::rand::SystemRandom;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::num::NonZeroU64;
use tough::editor::signed::SignedRole;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::{
    DelegatedTargets, Delegations, Hashes, KeyHolder, Metafile, Role, RoleKeys, RoleType, Root,
    Signed,
};

/// The specification that what we write follows.
pub(crate) const SPEC_VERSION: &str = "1.0.34";

/// A metadata file that is ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    version: NonZeroU64,
}

impl File {
    /// What a snapshot or timestamp says about the file.
    pub(crate) fn announcement(&self) -> Metafile {
        let hash = Sha256::digest(&self.bytes).to_vec();
        Metafile {
            length: Some(self.bytes.len() as u64),
            hashes: Some(Hashes {
                sha256: hash.into(),
                _extra: HashMap::new(),
            }),
            version: self.version,
            _extra: HashMap::new(),
        }
    }
}

/// Signs metadata of a top-level role with those of the keys that the root gives it.
pub(crate) async fn sign<T: Role + Serialize + Clone>(
    body: T,
    root: &Root,
    keys: &[SigningKey],
) -> Result<File> {
    let granted = root.roles.get(&T::TYPE);
    check_keys(&T::TYPE.to_string(), granted, keys)?;
    with_holder(body, &KeyHolder::Root(root.clone()), keys).await
}

/// Signs metadata of a role to which the top-level targets delegate.
pub(crate) async fn sign_delegated(
    body: DelegatedTargets,
    delegations: &Delegations,
    keys: &[SigningKey],
) -> Result<File> {
    let role = delegations.roles.iter().find(|role| role.name == body.name);
    let granted = role.map(|role| role.keys());
    check_keys(&body.name, granted.as_ref(), keys)?;
    with_holder(body, &KeyHolder::Delegations(delegations.clone()), keys).await
}

/// Signs the next root with the keys of the one before and with its own.
pub(crate) async fn sign_root(next: Root, previous: &Root, keys: &[SigningKey]) -> Result<File> {
    for root in [previous, &next] {
        check_keys("root", root.roles.get(&RoleType::Root), keys)?;
    }
    with_holder(next.clone(), &KeyHolder::Root(union(previous, &next)), keys).await
}

/// The root whose roles have the keys of both: what to sign with so that those who have one of them
/// and those who have the other accept it.
pub(crate) fn union(one: &Root, other: &Root) -> Root {
    let mut both = other.clone();
    both.keys
        .extend(one.keys.iter().map(|(id, key)| (id.clone(), key.clone())));
    for (role, keys) in &mut both.roles {
        let more = one.roles.get(role).map_or(&[][..], |keys| &keys.keyids);
        for id in more {
            if !keys.keyids.contains(id) {
                keys.keyids.push(id.clone());
            }
        }
    }
    both
}

async fn with_holder<T: Role + Serialize + Clone>(
    body: T,
    holder: &KeyHolder,
    keys: &[SigningKey],
) -> Result<File> {
    let version = body.version();
    let what = T::TYPE.to_string();
    let signed = SignedRole::new(body, holder, &sources(keys), &SystemRandom::new())
        .await
        .map_err(|error| {
            Error::new(
                ErrorKind::Key,
                format!("the {what} metadata cannot be signed"),
            )
            .because(error)
        })?;
    Ok(File {
        bytes: encode(signed.signed())?,
        version,
    })
}

/// The file's bytes. Members are in the order of their names, so that two files differ only where
/// what they say differs.
fn encode<T: Serialize>(signed: &Signed<T>) -> Result<Bytes> {
    let unwritable = |error: serde_json::Error| {
        Error::new(ErrorKind::Invalid, "metadata cannot be written as JSON").because(error)
    };
    let value = serde_json::to_value(signed).map_err(unwritable)?;
    let mut bytes = serde_json::to_vec(&value).map_err(unwritable)?;
    bytes.push(b'\n');
    Ok(bytes.into())
}

/// Checks that there are keys enough for a role, before anything is signed.
pub(crate) fn check_keys(
    role: &str,
    granted: Option<&RoleKeys>,
    keys: &[SigningKey],
) -> Result<()> {
    let none = |_| {
        Error::new(
            ErrorKind::Key,
            format!("nobody has keys for the role `{role}`"),
        )
    };
    let granted = granted.ok_or(()).map_err(none)?;
    let mut found: Vec<Decoded<Hex>> = Vec::new();
    for key in keys {
        let id = key.public().id()?;
        if granted.keyids.contains(&id) && !found.contains(&id) {
            found.push(id);
        }
    }
    let needed = granted.threshold.get();
    if found.len() as u64 >= needed {
        return Ok(());
    }
    let ids: Vec<_> = granted
        .keyids
        .iter()
        .map(crate::environment::digits)
        .collect();
    Err(Error::new(
        ErrorKind::Key,
        format!(
            "the role `{role}` needs {needed} of its keys to sign, and {} of them were given; their ids are {}",
            found.len(),
            ids.join(", ")
        ),
    ))
}
