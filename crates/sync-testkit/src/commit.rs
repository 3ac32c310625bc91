//! How what is published differs from what it should be.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a commit is not what it should be. By itself it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Commit {
    /// Members that replace those of a role's metadata before it is signed (RFC 7396), versions
    /// included.
    pub amend: BTreeMap<String, Value>,
    /// The names of the keys that sign a role instead of its own; none leaves it unsigned.
    pub sign_with: BTreeMap<String, Vec<String>>,
    /// Members that replace those of a role's file after it was signed.
    pub forge: BTreeMap<String, Value>,
    /// The publisher is interrupted after this many writes.
    pub interrupted_after: Option<usize>,
    /// Into this bucket instead of its own.
    pub into: Option<String>,
}

/// Replaces members as RFC 7396 says, null for "take out".
pub(crate) fn merge(value: &mut Value, changes: &Value) {
    let Value::Object(changes) = changes else {
        if !changes.is_null() {
            *value = changes.clone();
        }
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (name, change) in changes {
        match change {
            Value::Null => {
                value.as_object_mut().unwrap().remove(name);
            }
            _ => merge(&mut value[name], change),
        }
    }
}
