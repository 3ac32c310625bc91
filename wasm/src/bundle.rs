//! A compiled bundle, held by JavaScript.

use crate::host;
use crate::{text, thrown};
use js_sys::Function;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zen_edge_eval::{CompileOptions, CompiledBundle, Documents, Host, OnFailure, api, compile};

/// Documents on their way to compilation.
#[wasm_bindgen]
#[derive(Default)]
pub struct BundleBuilder {
    documents: Documents,
    options: CompileOptions,
}

#[wasm_bindgen]
impl BundleBuilder {
    /// No documents, nothing granted, default limits (a JSON object of those that differ).
    #[wasm_bindgen(constructor)]
    pub fn new(limits: &str, exclude_failures: bool) -> Result<BundleBuilder, JsValue> {
        host::install_timer();
        let limits = api::limits(limits).map_err(|error| thrown(&error))?;
        let on_failure = if exclude_failures {
            OnFailure::Exclude
        } else {
            OnFailure::Refuse
        };
        Ok(Self {
            documents: Documents::new(),
            options: CompileOptions {
                limits,
                host: Host::default(),
                on_failure,
            },
        })
    }

    /// Adds a document as JSON text.
    pub fn add(&mut self, key: &str, json: &str) {
        self.documents.insert(key, json);
    }

    /// Adds a document as JSON bytes.
    #[wasm_bindgen(js_name = addBytes)]
    pub fn add_bytes(&mut self, key: &str, json: Vec<u8>) {
        self.documents.insert(key, json);
    }

    /// Grants HTTP to the named hosts through a function from request to response, both JSON text.
    #[wasm_bindgen(js_name = grantHttp)]
    pub fn grant_http(
        &mut self,
        handler: Function,
        allowed_hosts: Vec<String>,
    ) -> Result<(), JsValue> {
        let http = host::http(handler, &allowed_hosts).map_err(|error| thrown(&error))?;
        self.options.host.http = Some(http);
        Ok(())
    }

    /// Answers custom nodes by a function of the request (JSON text) and a reader of its fields.
    #[wasm_bindgen(js_name = setCustomHandler)]
    pub fn set_custom_handler(&mut self, handler: Function) {
        self.options.host.custom_nodes = Some(host::custom_nodes(handler));
    }

    /// Compiles all documents.
    pub fn compile(self) -> Result<Bundle, JsValue> {
        compile(&self.documents, self.options)
            .map(Bundle)
            .map_err(|error| thrown(&error))
    }
}

/// Decisions ready to be evaluated.
#[wasm_bindgen]
pub struct Bundle(CompiledBundle);

#[wasm_bindgen]
impl Bundle {
    /// The keys of all decisions as their authors wrote them.
    pub fn keys(&self) -> Vec<String> {
        self.0.keys().map(str::to_owned).collect()
    }

    /// What compilation found, as JSON text.
    pub fn report(&self) -> String {
        serde_json::to_string(self.0.report()).unwrap_or_default()
    }

    /// Evaluates at once, or throws `wouldAwait`.
    #[wasm_bindgen(js_name = evaluateSync)]
    pub fn evaluate_sync(
        &self,
        key: &str,
        context: &str,
        options: &str,
    ) -> Result<JsValue, JsValue> {
        api::evaluate_options(options)
            .and_then(|options| api::evaluate_sync(&self.0, key, context.as_bytes(), options))
            .map_err(|error| thrown(&error))
            .and_then(text)
    }

    /// Evaluates: the answer as JSON text if it awaits nothing, else a promise of that text.
    pub fn evaluate(
        &self,
        key: String,
        context: String,
        options: &str,
    ) -> Result<JsValue, JsValue> {
        let options = api::evaluate_options(options).map_err(|error| thrown(&error))?;
        let bundle = self.0.clone();
        let mut evaluation = Box::pin(async move {
            api::evaluate(&bundle, &key, context.as_bytes(), options)
                .await
                .map_err(|error| thrown(&error))
                .and_then(text)
        });
        // Most decisions await nothing: they are spared a promise of ours and a turn of the queue.
        match pin!(&mut evaluation).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => Ok(future_to_promise(evaluation).into()),
        }
    }
}
