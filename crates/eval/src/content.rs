//! One document, compiled on its own: for hosts that hand documents over one by one.

use crate::compile::{compile_expressions, parse_any};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use std::fmt;
use std::sync::Arc;
use zen_edge_bundle::DocumentKind;
use zen_engine::loader::DynamicLoader;
use zen_engine::model::{DecisionContent, GraphContent};
use zen_engine::{Decision, DecisionGraphValidationError};

/// A graph or policy, bounded and compiled once, for any number of bundles; clones share it.
///
/// What it refers to (decisions, policies, dictionaries) is found when it is evaluated.
#[derive(Clone)]
pub struct Content(Arc<Inner>);

struct Inner {
    json: Vec<u8>,
    content: Arc<DecisionContent>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("kind", &self.kind())
            .field("bytes", &self.0.json.len())
            .finish()
    }
}

impl Content {
    /// Compiles a document, which is JSON text.
    ///
    /// As upstream, it says nothing of a graph that cannot be evaluated: [`Content::validate`] does,
    /// and so does its evaluation.
    ///
    /// # Errors
    /// `Invalid`, in the engine's words, for what is neither a graph nor a policy; `LimitExceeded`.
    pub fn compile(json: impl Into<Vec<u8>>, limits: &Limits) -> Result<Self> {
        let json = json.into();
        let document = parse_any(&json, limits)?;
        let content: DecisionContent = serde_json::from_value(document)
            .map_err(|error| Error::invalid(format!("the document is not valid: {error}")))?;
        let content = match content {
            DecisionContent::Graph(graph) if validated(&graph).is_ok() => {
                let graph = compile_expressions(Arc::unwrap_or_clone(graph), limits);
                DecisionContent::Graph(Arc::new(graph))
            }
            // One that cannot be evaluated stays as it is: the engine says so in its own words.
            other => other,
        };
        let content = Arc::new(content);
        Ok(Self(Arc::new(Inner { json, content })))
    }

    /// Whether it is a graph or a policy.
    pub fn kind(&self) -> DocumentKind {
        match self.0.content.as_ref() {
            DecisionContent::Graph(_) => DocumentKind::Graph,
            DecisionContent::Policy(_) => DocumentKind::Policy,
        }
    }

    /// The JSON text that it was compiled from.
    pub fn json(&self) -> &[u8] {
        &self.0.json
    }

    /// The document as JSON text in the form in which the engine writes it: what the engine does not
    /// know of is left out.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self.0.content.as_ref())
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
    }

    /// Whether the graph is one that can be evaluated: one input node, no cycle, no dangling edge.
    ///
    /// # Errors
    /// `InvalidGraph`; `ContentKindMismatch` for a policy.
    pub fn validate(&self) -> Result<()> {
        let DecisionContent::Graph(graph) = self.0.content.as_ref() else {
            return Err(not_a_graph());
        };
        validated(graph).map_err(|error| {
            let source = serde_json::to_value(&error).unwrap_or_default();
            Error::new(ErrorKind::InvalidGraph, error.to_string()).with("source", source)
        })
    }

    /// The document as the engine knows it.
    pub(crate) fn engine(&self) -> Arc<DecisionContent> {
        self.0.content.clone()
    }

    /// What the engine evaluates, with the dictionaries that its schemas name.
    pub(crate) async fn linked(&self, dictionaries: &DynamicLoader) -> Arc<DecisionContent> {
        match self.0.content.as_ref() {
            DecisionContent::Graph(graph)
                if graph.compiled_cache.is_some() && graph.resolved_schemas.is_none() =>
            {
                let mut graph = GraphContent::clone(graph);
                // If a dictionary is missing, the evaluation finds that out again and says so.
                let _ = graph.resolve_schemas(dictionaries).await;
                Arc::new(DecisionContent::Graph(Arc::new(graph)))
            }
            _ => self.0.content.clone(),
        }
    }
}

fn validated(graph: &Arc<GraphContent>) -> std::result::Result<(), DecisionGraphValidationError> {
    Decision::from(graph.clone()).validate()
}

/// What the engine answers to a policy where a graph is needed.
pub(crate) fn not_a_graph() -> Error {
    Error::new(
        ErrorKind::ContentKindMismatch,
        "expected graph content, got policy",
    )
    .with("expected", "graph")
    .with("got", "policy")
}
