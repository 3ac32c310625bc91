//! Trusted metadata: what every check is made against.

mod open;
mod signers;

pub(crate) use open::read_root;
pub use signers::{Signer, TrustedRole};

use crate::delegation::{Chain, Edge, Listing, Search, list, search};
use crate::error::{At, Error, ErrorKind, Result};
use crate::json::Json;
use crate::limits::Limits;
use crate::metadata::{Metadata, Root, Snapshot, Targets, Timestamp};
use crate::role::Role;
use crate::stored::Stored;
use crate::target::{Target, check_path};
use crate::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Metadata whose signatures were verified.
#[derive(Clone)]
pub(crate) struct Signed<T> {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) body: T,
    /// Members that the specification does not define, and whose names begin with `x-`.
    pub(crate) extensions: BTreeMap<String, Json>,
}

impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(formatter)
    }
}

/// The metadata that a client trusts.
#[derive(Debug, Clone)]
pub struct Trusted {
    pub(crate) limits: Limits,
    /// What is in storage: whatever is trusted, and files nobody has looked at yet.
    pub(crate) stored: Stored,
    pub(crate) root: Signed<Root>,
    pub(crate) timestamp: Option<Signed<Timestamp>>,
    pub(crate) snapshot: Option<Signed<Snapshot>>,
    pub(crate) targets: Option<Signed<Targets>>,
    pub(crate) delegated: BTreeMap<Chain, Signed<Targets>>,
}

/// The result of one step of a listing.
pub(crate) enum ListStep {
    All(Vec<String>),
    /// The metadata of the role at the end of this chain is not there.
    Needs(Chain),
}

/// The result of one step of a search for a target.
pub(crate) enum Step {
    Found(Target),
    /// The metadata of the role at the end of this chain is not there.
    Needs(Chain),
}

impl Trusted {
    /// Verifies stored metadata as it stands, without a network and whatever has expired since:
    /// what a client serves when no source answers. [`Self::expires`] says how old it is.
    ///
    /// # Errors
    /// The first refusal. [`ErrorKind::Unavailable`] if a top-level role is missing.
    pub fn reload(stored: Stored, limits: Limits) -> Result<Self> {
        let mut trusted = Self::begin(stored, limits)?;
        let bytes = trusted.need(&Role::Timestamp, "5.4.1")?;
        trusted.timestamp = Some(trusted.open_timestamp(&bytes)?);
        let bytes = trusted.need(&Role::Snapshot, "5.5.1")?;
        trusted.snapshot = Some(trusted.open_snapshot(&bytes)?);
        let bytes = trusted.need(&Role::Targets, "5.6.1")?;
        trusted.targets = Some(trusted.open_targets(&bytes, &[])?);
        Ok(trusted)
    }

    /// 5.2. Load the trusted root metadata.
    pub(crate) fn begin(stored: Stored, limits: Limits) -> Result<Self> {
        let at = At::new(&Role::Root, "5.2");
        let bytes = stored
            .get(&Role::Root)
            .ok_or_else(|| at.refuse(ErrorKind::Unavailable, "there is no trusted root"))?;
        let (signatures, root) = read_root(bytes, &limits, at)?;
        signatures.verify(&root.body.keys, root.body.role(&Role::Root), at)?;
        Ok(Self {
            limits,
            root,
            timestamp: None,
            snapshot: None,
            targets: None,
            delegated: BTreeMap::new(),
            stored,
        })
    }

    fn need(&self, role: &Role, step: &'static str) -> Result<Arc<[u8]>> {
        self.stored.get(role).cloned().ok_or_else(|| {
            At::new(role, step).refuse(ErrorKind::Unavailable, "its metadata is not stored")
        })
    }

    /// Version of the trusted root.
    pub fn root_version(&self) -> u64 {
        self.root.body.header().version
    }

    /// Version of the trusted timestamp: the repository's revision.
    pub fn timestamp_version(&self) -> Option<u64> {
        self.timestamp
            .as_ref()
            .map(|signed| signed.body.header().version)
    }

    /// Version of the trusted snapshot.
    pub fn snapshot_version(&self) -> Option<u64> {
        self.snapshot
            .as_ref()
            .map(|signed| signed.body.header().version)
    }

    /// Version of the trusted top-level targets.
    pub fn targets_version(&self) -> Option<u64> {
        self.targets
            .as_ref()
            .map(|signed| signed.body.header().version)
    }

    /// When the trusted timestamp expires.
    pub fn timestamp_expires(&self) -> Option<UnixTime> {
        self.timestamp
            .as_ref()
            .map(|signed| signed.body.header().expires)
    }

    /// When the first of the trusted top-level roles expires.
    pub fn expires(&self) -> UnixTime {
        let others = [
            self.timestamp.as_ref().map(|signed| signed.body.header()),
            self.snapshot.as_ref().map(|signed| signed.body.header()),
            self.targets.as_ref().map(|signed| signed.body.header()),
        ];
        let root = self.root.body.header().expires;
        others
            .into_iter()
            .flatten()
            .map(|header| header.expires)
            .fold(root, UnixTime::min)
    }

