//! Publishing: releases into an environment.

use crate::commit::{Committed, Draft, Publisher};
use crate::environment::fetch::{content_name, sha256};
use crate::environment::{Environment, Listed};
use crate::error::{Error, ErrorKind, Result, invalid};
use crate::names::check_project;
use crate::note::Release;
use crate::sign::SPEC_VERSION;
use crate::store::{Created, Writer};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use tough::TargetName;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::{Hashes, Target, Targets};

/// How many objects are on their way at once.
pub(crate) const AT_ONCE: usize = 16;

/// A bundle to be published.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The bundle, as it is to be stored.
    pub bytes: Bytes,
    /// The project's key.
    pub project: String,
    /// The environment for which the bundle itself says that it was made, if it says.
    pub environment: Option<String>,
    /// The release's id.
    pub release: Option<String>,
    /// The release's version.
    pub version: Option<String>,
    /// The commit of which it was made.
    pub commit: Option<String>,
}

/// What publishing changes in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The project's key.
    pub project: String,
    /// What was there.
    pub before: Option<Listed>,
    /// What is there now; none if it was taken out.
    pub after: Option<Listed>,
}

/// What was published, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The changes; none if everything was there already.
    pub changes: Vec<Change>,
    /// The new revision; none if there was nothing to change, or nothing was to be written.
    pub committed: Option<Committed>,
    /// The revision that was there before.
    pub revision_before: u64,
}

