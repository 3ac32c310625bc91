//! Bindings from JavaScript to the workspace of `zen-edge-eval`: strings of JSON both ways, nothing
//! decided here. `js/workspace.ts` is the API that users see.

use wasm_bindgen::prelude::*;
use zen_edge_eval::{Error, Workspace, api};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[wasm_bindgen(start)]
fn start() {
    zen_edge_eval::initialize();
}

/// An error as JSON text, which `js/errors.ts` turns into a JavaScript `Error`.
fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&api::error(error))
}

/// Documents as their authors work on them, held by JavaScript.
#[wasm_bindgen]
#[derive(Default)]
pub struct Documents(Workspace);

#[wasm_bindgen]
impl Documents {
    /// None.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a graph or policy, as JSON text.
    #[wasm_bindgen(js_name = setDocument)]
    pub fn set_document(&mut self, path: &str, json: &str) -> Result<(), JsValue> {
        let set = self.0.set_document(path, json.as_bytes());
        set.map_err(|error| thrown(&error))
    }

    /// Adds or replaces a policy, as JSON text.
    #[wasm_bindgen(js_name = setPolicy)]
    pub fn set_policy(&mut self, path: &str, json: &str) -> Result<(), JsValue> {
        let set = self.0.set_policy(path, json.as_bytes());
        set.map_err(|error| thrown(&error))
    }

    /// Removes a document; whether there was one.
    #[wasm_bindgen(js_name = removePath)]
    pub fn remove_path(&mut self, path: &str) -> bool {
        self.0.remove_path(path)
    }

    /// Calls a method of the workspace: arguments as a JSON array, the answer as JSON text.
    pub fn call(&mut self, method: &str, arguments: &str) -> Result<JsValue, JsValue> {
        let answer = self.0.call(method, arguments);
        let answer = answer.map_err(|error| thrown(&error))?;
        match std::str::from_utf8(&answer) {
            Ok(text) => Ok(JsValue::from_str(text)),
            Err(error) => Err(JsValue::from_str(&error.to_string())),
        }
    }
}
