//! A repository in memory that is changed, signed and published role by role.

use crate::key::Key;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// File contents by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The time at which everything here is sound: 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;

/// The roles whose keys the root lists.
const TOP_LEVEL: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// A repository with consistent snapshots.
#[derive(Debug, Clone)]
pub struct Repository {
    signed: BTreeMap<String, Value>,
    signers: BTreeMap<String, Vec<Key>>,
    /// Whether timestamp and snapshot announce lengths and hashes besides versions.
    pub hashes: bool,
    /// Published metadata by file name.
    pub metadata: Files,
    /// Published targets by file name.
    pub targets: Files,
}

impl Repository {
    /// An environment with one key per role, version 1 of everything, and the target `hello`.
    pub fn new(environment: &str) -> Self {
        let mut repository = Self::bare(environment);
        repository.add("targets", "hello", b"hello, world\n");
        repository.publish("root");
        repository.publish_rest();
        repository
    }

    /// An environment with one key per role, version 1 of everything, and no target, of which
    /// nothing is published yet.
    pub fn bare(environment: &str) -> Self {
        let header = |role: &str| json!({"_type": role, "spec_version": "1.0.34", "version": 1, "expires": "2026-02-01T00:00:00Z"});
        let mut repository = Self {
            signed: TOP_LEVEL
                .iter()
                .map(|role| ((*role).to_owned(), header(role)))
                .collect(),
            signers: BTreeMap::new(),
            hashes: false,
            metadata: Files::new(),
            targets: Files::new(),
        };
        let root = repository.signed("root");
        root["consistent_snapshot"] = json!(true);
        root["keys"] = json!({});
        root["roles"] = json!({});
        repository.signed("timestamp")["meta"] = json!({});
        repository.signed("snapshot")["meta"] = json!({});
        repository.signed("targets")["targets"] = json!({});
        for role in TOP_LEVEL {
            repository.grant(role, &[Key::named(&format!("{environment} {role}"))], 1);
        }
        repository
    }

    /// What a role signs, to be changed before it is published.
    pub fn signed(&mut self, role: &str) -> &mut Value {
        self.signed.get_mut(role).unwrap()
    }

    /// The keys with which a role is signed.
    pub fn signers(&mut self, role: &str) -> &mut Vec<Key> {
        self.signers.entry(role.to_owned()).or_default()
    }

    /// Gives a top-level role these keys, and no others, to sign with.
    pub fn grant(&mut self, role: &str, keys: &[Key], threshold: u64) {
        let ids: Vec<_> = keys.iter().map(Key::id).collect();
        let root = self.signed("root");
        for key in keys {
            root["keys"][key.id()] = key.listed();
        }
        root["roles"][role] = json!({"keyids": ids, "threshold": threshold});
        *self.signers(role) = keys.to_vec();
    }

    /// Takes keys out of the root that no role has any more.
    pub fn forget_keys(&mut self) {
        let root = self.signed("root");
        let roles = root["roles"].as_object().into_iter().flatten();
        let used: Vec<_> = roles
            .flat_map(|(_, role)| role["keyids"].as_array().cloned().unwrap_or_default())
            .collect();
        let keys = root["keys"].as_object_mut().unwrap();
        keys.retain(|id, _| used.iter().any(|used| used == id));
    }

    /// Adds a delegation by paths, and the role with a key of its own if it is new.
    pub fn delegate(&mut self, delegator: &str, name: &str, paths: &[&str]) -> &mut Value {
        if !self.signed.contains_key(name) {
            let header = json!({"_type": "targets", "spec_version": "1.0.34", "version": 0,
                "expires": "2026-02-01T00:00:00Z", "targets": {}});
            self.signed.insert(name.to_owned(), header);
            self.signers(name).push(Key::named(name));
        }
        let key = self.signers(name)[0].clone();
        let delegations = &mut self.signed(delegator)["delegations"];
        if delegations.is_null() {
            *delegations = json!({"keys": {}, "roles": []});
        }
        delegations["keys"][key.id()] = key.listed();
        let roles = delegations["roles"].as_array_mut().unwrap();
        roles.push(json!({"name": name, "keyids": [key.id()], "threshold": 1, "terminating": false, "paths": paths}));
        roles.last_mut().unwrap()
    }

