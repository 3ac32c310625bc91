//! What a client knows: all of it is in memory, and changes under one lock.

use crate::announcement::{Announced, Announcement};
use crate::error::{Error, ErrorKind, Result};
use crate::jitter::millis;
use crate::release::Release;
use crate::staleness::{Age, Staleness, StalenessPolicy};
use crate::status::Refused;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use zen_edge_tuf::{Role, Stored, Trusted, UnixTime};

/// How many refused digests of a project are remembered; the oldest are forgotten first.
const REFUSED: usize = 16;
/// How long a bundle that no source gives as announced is left alone at first, and at most.
const LEAVE_ALONE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(5));

/// A whole set of verified metadata.
#[derive(Debug)]
pub(crate) struct Generation {
    /// The version of its timestamp.
    pub(crate) revision: u64,
    /// The version of the root that vouches for it.
    pub(crate) root_version: u64,
    /// When the first of its roles expires.
    pub(crate) expires: UnixTime,
    /// When its timestamp expires.
    pub(crate) timestamp_expires: UnixTime,
    /// The files of all roles, as received.
    pub(crate) files: Stored,
}

impl Generation {
    /// The metadata at the end of an update.
    pub(crate) fn of(trusted: &Trusted) -> Self {
        Self {
            revision: trusted.timestamp_version().unwrap_or(0),
            root_version: trusted.root_version(),
            expires: trusted.expires(),
            timestamp_expires: trusted.timestamp_expires().unwrap_or(trusted.expires()),
            files: trusted.stored().clone(),
        }
    }

    /// What only grows: a newer root may revoke the keys of a timestamp whose version was too high
    /// (TUF 5.3.11), so it counts first.
    pub(crate) fn rank(&self) -> (u64, u64) {
        (self.root_version, self.revision)
    }

    pub(crate) fn timestamp(&self) -> Option<&Arc<[u8]>> {
        self.files.get(&Role::Timestamp)
    }

    pub(crate) fn has_expired(&self, now: UnixTime) -> bool {
        self.expires <= now
    }
}

/// The active release of a project.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    pub(crate) release: Arc<Release>,
    /// What vouches for it; none for an unsigned source.
    pub(crate) generation: Option<Arc<Generation>>,
    /// When a source last confirmed it to this instance, in ticks.
    pub(crate) confirmed: Option<u64>,
    /// When a source last confirmed it, in milliseconds since 1970, as far as that is known.
    pub(crate) confirmed_at: i64,
}

/// A project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    pub(crate) active: Option<Active>,
    /// What was active before, to be kept in case the active release is taken back.
    pub(crate) previous: Option<Active>,
    /// The digest of what is announced.
    pub(crate) announced: Option<String>,
    /// Why that is not active.
    pub(crate) error: Option<Error>,
    pub(crate) refused: VecDeque<Refused>,
    /// What unsigned sources said of it.
    pub(crate) unsigned: Unsigned,
    /// A bundle that no source gives as announced.
    left_alone: Option<LeftAlone>,
}

/// What unsigned sources said of a project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unsigned {
    /// Each source's `ETag` of the bundle that was looked at last.
    pub(crate) etags: BTreeMap<usize, String>,
    /// How many listings in a row lacked it, and since when, in ticks.
    pub(crate) missing: Option<(u32, u64)>,
}

#[derive(Debug, Clone)]
struct LeftAlone {
    digest: String,
    times: u32,
    until: u64,
}

impl Project {
    /// Why a bundle is not to be asked for, if so.
    pub(crate) fn refusal(&self, digest: &str, ticks: u64) -> Option<Error> {
        let refused = self.refused.iter().find(|refused| refused.digest == digest);
        if let Some(refused) = refused {
            return Some(refused.error.clone());
        }
        let left = self.left_alone.as_ref()?;
        let alone = left.digest == digest && ticks < left.until;
        alone.then(|| self.error.clone()).flatten()
    }

    /// Whether this bundle is never asked for again.
    pub(crate) fn has_refused(&self, digest: &str) -> bool {
        self.refused.iter().any(|refused| refused.digest == digest)
    }

    pub(crate) fn refuse(&mut self, digest: &str, error: Error) {
        self.refused.retain(|refused| refused.digest != digest);
        if self.refused.len() >= REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(Refused {
            digest: digest.to_owned(),
            error,
        });
    }

