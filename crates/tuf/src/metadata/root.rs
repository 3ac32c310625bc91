//! Root metadata: which keys each top-level role has.

use super::{Fields, Header, Metadata};
use crate::error::{At, Result};
use crate::json::Json;
use crate::key::Key;
use crate::role::Role;
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a role and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleKeys {
    pub(crate) key_ids: BTreeSet<String>,
    pub(crate) threshold: u64,
}

impl RoleKeys {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        Ok(Self {
            key_ids: fields.texts("keyids")?.into_iter().collect(),
            threshold: fields.positive("threshold")?,
        })
    }
}

/// Root metadata.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    header: Header,
    pub(crate) consistent_snapshot: bool,
    pub(crate) keys: BTreeMap<String, Key>,
    root: RoleKeys,
    timestamp: RoleKeys,
    snapshot: RoleKeys,
    targets: RoleKeys,
}

impl Root {
    /// The keys of a top-level role; for a delegated one, those of the top of the targets roles.
    pub(crate) fn role(&self, role: &Role) -> &RoleKeys {
        match role {
            Role::Root => &self.root,
            Role::Timestamp => &self.timestamp,
            Role::Snapshot => &self.snapshot,
            Role::Targets | Role::Delegated(_) => &self.targets,
        }
    }

    /// Whether a key that signed for the role until now no longer does in `next`.
    pub(crate) fn revokes(&self, next: &Self, role: &Role) -> bool {
        let keys = |root: &Self| -> BTreeSet<Vec<u8>> {
            root.role(role)
                .key_ids
                .iter()
                .filter_map(|id| root.keys.get(id)?.identity().ok().map(<[u8]>::to_vec))
                .collect()
        };
        !keys(self).is_subset(&keys(next))
    }
}

impl Metadata for Root {
    fn read(signed: &Json, at: At<'_>) -> Result<Self> {
        let fields = Fields::of(signed, "", at)?;
        let header = Header::read(&fields, at)?;
        let roles = fields.object("roles")?;
        let role = |name| RoleKeys::read(&roles.object(name)?);
        Ok(Self {
            header,
            consistent_snapshot: match fields.optional("consistent_snapshot") {
                None => false,
                Some(_) => fields.boolean("consistent_snapshot")?,
            },
            keys: read_keys(&fields)?,
            root: role("root")?,
            timestamp: role("timestamp")?,
            snapshot: role("snapshot")?,
            targets: role("targets")?,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

/// Reads the member `keys`.
pub(super) fn read_keys(fields: &Fields<'_>) -> Result<BTreeMap<String, Key>> {
    fields
        .object("keys")?
        .objects()
        .map(|entry| {
            let (key_id, key) = entry?;
            let value = key
                .object("keyval")
                .map(|_| key.optional("keyval"))?
                .unwrap_or(&Json::Null);
            let key = Key::read(key.text("keytype")?, key.text("scheme")?, value);
            Ok((key_id.to_owned(), key))
        })
        .collect()
}
