//! A cache of JavaScript's behind the port of `zen-edge-sync`.

use crate::object::{copied, settled, words};
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use zen_edge_js::port;
use zen_edge_sync::{CacheError, CacheResult, EdgeCache, PortFuture};

#[wasm_bindgen]
extern "C" {
    /// `Cache` of `js/releases/ports.ts`.
    #[derive(Clone)]
    pub type JsCache;

    #[wasm_bindgen(method, structural, catch)]
    fn get(this: &JsCache, key: &str, max_bytes: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn put(this: &JsCache, key: &str, bytes: &Uint8Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn delete(this: &JsCache, key: &str) -> Result<JsValue, JsValue>;
}

/// A cache of JavaScript's.
pub(crate) struct Cache(SendWrapper<JsCache>);

impl Cache {
    pub(crate) fn new(cache: JsCache) -> Self {
        Self(SendWrapper::new(cache))
    }
}

fn failed(thrown: JsValue) -> CacheError {
    CacheError(words(thrown))
}

impl EdgeCache for Cache {
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        port(async move {
            let found = settled(self.0.get(key, max_bytes as f64)).await;
            match found.map_err(failed)?.dyn_into::<Uint8Array>() {
                Ok(bytes) => Ok(copied(&bytes, max_bytes).ok()),
                Err(other) if other.is_undefined() || other.is_null() => Ok(None),
                Err(_) => Err(CacheError("it gave what is no `Uint8Array`".to_owned())),
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        port(async move {
            let put = settled(self.0.put(key, &Uint8Array::from(bytes))).await;
            put.map(drop).map_err(failed)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>> {
        port(async move {
            let deleted = settled(self.0.delete(key)).await;
            deleted.map(drop).map_err(failed)
        })
    }
}
