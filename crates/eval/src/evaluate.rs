//! Evaluates one decision of a compiled bundle.

use crate::compile::CompiledBundle;
use crate::content::{Content, not_a_graph};
use crate::drive::{Drive, Stalled, drive};
use crate::encode::{Encoder, encode_str};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limit, Limits};
use crate::report::CompileFailure;
use serde::{Deserialize, Serialize};
use std::fmt;
use zen_edge_bundle::DocumentKind;
use zen_edge_host::budget::Budget;
use zen_engine::{
    DecisionGraphResponse, EvaluationError, EvaluationOptions, EvaluationTrace, EvaluationTraceKind,
};
use zen_types::variable::{ToVariable, Variable, VariableMap};

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvaluateOptions {
    /// Whether to trace, and in which form the trace is written.
    pub trace: TraceKind,
    /// How deeply decisions may call each other; more than [`Limits::call_depth`] is an error.
    pub max_depth: u8,
    /// The wall clock for this evaluation in milliseconds since 1970-01-01T00:00:00Z: what
    /// `date('now')` and JavaScript's `Date` see. `None` is the platform's clock.
    pub now: Option<i64>,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            trace: TraceKind::None,
            max_depth: 10,
            now: None,
        }
    }
}

/// The form of a trace. Graphs have all of them; for policies the reference forms are the plain ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TraceKind {
    /// No trace. The fastest: decision tables use their index only without one.
    #[default]
    None,
    /// JSON, as jdm-editor shows it.
    Default,
    /// That JSON as one string.
    String,
    /// JSON in which values that occur often are written once.
    Reference,
    /// That JSON as one string.
    ReferenceString,
    /// As [`TraceKind::Default`], for a binding that makes values of the text: [`Evaluation::to_json`]
    /// says how. Callers cannot ask for it by name.
    #[serde(skip_deserializing)]
    Shared,
}

impl From<TraceKind> for EvaluationTraceKind {
    fn from(kind: TraceKind) -> Self {
        match kind {
            TraceKind::None => Self::None,
            TraceKind::Default | TraceKind::Shared => Self::Default,
            TraceKind::String => Self::String,
            TraceKind::Reference => Self::Reference,
            TraceKind::ReferenceString => Self::ReferenceString,
        }
    }
}

/// The answer of a decision.
#[derive(Debug)]
pub struct Evaluation {
    /// What the decision says.
    pub result: Variable,
    /// How long it took by the platform's clock, as the engine writes it (`41.2µs`). In Cloudflare
    /// Workers that clock stands still during CPU work.
    pub performance: String,
    /// How it came to its answer, if asked for.
    pub trace: Option<Trace>,
}

/// How a decision came to its answer.
pub struct Trace {
    trace: EvaluationTrace,
    kind: TraceKind,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A trace wraps every value of an evaluation in a few levels of its own, once per called decision.
const TRACE_LEVELS_PER_CALL: usize = 8;

impl Trace {
    /// Appends the trace as JSON text, or as a JSON string that holds it, and gives its references.
    fn encode(&self, limits: &Limits, mut encoder: Encoder<'_>) -> Result<Vec<u8>> {
        encoder.max_depth += TRACE_LEVELS_PER_CALL * usize::from(limits.call_depth);
        if !matches!(self.kind, TraceKind::String | TraceKind::ReferenceString) {
            return self.write(encoder);
        }
        let mut text = Vec::new();
        let mut inner = Encoder::new(limits, &mut text);
        inner.max_depth = encoder.max_depth;
        self.write(inner)?;
        // Only `write` has written to it, in UTF-8.
        encode_str(&String::from_utf8_lossy(&text), encoder.json);
        Ok(Vec::new())
    }

