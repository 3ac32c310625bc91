//! What is active: the one place where it changes, in one swap (step 8).
//!
//! Readers take a snapshot and never wait. Whoever changes something makes a new map from the one
//! before, and puts it in its place as a whole.

use crate::error;
use crate::pin::Pin;
use crate::prepare::prepare;
use crate::release::CompiledRelease;
use crate::residency::{ResidencyLimits, Residents, evict};
use arc_swap::ArcSwap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_eval::CompileOptions;
use zen_edge_sync::{Activator, Change, Clock, Error, ErrorKind, Swap, VerifiedBundle};

/// How many digests of releases that were taken back are remembered here; sync remembers them, too.
const TAKEN_BACK: usize = 256;

/// What an environment serves: the runtime's own [`Activator`], for those who measure it apart from
/// the rest.
pub struct Active {
    serving: ArcSwap<Serving>,
    /// Held while `serving` changes.
    changing: Mutex<()>,
    retired: Mutex<Retired>,
    options: CompileOptions,
    limits: ResidencyLimits,
    clock: Arc<dyn Clock>,
    /// How often something was asked: the age of residents.
    asked: AtomicU64,
}

impl fmt::Debug for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Active").field(&self.serving.load()).finish()
    }
}

/// What was served before, and is kept from being freed by whoever lets go of it last.
#[derive(Default)]
struct Retired {
    now: Vec<Arc<Serving>>,
    before: Vec<Arc<Serving>>,
}

/// What is served at one moment. It never changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Serving {
    projects: BTreeMap<String, Residents>,
    revoked: BTreeSet<String>,
    /// Digests that were taken back, the last one last.
    taken_back: VecDeque<String>,
    /// What the projects without a release served last.
    removed: BTreeMap<String, String>,
}

/// What became of a release that is to be taken back.
#[derive(Debug)]
pub(crate) enum TakenBack {
    /// The one before it is active instead.
    Replaced,
    /// It was not active; now it is not in memory either.
    Forgotten,
    /// Nothing could take its place, so it stays: an answer for other inputs is better than none.
    Kept,
    /// It is not in memory.
    Unknown,
}

impl Active {
    /// Serves nothing yet.
    pub fn new(options: CompileOptions, limits: ResidencyLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            serving: ArcSwap::default(),
            changing: Mutex::default(),
            retired: Mutex::default(),
            options,
            limits,
            clock,
            asked: AtomicU64::new(0),
        }
    }

    /// What is served now.
    pub(crate) fn serving(&self) -> Arc<Serving> {
        self.serving.load_full()
    }

    /// Notes that a release was asked for.
    pub(crate) fn touch(&self, release: &CompiledRelease) {
        release.touch(self.asked.fetch_add(1, Ordering::Relaxed) + 1);
    }

    /// Takes a release back: what was active before it is active again.
    pub(crate) fn take_back(&self, project: &str, digest: &str) -> TakenBack {
        self.change(|serving| {
            let Some(residents) = serving.projects.get_mut(project) else {
                return TakenBack::Unknown;
            };
            if residents.find(digest).is_none() {
                return TakenBack::Unknown;
            }
            let is_active = residents
                .active()
                .is_some_and(|active| active.digest() == digest);
            if is_active && residents.before().is_none() {
                return TakenBack::Kept;
            }
            residents.remove(|found| found == digest, true);
            serving.refuse(digest);
            match is_active {
                true => TakenBack::Replaced,
                false => TakenBack::Forgotten,
            }
        })
    }

    /// Refuses a release that is not in memory.
    pub(crate) fn refuse(&self, digest: &str) {
        self.change(|serving| serving.refuse(digest));
    }

    /// Keeps a release that was active before, as the one that takes the active one's place.
    pub(crate) fn hold(&self, release: Arc<CompiledRelease>) {
        self.change(|serving| {
            let project = release.release().project.clone();
            if let Some(residents) = serving.projects.get_mut(&project) {
                residents.hold(release);
            }
        });
    }

    /// The one place where what is active changes.
    fn change<T>(&self, change: impl FnOnce(&mut Serving) -> T) -> T {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut serving = Serving::clone(&self.serving.load());
        let outcome = change(&mut serving);
        evict(&mut serving.projects, self.limits);
        let before = self.serving.swap(Arc::new(serving));
        self.retired().now.push(before);
        outcome
    }

    /// Frees what was replaced before this was last called. Freeing a large release takes as long as
    /// hundreds of evaluations, so nobody who evaluates does it, and nobody does it holding a lock;
    /// by the second call whoever began on such a release has long finished.
    pub(crate) fn free(&self) {
        let freed = {
            let mut retired = self.retired();
            let now = std::mem::take(&mut retired.now);
            std::mem::replace(&mut retired.before, now)
        };
        drop(freed);
    }

    fn retired(&self) -> MutexGuard<'_, Retired> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Activator for Active {
    type Prepared = CompiledRelease;

    fn prepare(&self, bundle: VerifiedBundle) -> Result<CompiledRelease, Error> {
        let release = bundle.release();
        let serving = self.serving();
        if serving.was_taken_back(&release.digest) {
            let message = "it brought the evaluator down here, and was taken back";
            return Err(Error::new(ErrorKind::Trapped, message));
        }
        // Rolling back to what is still in memory costs nothing.
        let residents = serving.projects.get(&release.project);
        if let Some(known) = residents.and_then(|residents| residents.find(&release.digest)) {
            return Ok(known.confirmed(Arc::new(release.clone())));
        }
        prepare(bundle, self.options.clone(), self.clock.now())
    }

    fn activate(&self, swap: Swap<CompiledRelease>) {
        self.change(|serving| {
            for (project, change) in swap.projects {
                serving.apply(project, change);
            }
            serving.revoke(swap.revoked);
        });
    }
}

