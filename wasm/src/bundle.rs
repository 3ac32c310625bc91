//! A compiled bundle, held by JavaScript.

use crate::content::DocumentContent;
use crate::host;
use crate::{text, thrown};
use js_sys::Function;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, EvaluateOptions, Host, OnFailure, TraceKind, api,
    compile,
};

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

    /// Grants HTTP to the named hosts, or to any if none are named, through a function from request to
    /// response, both JSON text.
    #[wasm_bindgen(js_name = grantHttp)]
    pub fn grant_http(
        &mut self,
        handler: Function,
        allowed_hosts: Option<Vec<String>>,
    ) -> Result<(), JsValue> {
        let http = host::http(handler, allowed_hosts).map_err(|error| thrown(&error))?;
        self.options.host.http = Some(http);
        Ok(())
    }

    /// Answers custom nodes by a function of the request (JSON text) and a reader of its fields.
    #[wasm_bindgen(js_name = setCustomHandler)]
    pub fn set_custom_handler(&mut self, handler: Function) {
        self.options.host.custom_nodes = Some(host::custom_nodes(handler));
    }

    /// Asks a function for documents that the bundle does not hold: from key to JSON text, JSON bytes,
    /// the handle of a `DocumentContent`, or nothing.
    #[wasm_bindgen(js_name = setLoader)]
    pub fn set_loader(&mut self, loader: Function) {
        self.options.host.loader = Some(host::loader(loader));
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

    /// Evaluates at once, or throws `wouldAwait`. The context is JSON text as bytes. With `shared` a trace
    /// in its default form comes as `TraceKind::Shared` says.
    #[wasm_bindgen(js_name = evaluateSync)]
    pub fn evaluate_sync(
        &self,
        key: &str,
        context: &[u8],
        options: &str,
        shared: bool,
    ) -> Result<JsValue, JsValue> {
        let answer = evaluate_options(options, shared)
            .and_then(|options| api::evaluate_sync(&self.0, key, context, options));
        text(answer)
    }

    /// Evaluates: the answer as JSON text if it awaits nothing, else a promise of that text.
    pub fn evaluate(
        &self,
        key: String,
        context: Vec<u8>,
        options: &str,
        shared: bool,
    ) -> Result<JsValue, JsValue> {
        let options = evaluate_options(options, shared).map_err(|error| thrown(&error))?;
        let bundle = self.0.clone();
        answered(async move { api::evaluate(&bundle, &key, &context, options).await })
    }

    /// Evaluates a document of its own at once, or throws `wouldAwait`.
    #[wasm_bindgen(js_name = evaluateContentSync)]
    pub fn evaluate_content_sync(
        &self,
        content: &DocumentContent,
        context: &[u8],
        options: &str,
        shared: bool,
    ) -> Result<JsValue, JsValue> {
        let answer = evaluate_options(options, shared).and_then(|options| {
            api::evaluate_content_sync(&self.0, content.content(), context, options)
        });
        text(answer)
    }

    /// Evaluates a document of its own, answering as `evaluate` does.
    #[wasm_bindgen(js_name = evaluateContent)]
    pub fn evaluate_content(
        &self,
        content: &DocumentContent,
        context: Vec<u8>,
        options: &str,
        shared: bool,
    ) -> Result<JsValue, JsValue> {
        let options = evaluate_options(options, shared).map_err(|error| thrown(&error))?;
        let (bundle, content) = (self.0.clone(), content.content().clone());
        answered(async move { api::evaluate_content(&bundle, &content, &context, options).await })
    }

    /// Runs a test case at once: case, options and outcome as JSON text.
    #[wasm_bindgen(js_name = runCase)]
    pub fn run_case(&self, case: &str, options: &str) -> Result<JsValue, JsValue> {
        let outcome = api::evaluate_options(options)
            .and_then(|options| api::run_case(&self.0, case, options));
        text(outcome)
    }
}

/// Options as the caller wrote them, and the form of a trace that only `js/answer.ts` asks for.
fn evaluate_options(json: &str, shared: bool) -> zen_edge_eval::Result<EvaluateOptions> {
    let mut options = api::evaluate_options(json)?;
    if shared && options.trace == TraceKind::Default {
        options.trace = TraceKind::Shared;
    }
    Ok(options)
}

/// The text that an evaluation ends with, at once if it awaits nothing, else as a promise.
fn answered(
    evaluation: impl Future<Output = zen_edge_eval::Result<Vec<u8>>> + 'static,
) -> Result<JsValue, JsValue> {
    let mut evaluation = Box::pin(async move { text(evaluation.await) });
    let mut nobody = Context::from_waker(Waker::noop());
    // Most decisions await nothing: they are spared a promise of ours and a turn of the queue.
    match evaluation.as_mut().poll(&mut nobody) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Ok(future_to_promise(evaluation).into()),
    }
}
