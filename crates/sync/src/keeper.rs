//! Step 9: what outlives the instance.
//!
//! One entry of the cache holds all metadata, so that it is written as a whole or not at all. Bundles
//! are entries by digest, written before it and deleted after it. A crash between any two writes
//! leaves the entry before or the entry after, each with all of its bundles. A bundle is named in the
//! entry before it is written and until it is deleted, so none is left behind for good.

use crate::activator::Activator;
use crate::client::Client;
use crate::error::ErrorKind;
use crate::jitter::millis;
use crate::lock::lock;
use crate::release::Trust;
use crate::state::{Generation, State};
use crate::unsigned::Kept;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zen_edge_tuf::{Role, Stored};

/// The form of the entry; another one is passed over.
pub(crate) const FORMAT: u32 = 1;
/// How many sets of metadata are kept.
pub(crate) const GENERATIONS: usize = 8;
/// How many bytes the entry may have.
pub(crate) const ENTRY_BYTES: u64 = 24 * 1024 * 1024;
/// How long a release that brought the evaluator down is held back after a restart.
pub(crate) const TRAPPED: Duration = Duration::from_hours(1);
/// How often the entry is written again only because time has passed.
const REWRITE: Duration = Duration::from_mins(5);

/// The entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Saved {
    pub(crate) format: u32,
    /// Roots by their versions.
    pub(crate) roots: BTreeMap<u64, String>,
    /// Other metadata by role, the newest set first.
    pub(crate) generations: Vec<BTreeMap<String, String>>,
    /// Unsigned releases by project.
    pub(crate) unsigned: BTreeMap<String, Kept>,
    pub(crate) trapped: Vec<Trapped>,
    /// When a source last confirmed the newest set, in milliseconds since 1970.
    pub(crate) confirmed_at: i64,
    /// The digests of all bundles that may be in the cache.
    pub(crate) bundles: BTreeSet<String>,
}

/// A release that brought the evaluator down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trapped {
    pub(crate) project: String,
    pub(crate) digest: String,
    pub(crate) message: String,
    /// Until when it is held back, in milliseconds since 1970.
    pub(crate) until: i64,
}

impl Saved {
    /// What is to be kept of what is known `now`.
    fn of(state: &State, now: i64, bundles: BTreeSet<String>) -> Self {
        let generations = state.generations();
        // A root that came before its timestamp may revoke the key of the one we have: it counts once
        // both are there, so that a restart in between finds something to serve.
        let root_version = generations.first().map_or(0, |newest| newest.root_version);
        let confirmed = state
            .projects
            .values()
            .filter_map(|project| project.active.as_ref());
        Self {
            format: FORMAT,
            roots: state
                .roots
                .range(..=root_version)
                .map(|(version, bytes)| (*version, text(bytes)))
                .collect(),
            generations: generations
                .iter()
                .take(GENERATIONS)
                .map(|generation: &Arc<Generation>| texts(&generation.files))
                .collect(),
            unsigned: unsigned(state),
            trapped: trapped(state, now),
            confirmed_at: confirmed
                .map(|active| active.confirmed_at)
                .max()
                .unwrap_or(0),
            bundles,
        }
    }
}

/// Active releases for which nothing vouches.
fn unsigned(state: &State) -> BTreeMap<String, Kept> {
    let active = state.projects.iter().filter_map(|(name, project)| {
        let active = project.active.as_ref()?;
        let kept = Kept {
            digest: active.release.digest.clone(),
            length: active.release.length,
        };
        (active.release.trust == Trust::Unsigned).then(|| (name.clone(), kept))
    });
    active.collect()
}

fn trapped(state: &State, now: i64) -> Vec<Trapped> {
    let projects = state.projects.iter();
    let refused = projects.flat_map(|(project, known)| {
        let trapped =
            |refused: &&crate::status::Refused| refused.error.kind() == ErrorKind::Trapped;
        known
            .refused
            .iter()
            .filter(trapped)
            .map(move |refused| (project, refused))
    });
    refused
        .map(|(project, refused)| Trapped {
            project: project.clone(),
            digest: refused.digest.clone(),
            message: refused.error.message().to_owned(),
            until: now.saturating_add_unsigned(millis(TRAPPED)),
        })
        .collect()
}

/// Metadata is JSON, so UTF-8; what is not would not verify again either.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn texts(stored: &Stored) -> BTreeMap<String, String> {
    let others = stored.iter().filter(|(role, _)| **role != Role::Root);
    others
        .map(|(role, bytes)| (role.name().to_owned(), text(bytes)))
        .collect()
}

/// Metadata as it is in the entry.
pub(crate) fn stored(files: &BTreeMap<String, String>) -> Stored {
    let mut stored = Stored::default();
    for (role, text) in files {
        stored.insert(Role::named(role), text.as_bytes());
    }
    stored
}

/// What this instance knows of the cache.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    loaded: bool,
    /// The entry as it was last read or written.
    entry: Saved,
    /// When it was written, in ticks.
    at: Option<u64>,
    /// The digests of all bundles that may be in the cache.
    bundles: BTreeSet<String>,
    /// What the entry was made of when it was last looked over.
    sources: Option<Sources>,
    /// Bytes of bundles that were written since the entry was.
    pending: u64,
}