impl Serving {
    fn apply(&mut self, project: String, change: Change<CompiledRelease>) {
        let digest = match &change {
            Change::New(release) => Some(release.digest()),
            Change::Confirmed(release) => Some(release.digest.as_str()),
            Change::Removed => None,
        };
        // It was prepared before it was taken back.
        if digest.is_some_and(|digest| self.was_taken_back(digest)) {
            return;
        }
        match change {
            Change::New(release) => {
                self.removed.remove(&project);
                let residents = self.projects.entry(project).or_default();
                residents.activate(Arc::new(release));
            }
            Change::Confirmed(release) => {
                if let Some(residents) = self.projects.get_mut(&project) {
                    residents.confirm(release);
                }
            }
            Change::Removed => {
                let residents = self.projects.remove(&project);
                if let Some(active) = residents.as_ref().and_then(Residents::active) {
                    self.removed.insert(project, active.digest().to_owned());
                }
            }
        }
    }

    /// Nobody is served from these any more, pinned or not, and nothing older takes their place.
    fn revoke(&mut self, revoked: BTreeSet<String>) {
        for (project, residents) in &mut self.projects {
            let active = residents.active().map(|active| active.digest().to_owned());
            residents.remove(|digest| revoked.contains(digest), false);
            if let (Some(active), None) = (active, residents.active()) {
                self.removed.insert(project.clone(), active);
            }
        }
        self.revoked = revoked;
    }

    fn refuse(&mut self, digest: &str) {
        self.taken_back.retain(|found| found != digest);
        self.taken_back.push_back(digest.to_owned());
        if self.taken_back.len() > TAKEN_BACK {
            self.taken_back.pop_front();
        }
    }

    fn was_taken_back(&self, digest: &str) -> bool {
        self.taken_back.iter().any(|found| found == digest)
    }

    /// The projects by key.
    pub(crate) fn projects(&self) -> &BTreeMap<String, Residents> {
        &self.projects
    }

    /// Whether the environment has taken the project out.
    pub(crate) fn was_removed(&self, project: &str) -> bool {
        self.removed.contains_key(project) && self.revoked(project).is_none()
    }

    /// What answers for this project.
    pub(crate) fn active(&self, project: &str) -> Option<&Arc<CompiledRelease>> {
        self.projects.get(project)?.active()
    }

    /// The digest of the release that the environment has revoked without another one.
    pub(crate) fn revoked(&self, project: &str) -> Option<&str> {
        let digest = self.removed.get(project)?;
        self.revoked.contains(digest).then_some(digest.as_str())
    }

    /// The key of the project that a caller means: by key, or by the id that exactly one project's
    /// active release states.
    pub(crate) fn key<'a>(&'a self, project: &'a str) -> Option<&'a str> {
        if let Some((key, _)) = self.projects.get_key_value(project) {
            return Some(key);
        }
        let mut found = self.projects.iter().filter(|(_, residents)| {
            let id = residents
                .active()
                .and_then(|active| active.identity().project.id.as_deref());
            id == Some(project)
        });
        match (found.next(), found.next()) {
            (Some((key, _)), None) => Some(key),
            _ => None,
        }
    }

    /// The release of a project that a pin names.
    ///
    /// # Errors
    /// Those of [`Pin::find`], and `TakenBack` or `Revoked` for a digest of which that is known.
    pub(crate) fn pinned(
        &self,
        environment: &str,
        project: &str,
        pin: &Pin,
    ) -> error::Result<Arc<CompiledRelease>> {
        if let Pin::Digest(digest) = pin {
            let digest = digest.to_ascii_lowercase();
            let project = project.to_owned();
            if self.revoked.contains(&digest) {
                return Err(error::Error::Revoked {
                    environment: environment.to_owned(),
                    project,
                    digest,
                });
            }
            if self.was_taken_back(&digest) {
                return Err(error::Error::TakenBack { project, digest });
            }
        }
        let residents = self.projects.get(project);
        pin.find(project, residents.into_iter().flat_map(Residents::iter))
    }
}
