//! The publisher: the `zen-edge` command, one process for each thing it does, and a folder of keys.

use crate::error::DrillError;
use crate::load::TOKEN;
use crate::process::{self, Ended};
use crate::truth::{self, PROJECT};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use zen_edge_store_testkit::{ADMIN, tied};

/// The environment's name.
pub(crate) const ENVIRONMENT: &str = "production";

/// The key of the root, and the key of all other roles.
pub(crate) const ROOT_KEY: &str = "root.pem";
/// See [`ROOT_KEY`].
pub(crate) const ONLINE_KEY: &str = "online.pem";

/// Who publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    binary: PathBuf,
    folder: PathBuf,
    /// Files of keys in the folder: root, and everything else.
    pub(crate) root_key: String,
    /// See above.
    pub(crate) online_key: String,
}

/// A bundle.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// Its file in the publisher's folder.
    pub(crate) file: String,
    /// Its SHA-256.
    pub(crate) digest: String,
}

/// How copies of an environment stand, side by side.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// The newest revision among those that could be read, 0 if there is none.
    pub(crate) revision: u64,
    /// Of each copy in order, whether it has that revision, whole and in date.
    pub(crate) good: Vec<bool>,
    /// Whether every copy could be read and verified.
    pub(crate) readable: bool,
    /// What the command said.
    pub(crate) said: String,
}

impl Publisher {
    /// One who works in this folder, with this `zen-edge`.
    pub(crate) fn new(binary: &Path, folder: PathBuf) -> Result<Self, DrillError> {
        fs::create_dir_all(&folder).map_err(DrillError::io("making the publisher's folder"))?;
        let publisher = Self {
            binary: binary.to_owned(),
            folder,
            root_key: ROOT_KEY.to_owned(),
            online_key: ONLINE_KEY.to_owned(),
        };
        publisher.write("tokens", TOKEN)?;
        for key in [ROOT_KEY, ONLINE_KEY] {
            publisher.run(["keygen", key])?;
        }
        Ok(publisher)
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file into its folder.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> Result<(), DrillError> {
        let path = self.path(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, text));
        written.map_err(DrillError::io(format!("writing {}", path.display())))
    }

    /// The root that clients are given.
    pub(crate) fn trusted_root(&self) -> Result<String, DrillError> {
        let path = self.path(&format!("{ENVIRONMENT}.root.json"));
        fs::read_to_string(&path).map_err(DrillError::io(format!("reading {}", path.display())))
    }