    /// Leaves a bundle alone for a while, longer each time.
    pub(crate) fn leave_alone(&mut self, digest: &str, ticks: u64) {
        let times = match &self.left_alone {
            Some(left) if left.digest == digest => left.times.saturating_add(1),
            _ => 0,
        };
        let (first, longest) = LEAVE_ALONE;
        let wait = first
            .saturating_mul(2_u32.saturating_pow(times))
            .min(longest);
        self.left_alone = Some(LeftAlone {
            digest: digest.to_owned(),
            times,
            until: ticks.saturating_add(millis(wait)),
        });
    }

    /// A release that was prepared becomes the active one.
    pub(crate) fn promote(
        &mut self,
        release: Arc<Release>,
        generation: Option<Arc<Generation>>,
        now: i64,
    ) {
        self.previous = self.active.replace(Active {
            release,
            generation,
            confirmed: None,
            confirmed_at: now,
        });
    }

    /// A newer revision lists the active release too. Answers what is known of it now, if that is
    /// more than before.
    pub(crate) fn list_again(
        &mut self,
        generation: Option<&Arc<Generation>>,
    ) -> Option<Arc<Release>> {
        let (generation, active) = (generation?, self.active.as_mut()?);
        if active.release.revision == Some(generation.revision) {
            return None;
        }
        let mut release = Release::clone(&active.release);
        release.revision = Some(generation.revision);
        active.release = Arc::new(release);
        active.generation = Some(Arc::clone(generation));
        Some(Arc::clone(&active.release))
    }

    /// The project is not to be served any more.
    pub(crate) fn withdraw(&mut self, error: Option<Error>) {
        self.active = None;
        self.previous = None;
        self.announced = None;
        self.error = error;
    }

    /// Whether what is announced is what is active.
    pub(crate) fn is_current(&self) -> bool {
        let active = self.active.as_ref();
        self.announced.as_deref() == active.map(|active| active.release.digest.as_str())
    }
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The newest verified metadata, which may not be whole: what every update begins with.
    pub(crate) seen: Stored,
    /// How far that is: the versions of its root and of its timestamp.
    pub(crate) seen_rank: (u64, u64),
    /// Roots that follow the one with which trust begins, by their versions.
    pub(crate) roots: BTreeMap<u64, Arc<[u8]>>,
    /// The newest whole metadata.
    pub(crate) generation: Option<Arc<Generation>>,
    /// Each source's `ETag` of that metadata's timestamp.
    pub(crate) etags: BTreeMap<usize, String>,
    /// Whether there is nothing to be done until the timestamp changes.
    pub(crate) settled: bool,
    pub(crate) projects: BTreeMap<String, Project>,
    /// When a source was last asked, and when one last answered with what is trusted, in milliseconds
    /// since 1970.
    pub(crate) last_poll: Option<i64>,
    pub(crate) last_success: Option<i64>,
    pub(crate) source: Option<String>,
    pub(crate) error: Option<Error>,
    /// Before when a source does not want to be asked again, in milliseconds since 1970.
    pub(crate) next_poll_at: Option<i64>,
}

impl State {
    /// Whether anything is being served.
    pub(crate) fn is_serving(&self) -> bool {
        self.projects
            .values()
            .any(|project| project.active.is_some())
    }

    /// The projects that are being served.
    pub(crate) fn served(&self) -> BTreeSet<String> {
        let active = |(_, project): &(&String, &Project)| project.active.is_some();
        let projects = self.projects.iter().filter(active);
        projects.map(|(name, _)| name.clone()).collect()
    }

    /// Whether metadata that has expired may be taken: only where nothing better is there.
    pub(crate) fn may_take_expired(&self, now: UnixTime) -> bool {
        let generation = self.generation.as_ref();
        generation.is_none_or(|generation| generation.has_expired(now))
    }

    /// A source has confirmed what is announced.
    pub(crate) fn confirm(&mut self, source: &str, now: i64, ticks: u64) {
        self.last_success = Some(now);
        self.source = Some(source.to_owned());
        self.error = None;
        for project in self.projects.values_mut() {
            if project.is_current()
                && project.error.is_none()
                && let Some(active) = &mut project.active
            {
                active.confirmed = Some(ticks);
                active.confirmed_at = now;
            }
        }
    }

