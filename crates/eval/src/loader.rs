//! How the engine finds documents: by key, ignoring case, at once.

use std::collections::BTreeMap;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use zen_engine::loader::{DecisionLoader, LoaderError, LoaderResponse};
use zen_engine::model::DecisionContent;

/// One document, ready for the engine.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key as its author wrote it, which is how the engine knows the document.
    pub(crate) key: Arc<str>,
    pub(crate) content: Arc<DecisionContent>,
}

/// The documents of a bundle by lower-cased key (GoRules Agent: look-up ignores case).
#[derive(Debug, Clone, Default)]
pub(crate) struct BundleLoader(pub(crate) BTreeMap<String, Entry>);

impl BundleLoader {
    pub(crate) fn find(&self, key: &str) -> Option<&Entry> {
        // Most callers already use lower case, and then nothing is allocated.
        self.0.get(key).or_else(|| self.0.get(&key.to_lowercase()))
    }

    fn respond(&self, key: &str) -> LoaderResponse {
        self.find(key)
            .map(|entry| entry.content.clone())
            .ok_or_else(|| LoaderError::NotFound(key.to_owned()))
    }
}

impl DecisionLoader for BundleLoader {
    fn load<'a>(
        &'a self,
        key: &'a str,
    ) -> Pin<Box<dyn Future<Output = LoaderResponse> + 'a + Send>> {
        Box::pin(ready(self.respond(key)))
    }

    fn keys(&self) -> Option<Vec<Arc<str>>> {
        Some(self.0.values().map(|entry| entry.key.clone()).collect())
    }

    fn load_sync(&self, key: &str) -> Option<LoaderResponse> {
        Some(self.respond(key))
    }
}
