//! Plain objects of JavaScript's, member by member.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use zen_edge_js::Thrown;

/// A member; `undefined` if what should have it is no object.
pub(crate) fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A member that is text.
pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    member(object, name).as_string()
}

/// A member that is bytes, if there are no more than `max_bytes`: only then they are copied.
pub(crate) fn bytes(object: &JsValue, name: &str, max_bytes: u64) -> Result<Vec<u8>, BadBytes> {
    let found: Uint8Array = member(object, name).dyn_into().map_err(|_| BadBytes::None)?;
    copied(&found, max_bytes)
}

/// Bytes, if there are no more than `max_bytes`.
pub(crate) fn copied(bytes: &Uint8Array, max_bytes: u64) -> Result<Vec<u8>, BadBytes> {
    match u64::from(bytes.length()) > max_bytes {
        true => Err(BadBytes::TooLong),
        false => Ok(bytes.to_vec()),
    }
}

/// Why there are no bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BadBytes {
    /// It is no `Uint8Array`.
    None,
    /// There are more than are accepted.
    TooLong,
}

/// An object with these members.
pub(crate) fn object<const N: usize>(members: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // It fails for objects that are frozen, which this one is not.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object.into()
}

/// A list of texts.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> JsValue {
    let list: Array = texts.into_iter().map(JsValue::from_str).collect();
    list.into()
}

/// What a call into JavaScript came to, at once or by a promise.
pub(crate) async fn settled(called: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(js_sys::Promise::resolve(&called?)).await
}

/// What was thrown, in words.
pub(crate) fn words(thrown: JsValue) -> String {
    let Thrown { name, words } = thrown.into();
    match (name.is_empty(), words.is_empty()) {
        (_, false) => words,
        (false, true) => name,
        (true, true) => "no reason was given".to_owned(),
    }
}
