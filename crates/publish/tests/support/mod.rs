//! An environment in memory, and stores that fail on purpose.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests, each of which uses some of it"
)]

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::{Timestamp, ToSpan as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use zen_edge_publish::keys::{SigningKey, generate};
use zen_edge_publish::{Environment, Plan, Publisher, Store, Upload};

pub fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub fn later(days: i64) -> Timestamp {
    now().checked_add((days * 24).hours()).unwrap()
}

pub fn key() -> SigningKey {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    generate(&path, None).unwrap();
    SigningKey::read(path.to_str().unwrap(), &|_| None).unwrap()
}

pub fn upload(project: &str, content: &str) -> Upload {
    Upload {
        bytes: Bytes::from(content.to_owned()),
        project: project.to_owned(),
        environment: None,
        release: Some(format!("r-{content}")),
        version: Some(content.to_owned()),
        commit: None,
    }
}

/// An environment and what is needed to publish into it.
pub struct World {
    pub inner: Arc<InMemory>,
    pub store: Store,
    pub keys: Vec<SigningKey>,
    pub root: Bytes,
}

impl World {
    pub async fn new() -> Self {
        let keys = vec![key()];
        let plan = Plan::with_key(*keys[0].public());
        Self::with(plan, keys).await
    }

    pub async fn with(plan: Plan, keys: Vec<SigningKey>) -> Self {
        let inner = Arc::new(InMemory::new());
        let store = store(inner.clone());
        let root = plan.root("production", &keys, now()).await.unwrap();
        let world = Self {
            inner,
            store,
            keys,
            root,
        };
        world.publisher().init(&plan).await.unwrap();
        world
    }

    pub fn publisher(&self) -> Publisher<'_> {
        self.publisher_in(&self.store)
    }

    pub fn publisher_in<'a>(&'a self, store: &'a Store) -> Publisher<'a> {
        Publisher {
            store,
            trusted_root: &self.root,
            keys: &self.keys,
            now: now(),
            unconditional: false,
        }
    }

    pub async fn publish(&self, uploads: &[Upload]) {
        let published = self.publisher().publish(uploads, false).await.unwrap();
        assert!(published.committed.is_some());
    }

    /// What a client sees that has only the first root.
    pub async fn client(&self) -> zen_edge_publish::Result<Environment> {
        Environment::load(&self.store, &self.root, Some(now())).await
    }

    /// Versions of what a client gets, every bundle downloaded.
    pub async fn served(&self) -> Vec<(String, String)> {
        served(&self.store, &self.root).await
    }

    /// The same objects behind a store that fails from its `writes`-th write on.
    pub fn failing(&self, writes: i64) -> (Arc<Faulty>, Store) {
        let faulty = Arc::new(Faulty {
            inner: self.inner.clone(),
            writes: AtomicI64::new(writes),
            ignores_conditions: false,
        });
        (faulty.clone(), store(faulty))
    }

    /// Everything in the bucket.
    pub fn copy_of(&self) -> Arc<InMemory> {
        Arc::new(self.inner.fork())
    }
}

pub async fn served(store: &Store, root: &[u8]) -> Vec<(String, String)> {
    let mut served = Vec::new();
    zen_edge_publish::verify(store, root, now(), |listed, bytes| {
        let content = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(listed.release.version.as_deref(), Some(content.as_str()));
        served.push((listed.release.project.clone(), content));
        Ok(())
    })
    .await
    .unwrap();
    served
}

pub fn store(inner: Arc<dyn ObjectStore>) -> Store {
    Store::new(inner, "rules/production", "memory:production").unwrap()
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    expected.iter().map(owned).collect()
}

/// A store that stops writing, or writes whatever the condition.
#[derive(Debug)]
pub struct Faulty {
    pub inner: Arc<InMemory>,
    pub writes: AtomicI64,
    pub ignores_conditions: bool,
}

impl fmt::Display for Faulty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        if self.writes.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(object_store::Error::PermissionDenied {
                path: location.to_string(),
                source: "the store was stopped".into(),
            });
        }
        if self.ignores_conditions {
            options.mode = PutMode::Overwrite;
        }
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        panic!("nothing is uploaded in parts")
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        panic!("nothing is deleted")
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        panic!("nothing is listed")
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        panic!("nothing is listed")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        panic!("nothing is copied within the store")
    }
}
