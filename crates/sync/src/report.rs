//! Step 10: what a client says of itself, and what its evaluator tells it.

use crate::activator::Activator;
use crate::client::Client;
use crate::error::Error;
use crate::release::Release;
use crate::staleness::Staleness;
use crate::state::{Active, Generation, Project, State};
use crate::status::{EnvironmentStatus, Outcome, ProjectStatus, Report};
use std::sync::Arc;
use zen_edge_tuf::UnixTime;

impl<A: Activator> Client<A> {
    /// The environment's state.
    pub fn status(&self) -> EnvironmentStatus {
        let (now, ticks) = (self.ports.clock.now(), self.ports.clock.ticks());
        let state = self.state();
        let projects = state.projects.iter().map(|(name, project)| {
            let age = state.age(project, &self.options.staleness, now, ticks);
            let status = ProjectStatus {
                release: project
                    .active
                    .as_ref()
                    .map(|active| Release::clone(&active.release)),
                age: age.map(|age| age.age.as_secs()),
                staleness: age.map_or(Staleness::Expired, |age| age.staleness),
                error: project.error.clone(),
                refused: project.refused.iter().cloned().collect(),
            };
            (name.clone(), status)
        });
        let projects: std::collections::BTreeMap<_, _> = projects.collect();
        let generation = state.generation.as_deref();
        let time = |millis: i64| UnixTime(millis.div_euclid(1000)).to_string();
        EnvironmentStatus {
            revision: generation.map(|generation| generation.revision),
            root_version: generation.map(|generation| generation.root_version),
            timestamp_expires: generation.map(|known| known.timestamp_expires.to_string()),
            staleness: self.staleness(&state, now),
            source: state.source.clone(),
            last_poll: state.last_poll.map(time),
            last_success: state.last_success.map(time),
            error: state.error.clone(),
            sources: self.failover.health(),
            projects,
        }
    }

    /// The environment's staleness: that of its oldest project.
    fn staleness(&self, state: &State, now: i64) -> Staleness {
        let ticks = self.ports.clock.ticks();
        let ages = state.projects.values();
        let ages = ages.filter_map(|known| state.age(known, &self.options.staleness, now, ticks));
        let oldest = ages.map(|age| age.staleness).max();
        let expired = |known: &Generation| known.has_expired(UnixTime(now.div_euclid(1000)));
        oldest.unwrap_or(match (state.generation.as_deref(), state.last_success) {
            (Some(known), _) if expired(known) => Staleness::Expired,
            (Some(_), Some(_)) => Staleness::Fresh,
            _ => Staleness::Stale,
        })
    }

    /// What the last refresh came to.
    pub(crate) fn report(&self, outcome: Outcome) -> Report {
        let state = self.state();
        let projects = state.projects.iter();
        Report {
            outcome,
            revision: state
                .generation
                .as_ref()
                .map(|generation| generation.revision),
            error: state.error.clone(),
            projects: projects
                .filter_map(|(name, project)| Some((name.clone(), project.error.clone()?)))
                .collect(),
        }
    }

    /// Takes back a release that compiled but brings the evaluator down: its digest is refused from
    /// now on, for an hour also after a restart. `instead` is what the evaluator serves now; it must
    /// be a release that was active before, and counts only if the release is the active one. Without
    /// one, the release stays active: it may answer other contexts.
    pub async fn take_back(
        &self,
        project: &str,
        digest: &str,
        error: Error,
        instead: Option<Arc<Release>>,
    ) {
        {
            let mut state = self.state();
            let project = state.projects.entry(project.to_owned()).or_default();
            project.refuse(digest, error.clone());
            if project.announced.as_deref() == Some(digest) {
                project.error = Some(error);
            }
            let active = project.active.as_ref();
            if let Some(release) = instead
                && active.is_some_and(|active| active.release.digest == digest)
            {
                project.replace(release);
            }
        }
        self.save().await;
    }
}

impl Project {
    /// Makes an older release active again.
    fn replace(&mut self, release: Arc<Release>) {
        let known = |active: &Active| active.release.digest == release.digest;
        let previous = self.previous.take().filter(known);
        let (generation, confirmed_at) = match &previous {
            Some(previous) => (previous.generation.clone(), previous.confirmed_at),
            None => (None, release.verified_at),
        };
        self.active = Some(Active {
            release,
            generation,
            confirmed: None,
            confirmed_at,
        });
    }
}
