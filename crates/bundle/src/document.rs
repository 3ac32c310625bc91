//! Documents: the files of a bundle.

/// What a document is, by its contents (GoRules' rule: `contentType` names a test, `blocks` make a
/// policy, `nodes` make a graph; anything else is not evaluated).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A decision graph.
    Graph,
    /// A policy.
    Policy,
    /// Test cases for another document.
    Test,
    /// JSON that is not evaluated.
    Other,
}

impl DocumentKind {
    /// The kind of a document with this `contentType`, and with or without `blocks` and `nodes`.
    pub fn of(content_type: Option<&str>, has_blocks: bool, has_nodes: bool) -> Self {
        match content_type {
            Some("test") => Self::Test,
            _ if has_blocks => Self::Policy,
            Some("graph" | "application/vnd.gorules.decision") => Self::Graph,
            _ if has_nodes => Self::Graph,
            _ => Self::Other,
        }
    }

    /// The name in camelCase, as it is written in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Policy => "policy",
            Self::Test => "test",
            Self::Other => "other",
        }
    }
}

/// One document of a bundle: valid JSON, within the limits the bundle was read with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    path: String,
    kind: DocumentKind,
    version_id: Option<String>,
    json: Vec<u8>,
}

impl Document {
    pub(crate) fn new(
        path: String,
        kind: DocumentKind,
        version_id: Option<String>,
        json: Vec<u8>,
    ) -> Self {
        Self {
            path,
            kind,
            version_id,
            json,
        }
    }

    /// The path as its author wrote it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it is.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Its version in BRMS, `meta.versionId`; none if that is no text, or longer than 256 bytes.
    pub fn version_id(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    /// The JSON text.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// Path and JSON text, without a copy.
    pub fn into_parts(self) -> (String, Vec<u8>) {
        (self.path, self.json)
    }
}
