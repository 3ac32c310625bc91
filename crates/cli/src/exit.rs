//! Exit codes: what scripts and pipelines decide by.

use std::process::ExitCode;

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// A check or a test failed, or a difference was found; of `tuf`, anything that went wrong.
    Failed = 1,
    /// The command was not called as it must be.
    Usage = 2,
    /// What was given cannot be read, compiled or evaluated.
    Invalid = 3,
    /// Something is not signed as it must be, or older than it must be.
    Untrusted = 4,
    /// A file, a store or what was named in it is not there, cannot be reached, or does not let us in.
    Unavailable = 5,
    /// Somebody else changed the same thing meanwhile.
    Conflict = 6,
}

/// The codes, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  a check or a test failed, or a difference was found (tuf: anything that went wrong)
  2  not called as it must be
  3  what was given cannot be read, compiled or evaluated
  4  not signed as it must be, or older than it must be
  5  a file, a store or what was named in it is not there or cannot be reached
  6  somebody else changed the same thing meanwhile";

impl Exit {
    /// The name in camelCase, as `--json` writes it in `error.kind`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Invalid => "invalid",
            Self::Untrusted => "untrusted",
            Self::Unavailable => "unavailable",
            Self::Conflict => "conflict",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
