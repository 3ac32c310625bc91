//! A start without a network: what was last known to be good, and what was baked in. Neither is
//! believed until it was verified and compiled again.

use crate::activator::{Activator, Change, Swap};
use crate::announcement::{Announced, Announcement};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Fetched, cached, check};
use crate::jitter::millis;
use crate::keeper::{ENTRY_BYTES, FORMAT, GENERATIONS, Saved, TRAPPED, Trapped, stored};
use crate::options::{TrustOptions, TufOptions};
use crate::release::{Origin, Release};
use crate::state::{Active, Generation};
use crate::supply::Kept;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zen_edge_tuf::{Role, VerifiedTarget};

/// Verified metadata that can be served without a network.
struct Candidate {
    announcement: Announcement,
    generation: Arc<Generation>,
    origin: Origin,
    confirmed_at: i64,
    roots: BTreeMap<u64, Arc<[u8]>>,
}

impl<A: Activator> Client<A> {
    /// Makes active what was last known to be good, and what was baked in where that is newer or all
    /// there is. It happens once; a refresh begins with it.
    pub async fn load(&self) {
        if self.keeper.is_loaded() {
            return;
        }
        let now = self.ports.clock.now();
        let saved = self.cache.state(ENTRY_BYTES).await;
        let saved = saved.and_then(|bytes| serde_json::from_slice::<Saved>(&bytes).ok());
        let saved = saved
            .filter(|saved| saved.format == FORMAT)
            .unwrap_or_default();
        self.hold_back(&saved.trapped, now);
        match &self.options.trust {
            TrustOptions::Tuf(tuf) => self.restore_signed(tuf, &saved, now).await,
            TrustOptions::Unsigned(_) => {
                self.restore_unsigned(&saved.unsigned, saved.confirmed_at, now)
                    .await;
            }
        }
        self.keeper.loaded(saved);
    }

    /// Step 4 for all sets of metadata that there are without a network, and what follows for them.
    async fn restore_signed(&self, tuf: &TufOptions, saved: &Saved, now: i64) {
        let mut candidates = Vec::new();
        let mut refusal = None;
        for (kept, origin, confirmed_at) in self.sets(saved) {
            match self.reopen(tuf, &kept).await {
                Ok((announcement, generation)) => candidates.push(Candidate {
                    announcement,
                    generation,
                    origin,
                    confirmed_at: confirmed_at.min(now),
                    roots: kept.roots,
                }),
                Err(error) => drop(refusal.get_or_insert(error.from_source(name(origin)))),
            }
        }
        // The newest first; of equals, what was kept.
        candidates.sort_by_key(|candidate| Reverse(candidate.generation.rank()));
        self.restore(candidates, refusal, now).await;
    }

    /// All sets of metadata that there are without a network.
    fn sets(&self, saved: &Saved) -> Vec<(Kept, Origin, i64)> {
        let roots: BTreeMap<u64, Arc<[u8]>> = saved
            .roots
            .iter()
            .map(|(version, text)| (*version, text.as_bytes().into()))
            .collect();
        let kept = |files: &BTreeMap<String, String>| Kept {
            roots: roots.clone(),
            metadata: stored(files),
        };
        let generations = saved.generations.iter().take(GENERATIONS);
        let mut sets: Vec<_> = generations
            .map(|files| (kept(files), Origin::LastKnownGood, saved.confirmed_at))
            .collect();
        if let Some(baked_in) = &self.options.baked_in {
            let kept = baked(&baked_in.files);
            sets.push((kept, Origin::BakedIn, baked_in.fetched_at));
        }
        sets
    }

    /// Refuses what brought the evaluator down before. Somebody who can write to the cache can hold a
    /// release back that way, so it holds for a while only.
    fn hold_back(&self, trapped: &[Trapped], now: i64) {
        let latest = now.saturating_add_unsigned(millis(TRAPPED));
        let mut state = self.state();
        for trapped in trapped {
            if now < trapped.until && trapped.until <= latest {
                let error = Error::new(ErrorKind::Trapped, trapped.message.clone());
                let project = state.projects.entry(trapped.project.clone()).or_default();
                project.refuse(&trapped.digest, error);
            }
        }
    }

