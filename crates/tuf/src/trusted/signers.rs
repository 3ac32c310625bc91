//! Who signed what is trusted: for people.

use super::{Signed, Trusted, last};
use crate::error::{At, Result};
use crate::key::Key;
use crate::metadata::{Header, Metadata, RoleKeys};
use crate::role::Role;
use crate::time::UnixTime;
use crate::verify;
use std::collections::BTreeMap;

/// A role whose metadata is trusted, and whose signatures made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRole {
    /// The role.
    pub role: Role,
    /// The version of its metadata.
    pub version: u64,
    /// When that expires.
    pub expires: UnixTime,
    /// How many of its keys must sign.
    pub threshold: u64,
    /// Its keys by their ids, and what came of each.
    pub keys: BTreeMap<String, Signer>,
}

/// What a key of a role did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signer {
    /// It signed.
    Signed,
    /// There is no signature of it.
    Absent,
    /// Its signature is wrong, and counts for nothing.
    Wrong,
    /// It cannot be used here (unknown scheme, malformed or weak key, or no such key), and counts for
    /// nothing.
    Unusable,
}

impl Signer {
    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Absent => "absent",
            Self::Wrong => "wrong",
            Self::Unusable => "unusable",
        }
    }
}

impl Trusted {
    /// Every role that is trusted so far, the root first, then in the order of the workflow. All
    /// signatures are verified once more, those beyond the threshold included.
    ///
    /// # Errors
    /// None for metadata that is trusted: each file was read before.
    pub fn roles(&self) -> Result<Vec<TrustedRole>> {
        let root = &self.root.body;
        let mut roles = vec![self.signers(&self.root, Role::Root, &root.keys)?];
        if let Some(signed) = &self.timestamp {
            roles.push(self.signers(signed, Role::Timestamp, &root.keys)?);
        }
        if let Some(signed) = &self.snapshot {
            roles.push(self.signers(signed, Role::Snapshot, &root.keys)?);
        }
        if let Some(signed) = &self.targets {
            roles.push(self.signers(signed, Role::Targets, &root.keys)?);
        }
        for (chain, signed) in &self.delegated {
            let Some((name, above)) = chain.split_last() else {
                continue;
            };
            let (keys, role_keys) = self.delegated_keys(above, name)?;
            let header = signed.body.header();
            roles.push(self.verified(&signed.bytes, last(chain), header, keys, role_keys)?);
        }
        Ok(roles)
    }

    fn signers<T: Metadata>(
        &self,
        signed: &Signed<T>,
        role: Role,
        keys: &BTreeMap<String, Key>,
    ) -> Result<TrustedRole> {
        let role_keys = self.root.body.role(&role);
        self.verified(&signed.bytes, role, signed.body.header(), keys, role_keys)
    }

    fn verified(
        &self,
        bytes: &[u8],
        role: Role,
        header: Header,
        keys: &BTreeMap<String, Key>,
        role_keys: &RoleKeys,
    ) -> Result<TrustedRole> {
        let (signatures, _) = verify::open(bytes, &self.limits, At::new(&role, "5.1"))?;
        let signer = |key_id: &String| {
            let usable = keys.get(key_id).filter(|key| key.identity().is_ok());
            let signer = match (usable, signatures.by(key_id)) {
                (None, _) => Signer::Unusable,
                (Some(_), None) => Signer::Absent,
                (Some(key), Some(signature)) if signatures.holds(key, signature) => Signer::Signed,
                (Some(_), Some(_)) => Signer::Wrong,
            };
            (key_id.clone(), signer)
        };
        Ok(TrustedRole {
            keys: role_keys.key_ids.iter().map(signer).collect(),
            role,
            version: header.version,
            expires: header.expires,
            threshold: role_keys.threshold,
        })
    }
}
