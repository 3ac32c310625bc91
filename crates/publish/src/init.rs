//! Making an environment.

use crate::commit::{Committed, Publisher, beginnings, expiry};
use crate::error::{Error, ErrorKind, Result, invalid};
use crate::keys::{PublicKey, SigningKey};
use crate::names::check_role;
use crate::note::{self, Policy, RootNote, TargetsNote};
use crate::sign::{self, SPEC_VERSION};
use crate::store::{Created, Store, Writer};
use bytes::Bytes;
use jiff::Timestamp as Time;
use std::collections::HashMap;
use std::num::NonZeroU64;
use tough::schema::{
    DelegatedRole, Delegations, PathPattern, PathSet, RoleKeys, RoleType, Root, Signed, Targets,
};

/// The keys of a role, and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// How many of them must sign.
    pub threshold: u16,
}

/// A role to which some projects are delegated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Its name.
    pub name: String,
    /// Its projects: patterns with `*` and `?`.
    pub patterns: Vec<String>,
    /// Its keys.
    pub grant: Grant,
}

/// An environment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Who signs the root.
    pub root: Grant,
    /// Who signs the targets.
    pub targets: Grant,
    /// Who signs the snapshot.
    pub snapshot: Grant,
    /// Who signs the timestamp.
    pub timestamp: Grant,
    /// To whom projects are delegated, in order.
    pub delegations: Vec<Delegation>,
    /// How long signatures last.
    pub policy: Policy,
}

impl Plan {
    /// One key for everything.
    pub fn with_key(key: PublicKey) -> Self {
        let grant = Grant {
            keys: vec![key],
            threshold: 1,
        };
        Self {
            root: grant.clone(),
            targets: grant.clone(),
            snapshot: grant.clone(),
            timestamp: grant,
            delegations: Vec::new(),
            policy: Policy::default(),
        }
    }

    /// The first root of an environment, signed. It is what clients are given to trust, so keep it:
    /// [`Publisher::init`] takes it again after an interruption.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] if too few of the root's keys are at hand, [`ErrorKind::Invalid`] if a
    /// threshold cannot be reached.
    pub async fn root(&self, environment: &str, keys: &[SigningKey], now: Time) -> Result<Bytes> {
        let policy = self.policy.check()?;
        let mut root = Root {
            spec_version: SPEC_VERSION.to_owned(),
            consistent_snapshot: true,
            version: NonZeroU64::MIN,
            expires: expiry(now, policy.root)?,
            keys: HashMap::new(),
            roles: HashMap::new(),
            _extra: HashMap::new(),
        };
        for (kind, grant) in [
            (RoleType::Root, &self.root),
            (RoleType::Targets, &self.targets),
            (RoleType::Snapshot, &self.snapshot),
            (RoleType::Timestamp, &self.timestamp),
        ] {
            grant.give(&mut root, kind)?;
        }
        let note = RootNote {
            environment: environment.to_owned(),
            expiry_days: policy,
        };
        note::write(&mut root._extra, &note)?;
        Ok(sign::sign(root.clone(), &root, keys).await?.bytes)
    }

    fn delegations(&self) -> Result<Option<Delegations>> {
        if self.delegations.is_empty() {
            return Ok(None);
        }
        let mut all = Delegations::new();
        for delegation in &self.delegations {
            check_role(&delegation.name)?;
            if all.roles.iter().any(|role| role.name == delegation.name) {
                return Err(invalid(format!(
                    "two delegations are to `{}`",
                    delegation.name
                )));
            }
            let keys = delegation.grant.keys(&delegation.name)?;
            for key in &delegation.grant.keys {
                all.keys.insert(key.id()?, key.to_tuf());
            }
            let patterns = delegation.patterns.iter().map(|pattern| {
                PathPattern::new(pattern).map_err(|error| {
                    invalid(format!("`{pattern}` is not a pattern of projects")).because(error)
                })
            });
            all.roles.push(DelegatedRole {
                name: delegation.name.clone(),
                keyids: keys.keyids,
                threshold: keys.threshold,
                paths: PathSet::Paths(patterns.collect::<Result<_>>()?),
                terminating: true,
                targets: None,
            });
        }
        Ok(Some(all))
    }
}

