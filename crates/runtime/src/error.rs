//! Why there is no answer.

use crate::pin::PinProblem;
use serde_json::{Value, json};
use std::sync::Arc;
use zen_edge_sync::Release;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer, and so what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The runtime was not configured so that it could begin.
    #[error("{0}")]
    Configuration(String),
    /// No such environment is configured.
    #[error("no environment is called `{name}`; there are {}", list(.known))]
    UnknownEnvironment {
        /// What was asked for.
        name: String,
        /// What is configured.
        known: Vec<String>,
    },
    /// The environment has no such project.
    #[error("the environment `{environment}` has no project `{project}`")]
    UnknownProject {
        /// The environment.
        environment: String,
        /// What was asked for: neither a project's key nor the id of one.
        project: String,
    },
    /// Nothing is active yet: refresh, and ask again.
    #[error(
        "no verified release of `{project}` is active in `{environment}` yet{}",
        .cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default()
    )]
    NotReady {
        /// The environment.
        environment: String,
        /// The project.
        project: String,
        /// Why the last refresh could not change that, if there was one.
        cause: Option<Box<zen_edge_sync::Error>>,
    },
    /// What is meant to be a pin is none.
    #[error(
        "`{0}` is no pin; write a release's id, version or digest, or `release:<id>`, `version:<version>` or `sha256:<64 hexadecimal digits>`"
    )]
    InvalidPin(String),
    /// No release in memory has this name.
    #[error("`{pin}` of `{project}` is not in memory; these are: {0}", pin = .0.pin, project = .0.project)]
    UnknownPin(Box<PinProblem>),
    /// Several releases in memory have this name: pin one by its digest.
    #[error("several releases of `{project}` are `{pin}`; pin one by its digest: {0}", pin = .0.pin, project = .0.project)]
    AmbiguousPin(Box<PinProblem>),
    /// The environment has revoked the release, and announces no other that could be had.
    #[error("the environment `{environment}` has revoked the release `{digest}` of `{project}`")]
    Revoked {
        /// The environment.
        environment: String,
        /// The project.
        project: String,
        /// The SHA-256 of the release's bundle.
        digest: String,
    },
    /// The release brought the evaluator down before, and was taken back.
    #[error("the release `{digest}` of `{project}` was taken back: it brought the evaluator down")]
    TakenBack {
        /// The project.
        project: String,
        /// The SHA-256 of the release's bundle.
        digest: String,
    },
    /// The release has expired, and the environment's policy is to refuse.
    #[error(
        "the release of `{}` has expired: nobody has confirmed it for {age} seconds", .release.project
    )]
    Expired {
        /// What would have answered.
        release: Arc<Release>,
        /// Seconds since a source last confirmed it.
        age: u64,
    },
    /// The decision gave no answer.
    #[error("{error}")]
    Evaluation {
        /// Why.
        error: zen_edge_eval::Error,
        /// What it was evaluated with.
        release: Arc<Release>,
    },
    /// The decision brought the evaluator down; the process goes on.
    #[error(
        "evaluating `{key}` brought the evaluator down; this is a bug in zen-edge: please report it"
    )]
    Trapped {
        /// The decision's key.
        key: String,
        /// What it was evaluated with.
        release: Arc<Release>,
    },
}

impl Error {
    /// What happened in one camelCase word; for an evaluation, the evaluator's word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::UnknownEnvironment { .. } => "unknownEnvironment",
            Self::UnknownProject { .. } => "unknownProject",
            Self::NotReady { .. } => "notReady",
            Self::InvalidPin(_) => "invalidPin",
            Self::UnknownPin(_) => "unknownPin",
            Self::AmbiguousPin(_) => "ambiguousPin",
            Self::Revoked { .. } => "revoked",
            Self::TakenBack { .. } => "takenBack",
            Self::Expired { .. } => "expired",
            Self::Evaluation { error, .. } => error.kind().code(),
            Self::Trapped { .. } => "trapped",
        }
    }

    /// The release that failed or refused to answer, if it came to that: errors, too, name it.
    pub fn release(&self) -> Option<&Arc<Release>> {
        match self {
            Self::Expired { release, .. }
            | Self::Evaluation { release, .. }
            | Self::Trapped { release, .. } => Some(release),
            _ => None,
        }
    }

    /// `{"kind", "message", "release"?, "resident"?, "error"?}`: `error` is the evaluator's own
    /// form, which GoRules' Agent answers too.
    pub fn to_json(&self) -> Value {
        let mut json = json!({"kind": self.code(), "message": self.to_string()});
        let mut add = |name: &str, value: Option<Value>| {
            if let (Some(value), Some(members)) = (value, json.as_object_mut()) {
                members.insert(name.to_owned(), value);
            }
        };
        add("release", self.release().map(|release| json!(**release)));
        match self {
            Self::UnknownPin(problem) | Self::AmbiguousPin(problem) => {
                add("resident", Some(json!(problem.resident)));
            }
            Self::Evaluation { error, .. } => add("error", Some(error.to_json())),
            _ => {}
        }
        json
    }
}

/// Errors are equal if they say the same.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code() && self.to_string() == other.to_string()
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
