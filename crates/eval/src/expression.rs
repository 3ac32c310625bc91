//! Expressions, unary tests and templates on their own, outside any document.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limit, Limits};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;
use zen_edge_host::budget::Budget;
use zen_edge_host::{clock, expression as nesting};
use zen_types::variable::Variable;

/// Evaluates an expression, `a.b + 1`, with the context as its environment. `now` pins the wall
/// clock in milliseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// `ExpressionFailed` if it cannot be parsed or evaluated; `LimitExceeded`.
pub fn evaluate_expression(
    expression: &str,
    context: Variable,
    limits: &Limits,
    now: Option<i64>,
) -> Result<Variable> {
    bounded(expression, limits, now, || {
        zen_expression::evaluate_expression(expression, context)
    })
}

/// Evaluates unary tests, `> 5, [1..3]`, against `$` in the context.
///
/// # Errors
/// `ExpressionFailed` if they cannot be parsed or evaluated, or the context has no `$`;
/// `LimitExceeded`.
pub fn evaluate_unary(
    expression: &str,
    context: Variable,
    limits: &Limits,
    now: Option<i64>,
) -> Result<bool> {
    bounded(expression, limits, now, || {
        zen_expression::evaluate_unary_expression(expression, context)
    })
}

/// Renders a template, `Dear {{ name }}`. A template that is one expression gives that expression's
/// value, whatever its type.
///
/// # Errors
/// `ExpressionFailed` if it cannot be parsed or evaluated; `LimitExceeded`.
pub fn render_template(
    template: &str,
    context: Variable,
    limits: &Limits,
    now: Option<i64>,
) -> Result<Variable> {
    bounded(template, limits, now, || {
        zen_tmpl::render(template, context)
    })
}

fn bounded<T, E: Display + Serialize>(
    source: &str,
    limits: &Limits,
    now: Option<i64>,
    evaluate: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    nesting::check(source)
        .map_err(|error| Error::limit(Limit::ExpressionNesting, error.to_string()))?;
    let budget = Budget::new(limits.allowance());
    let result = {
        let _budget = budget.enter();
        let _clock = clock::pin(now);
        evaluate()
    };
    if let Some(exhausted) = budget.exhausted() {
        return Err(Error::limit(exhausted.into(), exhausted.to_string()));
    }
    result.map_err(|error| {
        let failed = Error::new(ErrorKind::ExpressionFailed, error.to_string());
        // The engine's own form names what failed: `parserError`, `vmError` and so on.
        match serde_json::to_value(&error) {
            Ok(Value::Object(members)) => members
                .into_iter()
                .fold(failed, |failed, (name, value)| failed.with(&name, value)),
            _ => failed,
        }
    })
}
