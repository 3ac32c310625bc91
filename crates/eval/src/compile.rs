//! Documents in, [`CompiledBundle`] out: everything parsed, bounded, linked and compiled first.

use crate::document::Documents;
use crate::drive::drive;
use crate::error::{Error, Result};
use crate::host::{Adapter, Host, sleep};
use crate::limits::{Limit, Limits};
use crate::loader::{BundleLoader, Entry};
use crate::port::PortLoader;
use crate::report::{CompileFailure, CompileReport, FailureKind};
use crate::scan;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use zen_edge_bundle::DocumentKind;
use zen_edge_host::budget::Budget;
use zen_engine::loader::DynamicLoader;
use zen_engine::model::{DecisionContent, DecisionNodeKind, GraphContent};
use zen_engine::nodes::function::sleep::set_sleep_provider;
use zen_engine::{Decision, DecisionEngine};

/// How to compile.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// Bounds on the documents, and on every evaluation of the bundle.
    pub limits: Limits,
    /// What the bundle's decisions may ask of the host.
    pub host: Host,
    /// What a document that does not compile means for the others.
    pub on_failure: OnFailure,
}

/// What a document that does not compile means for the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// No bundle at all: a release is good as a whole or not at all.
    #[default]
    Refuse,
    /// A bundle without that document, for authors at work: evaluating it is an error that says
    /// why, and the report names it.
    Exclude,
}

/// Decisions ready to be evaluated. Made by [`compile`] and nowhere else; clones share everything.
#[derive(Clone)]
pub struct CompiledBundle {
    pub(crate) engine: DecisionEngine,
    pub(crate) loader: Arc<BundleLoader>,
    /// Whether the host is asked for what the bundle does not hold.
    loads: bool,
    pub(crate) limits: Arc<Limits>,
    report: Arc<CompileReport>,
}

impl fmt::Debug for CompiledBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledBundle")
            .field("keys", &self.loader.0.len())
            .finish_non_exhaustive()
    }
}

/// Compiles all documents.
///
/// # Errors
/// `NotCompiled` with every failure in `failures`, unless failures are excluded; `LimitExceeded`
/// for too many documents.
pub fn compile(documents: &Documents, options: CompileOptions) -> Result<CompiledBundle> {
    let CompileOptions {
        limits,
        host,
        on_failure,
    } = options;
    set_sleep_provider(sleep);
    if documents.len() > limits.documents {
        return Err(Error::limit(
            Limit::Documents,
            format!(
                "there are {} documents; at most {} are accepted",
                documents.len(),
                limits.documents
            ),
        ));
    }
    let mut report = CompileReport::default();
    let limits = Arc::new(limits);
    let parsed = parse(documents, &limits, &mut report);
    let loads = host.loader.is_some();
    let loader = Arc::new(link(parsed, &limits, loads, &mut report));
    let port = host.loader.clone().map(|port| {
        let refused = report.failures.iter().map(|failure| failure.key.as_str());
        Arc::new(PortLoader::new(
            loader.clone(),
            refused,
            port,
            limits.clone(),
        ))
    });

    let adapter = Arc::new(Adapter(host));
    let engine = DecisionEngine::default()
        .with_loader(match &port {
            Some(port) => port.clone(),
            None => loader.clone(),
        })
        .with_adapter(adapter.clone())
        .with_http_handler(Some(adapter));
    for failure in engine.compile() {
        if failure.kind == "policyImportOnly" {
            report.warn_import_only(&failure.key);
            continue;
        }
        if report.failure(&failure.key).is_some() {
            continue;
        }
        let diagnostics = failure.diagnostics.iter();
        let diagnostics = diagnostics
            .filter_map(|found| serde_json::to_value(found).ok())
            .collect();
        let messages: Vec<_> = failure
            .diagnostics
            .iter()
            .map(|found| found.message.as_str())
            .collect();
        report.fail(&failure.key, FailureKind::Policy, messages.join("; "));
        if let Some(last) = report.failures.last_mut() {
            last.diagnostics = diagnostics;
        }
    }
    report.failures.sort_by(|a, b| a.key.cmp(&b.key));
    if on_failure == OnFailure::Refuse && !report.failures.is_empty() {
        return Err(Error::not_compiled(&report));
    }
    Ok(CompiledBundle {
        engine,
        loader,
        loads,
        limits,
        report: Arc::new(report),
    })
}

