//! What decisions take and answer: schemas that their authors declared, and what the engine's
//! workspace derives from expressions, tables and data models.

mod check;
mod growth;
mod row;
mod shape;

pub use check::Checker;
pub(crate) use growth::{bounded, with_rows};
pub use shape::Shape;

use crate::compile::CompiledBundle;
use crate::loader::{BundleLoader, Entry};
use serde_json::Value;
use shape::Builder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use zen_engine::Workspace;
use zen_engine::model::{DecisionContent, DecisionNodeKind, GraphContent};
use zen_engine::policy::ScopeRequest;
use zen_expression::variable::VariableType;

/// One side of a decision: what it takes, or what it answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    /// The JSON Schema (draft 7) of the first input or output node that has one, with the entries
    /// of dictionaries written out. Of hostile depth and size, within the limits of compilation.
    pub declared: Option<Arc<Value>>,
    /// What was derived, whether or not something is declared; nothing where nothing is known.
    /// More may be given than it names, and what it names may be missing.
    pub derived: Option<Shape>,
}

impl Side {
    /// What checks contexts against the declared schema, if there is one.
    pub fn checker(&self) -> Option<Checker> {
        self.declared.as_deref().map(Checker::new)
    }
}

/// What a decision takes and answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signature {
    /// The context.
    pub input: Side,
    /// The result.
    pub output: Side,
}

/// The signatures of all decisions of a bundle.
pub struct Signatures {
    workspace: Workspace,
    loader: Arc<BundleLoader>,
    /// Keys in lower case of what may be asked of the workspace.
    analysed: BTreeSet<String>,
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signatures")
            .field("analysed", &self.analysed.len())
            .finish_non_exhaustive()
    }
}

impl Signatures {
    /// Analyses a bundle. This may take several times as long as compiling it, so do it when somebody
    /// asks.
    ///
    /// The engine's analysis copies types without a bound. So it is not let near decisions whose
    /// types might grow beyond one, nor near those that call each other in a circle or deeper than
    /// evaluations may: nothing is derived for those, nor where the analysis panics.
    pub fn of(bundle: &CompiledBundle) -> Self {
        let loader = bundle.loader.clone();
        let mut workspace = Workspace::new();
        let order = growth::bounded(&loader, usize::from(bundle.limits.call_depth));
        for (_, entry) in &order {
            workspace.set_document_arc(entry.key.clone(), aligned(entry, &loader));
        }
        // Those that are called come first, so that no analysis waits inside another one.
        let analysed = order.into_iter().filter(|(_, entry)| {
            let analyse = || drop(workspace.graph_analysis(&entry.key));
            catch_unwind(AssertUnwindSafe(analyse)).is_ok()
        });
        let analysed = analysed.map(|(lower, _)| lower.to_owned()).collect();
        Self {
            workspace,
            loader,
            analysed,
        }
    }

    /// The signature of the decision with this key, in any case.
    pub fn get(&self, key: &str) -> Option<Signature> {
        let entry = self.loader.find(key)?;
        let mut signature = Signature::default();
        if let DecisionContent::Graph(graph) = entry.content.as_ref() {
            (signature.input.declared, signature.output.declared) = declared(graph);
        }
        if self.analysed.contains(&key.to_lowercase()) {
            let derive = || self.derived(&entry.key);
            let derived = catch_unwind(AssertUnwindSafe(derive));
            (signature.input.derived, signature.output.derived) = derived.unwrap_or_default();
        }
        Some(signature)
    }

    fn derived(&self, key: &Arc<str>) -> (Option<Shape>, Option<Shape>) {
        let request = ScopeRequest::for_policy(key.clone());
        let whole = self.workspace.graph_analysis(key);
        let whole = whole.as_ref().map(|analysis| &analysis.signature);
        let (inputs, outputs) = (
            self.workspace.inputs(&request),
            self.workspace.outputs(&request),
        );
        let inputs = inputs
            .iter()
            .map(|input| (&*input.path, &input.resolved_type));
        let outputs = outputs
            .iter()
            .map(|output| (&*output.path, &output.resolved_type));
        (
            shape_of(inputs, whole.map(|signature| &signature.input)),
            shape_of(outputs, whole.map(|signature| &signature.output)),
        )
    }
}

/// The shape of an object with these properties, or else of the type as a whole.
fn shape_of<'a>(
    properties: impl ExactSizeIterator<Item = (&'a str, &'a VariableType)>,
    whole: Option<&VariableType>,
) -> Option<Shape> {
    let mut builder = Builder::default();
    if properties.len() == 0 {
        return builder.shape(whole?).filter(Shape::says_something);
    }
    let mut members = BTreeMap::new();
    for (path, property) in properties {
        let property = builder.shape(property).unwrap_or_default();
        builder.insert(&mut members, path, property);
    }
    Some(Shape::Object(members)).filter(Shape::says_something)
}

