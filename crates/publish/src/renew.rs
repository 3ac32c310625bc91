//! Renewing: signing again what is about to expire. Fit for a scheduled job.

use crate::commit::{Committed, Draft, Publisher};
use crate::environment::{Environment, Signature};
use crate::error::{Error, ErrorKind, Result};
use crate::sign;
use crate::store::{Created, Writer};
use jiff::ToSpan as _;
use tough::schema::RoleType;

/// What was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The roles that were signed again.
    pub roles: Vec<String>,
    /// The roles that are due and whose keys are not at hand.
    pub lacking: Vec<String>,
    /// The new revision, if there is one.
    pub committed: Option<Committed>,
    /// Version and expiry of every role, before.
    pub before: Vec<Signature>,
}

impl Publisher<'_> {
    /// Signs again every role of which less than half of its time is left, as far as the keys at
    /// hand go; the timestamp in any case if `force` is set.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if others keep being faster; and what the store says.
    pub async fn renew(&self, force: bool) -> Result<Renewed> {
        let environment = self.load().await?;
        let due = self.due(&environment, force)?;
        let before = environment.signatures();
        let mut renewed = Renewed {
            roles: Vec::new(),
            lacking: Vec::new(),
            committed: None,
            before,
        };
        let (root, others): (Vec<_>, Vec<_>) = due.into_iter().partition(|role| role == "root");
        let mut able = Vec::new();
        for role in others {
            match self.check_keys(&environment, &[role.as_str()]) {
                Ok(()) => able.push(role),
                Err(_) => renewed.lacking.push(role),
            }
        }
        let root_keys = environment.root.signed.roles.get(&RoleType::Root);
        let root = match sign::check_keys("root", root_keys, self.keys) {
            Ok(()) => !root.is_empty(),
            Err(_) => {
                renewed.lacking.extend(root);
                false
            }
        };
        if able.is_empty() && !root {
            return Ok(renewed);
        }
        let writer = self.store.writer(self.unconditional).await?;
        if !able.is_empty() {
            let (committed, ()) = self
                .edit(&writer, async |environment| {
                    Ok((Some(draft(environment, &able)), ()))
                })
                .await?;
            renewed.committed = committed;
            renewed.roles = able;
        }
        if root {
            self.renew_root(&writer, &environment).await?;
            renewed.roles.push("root".to_owned());
        }
        Ok(renewed)
    }

    fn due(&self, environment: &Environment, force: bool) -> Result<Vec<String>> {
        let mut due = Vec::new();
        for Signature {
            role,
            expires,
            days,
            ..
        } in environment.signatures()
        {
            // Half of the days, in hours.
            let half = (i64::from(days) * 12).hours();
            let from = expires.checked_sub(half).map_err(|error| {
                crate::error::invalid("the time is out of range").because(error)
            })?;
            if from <= self.now || (force && role == "timestamp") {
                due.push(role);
            }
        }
        Ok(due)
    }

    async fn renew_root(&self, writer: &Writer<'_>, environment: &Environment) -> Result<()> {
        let previous = &environment.root.signed;
        let mut next = previous.clone();
        next.version = next.version.saturating_add(1);
        next.expires = self.expiry(environment, RoleType::Root)?;
        let file = sign::sign_root(next, previous, self.keys).await?;
        self.create_root(writer, &file).await
    }

    pub(crate) async fn create_root(&self, writer: &Writer<'_>, file: &sign::File) -> Result<()> {
        let name = format!("metadata/{}.root.json", file.announcement().version);
        match writer.create(&name, &file.bytes).await? {
            Created::New | Created::Same => Ok(()),
            Created::Other => {
                let message = format!("{}: somebody else wrote {name} just now", self.store.url());
                Err(Error::new(ErrorKind::Conflict, message))
            }
        }
    }
}

fn draft(environment: &Environment, roles: &[String]) -> Draft {
    let is_due = |name: &str| roles.iter().any(|role| role == name);
    Draft {
        targets: is_due("targets").then(|| environment.targets.signed.clone()),
        delegated: environment
            .delegated
            .iter()
            .filter(|(name, _)| is_due(name))
            .map(|(name, signed)| (name.clone(), signed.signed.clone()))
            .collect(),
        snapshot: is_due("snapshot"),
        also_for: None,
    }
}
