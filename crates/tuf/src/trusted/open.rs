//! Opening metadata: is it what was announced, and did the right keys sign it?

use super::{Signed, Trusted, last};
use crate::error::{At, Result};
use crate::json::Json;
use crate::key::Key;
use crate::limits::Limits;
use crate::metadata::{MetaFile, Metadata, RoleKeys, Root, Snapshot, Targets, Timestamp};
use crate::role::Role;
use crate::verify::{self, Signatures};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Trusted {
    /// 5.4.2. Check for an arbitrary software attack.
    pub(crate) fn open_timestamp(&self, bytes: &Arc<[u8]>) -> Result<Signed<Timestamp>> {
        self.open_top_level(bytes, At::new(&Role::Timestamp, "5.4.2"))
    }

    /// 5.5.3. Check for an arbitrary software attack.
    pub(crate) fn open_any_snapshot(&self, bytes: &Arc<[u8]>) -> Result<Signed<Snapshot>> {
        self.open_top_level(bytes, At::new(&Role::Snapshot, "5.5.3"))
    }

    /// 5.5.2 to 5.5.4: a snapshot that is the one the timestamp announces.
    pub(crate) fn open_snapshot(&self, bytes: &Arc<[u8]>) -> Result<Signed<Snapshot>> {
        let announced = self.announced_snapshot()?;
        // 5.5.2. Check against the timestamp role's snapshot hash.
        announced.check(bytes, "timestamp", At::new(&Role::Snapshot, "5.5.2"))?;
        let signed = self.open_any_snapshot(bytes)?;
        // 5.5.4. Check against the timestamp role's snapshot version.
        let at = At::new(&Role::Snapshot, "5.5.4");
        announced.check_version(signed.body.header(), "timestamp", at)?;
        Ok(signed)
    }

    /// 5.6.2 to 5.6.4: targets metadata that is the one the snapshot announces, of the role at the
    /// end of the chain, or of the top if the chain is empty.
    pub(crate) fn open_targets(
        &self,
        bytes: &Arc<[u8]>,
        chain: &[String],
    ) -> Result<Signed<Targets>> {
        let role = &last(chain);
        let announced = self.announced_targets(role)?;
        // 5.6.2. Check against the snapshot role's targets hash.
        announced.check(bytes, "snapshot", At::new(role, "5.6.2"))?;
        // 5.6.3. Check for an arbitrary software attack.
        let at = At::new(role, "5.6.3");
        let signed: Signed<Targets> = match chain.split_last() {
            None => self.open_top_level(bytes, at)?,
            Some((name, above)) => {
                let (keys, role_keys) = self.delegated_keys(above, name)?;
                open(bytes, &self.limits, keys, role_keys, at)?
            }
        };
        // 5.6.4. Check against the snapshot role's targets version.
        announced.check_version(signed.body.header(), "snapshot", At::new(role, "5.6.4"))?;
        Ok(signed)
    }

    pub(crate) fn announced_snapshot(&self) -> Result<&MetaFile> {
        let timestamp = self
            .timestamp
            .as_ref()
            .ok_or_else(|| self.incomplete(&Role::Timestamp))?;
        Ok(&timestamp.body.snapshot)
    }

    pub(crate) fn announced_targets(&self, role: &Role) -> Result<&MetaFile> {
        let snapshot = self
            .snapshot
            .as_ref()
            .ok_or_else(|| self.incomplete(&Role::Snapshot))?;
        snapshot.body.meta.get(&role.meta_name()).ok_or_else(|| {
            At::new(role, "5.6.1").invalid("the snapshot does not list its metadata")
        })
    }

    pub(super) fn delegated_keys(
        &self,
        above: &[String],
        name: &str,
    ) -> Result<(&BTreeMap<String, Key>, &RoleKeys)> {
        let delegator = match above {
            [] => self.targets.as_ref(),
            chain => self.delegated.get(chain),
        };
        delegator
            .and_then(|signed| signed.body.delegations.as_ref())
            .and_then(|delegations| {
                let mut roles = delegations.roles.iter();
                let delegation = roles.find(|delegation| delegation.name == name)?;
                Some((&delegations.keys, &delegation.keys))
            })
            .ok_or_else(|| self.incomplete(&Role::named(name)))
    }

    fn open_top_level<T: Metadata>(&self, bytes: &Arc<[u8]>, at: At<'_>) -> Result<Signed<T>> {
        let root = &self.root.body;
        open(bytes, &self.limits, &root.keys, root.role(at.role()), at)
    }
}

/// Reads root metadata; its signatures are the caller's to verify.
pub(crate) fn read_root(
    bytes: &Arc<[u8]>,
    limits: &Limits,
    at: At<'_>,
) -> Result<(Signatures, Signed<Root>)> {
    let (signatures, signed) = verify::open(bytes, limits, at)?;
    let body = Root::read(&signed, at)?;
    Ok((
        signatures,
        Signed {
            bytes: Arc::clone(bytes),
            body,
            extensions: extensions(signed),
        },
    ))
}

/// Verifies metadata and reads it, in this order.
fn open<T: Metadata>(
    bytes: &Arc<[u8]>,
    limits: &Limits,
    keys: &BTreeMap<String, Key>,
    role_keys: &RoleKeys,
    at: At<'_>,
) -> Result<Signed<T>> {
    let (signatures, signed) = verify::open(bytes, limits, at)?;
    signatures.verify(keys, role_keys, at)?;
    Ok(Signed {
        bytes: Arc::clone(bytes),
        body: T::read(&signed, at)?,
        extensions: extensions(signed),
    })
}

fn extensions(signed: Json) -> BTreeMap<String, Json> {
    match signed {
        Json::Object(mut members) => {
            members.retain(|name, _| name.starts_with("x-"));
            members
        }
        _ => BTreeMap::new(),
    }
}
