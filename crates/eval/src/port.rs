//! Documents that the host hands over while an evaluation runs, by key.

use crate::content::Content;
use crate::error::{Error, ErrorKind};
use crate::host::HostFuture;
use crate::limits::Limits;
use crate::loader::BundleLoader;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use zen_edge_host::budget::{HostCall, charge_steps};
use zen_engine::loader::{
    DecisionLoader, DynamicLoader, LoaderError, LoaderResponse, LoaderResult,
};

/// Where documents come from that a bundle does not hold.
///
/// It is asked every time that an evaluation needs a key, so that what it answers is always the
/// newest; a document whose bytes are those of the last time is not compiled again. What it answers
/// is held to the same [`Limits`] as the documents of a bundle.
pub trait DocumentLoader: Send + Sync {
    /// The document with this key, exactly as the rules wrote it; nothing if there is none; or why it
    /// could not be loaded, in words.
    fn load<'a>(
        &'a self,
        key: &'a str,
    ) -> HostFuture<'a, std::result::Result<Option<Loaded>, String>>;
}

/// A document that was loaded.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// Its JSON text.
    Json(Vec<u8>),
    /// The document, compiled already.
    Content(Content),
}

/// What a document costs each time that it is loaded, in steps of expressions; and one step for this
/// many bytes of it. What is kept costs as much as what is new, so that answers do not depend on it.
const STEPS_PER_LOAD: u64 = 16;
const BYTES_PER_STEP: u64 = 256;

/// Bytes of JSON text whose compiled form is kept.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The bundle's documents, and the host's for every other key.
#[derive(Clone)]
pub(crate) struct PortLoader(Arc<Inner>);

struct Inner {
    bundle: Arc<BundleLoader>,
    /// Keys in lower case of the bundle's documents that did not compile: the host is not asked for
    /// those.
    refused: BTreeSet<String>,
    port: Arc<dyn DocumentLoader>,
    limits: Arc<Limits>,
    kept: Mutex<Kept>,
}

/// What was compiled last, by key.
#[derive(Default)]
struct Kept {
    contents: BTreeMap<String, Content>,
    bytes: usize,
}

impl fmt::Debug for PortLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortLoader")
            .field("bundle", &self.0.bundle.0.len())
            .finish_non_exhaustive()
    }
}

impl PortLoader {
    pub(crate) fn new<'a>(
        bundle: Arc<BundleLoader>,
        refused: impl Iterator<Item = &'a str>,
        port: Arc<dyn DocumentLoader>,
        limits: Arc<Limits>,
    ) -> Self {
        Self(Arc::new(Inner {
            bundle,
            refused: refused.map(str::to_lowercase).collect(),
            port,
            limits,
            kept: Mutex::default(),
        }))
    }
}

impl DecisionLoader for PortLoader {
    fn load<'a>(
        &'a self,
        key: &'a str,
    ) -> Pin<Box<dyn Future<Output = LoaderResponse> + 'a + Send>> {
        if let Some(entry) = self.0.bundle.find(key) {
            return Box::pin(ready(Ok(entry.content.clone())));
        }
        Box::pin(async move {
            let content = self.0.fetch(key).await?;
            let dictionaries: DynamicLoader = Arc::new(Unlinked(self.clone()));
            Ok(content.linked(&dictionaries).await)
        })
    }

    fn keys(&self) -> Option<Vec<Arc<str>>> {
        self.0.bundle.keys()
    }

    fn load_sync(&self, key: &str) -> Option<LoaderResponse> {
        self.0.bundle.load_sync(key)
    }
}

/// The same documents, as they are: what a graph's schemas import is policies, and a graph that
/// imports itself must not be linked for ever.
#[derive(Debug)]
struct Unlinked(PortLoader);

impl DecisionLoader for Unlinked {
    fn load<'a>(
        &'a self,
        key: &'a str,
    ) -> Pin<Box<dyn Future<Output = LoaderResponse> + 'a + Send>> {
        Box::pin(async move {
            match self.0.0.bundle.find(key) {
                Some(entry) => Ok(entry.content.clone()),
                None => Ok(self.0.0.fetch(key).await?.engine()),
            }
        })
    }
}

impl Inner {
    async fn fetch(&self, key: &str) -> LoaderResult<Content> {
        let failed = |error: Error| LoaderError::Internal {
            key: key.to_owned(),
            source: error.into(),
        };
        if self.refused.contains(&key.to_lowercase()) {
            return Err(LoaderError::NotFound(key.to_owned()));
        }
        let call = HostCall::open();
        let answer = self.port.load(key).await;
        drop(call);
        let loaded = answer
            .map_err(|message| failed(Error::new(ErrorKind::LoadFailed, message)))?
            .ok_or_else(|| LoaderError::NotFound(key.to_owned()))?;
        let bytes = match &loaded {
            Loaded::Json(json) => json.len(),
            Loaded::Content(content) => content.json().len(),
        };
        let steps = STEPS_PER_LOAD + (bytes as u64) / BYTES_PER_STEP;
        charge_steps(steps).map_err(|used| failed(Error::limit(used.into(), used.to_string())))?;
        match loaded {
            Loaded::Json(json) => self.compiled(key, json).map_err(failed),
            Loaded::Content(content) => Ok(content),
        }
    }

    /// The compiled form of a document, made anew only if its bytes are not those of the last time.
    fn compiled(&self, key: &str, json: Vec<u8>) -> crate::Result<Content> {
        let known = self.kept().contents.get(key).cloned();
        if let Some(known) = known.filter(|known| known.json() == json) {
            return Ok(known);
        }
        let content = Content::compile(json, &self.limits)?;
        self.kept().put(key, content.clone(), self.limits.documents);
        Ok(content)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, key: &str, content: Content, documents: usize) {
        let size = |key: &str, content: &Content| key.len() + content.json().len();
        if let Some(old) = self.contents.remove(key) {
            self.bytes -= size(key, &old);
        }
        let bytes = size(key, &content);
        // Whoever loads more than is kept loads without keeping; it need not be clever.
        if self.bytes + bytes > KEPT_BYTES || self.contents.len() >= documents {
            *self = Self::default();
        }
        if bytes <= KEPT_BYTES {
            self.bytes += bytes;
            self.contents.insert(key.to_owned(), content);
        }
    }
}