    /// Whether target files and versioned metadata have consistent-snapshot names.
    pub fn consistent_snapshot(&self) -> bool {
        self.root.body.consistent_snapshot
    }

    /// The metadata to keep, for [`Self::reload`] or the next update.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// What a top-level role's metadata says beyond the specification: the member of this name, which
    /// begins with `x-`. It is signed like the rest.
    pub fn extension(&self, role: &Role, name: &str) -> Option<&Json> {
        let extensions = match role {
            Role::Root => Some(&self.root.extensions),
            Role::Timestamp => self.timestamp.as_ref().map(|signed| &signed.extensions),
            Role::Snapshot => self.snapshot.as_ref().map(|signed| &signed.extensions),
            Role::Targets => self.targets.as_ref().map(|signed| &signed.extensions),
            Role::Delegated(_) => None,
        };
        extensions?.get(name)
    }

    /// The paths that the top-level targets role lists, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.targets
            .iter()
            .flat_map(|signed| signed.body.targets.keys())
            .map(String::as_str)
    }

    /// Looks a target up in what is stored, expired or not.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if no role lists it; [`ErrorKind::Unavailable`] if a role that must
    /// be asked is not stored.
    pub fn find(&mut self, path: &str) -> Result<Target> {
        match self.step(path, None)? {
            Step::Found(target) => Ok(target),
            Step::Needs(chain) => Err(At::new(&last(&chain), "5.6.1")
                .refuse(ErrorKind::Unavailable, "its metadata is not stored")),
        }
    }

    /// Goes on with a search as far as it comes with what is stored. Stored metadata that has
    /// expired `now` is not taken.
    pub(crate) fn step(&mut self, path: &str, now: Option<UnixTime>) -> Result<Step> {
        check_path(path)?;
        loop {
            let chain = match self.search(path)? {
                Search::Found(role, file) => {
                    let file = file.clone();
                    return Ok(Step::Found(Target::new(
                        path,
                        role,
                        file,
                        self.consistent_snapshot(),
                    )));
                }
                Search::Absent => {
                    let at = At::new(&Role::Targets, "5.7.2");
                    return Err(at.refuse(
                        ErrorKind::NotFound,
                        format!("no role lists the target `{path}`"),
                    ));
                }
                Search::Needs(edge) => edge.chain(),
            };
            if !self.open_stored(&chain, now) {
                return Ok(Step::Needs(chain));
            }
        }
    }

    /// Goes on with a listing as [`Self::step`] does with a search.
    pub(crate) fn list_step(
        &mut self,
        now: UnixTime,
        passed_over: &BTreeSet<Role>,
    ) -> Result<ListStep> {
        loop {
            let top = self
                .targets
                .as_ref()
                .ok_or_else(|| self.incomplete(&Role::Targets))?;
            let loaded = |edge: &Edge<'_>| self.delegated.get(&edge.chain()).map(|s| &s.body);
            let chain = match list(&top.body, self.limits.delegations, passed_over, loaded)? {
                Listing::All(paths) => {
                    return Ok(ListStep::All(
                        paths.into_iter().map(str::to_owned).collect(),
                    ));
                }
                Listing::Needs(edge) => edge.chain(),
            };
            if !self.open_stored(&chain, Some(now)) {
                return Ok(ListStep::Needs(chain));
            }
        }
    }

    /// Takes a delegated role's metadata from what is stored, if it holds.
    fn open_stored(&mut self, chain: &Chain, now: Option<UnixTime>) -> bool {
        let stored = self.stored.get(&last(chain)).cloned();
        let accepted = stored.and_then(|bytes| {
            let signed = self.open_targets(&bytes, chain).ok()?;
            let header = signed.body.header();
            let fresh = now.is_none_or(|now| header.expires > now);
            fresh.then_some(signed)
        });
        match accepted {
            Some(signed) => {
                self.delegated.insert(chain.clone(), signed);
                true
            }
            None => false,
        }
    }

    fn search(&self, path: &str) -> Result<Search<'_>> {
        let targets = self
            .targets
            .as_ref()
            .ok_or_else(|| self.incomplete(&Role::Targets))?;
        search(&targets.body, path, self.limits.delegations, |edge| {
            self.delegated.get(&edge.chain()).map(|signed| &signed.body)
        })
    }

    fn incomplete(&self, role: &Role) -> Error {
        At::new(role, "5.1").refuse(ErrorKind::Unavailable, "its metadata is not trusted yet")
    }
}

/// The role at the end of a chain.
pub(crate) fn last(chain: &[String]) -> Role {
    chain.last().map_or(Role::Targets, |name| Role::named(name))
}
