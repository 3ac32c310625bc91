//! What the engine's workspace finds in documents that compile: doubtful expressions, rules that
//! can never match, blocks that nobody reaches. For authors; nothing at run time depends on it.

use crate::compile::{keys_by_lower, parse};
use crate::document::Documents;
use crate::limits::Limits;
use crate::report::CompileReport;
use crate::scan;
use serde::Serialize;
use serde_json::Value;
use zen_engine::Workspace;
use zen_engine::model::DecisionContent;
use zen_engine::workspace::DiagnosticCode;

/// One thing that the engine has to say about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The decision key as its author wrote it.
    pub key: String,
    /// `error`, `warning` or `hint`.
    pub severity: String,
    /// The engine's name for it, such as `UNREACHABLE_RULE`.
    pub code: String,
    /// It in words.
    pub message: String,
    /// The node or block it is about, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_id: Option<String>,
    /// The expression or cell it is about, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_id: Option<String>,
}

/// Looks over all documents that can be read; [`crate::compile()`] says what cannot.
pub fn lint(documents: &Documents, limits: &Limits) -> Vec<Finding> {
    let parsed = parse(documents, limits, &mut CompileReport::default());
    let keys = keys_by_lower(&parsed);
    let mut workspace = Workspace::new();
    for (key, mut document) in parsed.into_values() {
        scan::align_imports(&mut document, &keys);
        scan::align_calls(&mut document, &keys);
        if let Ok(content) = serde_json::from_value::<DecisionContent>(document) {
            workspace.set_document(key, content);
        }
    }
    let text = |value: Result<Value, serde_json::Error>| match value {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    };
    let mut findings: Vec<_> = workspace
        .all_diagnostics()
        .into_iter()
        // Functions are JavaScript here, and nobody declares their types.
        .filter(|found| found.code != DiagnosticCode::UnresolvedFunctionType)
        .map(|found| Finding {
            key: found.location.policy_path.to_string(),
            severity: text(serde_json::to_value(found.severity)),
            code: text(serde_json::to_value(found.code)),
            message: found.message,
            block_id: found.location.block_id.map(|id| id.to_string()),
            expression_id: found.location.expression_id.map(|id| id.to_string()),
        })
        .collect();
    findings.sort_by(|a, b| {
        (&a.key, &a.block_id, &a.expression_id).cmp(&(&b.key, &b.block_id, &b.expression_id))
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint(documents: &[(&str, &str)]) -> Vec<Finding> {
        let documents = documents.iter().map(|(key, json)| (*key, *json)).collect();
        super::lint(&documents, &Limits::default())
    }

    fn caller(key: &str) -> String {
        format!(
            r#"{{"nodes": [
              {{"id": "in", "type": "inputNode", "name": "in", "content": {{}}}},
              {{"id": "call", "type": "decisionNode", "name": "call", "content": {{"key": "{key}"}}}}],
            "edges": [{{"id": "e", "type": "edge", "sourceId": "in", "targetId": "call"}}]}}"#
        )
    }

    #[test]
    fn references_are_found_whatever_their_case() {
        let broken = |key: &str| {
            let findings = lint(&[("Main", &caller(key)), ("Other.json", &caller("main"))]);
            let codes: Vec<_> = findings.into_iter().map(|found| found.code).collect();
            codes.iter().any(|code| code == "IMPORT_NOT_FOUND")
        };
        assert!(!broken("OTHER.json"));
        assert!(broken("nowhere"));
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        assert_eq!(
            lint(&[("a", "nonsense"), ("b", "[]"), ("c", "{\"nodes\": 1}")]),
            []
        );
    }
}
