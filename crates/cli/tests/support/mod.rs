//! Runs the real command on temporary folders.
#![allow(dead_code, reason = "every test file uses a part")]

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A decision with one table, one expression and test cases.
pub(crate) const SHIPPING: &str = r#"{
  "contentType": "application/vnd.gorules.decision",
  "nodes": [
    {"id": "in", "type": "inputNode", "name": "Request", "content": {}},
    {"id": "fee", "type": "decisionTableNode", "name": "Fees", "content": {
      "hitPolicy": "first", "inputField": null, "outputPath": null, "executionMode": "single", "passThrough": true,
      "inputs": [{"id": "i", "name": "Weight", "field": "weight"}],
      "outputs": [{"id": "o", "name": "Fee", "field": "fee"}],
      "rules": [
        {"_id": "r1", "i": "< 1", "o": "5"},
        {"_id": "r2", "i": "< 10", "o": "9.50"},
        {"_id": "r3", "i": "", "o": "20"}
      ]}},
    {"id": "out", "type": "outputNode", "name": "Response", "content": {}}
  ],
  "edges": [
    {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "fee"},
    {"id": "e2", "type": "edge", "sourceId": "fee", "targetId": "out"}
  ],
  "tests": [
    {"name": "light", "input": {"weight": 0.5}, "output": {"weight": 0.5, "fee": 5}, "smoke": true},
    {"name": "heavy", "input": {"weight": 12}, "output": {"weight": 12, "fee": 20}}
  ]
}"#;

/// A decision that calls another one.
pub(crate) fn caller(key: &str) -> String {
    format!(
        r#"{{"nodes": [
          {{"id": "in", "type": "inputNode", "name": "Request", "content": {{}}}},
          {{"id": "call", "type": "decisionNode", "name": "Shipping", "content": {{"key": "{key}",
            "inputField": null, "outputPath": null, "executionMode": "single", "passThrough": true}}}},
          {{"id": "out", "type": "outputNode", "name": "Response", "content": {{}}}}],
        "edges": [
          {{"id": "e1", "type": "edge", "sourceId": "in", "targetId": "call"}},
          {{"id": "e2", "type": "edge", "sourceId": "call", "targetId": "out"}}]}}"#
    )
}

/// A temporary folder with files in it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// The rules that most tests use.
    pub(crate) fn rules() -> Self {
        Self::new(&[
            ("rules/Shipping.json", SHIPPING),
            ("rules/First Level/order", &caller("shipping.JSON")),
            ("rules/notes.txt", "not a decision"),
            (
                "rules/.config/project.json",
                r#"{"version": "1", "project": {"id": "p-1", "key": "shipping"}, "accessTokens": ["open-sesame"]}"#,
            ),
        ])
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.file(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Runs the command in the folder, with this on standard input.
    pub(crate) fn run_with(&self, input: &str, arguments: &[&str]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zen-edge"))
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever does not read it has closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran(child.wait_with_output().unwrap())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with("", arguments)
    }
}

/// What a run left.
pub(crate) struct Ran(Output);

impl Ran {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.0.status.code(),
            Some(code),
            "{}\n{}",
            self.text(),
            self.errors()
        );
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn errors(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Standard output, which must be exactly one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap()
    }
}
