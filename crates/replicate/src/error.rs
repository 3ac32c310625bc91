//! One error type: what happened, and so whether trying again can help.

/// What happened, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// A bucket did not answer, or said that it cannot now: try again.
    Unavailable,
    /// Something is announced that is not there yet: try again, or look at who writes there.
    Missing,
    /// Others kept writing to the destination meanwhile: try again.
    Busy,
    /// Two buckets tell different stories: look, then decide which one is right.
    Conflict,
    /// What is in a bucket is not signed, or not the bytes that were announced: raise an alarm.
    Untrusted,
    /// What is in a bucket is signed for another environment.
    WrongEnvironment,
    /// More bytes than are accepted.
    TooLarge,
    /// What was given (a setting, a message) cannot be used: correct it.
    Invalid,
}

impl ErrorKind {
    /// Whether trying again later may help without anybody doing anything.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Unavailable | Self::Missing | Self::Busy)
    }

    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Missing => "missing",
            Self::Busy => "busy",
            Self::Conflict => "conflict",
            Self::Untrusted => "untrusted",
            Self::WrongEnvironment => "wrongEnvironment",
            Self::TooLarge => "tooLarge",
            Self::Invalid => "invalid",
        }
    }
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// A failure of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What happened, in words without secrets.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A refusal of the TUF client: what is in the folder with this label does not hold.
    pub(crate) fn refused(label: &str, error: &zen_edge_tuf::Error) -> Self {
        use zen_edge_tuf::ErrorKind as Tuf;
        let kind = match error.kind() {
            Tuf::Unavailable | Tuf::NotFound => ErrorKind::Missing,
            Tuf::LimitExceeded => ErrorKind::TooLarge,
            _ => ErrorKind::Untrusted,
        };
        Self::new(kind, format!("{label}: {error}"))
    }
}

/// Why something here stopped: a refusal of ours, or a failure of a port in its own words.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    Refused(Error),
    Port(E),
}

impl<E> From<Error> for Stop<E> {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl<E: From<Error>> Stop<E> {
    /// The port's kind of error.
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Refused(error) => error.into(),
            Self::Port(error) => error,
        }
    }
}
