//! What is to be trusted of an environment, and what is not, for people.

use crate::client::{ports, sources};
use crate::failure::Failure;
use crate::options::{Ingredients, Options};
use crate::store::JsStore;
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// Looks over an environment's signed metadata without keeping or activating anything: a promise of the
/// findings as JSON text. `now` is the time to check at, in milliseconds since 1970; by default the
/// host's.
///
/// # Errors
/// Options that no client would take. What is refused is a finding.
#[wasm_bindgen]
pub fn inspect(
    options: &str,
    names: Vec<String>,
    stores: Vec<JsStore>,
    trusted_root: Vec<u8>,
    now: Option<f64>,
) -> Result<Promise, JsValue> {
    let options = Options::read(options)?.client(Ingredients {
        sources: sources(names, stores),
        trusted_root: Some(trusted_root),
        baked_in: None,
    })?;
    Ok(future_to_promise(async move {
        // JavaScript's only number type, as the milliseconds that it counts.
        let now = now.map(|now| now as i64);
        let found = zen_edge_sync::inspect(&options, &ports(None), now).await;
        let found = found.map_err(Failure::from)?;
        Ok(JsValue::from_str(&json!(found).to_string()))
    }))
}
