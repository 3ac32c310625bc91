//! Compiled documents, held by JavaScript and handed back by its loader.

use crate::thrown;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use zen_edge_eval::{Content, DocumentKind, api};

thread_local! {
    /// What JavaScript holds, by handle: a loader's answer names what it means by a number.
    static HELD: RefCell<BTreeMap<u32, Content>> = const { RefCell::new(BTreeMap::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// The document behind a handle, unless it was given back.
pub(crate) fn held(handle: u32) -> Option<Content> {
    HELD.with_borrow(|held| held.get(&handle).cloned())
}

/// A graph or policy, compiled once.
#[wasm_bindgen]
pub struct DocumentContent {
    handle: u32,
    content: Content,
}

#[wasm_bindgen]
impl DocumentContent {
    /// Compiles JSON bytes within limits (a JSON object of those that differ from the defaults).
    #[wasm_bindgen(constructor)]
    pub fn new(json: Vec<u8>, limits: &str) -> Result<DocumentContent, JsValue> {
        let content = api::limits(limits)
            .and_then(|limits| Content::compile(json, &limits))
            .map_err(|error| thrown(&error))?;
        let handle = NEXT.replace(NEXT.get().wrapping_add(1));
        HELD.with_borrow_mut(|held| held.insert(handle, content.clone()));
        Ok(Self { handle, content })
    }

    /// What a loader answers to mean this document.
    #[wasm_bindgen(getter)]
    pub fn handle(&self) -> u32 {
        self.handle
    }

    /// Whether it is a policy; otherwise it is a graph.
    #[wasm_bindgen(getter, js_name = isPolicy)]
    pub fn is_policy(&self) -> bool {
        self.content.kind() == DocumentKind::Policy
    }

    /// The document as JSON bytes, as the engine writes it.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Result<Vec<u8>, JsValue> {
        self.content.to_json().map_err(|error| thrown(&error))
    }

    /// Throws unless the graph is one that can be evaluated.
    pub fn validate(&self) -> Result<(), JsValue> {
        self.content.validate().map_err(|error| thrown(&error))
    }
}

impl DocumentContent {
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }
}

impl Drop for DocumentContent {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.remove(&self.handle));
    }
}
