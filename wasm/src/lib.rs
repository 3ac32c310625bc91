//! Bindings from JavaScript to `zen-edge-eval`: strings of JSON both ways, nothing decided here.
//!
//! `js/slim.ts` is the API that users see; it turns objects into JSON text and back, because one
//! string crosses the boundary faster than an object does member by member.

mod ascii;
mod bundle;
mod content;
mod host;

use ascii::ascii;
use wasm_bindgen::prelude::*;
use zen_edge_eval::{Error, api};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[wasm_bindgen(start)]
fn start() {
    zen_edge_eval::initialize();
}

/// An error as JSON text, which `js/errors.ts` turns into a JavaScript `Error`.
fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&api::error(error))
}

/// JSON text that the core has written, as a JavaScript string.
fn text(json: zen_edge_eval::Result<Vec<u8>>) -> Result<JsValue, JsValue> {
    let json = json.map_err(|error| thrown(&error))?;
    match std::str::from_utf8(&json) {
        Ok(text) => Ok(JsValue::from_str(&ascii(text))),
        Err(error) => Err(JsValue::from_str(&error.to_string())),
    }
}

/// JavaScript's only number type, as the milliseconds that it counts.
fn millis(now: Option<f64>) -> Option<i64> {
    now.map(|now| now as i64)
}

/// Evaluates an expression; the context and the answer are JSON text.
#[wasm_bindgen(js_name = evaluateExpression)]
pub fn evaluate_expression(
    source: &str,
    context: &str,
    now: Option<f64>,
) -> Result<JsValue, JsValue> {
    text(api::evaluate_expression(
        source,
        context.as_bytes(),
        millis(now),
    ))
}

/// Evaluates unary tests against `$` in the context, which is JSON text.
#[wasm_bindgen(js_name = evaluateUnaryExpression)]
pub fn evaluate_unary(source: &str, context: &str, now: Option<f64>) -> Result<bool, JsValue> {
    api::evaluate_unary(source, context.as_bytes(), millis(now)).map_err(|error| thrown(&error))
}

/// Renders a template; the context and the answer are JSON text.
#[wasm_bindgen(js_name = renderTemplate)]
pub fn render_template(source: &str, context: &str, now: Option<f64>) -> Result<JsValue, JsValue> {
    text(api::render_template(
        source,
        context.as_bytes(),
        millis(now),
    ))
}

/// Sets what every evaluation of this instance goes by; what is left out stays as it is.
#[wasm_bindgen(js_name = overrideConfig)]
pub fn override_config(nodes_in_context: Option<bool>, function_timeout_millis: Option<f64>) {
    // A float becomes the nearest integer that there is, and zero if it is none.
    let millis = function_timeout_millis.map(|millis| millis as u64);
    zen_edge_eval::override_config(nodes_in_context, millis);
}

/// The version of zen-edge.
#[wasm_bindgen(js_name = version)]
pub fn version() -> String {
    zen_edge_eval::VERSION.to_owned()
}

/// The version of the ZEN engine inside.
#[wasm_bindgen(js_name = engineVersion)]
pub fn engine_version() -> String {
    zen_edge_eval::ENGINE_VERSION.to_owned()
}
