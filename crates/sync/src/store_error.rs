//! Why a store did not answer.

use std::time::Duration;

/// A store's failure, in kinds that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What happened.
    pub kind: StoreErrorKind,
    /// What happened, in words without secrets.
    pub message: String,
    /// How long the store asks us to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The host's name could not be resolved.
    Dns,
    /// Nothing accepts connections there.
    Refused,
    /// No secure connection: a certificate or a protocol that is not accepted.
    Tls,
    /// No answer, or no end of it, in time.
    Timeout,
    /// The connection ended within the answer, or the answer had not the length it announced.
    Interrupted,
    /// The store does not accept our credentials (401, 403). It says nothing about the release: what
    /// is served goes on being served.
    Denied,
    /// Too many requests (429, or 503 `SlowDown`).
    Throttled,
    /// The store's own failure (5xx).
    Unavailable,
    /// More bytes than were accepted.
    TooLarge,
    /// An answer that is none of the above: another 4xx, or not what the protocol demands.
    Invalid,
    /// The store cannot do this at all.
    Unsupported,
}

impl StoreErrorKind {
    /// Whether asking the same store again soon may help. Not after `Denied`, `Tls`, `TooLarge`,
    /// `Invalid` and `Unsupported`: those are for another source or for a person.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::Dns
                | Self::Refused
                | Self::Timeout
                | Self::Interrupted
                | Self::Throttled
                | Self::Unavailable
        )
    }

    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::TooLarge => "tooLarge",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
        }
    }
}

impl StoreError {
    /// A failure of this kind.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The failure that an HTTP status says: for adapters, so that all of them say the same.
    pub fn from_status(status: u16, what: &str) -> Self {
        let kind = match status {
            401 | 403 => StoreErrorKind::Denied,
            408 | 504 => StoreErrorKind::Timeout,
            429 | 503 => StoreErrorKind::Throttled,
            500..=599 => StoreErrorKind::Unavailable,
            413 => StoreErrorKind::TooLarge,
            _ => StoreErrorKind::Invalid,
        };
        Self::new(kind, format!("{what} was answered with status {status}"))
    }

    /// Asks the caller to wait that long.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Unsupported, message)
    }
}
