//! A folder of plain workerd as the cache in which last-known-good outlives a restart.

use super::body::{self, BodyError};
use super::cache_api::failed;
use super::entry::Namespace;
use super::port;
use super::Thrown;
use js_sys::{Promise, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{RequestInit, Response};
use zen_edge_sync::{CacheResult, EdgeCache, PortFuture};

#[wasm_bindgen]
extern "C" {
    /// A service binding.
    pub(super) type Service;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Service, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// A `disk` service of workerd: `GET`, `PUT` (a file is written beside, then renamed) and `DELETE`
/// of files. Its folder has one file per entry, named by a digest: no key leads out of it.
pub(super) struct FolderCache {
    service: SendWrapper<Service>,
    namespace: Namespace,
}

impl FolderCache {
    pub(super) fn new(service: Service, namespace: Namespace) -> Self {
        Self {
            service: SendWrapper::new(service),
            namespace,
        }
    }

    async fn ask(&self, method: &str, key: &str, body: Option<&[u8]>) -> Result<Response, Thrown> {
        let init = RequestInit::new();
        init.set_method(method);
        if let Some(body) = body {
            init.set_body(&Uint8Array::from(body));
        }
        // The host means nothing to the service.
        let address = format!("http://folder/{}", self.namespace.name(key));
        let answer = JsFuture::from(self.service.fetch(&address, &init)?).await?;
        Ok(answer.dyn_into()?)
    }

    async fn read(&self, key: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Thrown> {
        let answer = self.ask("GET", key, None).await?;
        match (answer.status(), answer.body()) {
            (200, Some(stream)) => match body::read(&stream, max_bytes).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(BodyError::TooLong) => Ok(None),
                Err(BodyError::Broken(thrown)) => Err(thrown),
            },
            (200, None) => Ok(Some(Vec::new())),
            (404, _) => Ok(None),
            (status, _) => Err(refused("reading", status)),
        }
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Thrown> {
        match self.ask("PUT", key, Some(bytes)).await?.status() {
            200..=299 => Ok(()),
            status => Err(refused("writing", status)),
        }
    }

    async fn forget(&self, key: &str) -> Result<(), Thrown> {
        match self.ask("DELETE", key, None).await?.status() {
            200..=299 | 404 => Ok(()),
            status => Err(refused("deleting", status)),
        }
    }
}

fn refused(what: &str, status: u16) -> Thrown {
    let hint = if status == 405 {
        ": is it `writable`?"
    } else {
        ""
    };
    Thrown {
        name: String::new(),
        words: format!("{what} an entry of the folder was answered with status {status}{hint}"),
    }
}

impl EdgeCache for FolderCache {
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
