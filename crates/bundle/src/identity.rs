//! Identity: which project, release and environment a bundle says it is.

use crate::access::{self, Access};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::limits::{Limit, Limits};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What `.config/project.json` says, but for access. Everything may be unknown: older releases say
/// less, and null is the same as nothing. Members we do not know are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    /// The version of GoRules' form, `"1"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The project.
    #[serde(deserialize_with = "null_as_nothing", skip_serializing_if = "nothing")]
    pub project: Project,
    /// The release of the project.
    #[serde(deserialize_with = "null_as_nothing", skip_serializing_if = "nothing")]
    pub release: Release,
    /// The environment it was deployed to; unknown for a release that was downloaded.
    #[serde(deserialize_with = "null_as_nothing", skip_serializing_if = "nothing")]
    pub environment: Environment,
    /// Who deployed it and when.
    #[serde(deserialize_with = "null_as_nothing", skip_serializing_if = "nothing")]
    pub deployment: Deployment,
    #[serde(flatten)]
    other: Other,
}

/// A project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Project {
    /// Its id in BRMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its key, as in URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its name, as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// A release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Release {
    /// Its id in BRMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its version, semver once it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its name, as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `published` or `draft`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The commit it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_id: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// An environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Environment {
    /// Its id in BRMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its name, as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// A deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// Who deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_by: Option<String>,
    /// When, as BRMS writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// Members we do not know. They may be secret, so only their number is shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Value>")]
struct Other(BTreeMap<String, Value>);

/// Access tokens are not kept here, whoever deserializes.
impl From<BTreeMap<String, Value>> for Other {
    fn from(mut members: BTreeMap<String, Value>) -> Self {
        members.retain(|name, _| !access::MEMBERS.contains(&name.as_str()));
        Self(members)
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} members", self.0.len())
    }
}

fn null_as_nothing<'de, T, D>(deserializer: D) -> std::result::Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What `project.json` says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) identity: Identity,
    pub(crate) access: Access,
    /// Whether access tokens are in it as such, and not only their hashes.
    pub(crate) tokens_in_plain_text: bool,
}

/// Reads `project.json`.
pub(crate) fn read(text: &[u8], limits: &Limits) -> Result<Said> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidIdentity, message);
    if text.len() > limits.identity_bytes {
        let (length, limit) = (text.len(), limits.identity_bytes);
        let message = format!("it has {length} bytes; at most {limit} are accepted");
        return Err(Error::limit(Limit::IdentityBytes, message));
    }
    let found =
        json::outline(text, limits.json_values, limits).map_err(|error| match error.limit() {
            Some(limit) => Error::limit(limit, error.to_string()),
            None => invalid(error.to_string()),
        })?;
    if !found.is_object {
        return Err(invalid("it is not a JSON object".to_owned()));
    }
    let mut members: Map<String, Value> = serde_json::from_slice(text)
        .map_err(|error| invalid(format!("it is not valid JSON: {error}")))?;
    // Taken out first: what follows may show what it finds.
    let tokens_in_plain_text = access::is_in_plain_text(&members);
    let access = access::take(&mut members, limits)?;
    let identity = Identity::deserialize(Value::Object(members))
        .map_err(|error| invalid(format!("it is not in GoRules' form: {error}")))?;
    Ok(Said {
        identity,
        access,
        tokens_in_plain_text,
    })
}

/// Writes `project.json`, members in order of their names; nothing if there is nothing to say.
pub(crate) fn write(identity: &Identity, access: &Access) -> Result<Option<Vec<u8>>> {
    let failed = |error: serde_json::Error| {
        Error::new(
            ErrorKind::InvalidIdentity,
            format!("it cannot be written: {error}"),
        )
    };
    let mut members = match serde_json::to_value(identity).map_err(failed)? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    access::put(access, &mut members);
    if members.is_empty() {
        return Ok(None);
    }
    // Maps keep their members' order if any crate of the build asked serde_json for it.
    let mut value = Value::Object(members);
    value.sort_all_objects();
    serde_json::to_vec(&value).map(Some).map_err(failed)
}
