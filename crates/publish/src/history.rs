//! Old releases: found again, put back, or never to come back.

use crate::commit::Publisher;
use crate::environment::fetch::{content_name, parse};
use crate::environment::{Environment, Listed, listed};
use crate::error::{Error, ErrorKind, Result, invalid};
use crate::note::{self, Revoked};
use crate::publish::{Change, Published};
use bytes::Bytes;
use tough::TargetName;
use tough::schema::{Signed, Targets};
use zen_edge_tuf::Limits;

/// How many versions of a role's metadata are looked back at.
const VERSIONS: usize = 1_000;

/// Shortest part of a digest by which a release may be named.
const SHORTEST_DIGEST: usize = 8;

/// A release of which the bytes are at hand.
#[derive(Debug, Clone)]
pub struct Found {
    /// What was said about it.
    pub listed: Listed,
    /// The bundle.
    pub bytes: Bytes,
}

impl Publisher<'_> {
    /// The releases that a project had before the one it has now, newest first: those in metadata
    /// that was published and that the role's keys of today have signed.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such project; and what the store says.
    pub async fn history(&self, environment: &Environment, project: &str) -> Result<Vec<Listed>> {
        let role = match environment.release(project) {
            Ok(now) => now.role,
            // It may have been revoked.
            Err(_) => environment.publisher_of(project).to_owned(),
        };
        let name = TargetName::new(project)
            .map_err(|error| invalid(format!("`{project}`")).because(error))?;
        let signed = match role.as_str() {
            "targets" => Some(&environment.targets),
            delegated => environment.delegated.get(delegated),
        };
        let mut releases: Vec<Listed> = Vec::new();
        let now = signed.and_then(|signed| signed.signed.targets.get(&name));
        releases.extend(now.and_then(|target| listed(&role, target)));
        let current = releases.len();
        let mut next = signed.and_then(|signed| note::followed(&signed.signed._extra));
        for _ in 0..VERSIONS {
            let Some(version) = next else { break };
            let Some(old) = self.old(environment, &role, version).await? else {
                break;
            };
            if let Some(found) = old
                .targets
                .get(&name)
                .and_then(|target| listed(&role, target))
                && !releases.contains(&found)
            {
                releases.push(found);
            }
            next = note::followed(&old._extra).filter(|before| *before < version);
        }
        Ok(releases.split_off(current))
    }

    /// Old metadata of a role, if it is still there and its keys of today have signed it.
    async fn old(
        &self,
        environment: &Environment,
        role: &str,
        version: u64,
    ) -> Result<Option<Targets>> {
        let name = format!("metadata/{version}.{role}.json");
        let limit = Limits::default().targets_bytes;
        let Some(object) = self.store.get(&name, limit).await? else {
            return Ok(None);
        };
        let signed: Signed<Targets> = parse(self.store.url(), role, &object.bytes)?;
        let verified = match (role, &environment.targets.signed.delegations) {
            ("targets", _) => environment.root.signed.verify_role(&signed).is_ok(),
            (_, Some(delegations)) => delegations.verify_role(&signed, role).is_ok(),
            (_, None) => false,
        };
        Ok((verified && signed.signed.version.get() == version).then_some(signed.signed))
    }

    /// Finds an old release of a project and its bytes: the one before the present one, or the one
    /// with this version, release id or (beginning of a) digest.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; [`ErrorKind::Invalid`] if it was revoked.
    pub async fn find_old(
        &self,
        environment: &Environment,
        project: &str,
        wanted: Option<&str>,
    ) -> Result<Found> {
        let history = self.history(environment, project).await?;
        let present = environment.release(project).ok();
        let is_revoked = |listed: &Listed| {
            environment
                .revoked()
                .iter()
                .any(|revoked| revoked.sha256 == listed.sha256)
        };
        let is_wanted = |listed: &&Listed| match wanted {
            None => {
                present
                    .as_ref()
                    .is_none_or(|now| now.sha256 != listed.sha256)
                    && !is_revoked(listed)
            }
            Some(wanted) => {
                listed.release.version.as_deref() == Some(wanted)
                    || listed.release.release.as_deref() == Some(wanted)
                    || (wanted.len() >= SHORTEST_DIGEST && listed.sha256.starts_with(wanted))
            }
        };
        let Some(found) = history.iter().find(is_wanted) else {
            let message = format!(
                "{}: among {} earlier releases of `{project}` there is no {}",
                environment.url(),
                history.len(),
                wanted.map_or("other one to go back to".to_owned(), |wanted| format!(
                    "`{wanted}`"
                )),
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        if is_revoked(found) {
            return Err(invalid(format!("the release {} was revoked", found.sha256)));
        }
        let bytes = environment.download(self.store, project, found).await?;
        Ok(Found {
            listed: found.clone(),
            bytes,
        })
    }

    /// Takes a project's release out of the environment, and notes that it must not come back.
    /// `sha256` names a release that is not the present one: then only that is noted.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such project; [`ErrorKind::Key`],
    /// [`ErrorKind::Conflict`]; and what the store says.
    pub async fn revoke(
        &self,
        project: &str,
        sha256: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Published> {
        if sha256
            .is_some_and(|text| text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(invalid("a digest is 64 hexadecimal digits"));
        }
        let writer = self.store.writer(self.unconditional).await?;
        let (committed, published) = self
            .edit(&writer, async |environment| {
                let present = match (environment.release(project), sha256) {
                    (Ok(present), _) => Some(present),
                    (Err(_), Some(_)) => None,
                    (Err(error), None) => return Err(error),
                };
                let digest = match (sha256, &present) {
                    (Some(sha256), _) => sha256.to_lowercase(),
                    (None, Some(present)) => present.sha256.clone(),
                    (None, None) => return Err(invalid("nothing is named that could be revoked")),
                };
                let removed = present.filter(|present| present.sha256 == digest);
                let change = removed.map(|present| Change {
                    project: project.to_owned(),
                    before: Some(present),
                    after: None,
                });
                let (draft, published) =
                    self.draft_of(environment, change.into_iter().collect())?;
                let known = |revoked: &Revoked| revoked.sha256 == digest;
                if environment.revoked().iter().any(known) {
                    return Ok((draft, published));
                }
                self.check_keys(environment, &["targets"])?;
                let mut draft = draft.unwrap_or_default();
                let targets = draft
                    .targets
                    .get_or_insert_with(|| environment.targets.signed.clone());
                let mut note = environment.note.clone();
                note.revoked.push(Revoked {
                    project: project.to_owned(),
                    sha256: digest,
                    reason: reason.map(str::to_owned),
                });
                note::write(&mut targets._extra, &note)?;
                Ok((Some(draft), published))
            })
            .await?;
        Ok(Published {
            committed,
            ..published
        })
    }
}

/// Where a release's bundle is below the environment's address.
pub fn location(listed: &Listed) -> String {
    content_name(&listed.release.project, &listed.sha256)
}
