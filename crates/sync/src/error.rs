//! Why a refresh, or a part of it, was refused or failed.

use crate::store_error::{StoreError, StoreErrorKind};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, and so what to do. None of these takes away what is being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A source did not answer: look at it, or wait.
    Store(StoreErrorKind),
    /// Metadata or a target was refused by the TUF workflow: its kind says whether somebody attacks,
    /// or a publisher must do something.
    Tuf(zen_edge_tuf::ErrorKind),
    /// What was found is signed for another environment: the wrong bucket, or the wrong root.
    WrongEnvironment,
    /// A bundle says that it is another project's.
    WrongProject,
    /// The environment has revoked this release.
    Revoked,
    /// The bundle cannot be read within the limits.
    Bundle,
    /// The release does not compile here.
    NotCompiled,
    /// The release does not answer its own smoke cases as it says it does.
    SmokeFailed,
    /// The release brought the evaluator down, and was taken back.
    Trapped,
    /// What a source that is not TUF announced cannot be read.
    Invalid,
}

impl ErrorKind {
    /// The name in camelCase, as it is written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Store(kind) => kind.code(),
            Self::Tuf(kind) => kind.code(),
            Self::WrongEnvironment => "wrongEnvironment",
            Self::WrongProject => "wrongProject",
            Self::Revoked => "revoked",
            Self::Bundle => "bundleInvalid",
            Self::NotCompiled => "notCompiled",
            Self::SmokeFailed => "smokeFailed",
            Self::Trapped => "trapped",
            Self::Invalid => "invalid",
        }
    }
}

/// A refusal or a failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", .origin.as_deref().map(|origin| format!("{origin}: ")).unwrap_or_default())]
pub struct Error {
    kind: ErrorKind,
    message: String,
    origin: Option<String>,
}

impl Error {
    /// An error of this kind; the message is lower case, without secrets, and fit for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            origin: None,
        }
    }

    /// The same error, with the name of the source whose bytes or answer were at fault.
    #[must_use]
    pub fn from_source(mut self, name: &str) -> Self {
        self.origin.get_or_insert_with(|| name.to_owned());
        self
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was found, without the source.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The source at fault, if one is.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Whether somebody's bytes were refused, rather than not delivered.
    pub(crate) fn is_refusal(&self) -> bool {
        use zen_edge_tuf::ErrorKind as Tuf;
        !matches!(
            self.kind,
            ErrorKind::Store(_) | ErrorKind::Tuf(Tuf::Unavailable)
        )
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(ErrorKind::Store(error.kind), error.message)
    }
}

impl From<zen_edge_tuf::Error> for Error {
    fn from(error: zen_edge_tuf::Error) -> Self {
        Self::new(ErrorKind::Tuf(error.kind()), error.to_string())
    }
}

impl From<zen_edge_bundle::Error> for Error {
    fn from(error: zen_edge_bundle::Error) -> Self {
        Self::new(ErrorKind::Bundle, error.to_string())
    }
}

/// `{"kind", "message", "source"?}`
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Error", 3)?;
        object.serialize_field("kind", self.kind.code())?;
        object.serialize_field("message", &self.message)?;
        match &self.origin {
            Some(origin) => object.serialize_field("source", origin)?,
            None => object.skip_field("source")?,
        }
        object.end()
    }
}
