//! A release that compiled: what evaluations hold on to until they have finished.

use crate::answer::meta;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zen_edge_bundle::{Access, Bundle, Identity};
use zen_edge_eval::{CompiledBundle, DocumentKind, Signatures};
use zen_edge_sync::{Packed, Release};

/// A verified release, compiled and ready to answer. Clones share what is large.
#[derive(Debug, Clone)]
pub struct CompiledRelease {
    release: Arc<Release>,
    /// The release as JSON, because every answer says it.
    json: Arc<str>,
    bundle: CompiledBundle,
    said: Arc<Said>,
    packed: Packed,
    bytes: u64,
    /// When it was last asked, as a count of evaluations. Shared by what is known of one bundle at
    /// different times.
    used: Arc<AtomicU64>,
}

/// What the bundle says of itself.
#[derive(Debug, Default)]
pub(crate) struct Said {
    identity: Identity,
    access: Access,
    tokens_in_plain_text: bool,
    /// The versions of decisions, by their keys in lower case.
    versions: BTreeMap<Box<str>, Box<str>>,
    /// What GoRules' Agent calls `meta`, but for the decision's path: every answer says it.
    meta: Option<Box<str>>,
}

impl Said {
    pub(crate) fn of(bundle: &Bundle) -> Self {
        let kinds = [DocumentKind::Graph, DocumentKind::Policy];
        let decisions = bundle
            .documents()
            .filter(|(_, document)| kinds.contains(&document.kind()));
        let version = |(key, document): (&str, &zen_edge_bundle::Document)| {
            Some((key.into(), document.version_id()?.into()))
        };
        Self {
            identity: bundle.identity().clone(),
            access: bundle.access().clone(),
            tokens_in_plain_text: bundle.has_tokens_in_plain_text(),
            versions: decisions.filter_map(version).collect(),
            meta: meta(bundle.identity()).map(|meta| meta.to_string().into()),
        }
    }
}

impl CompiledRelease {
    pub(crate) fn new(
        release: Release,
        bundle: CompiledBundle,
        said: Said,
        packed: Packed,
        bytes: u64,
    ) -> Self {
        Self {
            json: json!(release).to_string().into(),
            release: Arc::new(release),
            bundle,
            said: Arc::new(said),
            bytes: bytes.saturating_add(packed.bytes().len() as u64),
            packed,
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

    pub(crate) fn meta(&self) -> Option<&str> {
        self.said.meta.as_deref()
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

    /// Whether its zip holds access tokens as such, and not only their hashes.
    pub fn has_tokens_in_plain_text(&self) -> bool {
        self.said.tokens_in_plain_text
    }

    /// Its zip, byte for byte what was verified.
    pub fn packed(&self) -> &Packed {
        &self.packed
    }

    /// The keys of its decisions, as their authors wrote them.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.bundle.keys()
    }

    /// The kind of the decision with this key, in any case.
    pub fn kind(&self, key: &str) -> Option<DocumentKind> {
        self.bundle.kind(key)
    }

    /// The version in BRMS of the decision with this key, in any case: `meta.versionId`.
    pub fn version_id(&self, key: &str) -> Option<&str> {
        let versions = &self.said.versions;
        let version = versions
            .get(key)
            .or_else(|| versions.get(key.to_lowercase().as_str()));
        version.map(|version| &**version)
    }

    /// Reads the bundle once more, for what is asked for seldom: its documents are not kept in
    /// memory, its zip is.
    ///
    /// # Errors
    /// Those of [`Bundle::read`]; none are expected, because it was verified.
    pub fn read_bundle(&self) -> zen_edge_bundle::Result<Bundle> {
        self.packed.read()
    }

    /// What its decisions take and answer. Working that out may take several times as long as
    /// compiling them.
    pub fn signatures(&self) -> Signatures {
        Signatures::of(&self.bundle)
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
            Said::default(),
            Packed::new(Vec::new(), zen_edge_bundle::Limits::default()),
            bytes,
        )
    }
}
