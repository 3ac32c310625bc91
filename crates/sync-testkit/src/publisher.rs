//! A publisher: environments in the layout of a bucket, sound ones and broken ones.

use crate::bucket::Bucket;
use crate::commit::{Commit, merge};
use crate::release::Plan;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zen_edge_tuf_testkit::{Key, Repository, sha256};

/// Days that signatures last; those of `zen-edge`'s own publisher.
const DAYS: [(&str, i64); 4] = [
    ("root", 365),
    ("targets", 365),
    ("snapshot", 365),
    ("timestamp", 7),
];

/// Publishes one environment into a bucket, as `zen-edge publish` does: content first, the pointer
/// last.
pub struct Publisher {
    environment: String,
    repository: Repository,
    bucket: Bucket,
    first_root: Vec<u8>,
    /// How often each role's keys were changed: part of their names.
    rotations: BTreeMap<String, u32>,
    /// Every bundle that was packed, by project and version: bytes and entry in the targets.
    packed: BTreeMap<(String, String), (Vec<u8>, Value)>,
    /// Every timestamp that was published, by version.
    timestamps: BTreeMap<u64, Vec<u8>>,
}

impl Publisher {
    /// Makes an environment without projects. `now` is in milliseconds since 1970.
    pub fn new(environment: &str, bucket: Bucket, now: i64) -> Self {
        let mut repository = Repository::bare(environment);
        repository.hashes = true;
        let days: serde_json::Map<_, _> = DAYS
            .iter()
            .map(|(role, days)| ((*role).to_owned(), json!(days)))
            .collect();
        repository.signed("root")["x-zen-edge"] =
            json!({"environment": environment, "expiryDays": days});
        repository.signed("targets")["x-zen-edge"] = json!({"environment": environment});
        let mut publisher = Self {
            environment: environment.to_owned(),
            repository,
            bucket,
            first_root: Vec::new(),
            rotations: BTreeMap::new(),
            packed: BTreeMap::new(),
            timestamps: BTreeMap::new(),
        };
        publisher.expire("root", now);
        publisher.repository.publish("root");
        publisher.first_root = publisher.repository.metadata["1.root.json"].clone();
        for role in ["targets", "snapshot", "timestamp"] {
            publisher.expire(role, now);
            publisher.repository.publish(role);
        }
        publisher.write(&Commit::default(), None);
        publisher
    }

    /// The root that clients trust from the outset.
    pub fn first_root(&self) -> Vec<u8> {
        self.first_root.clone()
    }

    /// The revision: the timestamp's version.
    pub fn revision(&self) -> u64 {
        self.repository.version("timestamp")
    }

    /// The SHA-256 of a release's bundle; none if there was no such release.
    pub fn digest(&self, project: &str, version: &str) -> Option<String> {
        let key = (project.to_owned(), version.to_owned());
        self.packed.get(&key).map(|(bytes, _)| sha256(bytes))
    }

    /// Publishes releases, packing those that are new. A version that was published before is
    /// published again: a rollback.
    pub fn publish(&mut self, plans: &[Plan], now: i64, commit: &Commit, other: Option<&Bucket>) {
        let mut roles = Vec::new();
        for plan in plans {
            let key = (plan.project.clone(), plan.version.clone());
            if !self.packed.contains_key(&key) {
                let bytes = plan.pack(None);
                let mut entry = json!({
                    "length": bytes.len(),
                    "hashes": {"sha256": sha256(&bytes)},
                    "custom": {"project": plan.project, "environment": self.environment,
                        "release": plan.id(), "version": plan.version,
                        "commit": format!("c-{}", plan.version)},
                });
                merge(&mut entry, &plan.target);
                self.packed.insert(key.clone(), (bytes, entry));
            }
            let (bytes, entry) = self.packed[&key].clone();
            let role = self.role_of(&plan.project);
            self.repository.signed(&role)["targets"][&plan.project] = entry;
            self.repository
                .place(&plan.project, &sha256(&bytes), &bytes);
            roles.push(role);
        }
        self.commit(&roles, now, commit, other);
    }

    /// Takes projects out.
    pub fn remove(&mut self, projects: &[String], now: i64, commit: &Commit) {
        let mut roles = Vec::new();
        for project in projects {
            let role = self.role_of(project);
            let targets = self.repository.signed(&role)["targets"].as_object_mut();
            targets.unwrap().remove(project);
            roles.push(role);
        }
        self.commit(&roles, now, commit, None);
    }

    /// Says that a release must not come back.
    ///
    /// # Panics
    /// If there was no such release.
    pub fn revoke(&mut self, project: &str, version: &str, reason: &str, now: i64) {
        let digest = self.digest(project, version);
        let digest = digest.unwrap_or_else(|| panic!("{project} has no release {version}"));
        let revoked = json!({"project": project, "sha256": digest, "reason": reason});
        let note = &mut self.repository.signed("targets")["x-zen-edge"]["revoked"];
        if note.is_null() {
            *note = json!([]);
        }
        note.as_array_mut().unwrap().push(revoked);
        self.commit(&["targets".to_owned()], now, &Commit::default(), None);
    }

    /// Lets a role of its own publish these projects (patterns).
    pub fn delegate(&mut self, role: &str, projects: &[&str], now: i64) {
        self.repository.delegate("targets", role, projects);
        let roles = ["targets".to_owned(), role.to_owned()];
        self.commit(&roles, now, &Commit::default(), None);
    }

    /// Signs roles again, announcements included.
    pub fn renew(&mut self, roles: &[String], now: i64, commit: &Commit, other: Option<&Bucket>) {
        self.commit(roles, now, commit, other);
    }

