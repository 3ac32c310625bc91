//! Errors: why a verb could not do its work, and the exit code for it.

use crate::exit::Exit;
use serde_json::Value;
use std::error::Error;
use std::fmt;

/// What any error becomes.
pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// Why a verb could not do its work.
#[derive(Debug)]
pub(crate) struct CliError {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What the evaluator says of it, for programs.
    pub(crate) detail: Option<Value>,
    source: AnyError,
}

impl CliError {
    pub(crate) fn new(exit: Exit, source: impl Into<AnyError>) -> Self {
        Self {
            exit,
            detail: None,
            source: source.into(),
        }
    }

    pub(crate) fn usage(source: impl Into<AnyError>) -> Self {
        Self::new(Exit::Usage, source)
    }

    pub(crate) fn invalid(source: impl Into<AnyError>) -> Self {
        Self::new(Exit::Invalid, source)
    }

    pub(crate) fn unavailable(source: impl Into<AnyError>) -> Self {
        Self::new(Exit::Unavailable, source)
    }

    /// The same error, after what it was about.
    pub(crate) fn at(self, what: impl fmt::Display) -> Self {
        let message = format!("{what}: {self}");
        Self {
            detail: self.detail,
            ..Self::new(self.exit, message)
        }
    }
}

/// The error and its causes, on one line.
impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl From<zen_edge_bundle::Error> for CliError {
    fn from(error: zen_edge_bundle::Error) -> Self {
        Self::invalid(error)
    }
}

impl From<crate::files::Error> for CliError {
    fn from(error: crate::files::Error) -> Self {
        Self::unavailable(error)
    }
}

impl From<zen_edge_publish::Error> for CliError {
    fn from(error: zen_edge_publish::Error) -> Self {
        use zen_edge_publish::ErrorKind as Kind;
        let exit = match error.kind() {
            Kind::Untrusted | Kind::Expired => Exit::Untrusted,
            Kind::Conflict => Exit::Conflict,
            Kind::Invalid | Kind::Key | Kind::WrongEnvironment => Exit::Invalid,
            _ => Exit::Unavailable,
        };
        // Its message holds its causes already.
        Self::new(exit, error.to_string())
    }
}

impl From<zen_edge_eval::Error> for CliError {
    fn from(error: zen_edge_eval::Error) -> Self {
        Self {
            detail: Some(error.to_json()),
            ..Self::invalid(error.to_string())
        }
    }
}
