//! One error type: what happened, to what, and why.

use std::error::Error as StdError;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store did not answer, or said that it cannot now: try again.
    Unavailable,
    /// The store refuses these credentials: give others, or grant what they lack.
    Denied,
    /// There is no such environment, bucket, project or object.
    NotFound,
    /// Somebody else wrote meanwhile, or two stores tell different stories: look, then decide.
    Conflict,
    /// The store does not honour conditional writes, so it cannot be written to safely.
    Unconditional,
    /// What is in the store is not signed as it must be: raise an alarm.
    Untrusted,
    /// What is in the store has expired: renew it.
    Expired,
    /// What the user gave cannot be used: correct it.
    Invalid,
    /// A key is missing, unreadable or not one of the role's keys.
    Key,
    /// What is to be published belongs to another environment.
    WrongEnvironment,
}

impl ErrorKind {
    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Denied => "denied",
            Self::NotFound => "notFound",
            Self::Conflict => "conflict",
            Self::Unconditional => "unconditional",
            Self::Untrusted => "untrusted",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Key => "key",
            Self::WrongEnvironment => "wrongEnvironment",
        }
    }
}

/// A failure.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
        }))
    }

    /// The same failure with its cause, which becomes part of the message.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        self.0.message = format!("{}: {source}", self.0.message);
        self.0.source = Some(source);
        self
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The cause.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// A refusal of the TUF client: what is in the store at `url` does not hold.
    pub(crate) fn untrusted(url: &str, error: &zen_edge_tuf::Error) -> Self {
        use zen_edge_tuf::ErrorKind as Tuf;
        let kind = match error.kind() {
            Tuf::Unavailable | Tuf::NotFound => ErrorKind::NotFound,
            Tuf::Expired => ErrorKind::Expired,
            _ => ErrorKind::Untrusted,
        };
        Self::new(kind, format!("{url}: {error}"))
    }
}

/// An error about what the user gave.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