    /// Steps 5 to 8 without a network: each project from the newest set of which its bundle is there
    /// and good.
    async fn restore(&self, candidates: Vec<Candidate>, refusal: Option<Error>, now: i64) {
        let revoked: BTreeSet<_> = candidates
            .first()
            .map(|newest| newest.announcement.revoked.clone())
            .unwrap_or_default();
        let mut found = BTreeMap::new();
        for candidate in &candidates {
            for (project, announced) in &candidate.announcement.projects {
                let Ok(announced) = announced else { continue };
                if !found.contains_key(project)
                    && !revoked.contains(&announced.digest)
                    && let Some(revived) = self.revive(candidate, announced, now).await
                {
                    found.insert(project.clone(), revived);
                }
            }
        }
        let mut state = self.state();
        if state.generation.is_some() {
            // Another caller was first.
            return;
        }
        state.error = refusal;
        let Some(newest) = candidates.first() else {
            return;
        };
        let mut projects = BTreeMap::new();
        for (name, announced) in &newest.announcement.projects {
            let digest = announced
                .as_ref()
                .ok()
                .map(|announced| announced.digest.clone());
            state.projects.entry(name.clone()).or_default().announced = digest;
        }
        for (name, (prepared, active)) in found {
            let previous = self.before(&candidates, &name, &active, now);
            let project = state.projects.entry(name.clone()).or_default();
            project.active = Some(active);
            project.previous = previous;
            projects.insert(name, Change::New(prepared));
        }
        self.activator().activate(Swap { projects, revoked });
        state.roots = newest.roots.clone();
        let root_version = newest.generation.root_version;
        state.roots.retain(|version, _| *version <= root_version);
        state.seen = newest.generation.files.clone();
        state.seen_rank = newest.generation.rank();
        state.generation = Some(Arc::clone(&newest.generation));
    }

    /// Whether a project's bundle is not to be served.
    pub(crate) fn is_refused(&self, project: &str, digest: &str) -> bool {
        let state = self.state();
        let project = state.projects.get(project);
        project.is_some_and(|known| known.has_refused(digest))
    }

    /// What was active before this, so that it goes on being kept in case this is taken back.
    fn before(
        &self,
        candidates: &[Candidate],
        project: &str,
        active: &Active,
        now: i64,
    ) -> Option<Active> {
        let others = candidates.iter().filter_map(|candidate| {
            let announced = candidate
                .announcement
                .projects
                .get(project)?
                .as_ref()
                .ok()?;
            Some((candidate, announced))
        });
        let mut others = others
            .skip_while(|(_, announced)| announced.digest != active.release.digest)
            .filter(|(_, announced)| announced.digest != active.release.digest);
        let (candidate, announced) = others.next()?;
        let revision = Some(candidate.generation.revision);
        let release = announced.release(self.environment(), candidate.origin, None, revision, now);
        Some(Active {
            release: Arc::new(release),
            generation: Some(Arc::clone(&candidate.generation)),
            confirmed: None,
            confirmed_at: candidate.confirmed_at,
        })
    }

    async fn revive(
        &self,
        candidate: &Candidate,
        announced: &Announced,
        now: i64,
    ) -> Option<(A::Prepared, Active)> {
        if self.is_refused(announced.target.path(), &announced.digest) {
            return None;
        }
        let target = match self.baked_bundle(announced) {
            Some(target) => target,
            None => cached(announced, &self.cache, &self.options.metadata_limits).await?,
        };
        let fetched = Fetched {
            target,
            origin: candidate.origin,
            source: None,
        };
        let revision = Some(candidate.generation.revision);
        let limits = &self.options.bundle_limits;
        let bundle = check(
            announced,
            &fetched,
            self.environment(),
            revision,
            now,
            limits,
        )
        .ok()?;
        let release = Arc::new(Release::clone(bundle.release()));
        let prepared = self.activator().prepare(bundle).ok()?;
        let active = Active {
            release,
            generation: Some(Arc::clone(&candidate.generation)),
            confirmed: None,
            confirmed_at: candidate.confirmed_at,
        };
        Some((prepared, active))
    }

    fn baked_bundle(&self, announced: &Announced) -> Option<VerifiedTarget> {
        let baked_in = self.options.baked_in.as_ref()?;
        let key = format!("targets/{}", announced.target.file_name());
        let bytes = baked_in.files.get(&key)?;
        announced
            .target
            .verify(bytes, &self.options.metadata_limits)
            .ok()
    }
}

fn name(origin: Origin) -> &'static str {
    match origin {
        Origin::BakedIn => "baked in",
        _ => "last known good",
    }
}

/// Sorts metadata files by role: all roots, and the newest version of the others.
fn baked(files: &BTreeMap<String, Vec<u8>>) -> Kept {
    let mut kept = Kept::default();
    let mut newest = BTreeMap::<Role, u64>::new();
    for (key, bytes) in files {
        let name = key
            .strip_prefix("metadata/")
            .and_then(|name| name.strip_suffix(".json"));
        let Some(name) = name else { continue };
        let numbered = name
            .split_once('.')
            .and_then(|(version, role)| Some((version.parse::<u64>().ok()?, role)));
        let (version, role) = numbered.unwrap_or((0, name));
        let role = Role::named(role);
        if role == Role::Root {
            kept.roots.insert(version, bytes.as_slice().into());
        } else if newest.get(&role).is_none_or(|known| *known <= version) {
            newest.insert(role.clone(), version);
            kept.metadata.insert(role, bytes.as_slice());
        }
    }
    kept
}
