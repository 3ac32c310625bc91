//! Evaluations that may bring the evaluator down, and must not bring the host down.
//!
//! Natively a panic is caught here. In wasm a panic ends the instance; the host notices, and reports
//! it to the next one ([`crate::Runtime::report_trap`]).

use futures_util::FutureExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zen_edge_eval::{CompiledBundle, EvaluateOptions, Evaluation, decode_context};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The evaluator says so.
    Error(zen_edge_eval::Error),
    /// It panicked. What it said is not kept: it may hold parts of a context.
    Panicked,
}

/// Evaluates a decision; the context is JSON.
pub(crate) async fn evaluate(
    bundle: &CompiledBundle,
    key: &str,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Evaluation, Failure> {
    let evaluation = async {
        let context = decode_context(context, bundle.limits())?;
        bundle.evaluate(key, context, options).await
    };
    // An evaluation that panicked is dropped as a whole, and the compiled bundle never changes.
    flatten(AssertUnwindSafe(evaluation).catch_unwind().await)
}

/// Evaluates a decision that awaits nothing; otherwise as [`evaluate`].
pub(crate) fn evaluate_sync(
    bundle: &CompiledBundle,
    key: &str,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Evaluation, Failure> {
    let evaluation = || {
        let context = decode_context(context, bundle.limits())?;
        bundle.evaluate_sync(key, context, options)
    };
    flatten(catch_unwind(AssertUnwindSafe(evaluation)))
}

fn flatten(
    outcome: std::thread::Result<zen_edge_eval::Result<Evaluation>>,
) -> Result<Evaluation, Failure> {
    match outcome {
        Ok(answer) => answer.map_err(Failure::Error),
        Err(_) => Err(Failure::Panicked),
    }
}
