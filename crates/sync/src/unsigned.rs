//! The refresh procedure where nothing is signed: the same steps, as far as there is anything to
//! verify, and the same rule that nothing gets worse.

use crate::activator::{Activator, Change, Swap};
use crate::claim::Claim;
use crate::client::{Client, Step, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::check_identity;
use crate::options::UnsignedOptions;
use crate::release::{Origin, Packed, Release, Trust, VerifiedBundle};
use crate::state::Active;
use crate::status::Report;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zen_edge_bundle::Bundle;

/// A bundle of a project, as it came.
pub(crate) struct Delivered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) origin: Origin,
    pub(crate) source: Option<String>,
}

/// What is kept of an unsigned release besides its bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    pub(crate) digest: String,
    pub(crate) length: u64,
}

impl<A: Activator> Client<A> {
    /// Steps 2 to 8.
    pub(crate) async fn refresh_unsigned(
        &self,
        options: &UnsignedOptions,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        match options {
            UnsignedOptions::GoRules(options) => self.refresh_gorules(options, now, claim).await,
            UnsignedOptions::RulesSync(options) => {
                self.refresh_rules_sync(options, now, claim).await
            }
        }
    }

    /// Steps 6 and 7: reads the bundle, checks whose it is and that it is not older than what is
    /// active, and compiles it.
    pub(crate) async fn admit(
        &self,
        project: &str,
        delivered: Delivered,
        now: i64,
    ) -> Verdict<A::Prepared> {
        let digest = hex::encode(Sha256::digest(&delivered.bytes));
        let verdict = |step| Verdict {
            digest: Some(digest.clone()),
            step,
        };
        let active = {
            let state = self.state();
            let known = state.projects.get(project);
            let active = known.and_then(|known| known.active.as_ref());
            if active.is_some_and(|active| active.release.digest == digest) {
                return verdict(Step::Current);
            }
            let ticks = self.ports.clock.ticks();
            if let Some(error) = known.and_then(|known| known.refusal(&digest, ticks)) {
                return verdict(Step::Refused(error));
            }
            active.map(|active| Arc::clone(&active.release))
        };
        match self.compile(project, &delivered, active.as_deref(), now) {
            Ok((prepared, release)) => {
                if self.name([digest.clone()]).await {
                    self.keep(&delivered.bytes, &digest).await;
                }
                verdict(Step::Ready(prepared, release))
            }
            Err(error) => verdict(Step::Refused(match &delivered.source {
                Some(source) => error.from_source(source),
                None => error,
            })),
        }
    }

    fn compile(
        &self,
        project: &str,
        delivered: &Delivered,
        active: Option<&Release>,
        now: i64,
    ) -> Result<(A::Prepared, Arc<Release>)> {
        let bundle = Bundle::read(&delivered.bytes, &self.options.bundle_limits)?;
        check_identity(&bundle, self.environment(), project)?;
        let release = Release {
            environment: self.environment().to_owned(),
            project: project.to_owned(),
            id: bundle.identity().release.id.clone(),
            version: bundle.identity().release.version.clone(),
            commit: bundle.identity().release.commit_id.clone(),
            digest: bundle.digest().to_owned(),
            length: bundle.length(),
            deployed_at: bundle.identity().deployment.created_at.clone(),
            revision: None,
            trust: Trust::Unsigned,
            origin: delivered.origin,
            source: delivered.source.clone(),
            verified_at: now,
        };
        check_age(&release, active)?;
        let release = Arc::new(release);
        let packed = Packed::new(
            delivered.bytes.as_slice(),
            self.options.bundle_limits.clone(),
        );
        let bundle = VerifiedBundle::new(Release::clone(&release), bundle, packed);
        Ok((self.activator().prepare(bundle)?, release))
    }

    /// Steps 8 and 10.
    pub(crate) fn conclude(
        &self,
        verdicts: BTreeMap<String, Verdict<A::Prepared>>,
        withdrawn: Vec<(String, Option<Error>)>,
        source: &str,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        let mut state = self.state();
        if claim.is_lost() {
            // Another refresh took over meanwhile.
            drop(state);
            return self.report(crate::status::Outcome::Unchanged);
        }
        let changed = self.settle(&mut state, verdicts, withdrawn, BTreeSet::new(), None, now);
        state.confirm(source, now, self.ports.clock.ticks());
        drop(state);
        self.done(changed)
    }

    /// Steps 5 to 8 without a network: what was kept, and what was baked in where nothing was.
    pub(crate) async fn restore_unsigned(
        &self,
        kept: &BTreeMap<String, Kept>,
        confirmed_at: i64,
        now: i64,
    ) {
        let mut found = BTreeMap::new();
        let served = |project: &&String| self.options.projects.includes(project);
        for project in kept.keys().filter(served) {
            let Some(Kept { digest, length }) = kept.get(project) else {
                continue;
            };
            if self.is_refused(project, digest) {
                continue;
            }
            let bytes = self.cache.bundle(digest, *length).await;
            let origin = Origin::LastKnownGood;
            let bytes = bytes.filter(|bytes| hex::encode(Sha256::digest(bytes)) == *digest);
            if let Some(revived) =
                bytes.and_then(|bytes| self.revive_unsigned(project, bytes, origin, now))
            {
                found.insert(project.clone(), (revived, confirmed_at.min(now)));
            }
        }
        if let Some(baked_in) = &self.options.baked_in {
            for (project, bytes) in &baked_in.files {
                if found.contains_key(project) || !served(&project) {
                    continue;
                }
                let origin = Origin::BakedIn;
                if let Some(revived) = self.revive_unsigned(project, bytes.clone(), origin, now) {
                    found.insert(project.clone(), (revived, baked_in.fetched_at.min(now)));
                }
            }
        }
        let mut state = self.state();
        if state.is_serving() {
            // Another caller was first.
            return;
        }
        let mut projects = BTreeMap::new();
        for (name, ((prepared, release), confirmed_at)) in found {
            let project = state.projects.entry(name.clone()).or_default();
            project.announced = Some(release.digest.clone());
            project.active = Some(Active {
                release,
                generation: None,
                confirmed: None,
                confirmed_at,
            });
            projects.insert(name, Change::New(prepared));
        }
        self.activator().activate(Swap {
            projects,
            revoked: BTreeSet::new(),
        });
    }

    fn revive_unsigned(
        &self,
        project: &str,
        bytes: Vec<u8>,
        origin: Origin,
        now: i64,
    ) -> Option<(A::Prepared, Arc<Release>)> {
        let delivered = Delivered {
            bytes,
            origin,
            source: None,
        };
        self.compile(project, &delivered, None, now).ok()
    }
}

/// Nothing but the time of its deployment says which of two unsigned releases is the newer one. A
/// rollback is a new deployment, so it passes; a replica that went backwards does not.
fn check_age(release: &Release, active: Option<&Release>) -> Result<()> {
    let time = |release: &Release| release.deployed_at.as_deref()?.parse::<Timestamp>().ok();
    match (time(release), active.and_then(time)) {
        (Some(found), Some(known)) if found < known => {
            let kind = ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Rollback);
            let message = format!(
                "the bundle of `{}` was deployed at {found}, and the one that is served at {known}",
                release.project
            );
            Err(Error::new(kind, message))
        }
        _ => Ok(()),
    }
}
