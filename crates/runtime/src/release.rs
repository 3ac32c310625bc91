//! A release that compiled: what evaluations hold on to until they have finished.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zen_edge_bundle::{Access, Identity};
use zen_edge_eval::{CompiledBundle, DocumentKind};
use zen_edge_sync::Release;

/// A verified release, compiled and ready to answer. Clones share what is large.
#[derive(Debug, Clone)]
pub struct CompiledRelease {
    release: Arc<Release>,
    /// The release as JSON, because every answer says it.
    json: Arc<str>,
    bundle: CompiledBundle,
    said: Arc<Said>,
    bytes: u64,
    /// When it was last asked, as a count of evaluations. Shared by what is known of one bundle at
    /// different times.
    used: Arc<AtomicU64>,
}

/// What the bundle says of itself.
#[derive(Debug)]
struct Said {
    identity: Identity,
    access: Access,
}

impl CompiledRelease {
    pub(crate) fn new(
        release: Release,
        bundle: CompiledBundle,
        identity: Identity,
        access: Access,
        bytes: u64,
    ) -> Self {
        Self {
            json: json!(release).to_string().into(),
            release: Arc::new(release),
            bundle,
            said: Arc::new(Said { identity, access }),
            bytes,
            used: Arc::default(),
        }
    }

    /// The same bundle under what is known of it now.
    pub(crate) fn confirmed(&self, release: Arc<Release>) -> Self {
        Self {
            json: json!(*release).to_string().into(),
            release,
            ..self.clone()
        }
    }

    /// Which release it is.
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The SHA-256 of its bundle, 64 lower-case hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.release.digest
    }

    /// What the bundle's `project.json` says.
    pub fn identity(&self) -> &Identity {
        &self.said.identity
    }

    /// Who may evaluate it. Nothing here asks: hosts do, before they evaluate.
    pub fn access(&self) -> &Access {
        &self.said.access
    }

    /// The keys of its decisions, as their authors wrote them.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.bundle.keys()
    }

    /// The kind of the decision with this key, in any case.
    pub fn kind(&self, key: &str) -> Option<DocumentKind> {
        self.bundle.kind(key)
    }

    /// An estimate of the memory that it takes, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn bundle(&self) -> &CompiledBundle {
        &self.bundle
    }

    pub(crate) fn touch(&self, count: u64) {
        self.used.fetch_max(count, Ordering::Relaxed);
    }

    pub(crate) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use zen_edge_eval::{CompileOptions, Documents, compile};
    use zen_edge_sync::{Origin, Trust};

    /// What is known of a release of which only the names matter.
    pub(crate) fn release(digest: &str, id: &str, version: &str) -> Release {
        Release {
            environment: "production".to_owned(),
            project: "pricing".to_owned(),
            id: Some(id.to_owned()),
            version: Some(version.to_owned()),
            commit: None,
            digest: digest.to_owned(),
            length: 1,
            revision: Some(1),
            trust: Trust::Tuf,
            origin: Origin::Source,
            source: Some("a".to_owned()),
            verified_at: 0,
            deployed_at: None,
        }
    }

    /// A release without decisions.
    pub(crate) fn compiled(digest: &str, id: &str, version: &str, bytes: u64) -> CompiledRelease {
        let bundle = compile(&Documents::new(), CompileOptions::default()).unwrap();
        CompiledRelease::new(
            release(digest, id, version),
            bundle,
            Identity::default(),
            Access::default(),
            bytes,
        )
    }
}
