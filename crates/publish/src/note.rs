//! What zen-edge writes into metadata besides what TUF defines: signed like the rest, and left alone
//! by other clients.

use crate::error::{Error, ErrorKind, Result, invalid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use tough::schema::{RoleType, Target};

/// The member that holds it.
const FIELD: &str = "x-zen-edge";

/// The member of targets metadata that says which version it followed: numbers are passed over when
/// a publisher is interrupted, and what has such a number was never published.
const FOLLOWS: &str = "x-zen-edge-follows";

/// In the root: whose it is, and how long signatures last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RootNote {
    pub(crate) environment: String,
    #[serde(default)]
    pub(crate) expiry_days: Policy,
}

/// In the top-level targets: whose they are, and what must not come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetsNote {
    pub(crate) environment: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) revoked: Vec<Revoked>,
}

/// Bytes that are not to be published again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// The project whose release it was.
    pub project: String,
    /// The SHA-256 of the bundle, in hexadecimal digits.
    pub sha256: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How many days the signatures of each role last. It is part of the root, so that everybody who
/// publishes keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// Of the root.
    pub root: u16,
    /// Of the targets, delegated ones as well.
    pub targets: u16,
    /// Of the snapshot.
    pub snapshot: u16,
    /// Of the timestamp: how long an old state can be passed off as the newest.
    pub timestamp: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            root: 365,
            targets: 365,
            snapshot: 365,
            timestamp: 7,
        }
    }
}

impl Policy {
    /// Checks that nothing lasts for no time at all.
    pub(crate) fn check(self) -> Result<Self> {
        match [self.root, self.targets, self.snapshot, self.timestamp].contains(&0) {
            true => Err(invalid("signatures must last for a day at least")),
            false => Ok(self),
        }
    }

    /// How many days the signatures of a role last.
    pub fn days(self, role: RoleType) -> u16 {
        match role {
            RoleType::Root => self.root,
            RoleType::Targets | RoleType::DelegatedTargets => self.targets,
            RoleType::Snapshot => self.snapshot,
            RoleType::Timestamp => self.timestamp,
        }
    }
}

/// What a target's metadata says about the release it is: the members of `custom`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The project's key.
    pub project: String,
    /// The environment to which it was published.
    pub environment: String,
    /// The release's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The release's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The commit of which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl Release {
    /// What a target says; none if it is not a release of ours.
    pub(crate) fn of(target: &Target) -> Option<Self> {
        let members = target.custom.clone().into_iter().collect();
        serde_json::from_value(Value::Object(members)).ok()
    }

    pub(crate) fn to_custom(&self) -> Result<HashMap<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => Ok(members.into_iter().collect()),
            _ => Err(invalid("the release cannot be described in JSON")),
        }
    }
}

/// Notes which version this one follows.
pub(crate) fn follow(extra: &mut HashMap<String, Value>, version: u64) {
    extra.insert(FOLLOWS.to_owned(), Value::from(version));
}

/// Which version this one follows; none for the first.
pub(crate) fn followed(extra: &HashMap<String, Value>) -> Option<u64> {
    extra.get(FOLLOWS)?.as_u64()
}

/// Reads a note.
pub(crate) fn read<T: DeserializeOwned>(
    extra: &HashMap<String, Value>,
    role: &str,
    url: &str,
) -> Result<T> {
    let unreadable = || {
        let message = format!(
            "{url}: the {role} does not say what zen-edge writes into `{FIELD}`, so this is not an environment of ours"
        );
        Error::new(ErrorKind::Invalid, message)
    };
    let value = extra.get(FIELD).ok_or_else(unreadable)?;
    serde_json::from_value(value.clone()).map_err(|error| unreadable().because(error))
}

/// Writes a note.
pub(crate) fn write<T: Serialize>(extra: &mut HashMap<String, Value>, note: &T) -> Result<()> {
    let value = serde_json::to_value(note)
        .map_err(|error| invalid("a note cannot be written as JSON").because(error))?;
    extra.insert(FIELD.to_owned(), value);
    Ok(())
}
