//! Compiling and evaluating what is in a bundle.

use crate::error::CliError;
use std::path::Path;
use zen_edge_bundle::{Bundle, Limits};
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, EvaluateOptions, OnFailure, TraceKind, compile,
};

/// A bundle with its decisions compiled.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) bundle: Bundle,
    pub(crate) decisions: CompiledBundle,
}

impl Compiled {
    /// Opens a bundle or a folder and compiles every decision.
    pub(crate) fn open(path: &Path, on_failure: OnFailure) -> Result<Self, CliError> {
        let bundle = crate::source::open(path, &Limits::default())?;
        Self::new(bundle, on_failure).map_err(|error| error.at(path.display()))
    }

    /// Compiles every decision of a bundle.
    pub(crate) fn new(bundle: Bundle, on_failure: OnFailure) -> Result<Self, CliError> {
        let options = CompileOptions {
            on_failure,
            ..CompileOptions::default()
        };
        let decisions = compile(&Documents::from(&bundle), options)?;
        Ok(Self { bundle, decisions })
    }

    /// Evaluates one decision; the answer as JSON text.
    pub(crate) fn evaluate(
        &self,
        key: &str,
        context: &[u8],
        trace: TraceKind,
        now: Option<i64>,
    ) -> Result<Vec<u8>, zen_edge_eval::Error> {
        let options = EvaluateOptions {
            trace,
            now,
            ..EvaluateOptions::default()
        };
        pollster::block_on(zen_edge_eval::api::evaluate(
            &self.decisions,
            key,
            context,
            options,
        ))
    }
}

/// The clock that a flag asks for.
pub(crate) fn clock(now: Option<&str>) -> Result<Option<i64>, CliError> {
    let Some(text) = now else { return Ok(None) };
    zen_edge_eval::millis(text).map(Some).ok_or_else(|| {
        CliError::usage(format!(
            "`{text}` is not a time such as 2026-03-15T09:30:00Z"
        ))
    })
}
