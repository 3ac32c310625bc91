//! One error type: what happened, to which role's metadata, at which step of the specification.

use crate::role::Role;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something that must exist was not delivered: ask again, or ask another source.
    Unavailable,
    /// Not signed as it must be, or not the bytes that were announced: keep what is trusted and
    /// raise an alarm.
    Untrusted,
    /// Older than what was trusted before: keep what is trusted and raise an alarm.
    Rollback,
    /// Valid once, but not any more: a source that stands still, or a repository nobody renews.
    Expired,
    /// Not what the specification demands: the publisher must repair it.
    Invalid,
    /// No role lists this target.
    NotFound,
    /// A bound of [`crate::Limits`] was reached.
    LimitExceeded,
}

impl ErrorKind {
    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Untrusted => "untrusted",
            Self::Rollback => "rollback",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::NotFound => "notFound",
            Self::LimitExceeded => "limitExceeded",
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} (step {})", .0.role, .0.message, .0.step)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    role: Role,
    step: &'static str,
    message: String,
}

impl Error {
    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whose metadata was refused; for a target, the role that lists it or was searched.
    pub fn role(&self) -> &Role {
        &self.0.role
    }

    /// The step of the specification's client workflow (section 5) that refused.
    pub fn step(&self) -> &'static str {
        self.0.step
    }

    /// What was found, without role and step.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// Where in the workflow we are: every refusal is made here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    role: &'a Role,
    step: &'static str,
}

impl<'a> At<'a> {
    pub(crate) fn new(role: &'a Role, step: &'static str) -> Self {
        Self { role, step }
    }

    pub(crate) fn role(&self) -> &'a Role {
        self.role
    }

    pub(crate) fn refuse(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            role: self.role.clone(),
            step: self.step,
            message: message.into(),
        }))
    }

    pub(crate) fn invalid(&self, message: impl Into<String>) -> Error {
        self.refuse(ErrorKind::Invalid, message)
    }

    pub(crate) fn untrusted(&self, message: impl Into<String>) -> Error {
        self.refuse(ErrorKind::Untrusted, message)
    }

    pub(crate) fn rollback(&self, message: impl Into<String>) -> Error {
        self.refuse(ErrorKind::Rollback, message)
    }

    pub(crate) fn limit(&self, message: impl Into<String>) -> Error {
        self.refuse(ErrorKind::LimitExceeded, message)
    }
}
