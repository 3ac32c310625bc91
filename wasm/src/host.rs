//! The host's side of an evaluation: functions of JavaScript's behind the ports of `zen-edge-eval`.

use crate::content::held;
use js_sys::{Function, Promise, Uint8Array};
use send_wrapper::SendWrapper;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use zen_edge_eval::{
    AllowedHosts, CustomNode, CustomNodeHandler, CustomNodeOutput, DocumentLoader, HostFuture,
    HttpAccess, HttpHandler, HttpHandlerRequest, HttpHandlerResponse, Loaded, set_timer,
};
use zen_edge_js::{port, sleep};

/// Gives `console.sleep` in function nodes the host's timer.
pub(crate) fn install_timer() {
    set_timer(|duration| port(sleep(duration)));
}

pub(crate) fn http(
    handler: Function,
    allowed_hosts: Option<Vec<String>>,
) -> zen_edge_eval::Result<HttpAccess> {
    Ok(HttpAccess {
        handler: Arc::new(JsHttp(SendWrapper::new(handler))),
        allowed_hosts: match allowed_hosts {
            Some(hosts) => AllowedHosts::parse(hosts)?,
            None => AllowedHosts::any(),
        },
    })
}

pub(crate) fn custom_nodes(handler: Function) -> Arc<dyn CustomNodeHandler> {
    Arc::new(JsCustomNodes(SendWrapper::new(handler)))
}

pub(crate) fn loader(loader: Function) -> Arc<dyn DocumentLoader> {
    Arc::new(JsLoader(SendWrapper::new(loader)))
}

struct JsLoader(SendWrapper<Function>);

impl DocumentLoader for JsLoader {
    fn load<'a>(&'a self, key: &'a str) -> HostFuture<'a, Result<Option<Loaded>, String>> {
        port(async move {
            let answer = self.0.call1(&JsValue::UNDEFINED, &JsValue::from_str(key));
            let answer = awaited(answer).await?;
            if answer.is_null_or_undefined() {
                return Ok(None);
            }
            if let Some(text) = answer.as_string() {
                return Ok(Some(Loaded::Json(text.into_bytes())));
            }
            if let Some(bytes) = answer.dyn_ref::<Uint8Array>() {
                return Ok(Some(Loaded::Json(bytes.to_vec())));
            }
            let content = answer.as_f64().and_then(|handle| held(handle as u32));
            match content {
                Some(content) => Ok(Some(Loaded::Content(content))),
                None => Err("the loader gave content that was disposed of".to_owned()),
            }
        })
    }
}

struct JsHttp(SendWrapper<Function>);

impl HttpHandler for JsHttp {
    fn handle(
        &self,
        request: HttpHandlerRequest,
    ) -> HostFuture<'_, Result<HttpHandlerResponse, String>> {
        port(async move {
            let request = serde_json::to_string(&request).map_err(|error| error.to_string())?;
            let answer = self
                .0
                .call1(&JsValue::UNDEFINED, &JsValue::from_str(&request));
            let answer = settle(answer).await?;
            serde_json::from_str(&answer)
                .map_err(|error| format!("the http handler's response is not valid: {error}"))
        })
    }
}

struct JsCustomNodes(SendWrapper<Function>);

impl CustomNodeHandler for JsCustomNodes {
    fn handle(
        &self,
        node: CustomNode,
    ) -> Pin<Box<dyn Future<Output = Result<CustomNodeOutput, String>> + '_>> {
        Box::pin(async move {
            let node = Rc::new(node);
            let request = serde_json::json!({
                "node": { "id": node.id(), "name": node.name(), "kind": node.kind(), "config": node.config() },
                "input": node.input(),
            });
            let fields = node.clone();
            let field = Closure::<dyn Fn(String) -> Result<Option<String>, JsValue>>::new(
                move |path: String| {
                    let value = fields.field(&path).map_err(|error| crate::thrown(&error))?;
                    Ok(value.map(|value| serde_json::to_string(&value).unwrap_or_default()))
                },
            );
            let request = JsValue::from_str(&request.to_string());
            let answer = self.0.call2(&JsValue::UNDEFINED, &request, field.as_ref());
            let answer = settle(answer).await?;
            let mut answer: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&answer).map_err(|error| {
                    format!("the custom node handler's answer is not valid: {error}")
                })?;
            Ok(CustomNodeOutput {
                output: answer.remove("output").unwrap_or_default(),
                trace_data: answer.remove("traceData"),
            })
        })
    }
}

/// The text that a handler gave, at once or by a promise; or what it threw, in words.
async fn settle(answer: Result<JsValue, JsValue>) -> Result<String, String> {
    let answer = awaited(answer).await?;
    answer
        .as_string()
        .ok_or_else(|| "the handler gave no text".to_owned())
}

/// What a function gave, at once or by a promise; or what it threw, in words.
async fn awaited(answer: Result<JsValue, JsValue>) -> Result<JsValue, String> {
    let answer = match answer {
        Ok(answer) if answer.is_instance_of::<Promise>() => {
            JsFuture::from(Promise::from(answer)).await
        }
        answer => answer,
    };
    answer.map_err(|thrown| words(&thrown))
}

fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => thrown
            .as_string()
            .unwrap_or_else(|| "the handler threw something that is no error".to_owned()),
    }
}
