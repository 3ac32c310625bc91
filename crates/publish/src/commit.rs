//! Committing: content first, then metadata under numbers that were never used, the pointer last.
//!
//! A reader follows the pointer, so until that last write it sees the environment as it was, and
//! after it the environment as it is to be. Who is interrupted leaves files that nothing refers to;
//! the next publisher passes over their numbers.

use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::keys::SigningKey;
use crate::note;
use crate::sign::{self, File, SPEC_VERSION};
use crate::store::{Created, Writer};
use jiff::{Timestamp as Time, ToSpan as _};
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;
use tough::schema::{DelegatedTargets, RoleType, Root, Snapshot, Targets, Timestamp};

/// How many numbers in a row may be taken by publishers that were interrupted.
const ORPHANS: u64 = 1_000;

/// How many publishers may be in each other's way at once before one of them gives up.
const ROUNDS: u32 = 12;

/// Who publishes: a store, a root to trust, keys to sign with, and the time.
#[derive(Debug, Clone)]
pub struct Publisher<'a> {
    /// Where to.
    pub store: &'a crate::Store,
    /// The root that is trusted from the outset.
    pub trusted_root: &'a [u8],
    /// The keys at hand.
    pub keys: &'a [SigningKey],
    /// The time of everything that is signed.
    pub now: Time,
    /// Write without conditions: there is no other publisher, the user says.
    pub unconditional: bool,
}

/// What is to change in the metadata.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    /// New top-level targets, whose version and expiry are set here.
    pub(crate) targets: Option<Targets>,
    /// New delegated targets by role, likewise.
    pub(crate) delegated: BTreeMap<String, Targets>,
    /// Sign the snapshot again even if it announces nothing new.
    pub(crate) snapshot: bool,
    /// Sign so that those who trust this root accept it as well.
    pub(crate) also_for: Option<Root>,
}

/// What was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The version of the new timestamp.
    pub revision: u64,
    /// When it expires.
    pub expires: Time,
}