    /// Runs the command with these arguments; it must succeed. Answers its JSON.
    pub(crate) fn run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Value, DrillError> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let ended = self.start(tied(&self.binary), &arguments)?;
        Self::json(&arguments, ended)
    }

    /// As [`Self::run`], at a time that many seconds ago.
    pub(crate) fn run_ago(&self, seconds: u64, arguments: &[&str]) -> Result<Value, DrillError> {
        let mut command = tied("faketime");
        command
            .args(["-f", &format!("-{seconds}s")])
            .arg(&self.binary);
        let ended = self.start(command, arguments)?;
        Self::json(arguments, ended)
    }

    fn start(&self, mut command: Command, arguments: &[&str]) -> Result<Ended, DrillError> {
        command
            .args(arguments)
            .arg("--json")
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("AWS_ACCESS_KEY_ID", ADMIN.0)
            .env("AWS_SECRET_ACCESS_KEY", OsString::from(ADMIN.1));
        process::run(command)
    }

    fn json(arguments: &[&str], ended: Ended) -> Result<Value, DrillError> {
        let parsed = serde_json::from_str(&ended.stdout);
        match (ended.status.success(), parsed) {
            (true, Ok(json)) => Ok(json),
            _ => Err(DrillError::Command {
                command: arguments.join(" "),
                status: ended.status.to_string(),
                message: format!("{}{}", ended.stderr.trim(), ended.stdout.trim()),
            }),
        }
    }

    /// Makes the environment.
    pub(crate) fn init(&self, address: &str) -> Result<u64, DrillError> {
        let online = format!("{}.pub", self.online_key);
        let roles = ["targets", "snapshot", "timestamp"].map(|role| format!("{role}={online}"));
        let mut arguments = vec!["init", "-e", address, "-k", &self.root_key];
        arguments.extend(["-k", &self.online_key]);
        let root = format!("root={}.pub", self.root_key);
        for role in roles.iter().chain([&root]) {
            arguments.extend(["--role-key", role]);
        }
        let made = self.run(arguments)?;
        number(&made, "init", "revision")
    }

    /// Packs a folder (in its own) as a release of a project.
    pub(crate) fn pack(
        &self,
        folder: &str,
        project: &str,
        version: &str,
    ) -> Result<Bundle, DrillError> {
        let file = format!("{project}-{version}.zip");
        let id = format!("release-{version}");
        let packed = self.run([
            "pack",
            folder,
            "-o",
            &file,
            "--project",
            project,
            "--version",
            version,
            "--release-id",
            &id,
            "--access-tokens",
            "tokens",
        ])?;
        let digest = packed.get("digest").and_then(Value::as_str);
        let digest = digest.ok_or_else(|| DrillError::Answer {
            command: "pack".to_owned(),
            field: "digest",
        })?;
        Ok(Bundle {
            digest: digest.to_owned(),
            file,
        })
    }

    /// Packs a release of the drill's project.
    pub(crate) fn release(&self, number: u64) -> Result<Bundle, DrillError> {
        let folder = format!("{PROJECT}-{number}");
        let document = truth::document(number).to_string();
        self.write(&format!("{folder}/{}", truth::KEY), document)?;
        self.pack(&folder, PROJECT, &number.to_string())
    }

    /// Publishes a bundle; answers the revision.
    pub(crate) fn publish(&self, bundle: &Bundle, address: &str) -> Result<u64, DrillError> {
        let key = &self.online_key;
        let published = self.run(["publish", &bundle.file, "-e", address, "-k", key])?;
        number(&published, "publish", "revision")
    }

    /// Signs the timestamp again; answers the revision.
    pub(crate) fn renew(&self, address: &str) -> Result<u64, DrillError> {
        let renewed = self.run(["renew", "--force", "-e", address, "-k", &self.online_key])?;
        number(&renewed, "renew", "revision")
    }

    /// Copies an environment to others, with nobody's keys.
    pub(crate) fn copy(&self, source: &str, destinations: &[String]) -> Result<(), DrillError> {
        let arguments = ["copy", source].into_iter();
        self.run(arguments.chain(destinations.iter().map(String::as_str)))?;
        Ok(())
    }

    /// Looks at copies of the environment side by side.
    pub(crate) fn status(&self, addresses: &[String]) -> Result<Status, DrillError> {
        let arguments: Vec<&str> = ["status"]
            .into_iter()
            .chain(addresses.iter().map(String::as_str))
            .collect();
        let ended = self.start(tied(&self.binary), &arguments)?;
        let json: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let good = |copy: &Value| {
            let is = |field: &str, value: Value| copy.get(field) == Some(&value);
            is("error", Value::Null)
                && is("expired", false.into())
                && is("behind", 0.into())
                && is("missing", Vec::<Value>::new().into())
        };
        let copies = json.get("copies").and_then(Value::as_array);
        let read = |copies: &Vec<Value>| {
            copies
                .iter()
                .all(|copy| copy.get("error") == Some(&Value::Null))
        };
        Ok(Status {
            revision: json.get("revision").and_then(Value::as_u64).unwrap_or(0),
            good: copies.map_or_else(Vec::new, |copies| copies.iter().map(good).collect()),
            readable: copies.is_some_and(read),
            said: format!("{}{}", ended.stderr, ended.stdout),
        })
    }
}

/// A number of a command's answer.
pub(crate) fn number(json: &Value, command: &str, field: &'static str) -> Result<u64, DrillError> {
    let found = json.get(field).and_then(Value::as_u64);
    found.ok_or_else(|| DrillError::Answer {
        command: command.to_owned(),
        field,
    })
}
