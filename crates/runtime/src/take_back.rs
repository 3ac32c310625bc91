//! Taking back a release that brings the evaluator down.
//!
//! What is in memory falls back at once. Sync is told in the next refresh, so that nobody who is
//! answered waits for that; and where nothing older is in memory, as after a restart, what was kept
//! in the cache for this case is looked for then.

use crate::active::TakenBack;
use crate::circuit::Trap;
use crate::environment::{Environment, follow};
use crate::release::CompiledRelease;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_sync::{Age, Error, ErrorKind, Projects, Staleness};

/// What was taken back or is to be, and sync does not know yet.
#[derive(Debug, Default)]
pub(crate) struct TakeBacks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pending: Vec<Pending>,
    /// Digests of releases that stay, because there is nothing older.
    alone: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pending {
    project: String,
    digest: String,
    message: String,
}

impl TakeBacks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state().pending.is_empty()
    }

    /// Whether this release answers in the place of one that was taken back just now.
    fn instead(&self, project: &str, digest: &str) -> bool {
        let state = self.state();
        let mut pending = state.pending.iter();
        pending.any(|pending| pending.project == project && pending.digest != digest)
    }
}

impl Environment {
    /// Counts a trap, and takes the release back if that was one too many.
    pub(crate) fn trapped(&self, project: &str, digest: &str, trap: Trap, message: &str) {
        if !self.circuit.count(project, digest, trap, message) {
            return;
        }
        let active = self.active();
        match active.take_back(project, digest) {
            TakenBack::Replaced | TakenBack::Forgotten => {
                self.circuit.taken_back(project, digest);
            }
            TakenBack::Kept if self.take_backs.state().alone.contains(digest) => return,
            TakenBack::Kept => {}
            // It must not come, as long as there is another one.
            TakenBack::Unknown if active.serving().active(project).is_some() => {
                active.refuse(digest);
                self.circuit.taken_back(project, digest);
            }
            TakenBack::Unknown => return,
        }
        let mut state = self.take_backs.state();
        let is_known = |known: &Pending| known.project == project && known.digest == digest;
        if !state.pending.iter().any(is_known) {
            state.pending.push(Pending {
                project: project.to_owned(),
                digest: digest.to_owned(),
                message: message.to_owned(),
            });
        }
    }

    /// The age of a project's active release as sync knows it, and not fresh if sync does not know yet
    /// that another one is active now.
    pub(crate) fn age_of(&self, active: &CompiledRelease) -> Option<Age> {
        let project = &active.release().project;
        let mut age = self.client.age(project)?;
        if self.take_backs.instead(project, active.digest()) {
            age.staleness = age.staleness.max(Staleness::Stale);
        }
        Some(age)
    }

    /// Does what is left to do of taking back. If this is cancelled, the next call does it.
    pub(crate) async fn settle(&self) {
        let pending = self.take_backs.state().pending.clone();
        for pending in pending {
            self.settle_one(&pending).await;
            let mut state = self.take_backs.state();
            state.pending.retain(|other| *other != pending);
        }
    }

    async fn settle_one(&self, pending: &Pending) {
        let Pending {
            project,
            digest,
            message,
        } = pending;
        let active = self.active();
        let is_active = |active: &Arc<CompiledRelease>| active.digest() == digest;
        if active.serving().active(project).is_some_and(is_active) {
            if let Some(before) = self.kept_before(project, digest).await {
                active.hold(before);
            }
            match active.take_back(project, digest) {
                TakenBack::Replaced => self.circuit.taken_back(project, digest),
                TakenBack::Kept => {
                    self.take_backs.state().alone.insert(digest.clone());
                    return;
                }
                TakenBack::Forgotten | TakenBack::Unknown => {}
            }
        }
        let instead = active.serving().active(project).cloned();
        let instead = instead.map(|instead| instead.release().clone());
        let error = Error::new(ErrorKind::Trapped, message.as_str());
        self.client.take_back(project, digest, error, instead).await;
    }

    /// The release that was kept in the cache, or baked in, beside the one that traps: what a client
    /// finds that begins without a network and refuses that one.
    async fn kept_before(&self, project: &str, digest: &str) -> Option<Arc<CompiledRelease>> {
        let mut options = self.options.client.clone();
        options.projects = Projects::Listed([project.to_owned()].into());
        let client = follow(options, &self.options, &self.ports).ok()?;
        client.activator().refuse(digest);
        client.load().await;
        client.activator().serving().active(project).cloned()
    }
}