    /// How old a project's release is.
    pub(crate) fn age(
        &self,
        project: &Project,
        policy: &StalenessPolicy,
        now: i64,
        ticks: u64,
    ) -> Option<Age> {
        let active = project.active.as_ref()?;
        let age = match active.confirmed {
            Some(confirmed) => Duration::from_millis(ticks.saturating_sub(confirmed)),
            // What was kept may say that it is from the future.
            None => Duration::from_millis(
                now.saturating_sub(active.confirmed_at)
                    .try_into()
                    .unwrap_or(0),
            ),
        };
        let expired = match &self.generation {
            Some(generation) => generation.has_expired(UnixTime(now.div_euclid(1000))),
            None => age > policy.expired_after,
        };
        let fresh = active.confirmed.is_some() && age <= policy.stale_after && project.is_current();
        let staleness = match (expired, fresh) {
            (true, _) => Staleness::Expired,
            (false, true) => Staleness::Fresh,
            (false, false) => Staleness::Stale,
        };
        Some(Age { age, staleness })
    }

    /// Bytes of the bundles that are to be kept as last-known-good.
    pub(crate) fn kept_bytes(&self) -> u64 {
        let lengths: BTreeMap<_, _> = self
            .held()
            .map(|active| (&active.release.digest, active.release.length))
            .collect();
        lengths.values().sum()
    }

    /// Which digests are to be kept as last-known-good.
    pub(crate) fn digests(&self) -> BTreeSet<String> {
        self.held()
            .map(|active| active.release.digest.clone())
            .collect()
    }

    /// Which metadata is to be kept, the most needed first: the newest, then what vouches for active
    /// releases that are not in it, then what vouches for those before.
    pub(crate) fn generations(&self) -> Vec<Arc<Generation>> {
        let sorted = |releases: Vec<&Active>| {
            let generations = releases
                .into_iter()
                .filter_map(|known| known.generation.clone());
            let by_rank: BTreeMap<_, _> = generations.map(|known| (known.rank(), known)).collect();
            by_rank.into_values().rev()
        };
        let projects = || self.projects.values();
        let active = sorted(
            projects()
                .filter_map(|project| project.active.as_ref())
                .collect(),
        );
        let previous = sorted(
            projects()
                .filter_map(|project| project.previous.as_ref())
                .collect(),
        );
        let mut seen = BTreeSet::new();
        let all = self
            .generation
            .iter()
            .cloned()
            .chain(active)
            .chain(previous);
        all.filter(|generation| seen.insert(generation.rank()))
            .collect()
    }

    fn held(&self) -> impl Iterator<Item = &Active> {
        let projects = self.projects.values();
        projects.flat_map(|project| project.active.iter().chain(&project.previous))
    }

    /// Announced bundles that are neither active nor refused.
    pub(crate) fn new_digests(&self, announcement: &Announcement) -> Vec<String> {
        let new = |(name, announced): (&String, &Result<Announced>)| {
            let digest = &announced.as_ref().ok()?.digest;
            let known = self.projects.get(name).is_some_and(|project| {
                let active = project.active.as_ref();
                let is_active = active.is_some_and(|active| active.release.digest == *digest);
                is_active || project.has_refused(digest)
            });
            (!known).then(|| digest.clone())
        };
        announcement.projects.iter().filter_map(new).collect()
    }

    /// Projects that are served and not announced any more, or only in releases that are revoked.
    pub(crate) fn withdrawn(&self, announcement: &Announcement) -> Vec<(String, Option<Error>)> {
        let withdrawn = |(name, project): (&String, &Project)| {
            let active = project.active.as_ref()?;
            if announcement.revoked.contains(&active.release.digest) {
                return Some((name.clone(), Some(revoked(&active.release.digest))));
            }
            let gone = !announcement.projects.contains_key(name);
            gone.then(|| (name.clone(), None))
        };
        self.projects.iter().filter_map(withdrawn).collect()
    }
}

/// What is revoked is not served, whatever becomes of its project.
pub(crate) fn revoked(digest: &str) -> Error {
    let message = format!("the environment has revoked the bundle {digest}");
    Error::new(ErrorKind::Revoked, message)
}
