//! Rotating: giving a role other keys.
//!
//! The metadata of the role is signed with its old keys and its new ones, and published; then the
//! next root is. Readers who have seen that root and readers who have not accept the same files, so
//! at no moment is there one who accepts nothing. That is not possible where the old keys are lost:
//! then the root comes first, and until the metadata follows readers keep what they have.

use crate::commit::{Draft, Publisher};
use crate::environment::Environment;
use crate::environment::fetch::fetch_root;
use crate::error::{Error, ErrorKind, Result, invalid};
use crate::init::Grant;
use crate::sign;
use crate::store::Writer;
use tough::schema::{RoleType, Root};

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The root's version now.
    pub root_version: u64,
    /// The revision now.
    pub revision: u64,
}

impl Publisher<'_> {
    /// Gives a role these keys, and no others. With `lost` the role's old keys need not sign.
    ///
    /// The keys at hand must be enough for the root, for whatever of targets, snapshot and
    /// timestamp has to be signed again, and for the role as it will be.
    ///
    /// # Errors
    /// [`ErrorKind::Key`] if keys are missing, [`ErrorKind::NotFound`] if there is no such role,
    /// [`ErrorKind::Conflict`]; and what the store says.
    pub async fn rotate(&self, role: &str, grant: &Grant, lost: bool) -> Result<Rotated> {
        match role.parse() {
            Ok(RoleType::DelegatedTargets) | Err(_) => self.rotate_delegated(role, grant).await,
            Ok(kind) => self.rotate_top_level(kind, grant, lost).await,
        }
    }

    async fn rotate_top_level(&self, role: RoleType, grant: &Grant, lost: bool) -> Result<Rotated> {
        let (mut environment, newest) = self.load_with_root(lost).await?;
        let next = self.next_root(&environment, &newest, role, grant)?;
        let writer = self.store.writer(self.unconditional).await?;
        let file = match next == newest {
            true => None,
            false => Some(sign::sign_root(next.clone(), &newest, self.keys).await?),
        };
        let mut revision = environment.revision();
        if role != RoleType::Root && !lost {
            self.check_both(&environment.root.signed, &next, role)?;
            let resign = async |environment: &Environment| {
                Ok((Some(draft(environment, role, Some(next.clone()))), ()))
            };
            let (committed, ()) = self.edit(&writer, resign).await?;
            revision = committed.map_or(revision, |committed| committed.revision);
        }
        if let Some(file) = file {
            self.create_root(&writer, &file).await?;
        }
        if role != RoleType::Root && lost {
            environment.root.signed = next.clone();
            let committed = self
                .commit(&writer, &environment, draft(&environment, role, None))
                .await?
                .ok_or_else(|| {
                    let message = format!("{}: another publisher was faster", self.store.url());
                    Error::new(ErrorKind::Conflict, message)
                })?;
            revision = committed.revision;
        }
        Ok(Rotated {
            root_version: next.version.get(),
            revision,
        })
    }

    /// The environment and the newest root. Where a rotation with lost keys was interrupted, the
    /// newest root does not accept the environment, but the one before it does.
    async fn load_with_root(&self, lost: bool) -> Result<(Environment, Root)> {
        match self.load().await {
            Ok(environment) => {
                let root = environment.root.signed.clone();
                Ok((environment, root))
            }
            Err(error) if lost && error.kind() == ErrorKind::Untrusted => {
                let newest = fetch_root(self.store, self.trusted_root).await?.signed;
                let before = Some(newest.version.get().saturating_sub(1));
                let environment =
                    Environment::load_under(self.store, self.trusted_root, None, before).await?;
                Ok((environment, newest))
            }
            Err(error) => Err(error),
        }
    }

    /// The root to be; the newest one if it has these keys already.
    fn next_root(
        &self,
        environment: &Environment,
        newest: &Root,
        role: RoleType,
        grant: &Grant,
    ) -> Result<Root> {
        let mut next = newest.clone();
        grant.give(&mut next, role)?;
        let used = |id| next.roles.values().any(|keys| keys.keyids.contains(id));
        let used: Vec<_> = next.keys.keys().filter(|id| used(id)).cloned().collect();
        next.keys.retain(|id, _| used.contains(id));
        if next == *newest {
            return Ok(next);
        }
        next.version = next.version.saturating_add(1);
        next.expires = self.expiry(environment, RoleType::Root)?;
        Ok(next)
    }

    /// Checks that what is to be signed can be signed with its old keys and with its new ones.
    fn check_both(&self, old: &Root, next: &Root, role: RoleType) -> Result<()> {
        let mut roles = vec![RoleType::Timestamp];
        if role != RoleType::Timestamp {
            roles.push(RoleType::Snapshot);
        }
        if role == RoleType::Targets {
            roles.push(RoleType::Targets);
        }
        roles.into_iter().try_for_each(|role| {
            let name = role.to_string();
            sign::check_keys(&name, old.roles.get(&role), self.keys)?;
            sign::check_keys(&name, next.roles.get(&role), self.keys)
        })
    }

    async fn rotate_delegated(&self, name: &str, grant: &Grant) -> Result<Rotated> {
        let writer: Writer<'_> = self.store.writer(self.unconditional).await?;
        let change = async |environment: &Environment| {
            let mut targets = environment.targets.signed.clone();
            let delegations = targets.delegations.as_mut();
            let found = delegations.and_then(|delegations| {
                let role = delegations
                    .roles
                    .iter_mut()
                    .find(|role| role.name == name)?;
                Some((&mut delegations.keys, role))
            });
            let (keys, role) = found.ok_or_else(|| {
                let message = format!("{} has no role `{name}`", environment.url());
                Error::new(ErrorKind::NotFound, message)
            })?;
            for key in &grant.keys {
                keys.insert(key.id()?, key.to_tuf());
            }
            let granted = grant.keys(name)?;
            role.keyids = granted.keyids;
            role.threshold = granted.threshold;
            let mut draft = Draft {
                targets: Some(targets),
                ..Draft::default()
            };
            if let Some(signed) = environment.delegated.get(name) {
                draft
                    .delegated
                    .insert(name.to_owned(), signed.signed.clone());
            }
            Ok((Some(draft), environment.root.signed.version.get()))
        };
        let (committed, root_version) = self.edit(&writer, change).await?;
        let committed = committed.ok_or_else(|| invalid("nothing was to be rotated"))?;
        Ok(Rotated {
            root_version,
            revision: committed.revision,
        })
    }
}

fn draft(environment: &Environment, role: RoleType, also_for: Option<Root>) -> Draft {
    Draft {
        targets: (role == RoleType::Targets).then(|| environment.targets.signed.clone()),
        snapshot: matches!(role, RoleType::Targets | RoleType::Snapshot),
        also_for,
        ..Draft::default()
    }
}
