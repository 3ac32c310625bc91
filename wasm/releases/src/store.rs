//! A store of JavaScript's behind the port of `zen-edge-sync`.

use crate::object::{self, BadBytes, member, object, settled};
use js_sys::Array;
use send_wrapper::SendWrapper;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use zen_edge_js::{Thrown, port};
use zen_edge_sync::{
    BundleStore, Freshness, Get, Got, List, Listed, Object, Page, PortFuture, StoreError,
    StoreErrorKind as Kind,
};

/// What failures may be, by their names in JavaScript.
const KINDS: [Kind; 11] = [
    Kind::Dns,
    Kind::Refused,
    Kind::Tls,
    Kind::Timeout,
    Kind::Interrupted,
    Kind::Denied,
    Kind::Throttled,
    Kind::Unavailable,
    Kind::TooLarge,
    Kind::Invalid,
    Kind::Unsupported,
];

/// How many objects one page of a listing may have: S3's bound is a thousand.
const MAX_PAGE: u32 = 10_000;
/// How long a key or an `ETag` may be, in UTF-16 units.
const MAX_TEXT: u32 = 2_048;

#[wasm_bindgen]
extern "C" {
    /// `Store` of `js/releases/ports.ts`.
    #[derive(Clone)]
    pub type JsStore;

    #[wasm_bindgen(method, structural, catch)]
    fn get(this: &JsStore, key: &str, request: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn list(
        this: &JsStore,
        prefix: &str,
        after: Option<String>,
        request: &JsValue,
    ) -> Result<JsValue, JsValue>;

    type AbortController;

    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;

    #[wasm_bindgen(method)]
    fn abort(this: &AbortController);
}

/// A store of JavaScript's.
pub(crate) struct Store(SendWrapper<JsStore>);

/// Tells the store when nobody waits for it any more.
struct Waiting(Option<AbortController>);

impl Waiting {
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Store {
    pub(crate) fn new(store: JsStore) -> Self {
        Self(SendWrapper::new(store))
    }

    async fn read(&self, get: Get) -> Result<Got, StoreError> {
        let what = format!("reading `{}`", get.key);
        let controller = AbortController::new();
        let request = object([
            ("maxBytes", JsValue::from_f64(get.max_bytes as f64)),
            ("ifNoneMatch", JsValue::from(get.if_none_match)),
            (
                "origin",
                JsValue::from_bool(get.freshness == Freshness::Origin),
            ),
            ("signal", controller.signal()),
        ]);
        let waiting = Waiting(Some(controller));
        let answer = settled(self.0.get(&get.key, &request)).await;
        waiting.end();
        let answer = answer.map_err(|thrown| failure(thrown, &what))?;
        match object::text(&answer, "status").as_deref() {
            Some("missing") => Ok(Got::Missing),
            Some("notModified") => Ok(Got::NotModified),
            Some("found") => match object::bytes(&answer, "bytes", get.max_bytes) {
                Ok(bytes) => Ok(Got::Found(Object {
                    bytes,
                    etag: short(&answer, "etag"),
                    cached: member(&answer, "cached").is_truthy(),
                })),
                Err(BadBytes::None) => Err(invalid(&what, "its `bytes` are no `Uint8Array`")),
                Err(BadBytes::TooLong) => Err(StoreError::new(
                    Kind::TooLarge,
                    format!("{what} failed: it is longer than {} bytes", get.max_bytes),
                )),
            },
            _ => Err(invalid(
                &what,
                "the store's answer has no `status` that is `found`, `notModified` or `missing`",
            )),
        }
    }

    async fn page(&self, list: List) -> Result<Page, StoreError> {
        let what = format!("listing `{}`", list.prefix);
        if !member(&self.0, "list").is_function() {
            let message = format!("{what} failed: this store does not list");
            return Err(StoreError::new(Kind::Unsupported, message));
        }
        let controller = AbortController::new();
        let request = object([("signal", controller.signal())]);
        let waiting = Waiting(Some(controller));
        let answer = settled(self.0.list(&list.prefix, list.after, &request)).await;
        waiting.end();
        let answer = answer.map_err(|thrown| failure(thrown, &what))?;
        let objects: Array = member(&answer, "objects")
            .dyn_into()
            .map_err(|_| invalid(&what, "the store's answer has no list `objects`"))?;
        if objects.length() > MAX_PAGE {
            let message = format!("{what} failed: a page has more than {MAX_PAGE} objects");
            return Err(StoreError::new(Kind::TooLarge, message));
        }
        let listed = objects.iter().map(|entry| {
            let key = short(&entry, "key");
            let length = member(&entry, "length").as_f64();
            match (key, length) {
                // Lengths are whole, and far below 2⁵³.
                (Some(key), Some(length)) if length >= 0.0 => Ok(Listed {
                    key,
                    etag: short(&entry, "etag"),
                    length: length as u64,
                }),
                _ => Err(invalid(&what, "an object has no `key` or no `length`")),
            }
        });
        Ok(Page {
            objects: listed.collect::<Result<_, _>>()?,
            next: object::text(&answer, "next"),
        })
    }
}

impl BundleStore for Store {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        port(self.read(get))
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        port(self.page(list))
    }
}

/// A member that is text of a bearable length.
fn short(object: &JsValue, name: &str) -> Option<String> {
    let text: js_sys::JsString = member(object, name).dyn_into().ok()?;
    (text.length() <= MAX_TEXT).then(|| text.into())
}

fn invalid(what: &str, words: &str) -> StoreError {
    StoreError::new(Kind::Invalid, format!("{what} failed: {words}"))
}

/// What was thrown: a `StoreFailure` says its kind itself. Of other errors only the names that `fetch`
/// and timeouts have are known.
fn failure(thrown: JsValue, what: &str) -> StoreError {
    let said = object::text(&thrown, "kind");
    let said = said.and_then(|said| KINDS.into_iter().find(|kind| kind.code() == said));
    let wait = member(&thrown, "retryAfterMillis").as_f64();
    let Thrown { name, words } = thrown.into();
    let kind = said.unwrap_or(match name.as_str() {
        "AbortError" | "TimeoutError" => Kind::Timeout,
        _ => Kind::Unavailable,
    });
    let words = match words.is_empty() {
        true => "no reason was given",
        false => &words,
    };
    let error = StoreError::new(kind, format!("{what} failed: {words}"));
    match wait.filter(|wait| *wait > 0.0) {
        Some(wait) => error.after(Duration::from_millis(wait as u64)),
        None => error,
    }
}
