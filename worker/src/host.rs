//! What `js/host.js` is told, so that it is known if the instance dies.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "zen-edge:host")]
extern "C" {
    /// `number` is this release from now on.
    pub(crate) fn name_release(number: i32, environment: &str, project: &str, digest: &str);

    /// This release is evaluated now; -1 is none.
    pub(crate) fn evaluate_release(number: i32);

    /// The release that was deployed together with the program; empty if there is none.
    pub(crate) fn baked_in() -> Vec<u8>;

    /// What happens from now on happens for this task, or for none (null).
    pub(crate) fn go_on(task: &JsValue);
}
