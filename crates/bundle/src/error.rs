//! One error type: what is wrong with a bundle, and with which of its entries.

use crate::limits::Limit;
use std::fmt;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not a zip, cut off, damaged, or one whose parts contradict each other: get it again, or pack
    /// it again.
    Malformed,
    /// An entry's path leads out of the bundle, or the entry is not a regular file: rename or
    /// replace it.
    UnsafePath,
    /// Two entries have the same name, or names that differ only in case or Unicode form: rename
    /// one.
    DuplicateName,
    /// Encrypted, or compressed by a method other than deflate: pack it again.
    Unsupported,
    /// A bound of [`crate::Limits`] was reached: make the bundle smaller, or raise the limit.
    LimitExceeded(Limit),
    /// A document is not JSON, or not in the form of its kind: correct it.
    InvalidDocument,
    /// `.config/project.json` cannot be read: correct it. Nobody has access meanwhile.
    InvalidIdentity,
}

impl ErrorKind {
    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnsafePath => "unsafePath",
            Self::DuplicateName => "duplicateName",
            Self::Unsupported => "unsupported",
            Self::LimitExceeded(_) => "limitExceeded",
            Self::InvalidDocument => "invalidDocument",
            Self::InvalidIdentity => "invalidIdentity",
        }
    }
}

/// Why a bundle was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    path: Option<String>,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            path: None,
            message: message.into(),
        }))
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn limit(limit: Limit, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::LimitExceeded(limit), message)
    }

    /// The same error, at this entry unless it already names one.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.0.path.get_or_insert_with(|| quoted(path.as_bytes()));
        self
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The path of the entry at fault, if it is one entry's; fit to be shown.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What was found, without the path.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// A hostile name, fit to be shown: escaped, and not too long.
pub(crate) fn quoted(name: &[u8]) -> String {
    const LONGEST: usize = 200;
    let name = String::from_utf8_lossy(name);
    let mut shown: String = name.escape_debug().take(LONGEST).collect();
    if shown.chars().count() == LONGEST {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.path {
            Some(path) => write!(f, "`{path}`: {}", self.0.message)?,
            None => f.write_str(&self.0.message)?,
        }
        match self.0.kind {
            ErrorKind::LimitExceeded(limit) => write!(f, " (limit `{limit}`)"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