    /// Takes the encoder, because what it remembers ends with this function.
    fn write(&self, mut encoder: Encoder<'_>) -> Result<Vec<u8>> {
        let nodes = match &self.trace {
            EvaluationTrace::Policy(policy) => {
                write_serde(policy, encoder.json)?;
                return Ok(Vec::new());
            }
            EvaluationTrace::Graph(nodes) => nodes,
        };
        // The engine keeps them in a hash map; the order of execution is the order to show.
        let mut nodes: Vec<_> = nodes.iter().collect();
        nodes.sort_by_key(|(_, node)| node.order);
        let nodes: VariableMap = nodes
            .into_iter()
            .map(|(id, node)| ((&**id).into(), node.to_variable()))
            .collect();
        let nodes = Variable::from_object(nodes);
        match self.kind {
            TraceKind::Reference | TraceKind::ReferenceString => {
                write_serde(&nodes.serialize_ref(), encoder.json)?;
            }
            TraceKind::Shared => {
                encoder.refer();
                encoder.encode(&nodes)?;
            }
            TraceKind::None | TraceKind::Default | TraceKind::String => encoder.encode(&nodes)?,
        }
        Ok(encoder.references())
    }
}

fn write_serde<T: Serialize>(value: &T, json: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(json, value).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("the trace could not be written: {error}"),
        )
    })
}

fn check_size(json: &[u8], limits: &Limits) -> Result<()> {
    if json.len() <= limits.result_bytes {
        return Ok(());
    }
    let message = format!(
        "result and trace are longer than {} bytes as JSON",
        limits.result_bytes
    );
    Err(Error::limit(Limit::ResultBytes, message))
}

impl Evaluation {
    /// The answer as the GoRules Agent's JSON: `{"performance", "result", "trace"?}`.
    ///
    /// With [`TraceKind::Shared`], large values that come again in the trace are `null` in it. The text is
    /// then an array of the answer and pairs of paths (arrays of member names and indices) into its trace:
    /// where such a value is, and where else it belongs. Followed in their order, they make the trace
    /// whole; limits count as if it were.
    ///
    /// # Errors
    /// `LimitExceeded` for an answer that nests too deeply or is too long.
    pub fn to_json(&self, limits: &Limits) -> Result<Vec<u8>> {
        let mut json = Vec::with_capacity(256);
        json.extend_from_slice(b"{\"performance\":");
        encode_str(&self.performance, &mut json);
        json.extend_from_slice(b",\"result\":");
        let mut encoder = Encoder::new(limits, &mut json);
        encoder.encode(&self.result)?;
        let mut references = Vec::new();
        if let Some(trace) = &self.trace {
            encoder.json.extend_from_slice(b",\"trace\":");
            references = trace.encode(limits, encoder)?;
            check_size(&json, limits)?;
        }
        json.push(b'}');
        if !references.is_empty() {
            json.insert(0, b'[');
            json.append(&mut references);
            json.push(b']');
        }
        Ok(json)
    }
}

impl CompiledBundle {
    /// Evaluates a decision. The key is found whatever its case.
    ///
    /// # Errors
    /// Everything [`ErrorKind`] names but `Invalid`, `WouldAwait` and `ExpressionFailed`.
    pub async fn evaluate(
        &self,
        key: &str,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        self.start(key, context, options)?.answer().await
    }

    /// Evaluates a decision that awaits nothing, at once.
    ///
    /// # Errors
    /// As [`CompiledBundle::evaluate`], and `WouldAwait` if the decision waits for the host: it was
    /// then given up, and anything it had asked of the host may still happen.
    pub fn evaluate_sync(
        &self,
        key: &str,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        self.start(key, context, options)?
            .answer_at_once(format_args!("`{key}`"))
    }

    /// Evaluates a document that the bundle need not hold; what it calls is the bundle's, or loaded.
    ///
    /// # Errors
    /// As [`CompiledBundle::evaluate`]; `ContentKindMismatch` for a policy, which has no key and so
    /// nothing to be imported by.
    pub async fn evaluate_content(
        &self,
        content: &Content,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        self.start_content(content, context, options)?
            .answer()
            .await
    }

    /// Evaluates a document at once; otherwise as [`CompiledBundle::evaluate_content`].
    ///
    /// # Errors
    /// As [`CompiledBundle::evaluate_content`], and `WouldAwait`.
    pub fn evaluate_content_sync(
        &self,
        content: &Content,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        self.start_content(content, context, options)?
            .answer_at_once("the document")
    }

