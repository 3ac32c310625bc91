//! Scenarios: one fault, what is done, and what must be seen on the way and in the end.

mod run;
mod step;

pub use run::Failure;
pub use step::{CacheStep, Evaluate, Refresh, Step, Tamper, With};

use crate::log::Totals;
use crate::subject::{Policy, Subjects};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A scenario, as it is written in a file that is named after the fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// What happens, and what must come of it.
    pub description: String,
    /// The time at its beginning (RFC 3339).
    #[serde(default = "start")]
    pub start: String,
    /// Its environments by name. One, `production`, if none is described.
    #[serde(default = "production")]
    pub environments: BTreeMap<String, Environment>,
    /// Objects on one page of a listing.
    pub page: Option<usize>,
    /// Whether a root that revokes the timestamp's key is part of it, so that revisions may fall.
    #[serde(default)]
    pub revision_may_fall: bool,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// All requests there must have been in the end, by source, kind (`pointer`, `root`, `metadata`,
    /// `bundle` or `listing`) and outcome.
    pub requests: Totals,
    /// What the status must contain in the end.
    pub finally: Value,
    /// Whether requests are not looked at: neither these nor those of the steps.
    #[serde(skip)]
    uncounted: bool,
}

/// An environment's set-up.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Environment {
    /// Whether it is the GoRules layout, unsigned. Otherwise it is a TUF repository.
    pub unsigned: bool,
    /// Whether the projects of an unsigned environment are configured by name; otherwise they are those
    /// that its bucket lists. Those of a TUF repository always are.
    pub named: bool,
    /// Its projects' keys.
    pub projects: Vec<String>,
    /// Its sources, the one to ask first first. Each is a bucket of its own; all but the one that
    /// is published to are replicas of that.
    pub sources: Vec<String>,
    /// The bucket that is published to, if it is not the first source.
    pub publishes_to: Option<String>,
    /// What is answered when what is served is expired.
    pub policy: Policy,
    /// Seconds after a successful poll for which what is served is fresh.
    pub stale_after: u64,
    /// Seconds between polls.
    pub poll_interval: u64,
    /// The lowest revision that is accepted.
    pub floor: u64,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            unsigned: false,
            named: false,
            projects: vec!["pricing".to_owned()],
            sources: vec!["near".to_owned()],
            publishes_to: None,
            policy: Policy::Serve,
            stale_after: 60,
            poll_interval: 10,
            floor: 0,
        }
    }
}

impl Environment {
    /// The bucket that is published to.
    pub(crate) fn primary(&self) -> &str {
        let first = self.sources.first().map_or("near", String::as_str);
        self.publishes_to.as_deref().unwrap_or(first)
    }
}

fn start() -> String {
    "2026-01-01T00:00:00Z".to_owned()
}

fn production() -> BTreeMap<String, Environment> {
    BTreeMap::from([("production".to_owned(), Environment::default())])
}

impl Scenario {
    /// The scenarios in `tests/scenarios`, which is this folder: their names with the area
    /// (`failover/503`), and their texts. Panics if they cannot be read.
    pub fn files(folder: &Path) -> Vec<(String, String)> {
        let entries = |folder: &Path| -> Vec<PathBuf> {
            let entries = std::fs::read_dir(folder).expect("the folder can be read");
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        let areas = entries(folder).into_iter().filter(|path| path.is_dir());
        let mut files: Vec<_> = areas
            .flat_map(|area| entries(&area))
            .map(|path| {
                let name = path.strip_prefix(folder).unwrap().with_extension("");
                let text = std::fs::read_to_string(&path).unwrap();
                (name.to_str().unwrap().to_owned(), text)
            })
            .collect();
        files.sort();
        files
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The same scenario, whatever requests are made: for subjects that decide by themselves how often
    /// they ask.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.uncounted = true;
        self
    }

    /// Plays it.
    ///
    /// # Errors
    /// The first step that was not as expected.
    pub fn run(&self, subjects: &dyn Subjects) -> Result<(), Failure> {
        run::run(self, subjects)
    }
}
