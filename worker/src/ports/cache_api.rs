//! The platform's Cache API as the cache near the evaluator.

use super::body::{self, BodyError};
use super::entry::Namespace;
use super::port;
use super::Thrown;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Cache, Headers, Response, ResponseInit};
use zen_edge_sync::{CacheError, CacheResult, EdgeCache, PortFuture};

/// The cache's name: not the default one, in which the zone's own pages are.
const NAME: &str = "zen-edge";
/// A host that nobody can have (RFC 6761), so that no request of anybody's ever meets an entry.
const HOST: &str = "https://zen-edge.invalid/";
/// As long as the platform lets it be. How old an entry may get is decided by who reads it.
const CACHE_CONTROL: &str = "public, max-age=31536000";

#[wasm_bindgen]
extern "C" {
    type Caches;

    #[wasm_bindgen(thread_local_v2, js_name = caches)]
    static CACHES: Option<Caches>;

    #[wasm_bindgen(method, catch)]
    fn open(this: &Caches, name: &str) -> Result<Promise, JsValue>;
}

/// The data centre's cache.
#[derive(Debug)]
pub(super) struct CacheApi {
    namespace: Namespace,
}

impl CacheApi {
    pub(super) fn new(namespace: Namespace) -> Self {
        Self { namespace }
    }

    fn address(&self, key: &str) -> String {
        format!("{HOST}{}", self.namespace.name(key))
    }

    async fn read(&self, key: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Thrown> {
        let found = cache().await?.match_with_str(&self.address(key));
        let found = JsFuture::from(found).await?;
        if found.is_undefined() || found.is_null() {
            return Ok(None);
        }
        let found: Response = found.dyn_into()?;
        let Some(stream) = found.body().filter(|_| found.status() == 200) else {
            return Ok(None);
        };
        match body::read(&stream, max_bytes).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(BodyError::TooLong) => Ok(None),
            Err(BodyError::Broken(thrown)) => Err(thrown),
        }
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Thrown> {
        let headers = Headers::new()?;
        headers.set("Cache-Control", CACHE_CONTROL)?;
        headers.set("Content-Type", "application/octet-stream")?;
        let init = ResponseInit::new();
        init.set_headers(&headers);
        let body = Uint8Array::from(bytes);
        let entry = Response::new_with_opt_buffer_source_and_init(Some(&body), &init)?;
        let put = cache().await?.put_with_str(&self.address(key), &entry);
        JsFuture::from(put).await?;
        Ok(())
    }

    async fn forget(&self, key: &str) -> Result<(), Thrown> {
        let deleted = cache().await?.delete_with_str(&self.address(key));
        JsFuture::from(deleted).await?;
        Ok(())
    }
}

async fn cache() -> Result<Cache, Thrown> {
    let absent = || Thrown::from(JsValue::from_str("this platform has no Cache API"));
    let opened = CACHES
        .with(|caches| caches.as_ref().map(|caches| caches.open(NAME)))
        .ok_or_else(absent)??;
    Ok(JsFuture::from(opened).await?.unchecked_into())
}

pub(super) fn failed(thrown: Thrown) -> CacheError {
    CacheError(thrown.words)
}

impl EdgeCache for CacheApi {
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        port(async move { self.read(key, max_bytes).await.map_err(failed) })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        port(async move { self.write(key, bytes).await.map_err(failed) })
    }

    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>> {
        port(async move { self.forget(key).await.map_err(failed) })
    }
}
