//! The JSON boundary: JSON text in, JSON text out.
//!
//! Every binding goes through here, so that the npm package, the Worker and the command line read
//! options and write answers alike. Bindings hold no logic.

use crate::compile::CompiledBundle;
use crate::context::decode;
use crate::encode::to_json;
use crate::error::{Error, Result};
use crate::evaluate::{EvaluateOptions, TraceKind};
use crate::expression;
use crate::limits::Limits;
use serde::Deserialize;

/// Options of an evaluation as callers write them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Options {
    trace: Option<TraceOption>,
    max_depth: Option<u8>,
    now: Option<i64>,
}

/// GoRules' callers write a boolean or the name of a form.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TraceOption {
    Switch(bool),
    Kind(TraceKind),
}

/// Reads evaluation options: `{"trace"?: boolean | "none" | "default" | "string" | "reference" |
/// "referenceString", "maxDepth"?: 0–255, "now"?: milliseconds since 1970}`; empty text is the
/// defaults.
///
/// # Errors
/// `Invalid` for anything else.
pub fn evaluate_options(json: &str) -> Result<EvaluateOptions> {
    if json.is_empty() {
        return Ok(EvaluateOptions::default());
    }
    let options: Options = serde_json::from_str(json).map_err(|error| {
        Error::invalid(format!(
            "the options are not valid: {error}; they are `trace` (a boolean or a form), `maxDepth` (0 to 255) and `now` (milliseconds)"
        ))
    })?;
    let defaults = EvaluateOptions::default();
    Ok(EvaluateOptions {
        trace: match options.trace {
            None | Some(TraceOption::Switch(false)) => TraceKind::None,
            Some(TraceOption::Switch(true)) => TraceKind::Default,
            Some(TraceOption::Kind(kind)) => kind,
        },
        max_depth: options.max_depth.unwrap_or(defaults.max_depth),
        now: options.now,
    })
}

/// Reads limits: the fields of [`Limits`] that are to differ from the defaults; empty text is the
/// defaults.
///
/// # Errors
/// `Invalid` for a field that does not exist or is not a number.
pub fn limits(json: &str) -> Result<Limits> {
    if json.is_empty() {
        return Ok(Limits::default());
    }
    serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("the limits are not valid: {error}")))
}

/// Evaluates a decision: context as JSON, answer as `{"performance", "result", "trace"?}`.
///
/// # Errors
/// Those of [`CompiledBundle::evaluate`], and `Invalid` for a context that is not JSON.
pub async fn evaluate(
    bundle: &CompiledBundle,
    key: &str,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Vec<u8>> {
    let context = decode(context, bundle.limits())?;
    bundle
        .evaluate(key, context, options)
        .await?
        .to_json(bundle.limits())
}

/// Evaluates a decision that awaits nothing; otherwise as [`evaluate`].
///
/// # Errors
/// Those of [`CompiledBundle::evaluate_sync`], and `Invalid` for a context that is not JSON.
pub fn evaluate_sync(
    bundle: &CompiledBundle,
    key: &str,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Vec<u8>> {
    let context = decode(context, bundle.limits())?;
    bundle
        .evaluate_sync(key, context, options)?
        .to_json(bundle.limits())
}

/// Evaluates an expression: context and answer as JSON.
///
/// # Errors
/// Those of [`expression::evaluate_expression`], and `Invalid` for a context that is not JSON.
pub fn evaluate_expression(source: &str, context: &[u8], now: Option<i64>) -> Result<Vec<u8>> {
    let limits = Limits::default();
    let value = expression::evaluate_expression(source, decode(context, &limits)?, &limits, now)?;
    to_json(&value, &limits)
}

/// Evaluates unary tests: context as JSON, with `$` as what is tested.
///
/// # Errors
/// Those of [`expression::evaluate_unary`], and `Invalid` for a context that is not JSON.
pub fn evaluate_unary(source: &str, context: &[u8], now: Option<i64>) -> Result<bool> {
    let limits = Limits::default();
    expression::evaluate_unary(source, decode(context, &limits)?, &limits, now)
}

/// Renders a template: context and answer as JSON.
///
/// # Errors
/// Those of [`expression::render_template`], and `Invalid` for a context that is not JSON.
pub fn render_template(source: &str, context: &[u8], now: Option<i64>) -> Result<Vec<u8>> {
    let limits = Limits::default();
    let value = expression::render_template(source, decode(context, &limits)?, &limits, now)?;
    to_json(&value, &limits)
}