/// The schemas of the first input and the first output node that have one.
fn declared(graph: &GraphContent) -> (Option<Arc<Value>>, Option<Arc<Value>>) {
    let resolved = |id: &str| Some(graph.resolved_schemas.as_ref()?.get(id)?.0.clone());
    let (mut input, mut output) = (None, None);
    for node in &graph.nodes {
        let (side, schema) = match &node.kind {
            DecisionNodeKind::InputNode { content } => (&mut input, &content.schema),
            DecisionNodeKind::OutputNode { content } => (&mut output, &content.schema),
            _ => continue,
        };
        if side.is_none() {
            *side = resolved(&node.id).or_else(|| schema.clone());
        }
    }
    (input, output)
}

/// The document with the keys of called decisions as those are written, because the workspace
/// compares them exactly.
fn aligned(entry: &Entry, loader: &BundleLoader) -> Arc<DecisionContent> {
    let DecisionContent::Graph(graph) = entry.content.as_ref() else {
        return entry.content.clone();
    };
    let found = |node: &DecisionNodeKind| match node {
        DecisionNodeKind::DecisionNode { content } => loader
            .find(&content.key)
            .map(|called| called.key.clone())
            .filter(|key| *key != content.key),
        _ => None,
    };
    if graph.nodes.iter().all(|node| found(&node.kind).is_none()) {
        return entry.content.clone();
    }
    let mut graph = GraphContent::clone(graph);
    for node in &mut graph.nodes {
        let Some(key) = found(&node.kind) else {
            continue;
        };
        let mut changed = node.as_ref().clone();
        if let DecisionNodeKind::DecisionNode { content } = &mut changed.kind {
            content.key = key;
        }
        *node = Arc::new(changed);
    }
    Arc::new(DecisionContent::Graph(Arc::new(graph)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CompileOptions, Documents, compile};
    use serde_json::json;

    fn graph(middle: Value, input: Option<Value>) -> String {
        let content = input.map_or(json!({}), |schema| json!({"schema": schema.to_string()}));
        json!({
            "imports": ["SHARED"],
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode", "content": content},
                middle,
                {"id": "out", "name": "out", "type": "outputNode", "content": {}},
            ],
            "edges": [
                {"id": "1", "type": "edge", "sourceId": "in", "targetId": "it"},
                {"id": "2", "type": "edge", "sourceId": "it", "targetId": "out"},
            ],
        })
        .to_string()
    }

    fn row(key: &str, value: &str) -> Value {
        json!({"id": "it", "name": "it", "type": "expressionNode",
            "content": {"expressions": [{"id": "r", "key": key, "value": value}]}})
    }

    fn signatures(documents: &[(&str, String)]) -> Signatures {
        let documents: Documents = documents.iter().cloned().collect();
        Signatures::of(&compile(&documents, CompileOptions::default()).unwrap())
    }

    fn object(members: &[(&str, Shape)]) -> Option<Shape> {
        let members = members.iter().cloned();
        Some(Shape::Object(
            members
                .map(|(name, shape)| (name.to_owned(), shape))
                .collect(),
        ))
    }

    #[test]
    fn a_decision_answers_what_the_one_it_calls_answers_whatever_its_case() {
        let called = graph(row("total", "cart.price * 2"), None);
        let call = json!({"id": "it", "name": "it", "type": "decisionNode",
            "content": {"key": "CALLED"}});
        let signatures = signatures(&[
            ("Called", called),
            ("caller", graph(call, None)),
            ("shared", json!({"blocks": []}).to_string()),
        ]);
        let called = signatures.get("called").unwrap();
        let read = Shape::Read([("price".to_owned(), Shape::Any)].into());
        assert_eq!(called.input.derived, object(&[("cart", read)]));
        let total = object(&[("total", Shape::Number)]);
        assert_eq!(called.output.derived, total);
        assert_eq!(signatures.get("Caller").unwrap().output.derived, total);
        assert_eq!(signatures.get("nowhere"), None);
    }

    #[test]
    fn a_declared_schema_has_its_dictionaries_written_out_and_checks_contexts() {
        let shared = json!({"blocks": [{"id": "d", "type": "dictionary", "props": {"data": {
            "name": "Tier", "entries": [{"id": "g", "value": "gold", "label": "Gold"}]}}}]});
        let schema = json!({"type": "object", "required": ["tier"],
            "properties": {"tier": {"$dictionary": "Tier"}}});
        let signatures = signatures(&[
            ("graph", graph(row("a", "1"), Some(schema))),
            ("shared", shared.to_string()),
        ]);
        let side = signatures.get("graph").unwrap().input;
        let tier = &side.declared.as_ref().unwrap()["properties"]["tier"];
        assert_eq!(tier["enum"], json!(["gold"]));
        let gold = Shape::OneOf(Some("Tier".to_owned()), vec!["gold".to_owned()]);
        assert_eq!(side.derived, object(&[("tier", gold)]));
        let checker = side.checker().unwrap();
        assert!(checker.accepts(r#"{"tier": "gold"}"#));
        for refused in [r#"{"tier": "lead"}"#, "{}", "[", "null"] {
            assert!(!checker.accepts(refused), "{refused}");
        }
    }
}