/// What an entry is made of. Metadata never changes within a generation, so that the same ones are told
/// by where they are.
#[derive(Debug)]
struct Sources {
    generations: Vec<Arc<Generation>>,
    roots: usize,
    digests: BTreeSet<String>,
    unsigned: BTreeMap<String, Kept>,
    trapped: Vec<String>,
}

impl Sources {
    fn of(state: &State) -> Self {
        let trapped = trapped(state, 0).into_iter().map(|trapped| trapped.digest);
        Self {
            generations: state.generations(),
            roots: state.roots.len(),
            digests: state.digests(),
            unsigned: unsigned(state),
            trapped: trapped.collect(),
        }
    }
}

impl PartialEq for Sources {
    fn eq(&self, other: &Self) -> bool {
        let pairs = || self.generations.iter().zip(&other.generations);
        self.generations.len() == other.generations.len()
            && pairs().all(|(one, two)| Arc::ptr_eq(one, two))
            && self.roots == other.roots
            && self.digests == other.digests
            && self.unsigned == other.unsigned
            && self.trapped == other.trapped
    }
}

impl Keeper {
    pub(crate) fn is_loaded(&self) -> bool {
        lock(&self.0).loaded
    }

    /// Whether a bundle may be in the cache.
    pub(crate) fn has(&self, digest: &str) -> bool {
        lock(&self.0).bundles.contains(digest)
    }

    pub(crate) fn loaded(&self, entry: Saved) {
        let mut known = lock(&self.0);
        known.loaded = true;
        known.bundles = entry.bundles.clone();
        known.entry = entry;
    }
}

impl<A: Activator> Client<A> {
    /// Names bundles that are about to be kept, so that they are found again if we end before anything
    /// refers to them. Says whether that worked.
    pub(crate) async fn name(&self, digests: impl IntoIterator<Item = String>) -> bool {
        let entry = {
            let state = self.state();
            let mut known = lock(&self.keeper.0);
            let before = known.bundles.len();
            known.bundles.extend(digests);
            let now = self.ports.clock.now();
            (known.bundles.len() > before).then(|| Saved::of(&state, now, known.bundles.clone()))
        };
        match entry {
            Some(entry) => self.write(&entry).await,
            None => true,
        }
    }

    /// Keeps a bundle that was named, before anything refers to it.
    pub(crate) async fn keep(&self, bytes: &[u8], digest: &str) {
        let length = bytes.len() as u64;
        {
            let state = self.state();
            let mut known = lock(&self.keeper.0);
            let total = state.kept_bytes().saturating_add(known.pending);
            let fits = total.saturating_add(length) <= self.options.kept_bytes;
            if !fits || !known.bundles.contains(digest) {
                return;
            }
            known.pending = known.pending.saturating_add(length);
        }
        self.cache.put_bundle(digest, bytes).await;
    }

    /// Writes the entry if anything in it has changed, and deletes bundles that nobody needs.
    pub(crate) async fn save(&self) {
        let (now, ticks) = (self.ports.clock.now(), self.ports.clock.ticks());
        let (entry, obsolete) = {
            let state = self.state();
            if state.generation.is_none() && !state.is_serving() {
                return;
            }
            let mut known = lock(&self.keeper.0);
            let recent = |at| ticks.saturating_sub(at) < millis(REWRITE);
            let is_recent = known.at.is_some_and(recent);
            // Most polls change nothing, and metadata is long: it is not written out to find that out.
            let sources = Sources::of(&state);
            if is_recent && known.sources.as_ref() == Some(&sources) {
                return;
            }
            let entry = Saved::of(&state, now, known.bundles.clone());
            known.sources = Some(sources);
            if is_recent && entry.says_the_same_as(&known.entry) {
                return;
            }
            let needed = state.digests();
            let obsolete: Vec<_> = known.bundles.difference(&needed).cloned().collect();
            known.bundles.retain(|digest| needed.contains(digest));
            known.pending = 0;
            (entry, obsolete)
        };
        if self.write(&entry).await {
            lock(&self.keeper.0).at = Some(ticks);
            for digest in obsolete {
                self.cache.delete_bundle(&digest).await;
            }
        } else {
            // They are still there, and still to be deleted; and the entry is still to be written.
            let mut known = lock(&self.keeper.0);
            known.bundles.extend(obsolete);
            known.sources = None;
        }
    }

    async fn write(&self, entry: &Saved) -> bool {
        let Some(bytes) = entry.to_bytes() else {
            return false;
        };
        if !self.cache.put_state(&bytes).await {
            return false;
        }
        lock(&self.keeper.0).entry = entry.clone();
        true
    }
}

impl Saved {
    /// As it is kept: without the metadata that is needed least, if it would be too long.
    fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut entry = self.clone();
        loop {
            let bytes = serde_json::to_vec(&entry).ok()?;
            if bytes.len() as u64 <= ENTRY_BYTES {
                return Some(bytes);
            }
            entry.generations.pop()?;
        }
    }

    /// Whether nothing but times and obsolete bundles differs.
    fn says_the_same_as(&self, other: &Self) -> bool {
        let trapped = |saved: &Self| -> Vec<String> {
            saved
                .trapped
                .iter()
                .map(|trapped| trapped.digest.clone())
                .collect()
        };
        self.roots == other.roots
            && self.generations == other.generations
            && self.unsigned == other.unsigned
            && self.bundles.is_subset(&other.bundles)
            && trapped(self) == trapped(other)
    }
}
