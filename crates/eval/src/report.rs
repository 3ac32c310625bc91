//! What compilation found.

use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Every document that failed and why, and what compiled but will not work everywhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompileReport {
    /// Documents that cannot be evaluated.
    pub failures: Vec<CompileFailure>,
    /// Faults in documents that can be evaluated, as long as no evaluation comes upon them.
    pub warnings: Vec<CompileWarning>,
}

/// One document that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompileFailure {
    /// The decision key as its author wrote it.
    pub key: String,
    /// What went wrong.
    pub kind: FailureKind,
    /// The reason in words.
    pub message: String,
    /// The engine's findings in a policy, in its own JSON form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Value>,
}

/// What kept a document from compiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum FailureKind {
    /// Not JSON, or not a graph or policy in form.
    Malformed,
    /// Over one of [`crate::Limits`].
    LimitExceeded,
    /// Another document's key differs only in case, and look-up ignores case.
    DuplicateKey,
    /// A graph without one input node, with a cycle or with an edge that leads nowhere.
    Graph,
    /// A policy with errors.
    Policy,
}

/// One fault in a document that compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompileWarning {
    /// The decision key as its author wrote it.
    pub key: String,
    /// The node at fault, if it is one node's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_id: Option<String>,
    /// What kind of fault it is, where that matters to callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<WarningKind>,
    /// The fault in words.
    pub message: String,
}

/// A kind of fault that callers tell from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WarningKind {
    /// A policy that works only when another policy imports it; upstream lists it among failures.
    PolicyImportOnly,
}

impl CompileReport {
    pub(crate) fn fail(&mut self, key: &str, kind: FailureKind, message: impl Into<String>) {
        self.failures.push(CompileFailure {
            key: key.to_owned(),
            kind,
            message: message.into(),
            diagnostics: Vec::new(),
        });
    }

    pub(crate) fn warn(&mut self, key: &str, node_id: Option<&str>, message: impl Into<String>) {
        self.warnings.push(CompileWarning {
            key: key.to_owned(),
            node_id: node_id.map(str::to_owned),
            kind: None,
            message: message.into(),
        });
    }

    pub(crate) fn warn_import_only(&mut self, key: &str) {
        self.warnings.push(CompileWarning {
            key: key.to_owned(),
            node_id: None,
            kind: Some(WarningKind::PolicyImportOnly),
            message: "it works only when another policy imports it".to_owned(),
        });
    }

    /// The failure of the document with this key, whatever its case.
    pub fn failure(&self, key: &str) -> Option<&CompileFailure> {
        let key = key.to_lowercase();
        self.failures
            .iter()
            .find(|failure| failure.key.to_lowercase() == key)
    }
}

impl fmt::Display for CompileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.failures.len();
        write!(
            f,
            "{count} {} not compile",
            if count == 1 {
                "document does"
            } else {
                "documents do"
            }
        )?;
        for failure in &self.failures {
            write!(f, "; `{}`: {}", failure.key, failure.message)?;
        }
        Ok(())
    }
}