impl Grant {
    /// Gives these keys, and no others, to a top-level role.
    pub(crate) fn give(&self, root: &mut Root, role: RoleType) -> Result<()> {
        for key in &self.keys {
            root.keys.insert(key.id()?, key.to_tuf());
        }
        root.roles.insert(role, self.keys(&role.to_string())?);
        Ok(())
    }

    pub(crate) fn keys(&self, role: &str) -> Result<RoleKeys> {
        let mut keyids = Vec::new();
        for key in &self.keys {
            let id = key.id()?;
            if !keyids.contains(&id) {
                keyids.push(id);
            }
        }
        let threshold = NonZeroU64::new(u64::from(self.threshold))
            .filter(|threshold| threshold.get() <= keyids.len() as u64)
            .ok_or_else(|| {
                invalid(format!(
                    "`{role}` has {} different keys, so {} of them cannot be needed",
                    keyids.len(),
                    self.threshold
                ))
            })?;
        Ok(RoleKeys {
            keyids,
            threshold,
            _extra: HashMap::new(),
        })
    }
}

impl Publisher<'_> {
    /// Makes the environment of which `self.trusted_root` is the first root: an empty one, or where
    /// this was interrupted the rest of it.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if there is an environment already; [`ErrorKind::Key`]; and what the
    /// store says.
    pub async fn init(&self, plan: &Plan) -> Result<Committed> {
        let root: Signed<Root> =
            crate::environment::fetch::parse("the root", "root", self.trusted_root)?;
        let note: RootNote = note::read(&root.signed._extra, "root", "the root")?;
        if note.environment != self.store.environment() {
            let message = format!(
                "the root is of the environment `{}`, not `{}`",
                note.environment,
                self.store.environment()
            );
            return Err(Error::new(ErrorKind::WrongEnvironment, message));
        }
        let root = root.signed;
        let (mut snapshot, mut timestamp) = beginnings(self.now);
        let mut targets = Targets::new(SPEC_VERSION.to_owned(), NonZeroU64::MIN, self.now);
        targets.delegations = plan.delegations()?;
        let targets_note = TargetsNote {
            environment: note.environment,
            revoked: Vec::new(),
        };
        note::write(&mut targets._extra, &targets_note)?;
        for role in [RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp] {
            sign::check_keys(&role.to_string(), root.roles.get(&role), self.keys)?;
        }
        let writer = self.store.writer(self.unconditional).await?;
        let name = format!("metadata/{}.root.json", root.version);
        let bytes = Bytes::copy_from_slice(self.trusted_root);
        if writer.create(&name, &bytes).await? == Created::Other {
            return Err(taken(self.store));
        }
        let days = note.expiry_days;
        targets.version = self.first(&writer, "targets").await?;
        targets.expires = expiry(self.now, days.targets)?;
        let file = sign::sign(targets, &root, self.keys).await?;
        self.must_create(&writer, "targets", &file).await?;
        snapshot
            .meta
            .insert("targets.json".to_owned(), file.announcement());
        snapshot.version = self.first(&writer, "snapshot").await?;
        snapshot.expires = expiry(self.now, days.snapshot)?;
        let file = sign::sign(snapshot, &root, self.keys).await?;
        self.must_create(&writer, "snapshot", &file).await?;
        timestamp
            .meta
            .insert("snapshot.json".to_owned(), file.announcement());
        timestamp.expires = expiry(self.now, days.timestamp)?;
        let committed = Committed {
            revision: timestamp.version.get(),
            expires: timestamp.expires,
        };
        let file = sign::sign(timestamp, &root, self.keys).await?;
        match writer
            .create("metadata/timestamp.json", &file.bytes)
            .await?
        {
            Created::Other => Err(taken(self.store)),
            Created::New | Created::Same => Ok(committed),
        }
    }

    async fn must_create(&self, writer: &Writer<'_>, role: &str, file: &sign::File) -> Result<()> {
        match self.create(writer, role, file).await? {
            true => Ok(()),
            false => Err(taken(self.store)),
        }
    }
}

fn taken(store: &Store) -> Error {
    let message = format!("there is an environment at {} already", store.url());
    Error::new(ErrorKind::Conflict, message)
}
