//! The JSON boundary: JSON text in, JSON text out.
//!
//! Every binding goes through here, so that the npm package, the Worker and the command line read
//! options and write answers alike. Bindings hold no logic.

use crate::case::run_case_sync;
use crate::compile::CompiledBundle;
use crate::content::Content;
use crate::context::decode;
use crate::encode::to_json;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{EvaluateOptions, TraceKind};
use crate::expression;
use crate::limits::Limits;
use serde::Deserialize;
use serde_json::{Value, json};
use zen_edge_bundle::{Expected, TestCase, TestDocument};

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

/// Evaluates a document of its own: otherwise as [`evaluate`].
///
/// # Errors
/// Those of [`CompiledBundle::evaluate_content`], and `Invalid` for a context that is not JSON.
pub async fn evaluate_content(
    bundle: &CompiledBundle,
    content: &Content,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Vec<u8>> {
    let context = decode(context, bundle.limits())?;
    bundle
        .evaluate_content(content, context, options)
        .await?
        .to_json(bundle.limits())
}

/// Evaluates a document of its own that awaits nothing; otherwise as [`evaluate_content`].
///
/// # Errors
/// Those of [`CompiledBundle::evaluate_content_sync`], and `Invalid` for a context that is not JSON.
pub fn evaluate_content_sync(
    bundle: &CompiledBundle,
    content: &Content,
    context: &[u8],
    options: EvaluateOptions,
) -> Result<Vec<u8>> {
    let context = decode(context, bundle.limits())?;
    bundle
        .evaluate_content_sync(content, context, options)?
        .to_json(bundle.limits())
}

/// A test case as callers write it, with what its document says of all of its cases.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    file_path: String,
    now: Option<String>,
    input: Option<String>,
    expected: Option<ExpectedAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExpectedAnswer {
    Output(String),
    Error(String),
}

/// Runs a test case at once: the case as `{"filePath", "now"?, "input"?, "expected"?: {"output"} |
/// {"error"}}` with `input`, `output` and `error` as JSON text, so that no digit is lost; options as
/// those of an evaluation (`trace` and `now`), and the outcome as `{"answer", "fault"?}`.
///
/// # Errors
/// `Invalid` for a case that is not one.
pub fn run_case(bundle: &CompiledBundle, case: &str, options: EvaluateOptions) -> Result<Vec<u8>> {
    let case: Case = serde_json::from_str(case)
        .map_err(|error| Error::invalid(format!("the test case is not valid: {error}")))?;
    let document = TestDocument {
        path: case.file_path.clone(),
        file_path: case.file_path,
        disabled: false,
        now: case.now,
        cases: Vec::new(),
    };
    let case = TestCase {
        id: None,
        name: None,
        input: case.input.unwrap_or_else(|| "null".to_owned()),
        disabled: false,
        smoke: false,
        expected: match case.expected {
            None => None,
            Some(ExpectedAnswer::Output(output)) => Some(Expected::Output(expected(&output)?)),
            Some(ExpectedAnswer::Error(error)) => Some(Expected::Error(expected(&error)?)),
        },
    };
    let outcome = run_case_sync(bundle, &document, &case, options.trace, options.now);
    let json = match outcome.fault {
        None => json!({ "answer": outcome.answer }),
        Some(fault) => json!({ "answer": outcome.answer, "fault": fault }),
    };
    serde_json::to_vec(&json).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}

fn expected(json: &str) -> Result<Value> {
    serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("what the test case expects is not JSON: {error}")))
}

/// An error as bindings throw it, JSON text: `{"message", "code", "error"}`, of which `error` is
/// [`Error::to_json`].
pub fn error(error: &Error) -> String {
    let json = json!({
        "message": error.to_string(),
        "code": error.kind().code(),
        "error": error.to_json(),
    });
    json.to_string()
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
