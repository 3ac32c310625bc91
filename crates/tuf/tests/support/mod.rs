//! A client of repositories in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(dead_code, reason = "every test file uses a part")]

use serde_json::Value;
use std::collections::BTreeMap;
use zen_edge_tuf::{
    Change, Find, Limits, Next, Request, Result, Role, Stored, UnixTime, Updater, VerifiedTarget,
};
use zen_edge_tuf_testkit::{Files, NOW};

/// What a client is given.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) stored: Stored,
    pub(crate) now: UnixTime,
    pub(crate) floor: u64,
    pub(crate) limits: Limits,
    /// The files that were asked for in the last update, in order.
    pub(crate) asked: Vec<String>,
    /// The metadata that was passed over in the last update.
    pub(crate) ignored: usize,
}

impl Client {
    /// A client that keeps these files.
    pub(crate) fn new(stored: &Files) -> Self {
        let mut client = Self {
            stored: Stored::default(),
            now: UnixTime(NOW),
            floor: 0,
            limits: Limits::default(),
            asked: Vec::new(),
            ignored: 0,
        };
        for (name, bytes) in stored {
            client
                .stored
                .insert(Role::named(name.trim_end_matches(".json")), bytes.clone());
        }
        client
    }

    /// Updates from these files.
    pub(crate) fn update(&mut self, metadata: &Files) -> Result<Updater> {
        self.asked.clear();
        let mut updater = Updater::new(self.stored.clone(), self.now, self.limits.clone())?
            .with_floor(self.floor);
        while let Next::Fetch(request) = updater.advance()? {
            self.answer(&mut updater, &request, metadata)?;
        }
        self.ignored = updater.ignored().len();
        assert_eq!(
            &self.stored,
            updater.trusted().stored(),
            "storage does not hold what is trusted"
        );
        Ok(updater)
    }

    /// Updates, and downloads a target if one is named.
    pub(crate) fn run(
        &mut self,
        metadata: &Files,
        targets: &Files,
        path: Option<&str>,
    ) -> Result<Option<VerifiedTarget>> {
        let mut updater = self.update(metadata)?;
        let Some(path) = path else { return Ok(None) };
        loop {
            match updater.find(path)? {
                Find::Fetch(request) => self.answer(&mut updater, &request, metadata)?,
                Find::Found(target) => {
                    let mut download = target.download(&self.limits)?;
                    let bytes = targets
                        .get(&target.file_name())
                        .expect("the target is served");
                    for piece in bytes.chunks(7) {
                        download.push(piece)?;
                    }
                    return download.finish().map(Some);
                }
            }
        }
    }

    fn answer(&mut self, updater: &mut Updater, request: &Request, metadata: &Files) -> Result<()> {
        self.asked.push(request.file_name());
        let result = match metadata.get(&request.file_name()) {
            Some(bytes) => updater.provide(bytes.clone()),
            None => updater.missing(),
        };
        for change in updater.changes() {
            self.stored.apply(&change);
        }
        result
    }

    /// The version of a role's metadata in storage.
    pub(crate) fn version(&self, role: &str) -> Option<u64> {
        let bytes = self.stored.get(&Role::named(role))?;
        let document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        document["signed"]["version"].as_u64()
    }
}

/// The kind, role and step of a refusal.
pub(crate) fn refusal<T>(result: &Result<T>) -> [String; 3] {
    match result {
        Ok(_) => ["accepted", "", ""],
        Err(error) => [error.kind().code(), error.role().name(), error.step()],
    }
    .map(str::to_owned)
}

/// Runs a client against one folder of `tests/tuf/broken`: what it should say, and what it says.
pub(crate) fn broken(files: &Files) -> ([String; 3], Result<Option<VerifiedTarget>>) {
    let part = |folder: &str| -> Files {
        let inside = files.iter();
        inside
            .filter_map(|(name, bytes)| {
                Some((name.strip_prefix(folder)?.to_owned(), bytes.clone()))
            })
            .collect()
    };
    let expected: Value = serde_json::from_slice(&files["expected.json"]).unwrap();
    let mut client = Client::new(&part("trusted/"));
    client.limits = limits(&serde_json::from_value(expected["limits"].clone()).unwrap());
    client.now.0 = expected["now"].as_i64().unwrap();
    client.floor = expected["floor"].as_u64().unwrap();
    let target = expected["target"].as_str();
    let result = client.run(&part("metadata/"), &part("targets/"), target);
    let text = |name: &str| expected[name].as_str().unwrap().to_owned();
    ([text("kind"), text("role"), text("step")], result)
}

/// Sets limits by their names in `expected.json`.
pub(crate) fn limits(named: &BTreeMap<String, u64>) -> Limits {
    let mut limits = Limits::default();
    for (name, value) in named {
        let count = usize::try_from(*value).unwrap();
        match name.as_str() {
            "rootBytes" => limits.root_bytes = *value,
            "snapshotBytes" => limits.snapshot_bytes = *value,
            "targetsBytes" => limits.targets_bytes = *value,
            "signatures" => limits.signatures = count,
            "jsonValues" => limits.json_values = count,
            "delegations" => limits.delegations = count,
            other => panic!("no limit is named {other}"),
        }
    }
    limits
}

/// Whether these changes delete metadata.
pub(crate) fn deletes(changes: &[Change]) -> bool {
    changes
        .iter()
        .any(|change| matches!(change, Change::Delete { .. }))
}
