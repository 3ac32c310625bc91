//! The ports: one environment's folder in a bucket, to read and to write.

use crate::error::Error;
use bytes::Bytes;

/// An environment's folder in some bucket. What it answers is hostile until verified. Names are
/// relative to the folder: `metadata/timestamp.json`, `targets/<sha256>.<project>`.
pub trait Folder {
    /// How this port fails.
    type Error: From<Error>;
    /// Which of an object's versions was seen: what [`Destination::swap`] compares.
    type Version;

    /// What people call it, for messages: an address or a binding, without secrets.
    fn label(&self) -> &str;

    /// The environment's name.
    fn environment(&self) -> &str;

    /// Reads an object; none if there is none. One that is longer than `max_bytes` is an error, and no
    /// more of it than that may be buffered.
    fn get(
        &self,
        name: &str,
        max_bytes: u64,
    ) -> impl Future<Output = Result<Option<Object<Self::Version>>, Self::Error>>;

    /// Looks an object up without reading it; none if there is none.
    fn stat(&self, name: &str) -> impl Future<Output = Result<Option<Stat>, Self::Error>>;
}

/// A folder that may be written to.
pub trait Destination: Folder {
    /// Writes an object that must not exist yet, or finds out what does.
    fn create(
        &self,
        name: &str,
        bytes: &Bytes,
    ) -> impl Future<Output = Result<Created, Self::Error>>;

    /// Writes an object if what is there is still what was seen; none means that there was none.
    /// Answers whether its bytes are there now.
    fn swap(
        &self,
        name: &str,
        bytes: &Bytes,
        seen: Option<&Object<Self::Version>>,
    ) -> impl Future<Output = Result<bool, Self::Error>>;

    /// Writes an object, whatever was there.
    fn replace(&self, name: &str, bytes: &Bytes) -> impl Future<Output = Result<(), Self::Error>>;
}

/// An object's content.
#[derive(Debug, Clone)]
pub struct Object<V> {
    /// All of it.
    pub bytes: Bytes,
    /// Which version this is.
    pub version: V,
    /// When it was written, in milliseconds since 1970, if the bucket says so.
    pub written: Option<i64>,
}

/// What a bucket says about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256 in hexadecimal digits, if the bucket computed one.
    pub sha256: Option<String>,
}

/// What became of an object that must not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    New,
    /// It was there already, with the same bytes.
    Same,
    /// There is one of this name with other bytes.
    Other,
}
