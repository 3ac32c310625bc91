//! placeholder of the wrappers' author
use serde::Serialize;

/// How a source is doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
}
