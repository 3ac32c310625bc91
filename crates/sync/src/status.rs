//! What an environment is at, for people and for other programs.

use crate::error::Error;
use crate::failover::SourceHealth;
use crate::options::Projects;
use crate::release::Release;
use crate::staleness::{OnExpired, Staleness};
use serde::Serialize;
use std::collections::BTreeMap;

/// An environment's state. Times are RFC 3339, ages in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentStatus {
    /// The version of the newest timestamp whose metadata is all verified; none for an unsigned
    /// source, or before the first release.
    pub revision: Option<u64>,
    /// The version of the newest root.
    pub root_version: Option<u64>,
    /// When that timestamp expires.
    pub timestamp_expires: Option<String>,
    /// The oldest of its projects.
    pub staleness: Staleness,
    /// The source of the last successful poll.
    pub source: Option<String>,
    /// When a source was last asked.
    pub last_poll: Option<String>,
    /// When a source last answered with what is trusted.
    pub last_success: Option<String>,
    /// Why the last poll failed, if it did.
    pub error: Option<Error>,
    /// The sources in their order.
    pub sources: Vec<SourceHealth>,
    /// The projects by their keys.
    pub projects: BTreeMap<String, ProjectStatus>,
}

impl EnvironmentStatus {
    /// Puts in a word on every project that is configured, and takes out those that the environment
    /// has taken out otherwise.
    pub fn complete(&mut self, projects: &Projects, was_removed: impl Fn(&str) -> bool) {
        match projects {
            Projects::Listed(listed) => {
                for project in listed {
                    let known = self.projects.entry(project.clone());
                    known.or_insert_with(ProjectStatus::unknown);
                }
            }
            Projects::All => self.projects.retain(|project, found| {
                found.release.is_some() || found.error.is_some() || !was_removed(project)
            }),
        }
    }

    /// Whether anybody has said yet which projects there are: signed metadata, or what is served.
    pub fn has_loaded(&self) -> bool {
        let mut projects = self.projects.values();
        self.revision.is_some() || projects.any(|project| project.release.is_some())
    }

    /// Whether every project that is configured, or that the environment lists, has an active release,
    /// and none has expired unless that is to be passed over. Of a status that is complete.
    pub fn is_ready(&self, projects: &Projects, on_expired: OnExpired) -> bool {
        let all_are_known = match projects {
            Projects::Listed(_) => true,
            Projects::All => self.has_loaded(),
        };
        let is_ready = |project: &ProjectStatus| {
            let expired = project.staleness == Staleness::Expired;
            project.release.is_some() && (on_expired == OnExpired::Serve || !expired)
        };
        all_are_known && self.projects.values().all(is_ready)
    }
}

/// A project's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectStatus {
    /// What is being served; none if nothing is.
    pub release: Option<Release>,
    /// Seconds since a source last confirmed it; none if nothing is served.
    pub age: Option<u64>,
    /// What that means.
    pub staleness: Staleness,
    /// Why the release that is announced is not the one that is served, if so.
    pub error: Option<Error>,
    /// What was refused, the newest last.
    pub refused: Vec<Refused>,
}

impl ProjectStatus {
    /// Of a project of which nothing is known.
    fn unknown() -> Self {
        Self {
            release: None,
            age: None,
            staleness: Staleness::Expired,
            error: None,
            refused: Vec::new(),
        }
    }
}

/// A bundle that is not asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The bundle's SHA-256 in hexadecimal digits.
    pub digest: String,
    /// Why.
    #[serde(flatten)]
    pub error: Error,
}

/// What one refresh did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// In one word.
    pub outcome: Outcome,
    /// The environment's revision afterwards.
    pub revision: Option<u64>,
    /// Why the environment could not be brought up to date, if so.
    pub error: Option<Error>,
    /// Why the announced release of a project is not active, by the project's key.
    pub projects: BTreeMap<String, Error>,
}

/// What a refresh did, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Something else is active now.
    Updated,
    /// A source confirmed what is active.
    Unchanged,
    /// It is not time to poll yet.
    NotDue,
    /// Another refresh is under way; what is active stays meanwhile.
    InFlight,
    /// Nothing new could be activated; what is active stays.
    Failed,
}
