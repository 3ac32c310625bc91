//! Why a drill or a demo ends early.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What went wrong with the drill itself, or what never came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrillError {
    /// A program could not be started, or a file not be written.
    #[error("{what}: {error}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system says.
        error: io::Error,
    },
    /// A program that the drill needs is not there.
    #[error("there is no {name} at {}: {remedy}", path.display())]
    Missing {
        /// Its name.
        name: &'static str,
        /// Where it was looked for.
        path: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// A command of the publisher failed.
    #[error("`zen-edge {command}` ended with {status}: {message}")]
    Command {
        /// Its arguments.
        command: String,
        /// How it ended.
        status: String,
        /// What it wrote.
        message: String,
    },
    /// A command answered what the drill cannot read.
    #[error("`zen-edge {command}` does not say its {field}")]
    Answer {
        /// Its arguments.
        command: String,
        /// What is missing in it.
        field: &'static str,
    },
    /// A request of the drill's own (not one of the load) failed.
    #[error("{what}: {error}")]
    Http {
        /// What was being done.
        what: String,
        /// What the client says.
        error: reqwest::Error,
    },
    /// What must come did not.
    #[error("waited {} s for what never came: {what}; {state}", after.as_secs())]
    Never {
        /// What.
        what: String,
        /// How long it was waited for.
        after: Duration,
        /// How things stood.
        state: String,
    },
    /// A process that must run has ended by itself.
    #[error("{what} ended by itself: {log}")]
    Ended {
        /// Which.
        what: String,
        /// The end of what it wrote.
        log: String,
    },
    /// An attack was accepted, or a tool allowed what it must refuse.
    #[error("{0}")]
    Accepted(String),
    /// The simulator's page is not served as it is, or not with what it is to open.
    #[error("{0}")]
    Page(String),
    /// There is no such region.
    #[error("there is no region {0}")]
    Region(usize),
    /// Somebody pressed Ctrl-C, or sent SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

/// The absolute path of what must be there; `remedy` says what to do if it is not.
pub(crate) fn found(
    name: &'static str,
    path: &Path,
    remedy: &'static str,
) -> Result<PathBuf, DrillError> {
    path.canonicalize().map_err(|_| DrillError::Missing {
        name,
        path: path.to_owned(),
        remedy,
    })
}

impl DrillError {
    /// Around an error of the system.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }

    /// Around an error of the HTTP client.
    pub(crate) fn http(what: impl Into<String>) -> impl FnOnce(reqwest::Error) -> Self {
        let what = what.into();
        move |error| Self::Http { what, error }
    }
}
