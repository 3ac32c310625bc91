//! Coverage: which nodes, blocks and table rows of a bundle the test cases went through, read from
//! their traces.

use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zen_edge_bundle::{Bundle, DocumentKind};

/// What can be covered in one document, and what was.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentCoverage {
    /// The document.
    pub(crate) path: String,
    /// Nodes of a graph or blocks of a policy that were executed.
    pub(crate) nodes: Count,
    /// Rows of decision tables that matched.
    pub(crate) rows: Count,
    /// What was never executed or never matched, as `name` or `name, row 3`.
    pub(crate) missed: Vec<String>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    pub(crate) covered: usize,
    pub(crate) total: usize,
}

/// A node or block, and what happened to it.
#[derive(Debug, Default)]
struct Part {
    name: String,
    /// The decision that a decision node calls.
    calls: Option<String>,
    rows: usize,
    executed: bool,
    matched: BTreeSet<usize>,
}

#[derive(Debug)]
struct Document {
    path: String,
    parts: BTreeMap<String, Part>,
}

/// Collects traces.
#[derive(Debug, Default)]
pub(crate) struct Coverage(BTreeMap<String, Document>);

impl Coverage {
    /// Nothing covered yet of all graphs and policies.
    pub(crate) fn new(bundle: &Bundle) -> Self {
        let documents = bundle.documents().filter_map(|(key, document)| {
            let (list, is_graph) = match document.kind() {
                DocumentKind::Graph => ("nodes", true),
                DocumentKind::Policy => ("blocks", false),
                DocumentKind::Test | DocumentKind::Other => return None,
            };
            let json: Value = serde_json::from_slice(document.json()).ok()?;
            let parts = json.get(list).and_then(Value::as_array);
            let parts = parts.into_iter().flatten();
            let parts = parts
                .filter(|part| is_graph || executes(part))
                .filter_map(part);
            let document = Document {
                path: document.path().to_owned(),
                parts: parts.collect(),
            };
            Some((key.to_owned(), document))
        });
        Self(documents.collect())
    }

    /// Adds the answer of one case: its trace, or that of its error.
    pub(crate) fn add(&mut self, decision: &str, answer: &Value) {
        let trace = answer.get("trace");
        let trace = trace.or_else(|| answer.get("error").and_then(|error| error.get("trace")));
        if let Some(trace) = trace {
            self.trace(&decision.to_lowercase(), trace);
        }
    }

    /// Takes in the trace of one decision: of a graph an object of nodes, of a policy one with a
    /// list of `executions`.
    fn trace(&mut self, key: &str, trace: &Value) {
        if let Some(executions) = trace.get("executions").and_then(Value::as_array) {
            for execution in executions {
                self.execution(key, execution);
            }
            return;
        }
        for (id, node) in trace.as_object().into_iter().flatten() {
            let Some(part) = self.part(key, id) else {
                continue;
            };
            part.executed = true;
            // Collecting tables and loops have a list.
            let data = node.get("traceData").unwrap_or(&Value::Null);
            let calls = part.calls.clone();
            for data in data
                .as_array()
                .map_or(std::slice::from_ref(data), Vec::as_slice)
            {
                match &calls {
                    Some(called) => self.trace(called, data),
                    None => self.rows(key, id, data),
                }
            }
        }
    }

    /// Takes in the rows that matched; a loop over a collecting table has lists of lists.
    fn rows(&mut self, key: &str, id: &str, data: &Value) {
        for data in data.as_array().into_iter().flatten() {
            self.rows(key, id, data);
        }
        let row = data.get("index").and_then(Value::as_u64);
        if let (Some(row), Some(part)) = (row, self.part(key, id)) {
            part.matched.extend(usize::try_from(row));
        }
    }

    fn execution(&mut self, key: &str, execution: &Value) {
        let path = execution.get("policyPath").and_then(Value::as_str);
        let key = path.map_or_else(|| key.to_owned(), str::to_lowercase);
        let id = execution.get("blockId").and_then(Value::as_str);
        let Some(part) = id.and_then(|id| self.part(&key, id)) else {
            return;
        };
        part.executed = true;
        let rows = execution
            .pointer("/trace/matchedRows")
            .and_then(Value::as_array);
        for row in rows.into_iter().flatten().filter_map(Value::as_u64) {
            part.matched.extend(usize::try_from(row));
        }
    }

    fn part(&mut self, key: &str, id: &str) -> Option<&mut Part> {
        self.0.get_mut(key)?.parts.get_mut(id)
    }

    /// What was covered, by document.
    pub(crate) fn documents(&self) -> Vec<DocumentCoverage> {
        self.0.values().map(Document::coverage).collect()
    }
}

impl Document {
    fn coverage(&self) -> DocumentCoverage {
        let (mut nodes, mut rows, mut missed) = (Count::default(), Count::default(), Vec::new());
        for part in self.parts.values() {
            let matched = (0..part.rows)
                .filter(|row| part.matched.contains(row))
                .count();
            nodes.total += 1;
            nodes.covered += usize::from(part.executed);
            rows.total += part.rows;
            rows.covered += matched;
            if !part.executed {
                missed.push(part.name.clone());
                continue;
            }
            let unmatched = (0..part.rows).filter(|row| !part.matched.contains(row));
            missed.extend(unmatched.map(|row| format!("{}, row {}", part.name, row + 1)));
        }
        DocumentCoverage {
            path: self.path.clone(),
            nodes,
            rows,
            missed,
        }
    }
}

/// Whether a policy's block does anything: models, dictionaries and layout do not.
fn executes(block: &Value) -> bool {
    let kind = block
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    matches!(kind, "assertion" | "decisionTable" | "expression" | "match")
}

/// A node or block by its id.
fn part(json: &Value) -> Option<(String, Part)> {
    let id = json.get("id").and_then(Value::as_str)?;
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
    // Where a graph and where a policy has them.
    let rules = json
        .pointer("/content/rules")
        .or_else(|| json.pointer("/props/data/rules"));
    let part = Part {
        name: text("/name")
            .filter(|name| !name.is_empty())
            .unwrap_or(id)
            .to_owned(),
        calls: text("/content/key")
            .filter(|_| text("/type") == Some("decisionNode"))
            .map(str::to_lowercase),
        rows: rules.and_then(Value::as_array).map_or(0, Vec::len),
        ..Part::default()
    };
    Some((id.to_owned(), part))
}
