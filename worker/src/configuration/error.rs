//! What is wrong with the configuration, in words for whoever deploys.

/// How much of a value is repeated.
const MAX_SHOWN: usize = 80;

/// A variable that is missing or not accepted. It names the variable, what was given unless that may
/// be a secret, and what is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigurationError {
    variable: String,
    problem: String,
}

impl ConfigurationError {
    /// A problem in words that follow the variable's name.
    pub(crate) fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            variable: variable.into(),
            problem: problem.into(),
        }
    }

    /// A value that is not accepted.
    pub(crate) fn given(variable: impl Into<String>, value: &str, accepted: &str) -> Self {
        Self::new(variable, format!("is {}; {accepted}", shown(value)))
    }

    /// A variable that must be there and is not.
    pub(crate) fn missing(variable: impl Into<String>, accepted: &str) -> Self {
        Self::new(variable, format!("is not set; {accepted}"))
    }
}

/// A value between backticks, short and on one line.
pub(crate) fn shown(value: &str) -> String {
    let short: String = value.chars().take(MAX_SHOWN).collect();
    let rest = if short.len() < value.len() { "…" } else { "" };
    format!("`{}{rest}`", short.escape_debug())
}
