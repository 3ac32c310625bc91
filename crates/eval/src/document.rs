//! Documents: the untrusted text that compilation starts from.

use std::collections::BTreeMap;
use zen_edge_bundle::{Bundle, Document, DocumentKind};

/// The documents of one bundle by decision key.
///
/// This is the seam to the bundle crate: a verified release turns into `Documents`; so does a
/// folder or a map during development. Nothing is parsed here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents(BTreeMap<String, Vec<u8>>);

impl Documents {
    /// No documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document under the key its author gave it; the last one with exactly this key counts.
    pub fn insert(&mut self, key: impl Into<String>, json: impl Into<Vec<u8>>) {
        self.0.insert(key.into(), json.into());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and JSON texts, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(key, json)| (key.as_str(), json.as_slice()))
    }

    /// Reads every `.json` file below a folder; the key is its path below the folder with `/`.
    /// Hidden files and folders (`.config` among them) are left out, and links are not followed.
    ///
    /// # Errors
    /// Those of the file system, with the path they happened at.
    #[cfg(not(target_family = "wasm"))]
    pub fn from_folder(root: &std::path::Path) -> std::io::Result<Self> {
        let mut documents = Self::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let at = |error: std::io::Error| {
                std::io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
            };
            for entry in std::fs::read_dir(&folder).map_err(at)? {
                let entry = entry.map_err(at)?;
                if entry.file_name().to_string_lossy().starts_with('.') {
                    continue;
                }
                let (path, kind) = (entry.path(), entry.file_type().map_err(at)?);
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() && path.extension().is_some_and(|end| end == "json") {
                    let below = path.strip_prefix(root).unwrap_or(&path);
                    let key = below
                        .to_string_lossy()
                        .replace(std::path::MAIN_SEPARATOR, "/");
                    documents.insert(key, std::fs::read(&path).map_err(at)?);
                }
            }
        }
        Ok(documents)
    }
}

impl<K: Into<String>, J: Into<Vec<u8>>> FromIterator<(K, J)> for Documents {
    fn from_iter<I: IntoIterator<Item = (K, J)>>(pairs: I) -> Self {
        let mut documents = Self::new();
        for (key, json) in pairs {
            documents.insert(key, json);
        }
        documents
    }
}

/// The graphs and policies of a bundle that is still needed.
impl From<&Bundle> for Documents {
    fn from(bundle: &Bundle) -> Self {
        let documents = bundle.documents().map(|(_, document)| document);
        documents
            .filter(|document| is_decision(document.kind()))
            .map(|document| (document.path(), document.json()))
            .collect()
    }
}

/// The graphs and policies of a bundle, without a copy.
impl From<Bundle> for Documents {
    fn from(bundle: Bundle) -> Self {
        bundle
            .into_documents()
            .filter(|document| is_decision(document.kind()))
            .map(Document::into_parts)
            .collect()
    }
}

fn is_decision(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Graph | DocumentKind::Policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zen_edge_bundle::{Limits, Packer};

    #[test]
    fn a_bundles_decisions_are_its_graphs_and_policies() {
        let mut packer = Packer::new();
        packer.insert("First/Graph", "{\"nodes\": []}");
        packer.insert("policy.json", "{\"blocks\": []}");
        packer.insert("test", "{\"contentType\": \"test\", \"filePath\": \"a\"}");
        packer.insert("other", "[]");
        let (_, bundle) = packer.pack(&Limits::default()).unwrap();
        let documents = Documents::from(&bundle);
        let keys: Vec<_> = documents.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["First/Graph", "policy.json"]);
        assert_eq!(Documents::from(bundle), documents);
    }
}
