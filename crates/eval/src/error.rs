//! One error type, coarse by what the caller can do about it.

use crate::limits::Limit;
use crate::report::{CompileFailure, CompileReport};
use serde_json::{Map, Value, json};
use std::fmt;
use zen_engine::loader::LoaderError;
use zen_engine::{EvaluationError, EvaluationTraceKind};

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The context, an option or a document is not what it must be: fix the input.
    Invalid,
    /// No document has this key: check the key, or the release.
    NotFound,
    /// The host could not load the document, or what it loaded is none: see the message.
    LoadFailed,
    /// The document exists but did not compile: see the compile report.
    NotCompiled,
    /// A bound of [`crate::Limits`] was reached: fix the rules, or raise the limit.
    LimitExceeded(Limit),
    /// A node failed: the rules and this context do not go together.
    NodeFailed,
    /// Decisions called each other more deeply than allowed, as a cycle of references does.
    DepthLimitExceeded,
    /// The graph is not one that can be evaluated (no input node, a cycle, a dangling edge).
    InvalidGraph,
    /// The context or the result does not fit the declared JSON Schema.
    Validation,
    /// A policy failed.
    PolicyFailed,
    /// A policy was referenced where a graph is needed, or the reverse.
    ContentKindMismatch,
    /// An expression or template could not be parsed or evaluated.
    ExpressionFailed,
    /// A synchronous evaluation met something that takes time (HTTP, sleep, an asynchronous custom
    /// node): evaluate asynchronously.
    WouldAwait,
    /// A function waits for something that will never come.
    Stalled,
    /// A bug in zen-edge: please report it.
    Internal,
}

impl ErrorKind {
    /// The name in camelCase, as bindings show it in `code`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "notFound",
            Self::LoadFailed => "loadFailed",
            Self::NotCompiled => "notCompiled",
            Self::LimitExceeded(_) => "limitExceeded",
            Self::NodeFailed => "nodeFailed",
            Self::DepthLimitExceeded => "depthLimitExceeded",
            Self::InvalidGraph => "invalidGraph",
            Self::Validation => "validation",
            Self::PolicyFailed => "policyFailed",
            Self::ContentKindMismatch => "contentKindMismatch",
            Self::ExpressionFailed => "expressionFailed",
            Self::WouldAwait => "wouldAwait",
            Self::Stalled => "stalled",
            Self::Internal => "internal",
        }
    }
}

