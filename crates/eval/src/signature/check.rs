//! Whether a context is one that a declared schema accepts: asked of the engine itself.

use crate::compile::{CompileOptions, CompiledBundle, compile};
use crate::context::decode;
use crate::document::Documents;
use crate::evaluate::EvaluateOptions;
use serde_json::{Value, json};

/// The decision that does nothing but check its input.
const KEY: &str = "check";

/// Checks contexts against a JSON Schema as an input node does.
#[derive(Debug)]
pub struct Checker(Option<CompiledBundle>);

impl Checker {
    /// Of a schema that does not compile, everything is refused.
    pub(super) fn new(schema: &Value) -> Self {
        // The engine reads schemas that are written as text.
        let content = json!({"schema": schema.to_string()});
        let graph = json!({
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode", "content": content},
                {"id": "out", "name": "out", "type": "outputNode", "content": {}},
            ],
            "edges": [{"id": "edge", "type": "edge", "sourceId": "in", "targetId": "out"}],
        });
        let graph = graph.to_string();
        let documents: Documents = [(KEY, graph)].into_iter().collect();
        Self(compile(&documents, CompileOptions::default()).ok())
    }

    /// Whether the schema accepts a context, which is JSON text.
    pub fn accepts(&self, context: &str) -> bool {
        self.0.as_ref().is_some_and(|check| {
            decode(context.as_bytes(), check.limits())
                .and_then(|context| check.evaluate_sync(KEY, context, EvaluateOptions::default()))
                .is_ok()
        })
    }
}
