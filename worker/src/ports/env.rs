//! `env` as the configuration reads it.

use crate::configuration::{Binding, Value, Variables};
use js_sys::{Function, JSON, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

/// All values of `env`, by their names.
pub(super) fn variables(env: &Env) -> Variables {
    let env: &JsValue = env.as_ref();
    let names = Object::keys(env.unchecked_ref::<Object>());
    let values = names.iter().filter_map(|name| {
        let value = value(&Reflect::get(env, &name).ok()?)?;
        Some((name.as_string()?, value))
    });
    values.collect()
}

/// A value; none if it is null or undefined.
fn value(value: &JsValue) -> Option<Value> {
    if value.is_null() || value.is_undefined() {
        return None;
    }
    if let Some(text) = value.as_string() {
        return Some(Value::Text(text));
    }
    if value.is_object() && !is_plain(value) {
        return Some(Value::Binding(binding(value)));
    }
    let json = JSON::stringify(value).ok().map(String::from);
    let json = json.and_then(|text| serde_json::from_str(&text).ok());
    Some(json.map_or(Value::Binding(Binding::Other), Value::Json))
}

/// Whether an object is data: a list or a table.
fn is_plain(value: &JsValue) -> bool {
    js_sys::Array::is_array(value) || matches!(class(value).as_str(), "Object" | "")
}

/// What a binding is: by the name of its class where that is the platform's own, else by what it can
/// do. (A service seems to have any method at all.)
fn binding(value: &JsValue) -> Binding {
    let has = |names: &[&str]| {
        names.iter().all(|name| {
            Reflect::get(value, &JsValue::from_str(name))
                .is_ok_and(|method| method.is_instance_of::<Function>())
        })
    };
    match class(value).as_str() {
        "Fetcher" => Binding::Service,
        "R2Bucket" => Binding::R2,
        _ if has(&["writeDataPoint"]) => Binding::Analytics,
        _ if has(&["send", "sendBatch"]) => Binding::Queue,
        _ if has(&["fetch"]) => Binding::Service,
        _ => Binding::Other,
    }
}

/// The name of an object's class; empty for one without.
fn class(value: &JsValue) -> String {
    let get = |value: &JsValue, name| Reflect::get(value, &JsValue::from_str(name));
    let constructor = get(value, "constructor").ok();
    let constructor = constructor.filter(JsValue::is_function);
    let name = constructor.and_then(|constructor| get(&constructor, "name").ok());
    name.and_then(|name| name.as_string()).unwrap_or_default()
}