impl Publisher<'_> {
    /// Loads the environment, expired or not.
    ///
    /// # Errors
    /// As [`Environment::load`].
    pub async fn load(&self) -> Result<Environment> {
        Environment::load(self.store, self.trusted_root, None).await
    }

    /// Changes an environment: `change` makes a draft of what it finds, and is asked again if
    /// somebody else was faster. No draft, no change.
    pub(crate) async fn edit<T>(
        &self,
        writer: &Writer<'_>,
        mut change: impl AsyncFnMut(&Environment) -> Result<(Option<Draft>, T)>,
    ) -> Result<(Option<Committed>, T)> {
        for round in 1..=ROUNDS {
            let environment = self.load().await?;
            let (draft, result) = change(&environment).await?;
            let Some(draft) = draft else {
                return Ok((None, result));
            };
            match self.commit(writer, &environment, draft).await? {
                Some(committed) => return Ok((Some(committed), result)),
                None => back_off(round).await?,
            }
        }
        let message = format!(
            "{}: other publishers were faster {ROUNDS} times",
            self.store.url()
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// Writes a draft. None if somebody else has moved the pointer meanwhile.
    pub(crate) async fn commit(
        &self,
        writer: &Writer<'_>,
        environment: &Environment,
        draft: Draft,
    ) -> Result<Option<Committed>> {
        let own = &environment.root.signed;
        let root = draft
            .also_for
            .as_ref()
            .map_or_else(|| own.clone(), |next| sign::union(next, own));
        let mut announced: HashMap<_, _> = environment.snapshot.signed.meta.clone();
        for (name, targets) in draft.delegated {
            let above = draft
                .targets
                .as_ref()
                .unwrap_or(&environment.targets.signed);
            let file = self
                .write_delegated(writer, environment, above, &name, targets)
                .await?;
            let Some(file) = file else { return Ok(None) };
            announced.insert(format!("{name}.json"), file.announcement());
        }
        if let Some(mut targets) = draft.targets {
            let from = environment.targets.signed.version;
            targets.version = self.free(writer, "targets", from).await?;
            note::follow(&mut targets._extra, from.get());
            targets.expires = self.expiry(environment, RoleType::Targets)?;
            let file = sign::sign(targets, &root, self.keys).await?;
            if !self.create(writer, "targets", &file).await? {
                return Ok(None);
            }
            announced.insert("targets.json".to_owned(), file.announcement());
        }
        let mut timestamp = environment.timestamp.signed.clone();
        if draft.snapshot || announced != environment.snapshot.signed.meta {
            let mut snapshot = environment.snapshot.signed.clone();
            snapshot.meta = announced;
            let from = snapshot.version;
            snapshot.version = self.free(writer, "snapshot", from).await?;
            snapshot.expires = self.expiry(environment, RoleType::Snapshot)?;
            let file = sign::sign(snapshot, &root, self.keys).await?;
            if !self.create(writer, "snapshot", &file).await? {
                return Ok(None);
            }
            timestamp
                .meta
                .insert("snapshot.json".to_owned(), file.announcement());
        }
        timestamp.version = next(timestamp.version)?;
        timestamp.expires = self.expiry(environment, RoleType::Timestamp)?;
        let committed = Committed {
            revision: timestamp.version.get(),
            expires: timestamp.expires,
        };
        let file = sign::sign(timestamp, &root, self.keys).await?;
        let swapped = writer
            .swap(
                "metadata/timestamp.json",
                &file.bytes,
                Some(&environment.pointer),
            )
            .await?;
        Ok(swapped.then_some(committed))
    }

    async fn write_delegated(
        &self,
        writer: &Writer<'_>,
        environment: &Environment,
        above: &Targets,
        name: &str,
        mut targets: Targets,
    ) -> Result<Option<File>> {
        let before = environment.delegated.get(name);
        let from = before.map(|signed| signed.signed.version);
        targets.version = match from {
            Some(version) => {
                note::follow(&mut targets._extra, version.get());
                self.free(writer, name, version).await?
            }
            None => self.first(writer, name).await?,
        };
        targets.expires = self.expiry(environment, RoleType::DelegatedTargets)?;
        let delegations = above.delegations.clone().unwrap_or_default();
        let body = DelegatedTargets {
            name: name.to_owned(),
            targets,
        };
        let file = sign::sign_delegated(body, &delegations, self.keys).await?;
        let written = self.create(writer, name, &file).await?;
        Ok(written.then_some(file))
    }

    /// Checks that the keys at hand can sign what a change of these roles makes necessary.
    pub(crate) fn check_keys(&self, environment: &Environment, roles: &[&str]) -> Result<()> {
        let root = &environment.root.signed;
        // The timestamp announces the snapshot, which announces the others.
        let above: &[&str] = match roles {
            ["timestamp"] => &[],
            _ => &["snapshot", "timestamp"],
        };
        for role in roles.iter().chain(above) {
            let delegated = environment
                .delegations()
                .iter()
                .find(|it| it.name == **role);
            let granted = match delegated {
                Some(role) => Some(role.keys()),
                None => role
                    .parse()
                    .ok()
                    .and_then(|kind: RoleType| root.roles.get(&kind).cloned()),
            };
            sign::check_keys(role, granted.as_ref(), self.keys)?;
        }
        Ok(())
    }

    pub(crate) fn expiry(&self, environment: &Environment, role: RoleType) -> Result<Time> {
        expiry(self.now, environment.policy.days(role))
    }

    /// The first version after this one under which the role has no file yet.
    async fn free(&self, writer: &Writer<'_>, role: &str, from: NonZeroU64) -> Result<NonZeroU64> {
        let mut version = from;
        for _ in 0..ORPHANS {
            version = next(version)?;
            let name = format!("metadata/{version}.{role}.json");
            if writer.store().length(&name).await?.is_none() {
                return Ok(version);
            }
        }
        let message = format!(
            "{}: more than {ORPHANS} files of `{role}` after version {from} belong to nobody",
            self.store.url()
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// The first version at all under which the role has no file yet.
    pub(crate) async fn first(&self, writer: &Writer<'_>, role: &str) -> Result<NonZeroU64> {
        let name = format!("metadata/1.{role}.json");
        match writer.store().length(&name).await? {
            None => Ok(NonZeroU64::MIN),
            Some(_) => self.free(writer, role, NonZeroU64::MIN).await,
        }
    }

    /// Writes a metadata file under its number. Answers whether the number was still free.
    pub(crate) async fn create(
        &self,
        writer: &Writer<'_>,
        role: &str,
        file: &File,
    ) -> Result<bool> {
        let name = format!("metadata/{}.{role}.json", file.announcement().version);
        Ok(writer.create(&name, &file.bytes).await? != Created::Other)
    }
}

/// The moment that many days later, in whole seconds.
pub(crate) fn expiry(now: Time, days: u16) -> Result<Time> {
    now.checked_add((i64::from(days) * 24).hours())
        .and_then(|time| time.round(jiff::Unit::Second))
        .map_err(|error| crate::error::invalid("the time is out of range").because(error))
}

fn next(version: NonZeroU64) -> Result<NonZeroU64> {
    // Beyond this some readers of JSON lose digits, and nobody gets there by publishing.
    const HIGHEST: u64 = 1 << 53;
    version
        .checked_add(1)
        .filter(|version| version.get() < HIGHEST)
        .ok_or_else(|| {
            let message = "the version cannot grow any more: rotate the timestamp's and snapshot's keys and begin anew";
            Error::new(ErrorKind::Invalid, message)
        })
}

async fn back_off(round: u32) -> Result<()> {
    let mut random = [0];
    getrandom::fill(&mut random).map_err(|error| {
        crate::error::invalid("the system has no random numbers").because(error.to_string())
    })?;
    let [random] = random;
    let pause = u64::from(round) * (20 + u64::from(random));
    tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
    Ok(())
}

/// A first snapshot and timestamp, whose versions and expiries are to be set.
pub(crate) fn beginnings(now: Time) -> (Snapshot, Timestamp) {
    let (spec, one) = (SPEC_VERSION.to_owned(), NonZeroU64::MIN);
    (
        Snapshot::new(spec.clone(), one, now),
        Timestamp::new(spec, one, now),
    )
}