impl Publisher<'_> {
    /// Publishes bundles, all of them or none. What is there already with the same bytes and the
    /// same description stays as it is.
    ///
    /// With `dry_run` everything is done but the writing.
    ///
    /// # Errors
    /// [`ErrorKind::WrongEnvironment`] if a bundle says that it is for another environment,
    /// [`ErrorKind::Invalid`] if one was revoked, [`ErrorKind::Key`], [`ErrorKind::Conflict`]; and
    /// what the store says.
    pub async fn publish(&self, uploads: &[Upload], dry_run: bool) -> Result<Published> {
        let uploads = self.check(uploads)?;
        if dry_run {
            let environment = self.load().await?;
            let (_, published) = self.draft(&environment, &uploads)?;
            return Ok(published);
        }
        // What cannot be signed is found out before anything is written, the probe included.
        self.draft(&self.load().await?, &uploads)?;
        let writer = self.store.writer(self.unconditional).await?;
        let mut written = BTreeSet::new();
        let (committed, published) = self
            .edit(&writer, async |environment| {
                let (draft, published) = self.draft(environment, &uploads)?;
                let missing = published.changes.iter().filter_map(|change| {
                    let sha256 = &change.after.as_ref()?.sha256;
                    let name = content_name(&change.project, sha256);
                    let bytes = uploads.get(&change.project)?.upload.bytes.clone();
                    (!written.contains(&name)).then_some((name, bytes))
                });
                let missing: Vec<_> = missing.collect();
                self.write_content(&writer, &missing).await?;
                written.extend(missing.into_iter().map(|(name, _)| name));
                Ok((draft, published))
            })
            .await?;
        Ok(Published {
            committed,
            ..published
        })
    }

    /// Looks at what is to be published, without any store.
    fn check<'a>(&self, uploads: &'a [Upload]) -> Result<BTreeMap<String, Checked<'a>>> {
        let mut checked = BTreeMap::new();
        let environment = self.store.environment();
        for upload in uploads {
            let project = &upload.project;
            check_project(project)?;
            if let Some(made_for) = upload.environment.as_deref()
                && made_for != environment
            {
                let message = format!(
                    "the bundle of `{project}` says that it is for the environment `{made_for}`, not `{environment}`: pack it without an environment, or export it for this one"
                );
                return Err(Error::new(ErrorKind::WrongEnvironment, message));
            }
            let sha256 = sha256(&upload.bytes);
            let same = checked.insert(project.clone(), Checked { upload, sha256 });
            if same.is_some() {
                return Err(invalid(format!(
                    "two bundles are of the project `{project}`"
                )));
            }
        }
        // File systems that know no case would take two for one, and so do GoRules' tools.
        let lower: BTreeSet<_> = checked
            .keys()
            .map(|project| project.to_lowercase())
            .collect();
        if lower.len() != checked.len() {
            return Err(invalid("two projects differ only in upper and lower case"));
        }
        Ok(checked)
    }

    fn draft(
        &self,
        environment: &Environment,
        uploads: &BTreeMap<String, Checked<'_>>,
    ) -> Result<(Option<Draft>, Published)> {
        let mut changes = Vec::new();
        let releases = environment.releases()?;
        for (project, checked) in uploads {
            if let Some(revoked) = environment
                .revoked()
                .iter()
                .find(|revoked| revoked.sha256 == checked.sha256)
            {
                let reason = revoked.reason.as_deref().unwrap_or("no reason was given");
                return Err(invalid(format!(
                    "the bundle of `{project}` ({}) was revoked: {reason}",
                    checked.sha256
                )));
            }
            if let Some(other) = releases
                .keys()
                .find(|other| *other != project && other.eq_ignore_ascii_case(project))
            {
                return Err(invalid(format!(
                    "the project `{project}` differs from `{other}`, which is there, only in upper and lower case"
                )));
            }
            let after = checked.listed(environment);
            let before = releases.get(project).cloned();
            if before.as_ref() != Some(&after) {
                changes.push(Change {
                    project: project.clone(),
                    before,
                    after: Some(after),
                });
            }
        }
        self.draft_of(environment, changes)
    }

    /// The metadata in which these projects are changed.
    pub(crate) fn draft_of(
        &self,
        environment: &Environment,
        changes: Vec<Change>,
    ) -> Result<(Option<Draft>, Published)> {
        let mut draft = Draft::default();
        for change in &changes {
            let name = TargetName::new(&change.project)
                .map_err(|error| invalid(format!("`{}`", change.project)).because(error))?;
            if let Some(before) = &change.before {
                body(&mut draft, environment, &before.role)?
                    .targets
                    .remove(&name);
            }
            if let Some(after) = &change.after {
                let target = target(after)?;
                body(&mut draft, environment, &after.role)?
                    .targets
                    .insert(name, target);
            }
        }
        let roles: Vec<&str> = draft.delegated.keys().map(String::as_str).collect();
        let top = draft.targets.as_ref().map(|_| "targets");
        let roles: Vec<&str> = roles.into_iter().chain(top).collect();
        let revision_before = environment.revision();
        let published = Published {
            changes,
            committed: None,
            revision_before,
        };
        if roles.is_empty() {
            return Ok((None, published));
        }
        self.check_keys(environment, &roles)?;
        let expires = environment.root.signed.expires;
        if expires <= self.now {
            let message = format!(
                "{}: its root expired at {expires}, so no reader would take what is published: renew it first",
                environment.url()
            );
            return Err(Error::new(ErrorKind::Expired, message));
        }
        Ok((Some(draft), published))
    }

    /// Writes bundles where they are not yet.
    pub(crate) async fn write_content(
        &self,
        writer: &Writer<'_>,
        content: &[(String, Bytes)],
    ) -> Result<()> {
        futures_util::stream::iter(content)
            .map(|(name, bytes)| async move {
                // The name is the hash of the bytes: other bytes are damaged ones.
                match writer.create(name, bytes).await? {
                    Created::New | Created::Same => Ok(()),
                    Created::Other => writer.replace(name, bytes).await,
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

/// A bundle that may be published, as far as can be seen from it alone.
struct Checked<'a> {
    upload: &'a Upload,
    sha256: String,
}

impl Checked<'_> {
    fn listed(&self, environment: &Environment) -> Listed {
        let upload = self.upload;
        Listed {
            release: Release {
                project: upload.project.clone(),
                environment: environment.note.environment.clone(),
                release: upload.release.clone(),
                version: upload.version.clone(),
                commit: upload.commit.clone(),
            },
            sha256: self.sha256.clone(),
            length: upload.bytes.len() as u64,
            role: environment.publisher_of(&upload.project).to_owned(),
        }
    }
}

/// The draft of a role's metadata, begun with what is there.
fn body<'a>(
    draft: &'a mut Draft,
    environment: &Environment,
    role: &str,
) -> Result<&'a mut Targets> {
    if role == "targets" {
        let now = &environment.targets.signed;
        return Ok(draft.targets.get_or_insert_with(|| now.clone()));
    }
    let now = environment.delegated.get(role).map(|signed| &signed.signed);
    let begin = || match now {
        Some(now) => now.clone(),
        None => {
            let expires = environment.targets.signed.expires;
            let mut empty = Targets::new(SPEC_VERSION.to_owned(), NonZeroU64::MIN, expires);
            empty.delegations = None;
            empty
        }
    };
    Ok(draft.delegated.entry(role.to_owned()).or_insert_with(begin))
}

fn target(listed: &Listed) -> Result<Target> {
    let sha256: Decoded<Hex> =
        serde_json::from_value(serde_json::Value::String(listed.sha256.clone()))
            .map_err(|error| invalid("a digest is not hexadecimal").because(error))?;
    Ok(Target {
        length: listed.length,
        hashes: Hashes {
            sha256,
            _extra: HashMap::new(),
        },
        custom: listed.release.to_custom()?,
        _extra: HashMap::new(),
    })
}