    /// Gives roles new keys, and signs with them. The old ones are revoked. Clients that have not
    /// seen the new root refuse what follows, unless the old keys sign as well (`both`).
    pub fn rotate(&mut self, roles: &[String], both: bool, now: i64, commit: &Commit) {
        let old_root = self.repository.signers("root").clone();
        let mut old = BTreeMap::new();
        for role in roles {
            let number = self.rotations.entry(role.clone()).or_default();
            *number += 1;
            let key = Key::named(&format!("{} {role} {number}", self.environment));
            old.insert(role.clone(), self.repository.signers(role).clone());
            self.repository.grant(role, &[key], 1);
            if both && role != "root" {
                let more = old[role].clone();
                self.repository.signers(role).extend(more);
            }
        }
        self.repository.forget_keys();
        self.expire("root", now);
        if let Some(changes) = commit.amend.get("root") {
            merge(self.repository.signed("root"), changes);
        }
        let also = match roles.iter().any(|role| role == "root") {
            true => old_root,
            false => Vec::new(),
        };
        self.repository.rotate(&also);
        let rest: Vec<_> = roles
            .iter()
            .filter(|role| *role != "root")
            .cloned()
            .collect();
        self.commit(&rest, now, commit, None);
        for role in rest {
            self.repository.signers(&role).truncate(1);
        }
    }

    /// Puts an older timestamp back, into this bucket: a replay.
    ///
    /// # Panics
    /// If there was no such revision.
    pub fn replay(&self, revision: u64, into: &Bucket) {
        let bytes = self.timestamps.get(&revision);
        let bytes = bytes.unwrap_or_else(|| panic!("there was no revision {revision}"));
        into.put(&self.metadata_key("timestamp.json"), bytes.clone());
        into.mark();
    }

    /// The revisions there were.
    pub fn revisions(&self) -> Vec<u64> {
        self.timestamps.keys().copied().collect()
    }

    fn metadata_key(&self, name: &str) -> String {
        format!("{}/metadata/{name}", self.environment)
    }

    fn role_of(&mut self, project: &str) -> String {
        let delegations = &self.repository.signed("targets")["delegations"]["roles"];
        let matches = |role: &&Value| {
            let paths = role["paths"].as_array().unwrap().iter();
            let mut patterns = paths.map(|path| glob::Pattern::new(path.as_str().unwrap()));
            patterns.any(|pattern| pattern.unwrap().matches(project))
        };
        let role = delegations
            .as_array()
            .and_then(|roles| roles.iter().find(matches));
        role.map_or("targets", |role| role["name"].as_str().unwrap())
            .to_owned()
    }

    fn expire(&mut self, role: &str, now: i64) {
        let days = DAYS.iter().find(|(named, _)| *named == role);
        let days = days.map_or(365, |(_, days)| *days);
        let expires = now.div_euclid(1_000) + days * 86_400;
        let expires = Timestamp::from_second(expires).unwrap().to_string();
        self.repository.signed(role)["expires"] = json!(expires);
    }

    /// Signs these roles and those that announce them, and writes what is new.
    fn commit(&mut self, roles: &[String], now: i64, commit: &Commit, other: Option<&Bucket>) {
        let mut all: Vec<String> = Vec::new();
        let delegated = roles
            .iter()
            .filter(|role| !DAYS.iter().any(|(top, _)| top == role));
        all.extend(delegated.cloned());
        let has = |role: &str| roles.iter().any(|named| named == role);
        if has("root") {
            self.expire("root", now);
            self.repository.rotate(&[]);
        }
        if has("targets") {
            all.push("targets".to_owned());
        }
        if !all.is_empty() || has("snapshot") {
            all.push("snapshot".to_owned());
        }
        all.push("timestamp".to_owned());
        for role in all {
            self.repository.bump(&role);
            self.expire(&role, now);
            if let Some(changes) = commit.amend.get(&role) {
                merge(self.repository.signed(&role), changes);
            }
            let own = self.repository.signers(&role).clone();
            if let Some(names) = commit.sign_with.get(&role) {
                *self.repository.signers(&role) =
                    names.iter().map(|name| Key::named(name)).collect();
            }
            let mut bytes = self.repository.bytes(&role);
            *self.repository.signers(&role) = own;
            if let Some(changes) = commit.forge.get(&role) {
                let mut file = serde_json::from_slice(&bytes).unwrap();
                merge(&mut file, changes);
                bytes = zen_edge_tuf_testkit::to_bytes(&file);
            }
            self.repository.publish_bytes(&role, bytes);
        }
        self.write(commit, other);
    }

    /// Writes what was published: content, numbered metadata, the pointer.
    fn write(&mut self, commit: &Commit, other: Option<&Bucket>) {
        let bucket = other.unwrap_or(&self.bucket);
        let targets = std::mem::take(&mut self.repository.targets);
        let mut metadata = std::mem::take(&mut self.repository.metadata);
        let pointer = metadata.remove("timestamp.json");
        let targets = targets
            .into_iter()
            .map(|(name, bytes)| (format!("{}/targets/{name}", self.environment), bytes));
        let metadata = metadata
            .into_iter()
            .map(|(name, bytes)| (self.metadata_key(&name), bytes));
        let last = pointer.map(|bytes| (self.metadata_key("timestamp.json"), bytes));
        let writes: Vec<_> = targets.chain(metadata).chain(last).collect();
        let done = commit.interrupted_after.unwrap_or(writes.len());
        if done >= writes.len()
            && let Some((_, bytes)) = writes.last()
        {
            let revision = self.repository.version("timestamp");
            self.timestamps.insert(revision, bytes.clone());
        }
        for (key, bytes) in writes.into_iter().take(done) {
            bucket.put(&key, bytes);
        }
        bucket.mark();
    }
}