    fn start_content<'a>(
        &'a self,
        content: &'a Content,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Started<'a, impl Future<Output = EngineAnswer> + use<'a>>> {
        if content.kind() == DocumentKind::Policy {
            return Err(not_a_graph());
        }
        let engine_options = self.engine_options(options)?;
        let budget = Budget::new(self.limits.allowance());
        let future = async move {
            let linked = content.linked(&self.engine.loader()).await;
            let decision = self.engine.create_decision(linked).map_err(|mismatch| {
                Box::new(EvaluationError::ContentKindMismatch {
                    expected: mismatch.expected,
                    got: mismatch.got,
                    key: "".into(),
                })
            })?;
            decision.evaluate_with_opts(context, engine_options).await
        };
        Ok(Started {
            evaluation: drive(future, budget.clone(), options.now),
            budget,
            failure: None,
            trace: options.trace,
        })
    }

    fn engine_options(&self, options: EvaluateOptions) -> Result<EvaluationOptions> {
        if options.max_depth > self.limits.call_depth {
            return Err(Error::limit(
                Limit::CallDepth,
                format!(
                    "a depth of {} was asked for; at most {} is allowed",
                    options.max_depth, self.limits.call_depth
                ),
            ));
        }
        Ok(EvaluationOptions {
            trace: options.trace != TraceKind::None,
            max_depth: options.max_depth,
        })
    }

    fn start<'a>(
        &'a self,
        key: &'a str,
        context: Variable,
        options: EvaluateOptions,
    ) -> Result<Started<'a, impl Future<Output = EngineAnswer> + use<'a>>> {
        let (key, failure) = self.resolve(key)?;
        let engine_options = self.engine_options(options)?;
        let budget = Budget::new(self.limits.allowance());
        let future = self.engine.evaluate_with_opts(key, context, engine_options);
        Ok(Started {
            evaluation: drive(future, budget.clone(), options.now),
            budget,
            failure,
            trace: options.trace,
        })
    }
}

/// An evaluation under way.
struct Started<'a, F> {
    evaluation: Drive<F>,
    budget: Budget,
    /// Why the document did not compile; the engine then says so in its own form.
    failure: Option<&'a CompileFailure>,
    trace: TraceKind,
}

impl<F: Future<Output = EngineAnswer>> Started<'_, F> {
    async fn answer(self) -> Result<Evaluation> {
        finish(
            self.evaluation.await,
            &self.budget,
            self.failure,
            self.trace,
        )
    }

    /// The answer of what awaits nothing; `what` names it in the error if it does.
    fn answer_at_once(self, what: impl fmt::Display) -> Result<Evaluation> {
        match self.evaluation.now_or_never() {
            Some(answer) => finish(answer, &self.budget, self.failure, self.trace),
            None => Err(Error::new(
                ErrorKind::WouldAwait,
                format!(
                    "{what} waits for the host (http, sleep, a custom node or a document to load); evaluate it asynchronously"
                ),
            )),
        }
    }
}

type EngineAnswer = std::result::Result<DecisionGraphResponse, Box<EvaluationError>>;

fn finish(
    answer: std::result::Result<EngineAnswer, Stalled>,
    budget: &Budget,
    failure: Option<&CompileFailure>,
    trace_kind: TraceKind,
) -> Result<Evaluation> {
    let answer = match answer {
        Ok(answer) => {
            // A trace of small values can be endless as text.
            let _budget = budget.enter();
            answer.map_err(|error| Error::from_engine(&error, trace_kind.into()))
        }
        Err(Stalled) => Err(Error::new(
            ErrorKind::Stalled,
            "a function awaits a promise that nothing will ever settle",
        )),
    };
    // An answer is not to be trusted once something was cut short on the way to it: a table, for
    // one, takes a cell that fails for a cell that does not match.
    if let Some(exhausted) = budget.exhausted() {
        let error = Error::limit(exhausted.into(), exhausted.to_string());
        return Err(match answer.err() {
            Some(cause) => {
                let error = error.at_node(cause.node_id());
                match cause.trace() {
                    Some(trace) => error.with("trace", trace.clone()),
                    None => error,
                }
            }
            None => error,
        });
    }
    let response = match (answer, failure) {
        (Ok(response), None) => response,
        (Ok(_), Some(failure)) => return Err(Error::excluded(failure)),
        (Err(error), None) => return Err(error),
        (Err(error), Some(_)) => return Err(error.recast(ErrorKind::NotCompiled)),
    };
    Ok(Evaluation {
        result: response.result,
        performance: response.performance,
        trace: response.trace.map(|trace| Trace {
            trace,
            kind: trace_kind,
        }),
    })
}