impl CompiledBundle {
    /// Keys of the decisions that can be evaluated, as their authors wrote them, sorted without
    /// regard to case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = self.loader.0.values().map(|entry| &*entry.key);
        entries.filter(|key| self.report.failure(key).is_none())
    }

    /// The kind of the document with this key, in any case.
    pub fn kind(&self, key: &str) -> Option<DocumentKind> {
        self.loader
            .find(key)
            .map(|entry| match entry.content.as_ref() {
                DecisionContent::Graph(_) => DocumentKind::Graph,
                DecisionContent::Policy(_) => DocumentKind::Policy,
            })
    }

    /// What compilation found.
    pub fn report(&self) -> &CompileReport {
        &self.report
    }

    /// The limits the bundle was compiled with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The engine's key for the decision that a caller means, and why it did not compile if it did
    /// not.
    pub(crate) fn resolve<'a>(
        &'a self,
        key: &'a str,
    ) -> Result<(&'a str, Option<&'a CompileFailure>)> {
        let failure = if self.report.failures.is_empty() {
            None
        } else {
            self.report.failure(key)
        };
        match (self.loader.find(key), failure) {
            (Some(entry), failure) => Ok((&entry.key, failure)),
            (None, Some(failure)) => Err(Error::excluded(failure)),
            (None, None) if self.loads => Ok((key, None)),
            (None, None) => Err(Error::not_found(key)),
        }
    }
}

/// Documents that are graphs or policies, by lower-cased key, with the key as written.
pub(crate) type Parsed = BTreeMap<String, (String, Value)>;

pub(crate) fn parse(documents: &Documents, limits: &Limits, report: &mut CompileReport) -> Parsed {
    let mut parsed = Parsed::new();
    for (key, json) in documents.iter() {
        let lower = key.to_lowercase();
        if let Some((other, _)) = parsed.get(&lower) {
            let message = format!("its key differs from `{other}` only in case");
            report.fail(key, FailureKind::DuplicateKey, message);
            continue;
        }
        match parse_one(json, limits) {
            Ok(Some(document)) => {
                parsed.insert(lower, (key.to_owned(), document));
            }
            Ok(None) => {}
            Err(Fault { kind, message, .. }) => report.fail(key, kind, message),
        }
    }
    parsed
}

/// Why a document is not even looked at by the engine.
pub(crate) struct Fault {
    kind: FailureKind,
    /// The limit that it is over, if it is over one.
    limit: Option<Limit>,
    message: String,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault.limit {
            Some(limit) => Self::limit(limit, fault.message),
            None => Self::invalid(fault.message),
        }
    }
}

/// A document that is a graph or a policy, within its limits; nothing if it is something else.
fn parse_one(json: &[u8], limits: &Limits) -> std::result::Result<Option<Value>, Fault> {
    let document = parse_json(json, limits)?;
    match scan::kind(&document) {
        DocumentKind::Test | DocumentKind::Other => Ok(None),
        DocumentKind::Graph | DocumentKind::Policy => {
            check(&document, limits)?;
            Ok(Some(document))
        }
    }
}

/// A document of any kind, within its limits.
pub(crate) fn parse_any(json: &[u8], limits: &Limits) -> std::result::Result<Value, Fault> {
    let document = parse_json(json, limits)?;
    check(&document, limits)?;
    Ok(document)
}

fn check(document: &Value, limits: &Limits) -> std::result::Result<(), Fault> {
    scan::check(document, limits).map_err(|error| Fault {
        kind: FailureKind::LimitExceeded,
        limit: Some(error.limit),
        message: error.to_string(),
    })
}

fn parse_json(json: &[u8], limits: &Limits) -> std::result::Result<Value, Fault> {
    if json.len() > limits.document_bytes {
        return Err(Fault {
            kind: FailureKind::LimitExceeded,
            limit: Some(Limit::DocumentBytes),
            message: format!(
                "it has {} bytes; at most {} are accepted",
                json.len(),
                limits.document_bytes
            ),
        });
    }
    // serde_json stops at a nesting of 128 by itself.
    serde_json::from_slice(json).map_err(|error| Fault {
        kind: FailureKind::Malformed,
        limit: None,
        message: format!("it is not valid JSON: {error}"),
    })
}

/// Keys as written, by lower-cased key.
pub(crate) fn keys_by_lower(parsed: &Parsed) -> BTreeMap<String, String> {
    parsed
        .iter()
        .map(|(lower, (key, _))| (lower.clone(), key.clone()))
        .collect()
}

