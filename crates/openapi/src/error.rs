//! Why a release is not described.

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a release is not described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The description would be too long.
    #[error("the description of the release has more than {0} bytes; split the project")]
    TooLarge(usize),
    /// The release has too many decisions.
    #[error("the release has {found} decisions; at most {most} are described; split the project")]
    TooMany {
        /// How many it has.
        found: usize,
        /// How many are described.
        most: usize,
    },
    /// Test documents cannot be read; no release is served with such ones.
    #[error("its test documents cannot be read: {0}")]
    Tests(#[from] zen_edge_bundle::Error),
    /// Something could not be written as JSON.
    #[error("it cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}
