//! An environment as a store holds it: fetched and verified by our own TUF client.

pub(crate) mod fetch;

use crate::error::{Error, ErrorKind, Result};
use crate::note::{self, Policy, Release, Revoked, RootNote, TargetsNote};
use crate::store::{Object, Store};
use bytes::Bytes;
use jiff::Timestamp as Time;
use std::collections::BTreeMap;
use tough::TargetName;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::{
    DelegatedRole, Delegations, RoleType, Root, Signed, Snapshot, Target, Targets, Timestamp,
};
use zen_edge_tuf::{Limits, UnixTime};

/// Verified metadata of an environment.
#[derive(Debug, Clone)]
pub struct Environment {
    url: String,
    pub(crate) root: Signed<Root>,
    pub(crate) timestamp: Signed<Timestamp>,
    pub(crate) snapshot: Signed<Snapshot>,
    pub(crate) targets: Signed<Targets>,
    pub(crate) delegated: BTreeMap<String, Signed<Targets>>,
    /// The timestamp as it was seen: what a swap compares.
    pub(crate) pointer: Object,
    /// Every other metadata file by name, as received.
    pub(crate) files: BTreeMap<String, Bytes>,
    pub(crate) note: TargetsNote,
    pub(crate) policy: Policy,
    limits: Limits,
}

/// Which release of a project an environment has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What is said about it.
    pub release: Release,
    /// The SHA-256 of the bundle, in hexadecimal digits.
    pub sha256: String,
    /// The bundle's length in bytes.
    pub length: u64,
    /// The role that lists it.
    pub role: String,
}

/// A role's version and expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The role's name.
    pub role: String,
    /// Its version.
    pub version: u64,
    /// When it expires.
    pub expires: Time,
    /// How many days it lasts by the environment's policy.
    pub days: u16,
}

impl Environment {
    /// Fetches and verifies the environment as a client does, beginning with a root that is
    /// trusted. Without a time, what has expired is taken as well: who renews it must read it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; [`ErrorKind::Untrusted`] and
    /// [`ErrorKind::Expired`] if it does not hold; [`ErrorKind::WrongEnvironment`] if it is not the
    /// one that the address names; and what the store says.
    pub async fn load(store: &Store, trusted_root: &[u8], now: Option<Time>) -> Result<Self> {
        Self::load_under(store, trusted_root, now, None).await
    }

    /// Loads as if this were the newest version of the root.
    pub(crate) async fn load_under(
        store: &Store,
        trusted_root: &[u8],
        now: Option<Time>,
        newest_root: Option<u64>,
    ) -> Result<Self> {
        let now = UnixTime(now.map_or(0, Time::as_second));
        let limits = Limits::default();
        let fetched = fetch::fetch(store, trusted_root, now, newest_root, &limits).await?;
        let environment = Self::assemble(store, fetched, limits)?;
        environment.check_name(store.environment())?;
        Ok(environment)
    }

    fn assemble(store: &Store, fetched: fetch::Fetched, limits: Limits) -> Result<Self> {
        let url = store.url();
        let targets: Signed<Targets> = fetched.read(url, "targets")?;
        let root: Signed<Root> = fetched.read(url, "root")?;
        let RootNote { expiry_days, .. } = note::read(&root.signed._extra, "root", url)?;
        Ok(Self {
            url: url.to_owned(),
            note: note::read(&targets.signed._extra, "targets", url)?,
            policy: expiry_days,
            timestamp: fetched.read(url, "timestamp")?,
            snapshot: fetched.read(url, "snapshot")?,
            root,
            targets,
            delegated: fetched.delegated,
            pointer: fetched.pointer,
            files: fetched.files,
            limits,
        })
    }

    /// Everything that is signed must be for the environment that the address names: what was
    /// signed for staging is not production, whatever bucket it is in.
    fn check_name(&self, name: &str) -> Result<()> {
        let wrong = |what: &str, found: &str| {
            let message = format!(
                "{}: {what} is signed for the environment `{found}`, not `{name}`",
                self.url
            );
            Err(Error::new(ErrorKind::WrongEnvironment, message))
        };
        let root: RootNote = note::read(&self.root.signed._extra, "root", &self.url)?;
        if root.environment != name {
            return wrong("its root", &root.environment);
        }
        if self.note.environment != name {
            return wrong("its targets metadata", &self.note.environment);
        }
        for (project, listed) in self.releases()? {
            if listed.release.environment != name {
                let what = format!("the release of `{project}`");
                return wrong(&what, &listed.release.environment);
            }
            if listed.release.project != project {
                let found = &listed.release.project;
                let message = format!(
                    "{}: the target `{project}` is a release of the project `{found}`",
                    self.url
                );
                return Err(Error::new(ErrorKind::Untrusted, message));
            }
        }
        Ok(())
    }