/// Turns parsed documents into what the engine loads, graphs compiled, so that a decision called by
/// another one is not compiled again in every evaluation.
fn link(parsed: Parsed, limits: &Limits, loads: bool, report: &mut CompileReport) -> BundleLoader {
    let keys = keys_by_lower(&parsed);
    let mut raw = BundleLoader::default();
    for (lower, (key, mut document)) in parsed {
        scan::align_imports(&mut document, &keys);
        match serde_json::from_value::<DecisionContent>(document) {
            Ok(content) => {
                raw.0.insert(
                    lower,
                    Entry {
                        key: key.into(),
                        content: Arc::new(content),
                    },
                );
            }
            Err(error) => report.fail(&key, FailureKind::Malformed, error.to_string()),
        }
    }
    let lookup: DynamicLoader = Arc::new(raw.clone());
    let mut linked = BundleLoader::default();
    for (lower, entry) in &raw.0 {
        let DecisionContent::Graph(graph) = entry.content.as_ref() else {
            linked.0.insert(lower.clone(), entry.clone());
            continue;
        };
        match compile_graph(graph, &lookup, limits) {
            Ok(graph) => {
                find_faults(&entry.key, &graph, (!loads).then_some(&raw), report);
                let content = Arc::new(DecisionContent::Graph(Arc::new(graph)));
                linked.0.insert(
                    lower.clone(),
                    Entry {
                        key: entry.key.clone(),
                        content,
                    },
                );
            }
            Err(message) => {
                report.fail(&entry.key, FailureKind::Graph, message);
                // It stays, uncompiled: the engine refuses it in its own words wherever it is called.
                linked.0.insert(lower.clone(), entry.clone());
            }
        }
    }
    linked
}

fn compile_graph(
    graph: &Arc<GraphContent>,
    loader: &DynamicLoader,
    limits: &Limits,
) -> std::result::Result<GraphContent, String> {
    Decision::from(graph.clone())
        .validate()
        .map_err(|error| error.to_string())?;
    let mut graph = GraphContent::clone(graph);
    graph.compile();
    // Dictionaries come from the bundle itself, so nothing here ever waits.
    let budget = Budget::new(limits.allowance());
    match drive(graph.resolve_schemas(loader), budget, None).now_or_never() {
        Some(Ok(resolved)) => resolved?,
        Some(Err(_)) | None => return Err("its schemas could not be resolved at once".to_owned()),
    }
    Ok(graph)
}

/// A graph on its own, compiled; its schemas are settled if they name no dictionary.
pub(crate) fn compile_expressions(mut graph: GraphContent, limits: &Limits) -> GraphContent {
    graph.compile();
    let nothing: DynamicLoader = Arc::new(BundleLoader::default());
    let budget = Budget::new(limits.allowance());
    let _ = drive(graph.resolve_schemas(&nothing), budget, None).now_or_never();
    graph
}

/// Faults that an evaluation may or may not come upon: expressions that do not parse, and decisions
/// that do not exist (`documents` is all there are, if nothing more can be loaded).
fn find_faults(
    key: &str,
    graph: &GraphContent,
    documents: Option<&BundleLoader>,
    report: &mut CompileReport,
) {
    for node in &graph.nodes {
        let mut fault = |message: String| report.warn(key, Some(&node.id), message);
        match &node.kind {
            DecisionNodeKind::DecisionNode { content }
                if documents.is_some_and(|documents| documents.find(&content.key).is_none()) =>
            {
                fault(format!(
                    "it calls the decision `{}`, which does not exist",
                    content.key
                ));
            }
            DecisionNodeKind::ExpressionNode { content } => {
                for expression in content.expressions.iter() {
                    if expression.key.is_empty() || expression.value.is_empty() {
                        continue;
                    }
                    if let Err(error) = zen_expression::compile_expression(&expression.value) {
                        fault(format!("expression `{}`: {error}", expression.key));
                    }
                }
            }
            DecisionNodeKind::SwitchNode { content } => {
                for statement in content
                    .statements
                    .iter()
                    .filter(|case| !case.condition.is_empty())
                {
                    if let Err(error) = zen_expression::compile_expression(&statement.condition) {
                        fault(format!("condition `{}`: {error}", statement.condition));
                    }
                }
            }
            DecisionNodeKind::DecisionTableNode { .. } => {
                for (cell, message) in table_faults(graph, &node.kind) {
                    fault(format!("cell `{cell}`: {message}"));
                }
            }
            _ => {}
        }
    }
}

/// Cells of a table that the engine could not compile, with its reason.
fn table_faults(graph: &GraphContent, kind: &DecisionNodeKind) -> Vec<(String, String)> {
    let (DecisionNodeKind::DecisionTableNode { content }, Some(compiled)) =
        (kind, &graph.compiled_cache)
    else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for rule in content.rules.iter() {
        for input in content.inputs.iter() {
            let Some(cell) = rule.get(&input.id).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            let unary = input.field.is_some();
            let known = if unary {
                &compiled.unary
            } else {
                &compiled.standard
            };
            if known.contains_key(cell) {
                continue;
            }
            let reason = if unary {
                zen_expression::compile_unary_expression(cell).err()
            } else {
                zen_expression::compile_expression(cell).err()
            };
            faults.extend(reason.map(|reason| (cell.to_string(), reason.to_string())));
        }
        for output in content.outputs.iter() {
            let Some(cell) = rule.get(&output.id).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            if compiled.standard.contains_key(cell) {
                continue;
            }
            let reason = zen_expression::compile_expression(cell).err();
            faults.extend(reason.map(|reason| (cell.to_string(), reason.to_string())));
        }
    }
    faults
}
