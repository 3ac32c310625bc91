//! One broken repository and what a client must say about it.

use crate::repository::{Files, NOW, Repository, to_bytes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The refusal: its kind, role and step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The kind's code.
    pub kind: &'static str,
    /// The role's name.
    pub role: &'static str,
    /// The step of the client workflow.
    pub step: &'static str,
}

/// A repository, a client's state, and what the client is to do.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder's name.
    pub name: &'static str,
    /// What is wrong.
    pub why: &'static str,
    /// What a client must say.
    pub expected: Expected,
    /// What the client is served.
    pub repository: Repository,
    /// What the client keeps, by file name.
    pub trusted: Files,
    /// The client's time.
    pub now: i64,
    /// The lowest timestamp version that the client takes.
    pub floor: u64,
    /// The target that the client downloads after its update.
    pub target: Option<&'static str>,
    /// The client's limits where they are not the defaults.
    pub limits: BTreeMap<&'static str, u64>,
}

impl Case {
    /// A sound repository and a client that trusts its first root.
    pub fn sound() -> Self {
        let repository = Repository::new("production");
        let root = repository.metadata["1.root.json"].clone();
        Self {
            name: "sound",
            why: "nothing",
            expected: Expected {
                kind: "none",
                role: "none",
                step: "none",
            },
            repository,
            trusted: Files::from([("root.json".to_owned(), root)]),
            now: NOW,
            floor: 0,
            target: None,
            limits: BTreeMap::new(),
        }
    }

    /// Lets the client have seen what is published now.
    pub fn seen(&mut self) {
        self.trusted = self.repository.stored();
    }

    /// The case's files by their path in its folder.
    pub fn files(&self) -> Files {
        let mut files = Files::from([("expected.json".to_owned(), to_bytes(&self.description()))]);
        let mut folders = vec![
            ("trusted", &self.trusted),
            ("metadata", &self.repository.metadata),
        ];
        if self.target.is_some() {
            folders.push(("targets", &self.repository.targets));
        }
        for (folder, content) in folders {
            files.extend(
                content
                    .iter()
                    .map(|(name, bytes)| (format!("{folder}/{name}"), bytes.clone())),
            );
        }
        files
    }

    fn description(&self) -> Value {
        let Expected { kind, role, step } = self.expected;
        json!({"why": self.why, "kind": kind, "role": role, "step": step, "now": self.now,
            "floor": self.floor, "target": self.target, "limits": self.limits})
    }
}
