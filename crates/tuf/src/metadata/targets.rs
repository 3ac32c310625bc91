//! Targets metadata: what may be downloaded, and who else may say so.

use super::root::read_keys;
use super::{Fields, Header, Metadata, RoleKeys};
use crate::error::{At, Result};
use crate::hash::Hashes;
use crate::json::Json;
use crate::key::Key;
use crate::pattern;
use crate::role::Role;
use std::collections::{BTreeMap, BTreeSet};

/// What is announced of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetFile {
    pub(crate) length: u64,
    pub(crate) hashes: Hashes,
    pub(crate) custom: Option<Json>,
}

/// Targets metadata, of the top of the targets roles or a delegated one.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    header: Header,
    pub(crate) targets: BTreeMap<String, TargetFile>,
    pub(crate) delegations: Option<Delegations>,
}

/// To whom a targets role delegates.
#[derive(Debug, Clone)]
pub(crate) struct Delegations {
    pub(crate) keys: BTreeMap<String, Key>,
    /// In the order in which they are searched.
    pub(crate) roles: Vec<Delegation>,
}

/// One delegation.
#[derive(Debug, Clone)]
pub(crate) struct Delegation {
    pub(crate) name: String,
    pub(crate) keys: RoleKeys,
    pub(crate) scope: Scope,
    /// Whether the search ends here for the targets that are delegated.
    pub(crate) terminating: bool,
}

/// Which targets are delegated.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// Those whose path matches one of these patterns.
    Paths(Vec<String>),
    /// Those the SHA-256 of whose path begins with one of these hexadecimal digits.
    HashPrefixes(Vec<String>),
}

impl Scope {
    /// Whether the target at `path`, whose SHA-256 is `digest`, is delegated.
    pub(crate) fn covers(&self, path: &str, digest: &str) -> bool {
        match self {
            Self::Paths(patterns) => patterns
                .iter()
                .any(|pattern| pattern::matches(pattern, path)),
            Self::HashPrefixes(prefixes) => prefixes
                .iter()
                .any(|prefix| digest.starts_with(prefix.as_str())),
        }
    }
}

impl Metadata for Targets {
    fn read(signed: &Json, at: At<'_>) -> Result<Self> {
        let fields = Fields::of(signed, "", at)?;
        let header = Header::read(&fields, at)?;
        let targets = fields
            .object("targets")?
            .objects()
            .map(|entry| {
                let (path, target) = entry?;
                let custom = match target.optional("custom") {
                    None => None,
                    Some(custom) => target.object("custom").map(|_| Some(custom.clone()))?,
                };
                let file = TargetFile {
                    length: target.count("length")?,
                    hashes: Hashes::read(&target.object("hashes")?)?,
                    custom,
                };
                Ok((path.to_owned(), file))
            })
            .collect::<Result<_>>()?;
        let delegations = match fields.optional("delegations") {
            None => None,
            Some(_) => Some(read_delegations(&fields.object("delegations")?)?),
        };
        Ok(Self {
            header,
            targets,
            delegations,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

fn read_delegations(fields: &Fields<'_>) -> Result<Delegations> {
    let at = fields.at();
    let keys = read_keys(fields)?;
    if fields.optional("succinct_roles").is_some() {
        return Err(
            at.invalid("`delegations.succinct_roles` is not part of TUF 1.0 and not supported")
        );
    }
    let mut names = BTreeSet::new();
    let mut roles = Vec::new();
    for role in fields.list("roles")? {
        let delegation = read_delegation(&Fields::of(role, "delegations.roles[].", at)?)?;
        if !names.insert(delegation.name.clone()) {
            return Err(at.invalid(format!("it delegates to `{}` twice", delegation.name)));
        }
        roles.push(delegation);
    }
    Ok(Delegations { keys, roles })
}

fn read_delegation(fields: &Fields<'_>) -> Result<Delegation> {
    let at = fields.at();
    let name = fields.text("name")?;
    // A role of this name would be stored, and announced in the snapshot, as the top-level one.
    if name.is_empty() || !matches!(Role::named(name), Role::Delegated(_)) {
        return Err(at.invalid(format!("it delegates to a role named `{name}`")));
    }
    let scope = match (
        fields.optional("paths"),
        fields.optional("path_hash_prefixes"),
    ) {
        (Some(_), None) => Scope::Paths(fields.texts("paths")?),
        (None, Some(_)) => {
            let prefixes = fields.texts("path_hash_prefixes")?;
            // Half a byte is a prefix too, so the digits are padded to pairs.
            if let Some(bad) = prefixes
                .iter()
                .find(|text| hex::decode(format!("{text}{text}")).is_err())
            {
                return Err(at.invalid(format!("the path hash prefix `{bad}` is not hexadecimal")));
            }
            Scope::HashPrefixes(prefixes.iter().map(|text| text.to_lowercase()).collect())
        }
        _ => {
            let message = "needs either `paths` or `path_hash_prefixes`";
            return Err(at.invalid(format!("the delegation to `{name}` {message}")));
        }
    };
    Ok(Delegation {
        name: name.to_owned(),
        keys: RoleKeys::read(fields)?,
        scope,
        terminating: fields.boolean("terminating")?,
    })
}