    /// Lists a target, and puts it where clients fetch it.
    pub fn add(&mut self, role: &str, path: &str, bytes: &[u8]) {
        self.signed(role)["targets"][path] = json!({
            "length": bytes.len(),
            "hashes": {"sha256": sha256(bytes)},
            "custom": {"project": path, "release": "1"},
        });
        self.place(path, &sha256(bytes), bytes);
    }

    /// Puts bytes where clients fetch the target with this hash.
    pub fn place(&mut self, path: &str, hash: &str, bytes: &[u8]) {
        let name = match path.rsplit_once('/') {
            Some((folder, base)) => format!("{folder}/{hash}.{base}"),
            None => format!("{hash}.{path}"),
        };
        self.targets.insert(name, bytes.to_vec());
    }

    /// Raises a role's version by one.
    pub fn bump(&mut self, role: &str) {
        let version = self.version(role) + 1;
        self.signed(role)["version"] = json!(version);
    }

    /// A role's version.
    pub fn version(&self, role: &str) -> u64 {
        self.signed[role]["version"].as_u64().unwrap_or(1)
    }

    /// A role's metadata, signed.
    pub fn bytes(&self, role: &str) -> Vec<u8> {
        let signed = &self.signed[role];
        let signatures: Vec<_> = self.signers[role]
            .iter()
            .map(|key| key.sign(signed))
            .collect();
        to_bytes(&json!({"signatures": signatures, "signed": signed}))
    }

    /// Signs and publishes a role's metadata.
    pub fn publish(&mut self, role: &str) {
        let bytes = self.bytes(role);
        self.publish_bytes(role, bytes);
    }

    /// Publishes these bytes as a role's metadata, and announces them.
    pub fn publish_bytes(&mut self, role: &str, bytes: Vec<u8>) {
        let mut announced = json!({"version": self.version(role)});
        if self.hashes {
            announced["length"] = json!(bytes.len());
            announced["hashes"] = json!({"sha256": sha256(&bytes)});
        }
        match role {
            "root" | "timestamp" => {}
            "snapshot" => self.signed("timestamp")["meta"]["snapshot.json"] = announced,
            _ => self.signed("snapshot")["meta"][format!("{role}.json")] = announced,
        }
        self.metadata.insert(self.file_name(role), bytes);
    }

    /// The name under which a role's current version is published.
    pub fn file_name(&self, role: &str) -> String {
        match role {
            "timestamp" => "timestamp.json".to_owned(),
            _ => format!("{}.{role}.json", self.version(role)),
        }
    }

    /// The published file of a role's current version.
    pub fn published(&mut self, role: &str) -> &mut Vec<u8> {
        let name = self.file_name(role);
        self.metadata.get_mut(&name).unwrap()
    }

    /// Publishes everything but the root, announcements last.
    pub fn publish_rest(&mut self) {
        let others: Vec<_> = self
            .signed
            .keys()
            .filter(|role| !TOP_LEVEL.contains(&role.as_str()))
            .cloned()
            .collect();
        for role in others
            .iter()
            .map(String::as_str)
            .chain(["targets", "snapshot", "timestamp"])
        {
            self.publish(role);
        }
    }

    /// Publishes the next version of everything but the root.
    pub fn release(&mut self) {
        for role in self
            .signed
            .keys()
            .filter(|role| *role != "root")
            .cloned()
            .collect::<Vec<_>>()
        {
            self.bump(&role);
        }
        self.publish_rest();
    }

    /// Publishes the next root, signed by these keys besides its own.
    pub fn rotate(&mut self, also: &[Key]) {
        self.bump("root");
        let own = self.signers("root").clone();
        self.signers("root").extend_from_slice(also);
        self.publish("root");
        *self.signers("root") = own;
    }

    /// What a client keeps that has seen everything that is published now.
    pub fn stored(&self) -> Files {
        self.signed
            .keys()
            .map(|role| {
                (
                    format!("{role}.json"),
                    self.metadata[&self.file_name(role)].clone(),
                )
            })
            .collect()
    }
}

/// The SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// JSON as it is committed.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap();
    bytes.push(b'\n');
    bytes
}