/// Why something could not be compiled or evaluated.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    node_id: Option<String>,
    detail: Map<String, Value>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            node_id: None,
            detail: Map::new(),
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn limit(limit: Limit, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::LimitExceeded(limit), message)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.detail.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn at_node(mut self, node_id: Option<&str>) -> Self {
        self.0.node_id = node_id.map(str::to_owned);
        self
    }

    /// The same error, JSON form included, as another kind.
    pub(crate) fn recast(mut self, kind: ErrorKind) -> Self {
        let engine_type = self.engine_type();
        self.0
            .detail
            .entry("type")
            .or_insert_with(|| engine_type.into());
        self.0.kind = kind;
        self
    }

    pub(crate) fn not_found(key: &str) -> Self {
        Self::new(
            ErrorKind::NotFound,
            format!("no document has the key `{key}`"),
        )
        .with("key", key)
    }

    pub(crate) fn excluded(failure: &CompileFailure) -> Self {
        let message = format!("`{}` did not compile: {}", failure.key, failure.message);
        let failures = serde_json::to_value([failure]).unwrap_or_default();
        Self::new(ErrorKind::NotCompiled, message)
            .with("key", failure.key.as_str())
            .with("failures", failures)
    }

    pub(crate) fn not_compiled(report: &CompileReport) -> Self {
        let failures = serde_json::to_value(&report.failures).unwrap_or_default();
        Self::new(ErrorKind::NotCompiled, report.to_string()).with("failures", failures)
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The id of the node that failed, if one did.
    pub fn node_id(&self) -> Option<&str> {
        self.0.node_id.as_deref()
    }

    /// The trace up to the failure, if tracing was on.
    pub fn trace(&self) -> Option<&Value> {
        self.0.detail.get("trace")
    }

    /// The error as JSON: the engine's own form (`{"type": "NodeError", "source", "nodeId",
    /// "trace"?}` and so on, as the GoRules Agent answers it), with `limit` added where a limit was
    /// reached, and forms of the same kind for what the engine does not know.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("type".into(), self.engine_type().into());
        if let ErrorKind::LimitExceeded(limit) = self.0.kind {
            json.insert("limit".into(), limit.name().into());
        }
        if let Some(node_id) = &self.0.node_id {
            json.insert("nodeId".into(), node_id.as_str().into());
        }
        let detail = &self.0.detail;
        // The engine says nothing more of these three; everything else has a source.
        let bare = matches!(
            self.0.kind,
            ErrorKind::DepthLimitExceeded | ErrorKind::NotFound
        ) || matches!(self.0.kind, ErrorKind::ContentKindMismatch);
        if !bare && !detail.contains_key("source") && !detail.contains_key("kind") {
            json.insert("source".into(), self.0.message.as_str().into());
        }
        json.extend(
            detail
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Value::Object(json)
    }

    fn engine_type(&self) -> &'static str {
        match self.0.kind {
            ErrorKind::Invalid => "InvalidInput",
            ErrorKind::NotFound | ErrorKind::LoadFailed => "LoaderError",
            ErrorKind::NotCompiled => "CompileError",
            // A client of the Agent knows a function that was stopped as a failed node.
            ErrorKind::LimitExceeded(_) if self.0.node_id.is_some() => "NodeError",
            ErrorKind::LimitExceeded(_) => "LimitExceeded",
            ErrorKind::NodeFailed => "NodeError",
            ErrorKind::DepthLimitExceeded => "DepthLimitExceeded",
            ErrorKind::InvalidGraph => "InvalidGraph",
            ErrorKind::Validation => "Validation",
            ErrorKind::PolicyFailed => "PolicyError",
            ErrorKind::ContentKindMismatch => "ContentKindMismatch",
            ErrorKind::ExpressionFailed => "ExpressionError",
            ErrorKind::WouldAwait => "WouldAwait",
            ErrorKind::Stalled => "Stalled",
            ErrorKind::Internal => "Internal",
        }
    }

    /// Takes over an error of the engine, its JSON form included.
    pub(crate) fn from_engine(error: &EvaluationError, trace: EvaluationTraceKind) -> Self {
        let kind = match error {
            EvaluationError::LoaderError(LoaderError::Internal { key, source }) => {
                let kind = match source.downcast_ref::<Self>().map(Self::kind) {
                    Some(limit @ ErrorKind::LimitExceeded(_)) => limit,
                    _ => ErrorKind::LoadFailed,
                };
                let message = format!("`{key}` could not be loaded: {source}");
                return Self::new(kind, message).with("key", key.as_str());
            }
            EvaluationError::LoaderError(_) => ErrorKind::NotFound,
            EvaluationError::NodeError { .. } => ErrorKind::NodeFailed,
            EvaluationError::DepthLimitExceeded => ErrorKind::DepthLimitExceeded,
            EvaluationError::InvalidGraph(_) => ErrorKind::InvalidGraph,
            EvaluationError::Validation(_) => ErrorKind::Validation,
            EvaluationError::Policy(_) => ErrorKind::PolicyFailed,
            EvaluationError::ContentKindMismatch { .. } => ErrorKind::ContentKindMismatch,
            _ => ErrorKind::Internal,
        };
        if let EvaluationError::NodeError {
            node_id,
            source,
            trace: Some(trace),
        } = error
            && trace.check().is_err()
        {
            return Self::new(kind, source.to_string()).at_node(Some(node_id));
        }
        let serialized = error
            .serialize_with_mode(serde_json::value::Serializer, trace)
            .unwrap_or_else(|error| json!({ "source": error.to_string() }));
        let mut result = Self::new(kind, error.to_string());
        if let Value::Object(mut detail) = serialized {
            detail.remove("type");
            if let Some(Value::String(node_id)) = detail.remove("nodeId") {
                result.0.node_id = Some(node_id);
            }
            result.0.detail = detail;
        }
        result
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.node_id {
            Some(node_id) => write!(f, "node `{node_id}`: {}", self.0.message),
            None => f.write_str(&self.0.message),
        }
    }
}

impl std::error::Error for Error {}