    /// The address it was read from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The version of the timestamp: it only grows.
    pub fn revision(&self) -> u64 {
        self.timestamp.signed.version.get()
    }

    /// What must not be published again.
    pub fn revoked(&self) -> &[Revoked] {
        &self.note.revoked
    }

    /// The releases by their projects' keys.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if a target is not a release of ours.
    pub fn releases(&self) -> Result<BTreeMap<String, Listed>> {
        let mut releases = BTreeMap::new();
        self.list("targets", &self.targets.signed, |_| true, &mut releases)?;
        for role in self.delegations() {
            if let Some(targets) = self.delegated.get(&role.name) {
                let covers = |project: &str| covers(role, project);
                self.list(&role.name, &targets.signed, covers, &mut releases)?;
            }
        }
        Ok(releases)
    }

    fn list(
        &self,
        role: &str,
        targets: &Targets,
        covers: impl Fn(&str) -> bool,
        releases: &mut BTreeMap<String, Listed>,
    ) -> Result<()> {
        for (name, target) in &targets.targets {
            let project = name.raw();
            if releases.contains_key(project) || !covers(project) {
                continue;
            }
            let listed = listed(role, target).ok_or_else(|| {
                let message = format!("{}: the target `{project}` is not a release", self.url);
                Error::new(ErrorKind::Invalid, message)
            })?;
            releases.insert(project.to_owned(), listed);
        }
        Ok(())
    }

    /// The release of a project.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none.
    pub fn release(&self, project: &str) -> Result<Listed> {
        self.releases()?.remove(project).ok_or_else(|| {
            let message = format!("{} has no project `{project}`", self.url);
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// The bytes of a project's bundle, checked against the metadata.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the store does not have them, [`ErrorKind::Untrusted`] if they
    /// are others.
    pub async fn download(&self, store: &Store, project: &str, listed: &Listed) -> Result<Bytes> {
        fetch::content(store, project, listed, &self.limits).await
    }

    /// Version and expiry of every role.
    pub fn signatures(&self) -> Vec<Signature> {
        let policy = self.policy;
        let signature = |role: &str, version: u64, expires, kind| Signature {
            role: role.to_owned(),
            version,
            expires,
            days: policy.days(kind),
        };
        let root = &self.root.signed;
        let timestamp = &self.timestamp.signed;
        let snapshot = &self.snapshot.signed;
        let targets = &self.targets.signed;
        let mut all = vec![
            signature("root", root.version.get(), root.expires, RoleType::Root),
            signature(
                "timestamp",
                timestamp.version.get(),
                timestamp.expires,
                RoleType::Timestamp,
            ),
            signature(
                "snapshot",
                snapshot.version.get(),
                snapshot.expires,
                RoleType::Snapshot,
            ),
            signature(
                "targets",
                targets.version.get(),
                targets.expires,
                RoleType::Targets,
            ),
        ];
        all.extend(self.delegated.iter().map(|(name, role)| {
            let role = &role.signed;
            signature(
                name,
                role.version.get(),
                role.expires,
                RoleType::DelegatedTargets,
            )
        }));
        all
    }

    /// The roles to which the top-level targets delegate, in order.
    pub(crate) fn delegations(&self) -> &[DelegatedRole] {
        let delegations: Option<&Delegations> = self.targets.signed.delegations.as_ref();
        delegations.map_or(&[], |delegations| &delegations.roles)
    }

    /// The role that publishes a project: the first to which it is delegated, or the top.
    pub(crate) fn publisher_of(&self, project: &str) -> &str {
        self.delegations()
            .iter()
            .find(|role| covers(role, project))
            .map_or("targets", |role| &role.name)
    }
}

/// Whether a project is delegated to a role.
fn covers(role: &DelegatedRole, project: &str) -> bool {
    let mut alone = Delegations::new();
    alone.roles.push(role.clone());
    TargetName::new(project).is_ok_and(|name| alone.target_is_delegated(&name))
}

pub(crate) fn listed(role: &str, target: &Target) -> Option<Listed> {
    Some(Listed {
        release: Release::of(target)?,
        sha256: digits(&target.hashes.sha256),
        length: target.length,
        role: role.to_owned(),
    })
}

/// Lower-case hexadecimal digits.
pub(crate) fn digits(bytes: &Decoded<Hex>) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
