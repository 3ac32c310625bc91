//! The system's clock: read here and nowhere else.

use crate::error::AnyError;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time in seconds since 1970-01-01T00:00:00Z.
#[allow(
    clippy::disallowed_methods,
    reason = "the native command reads the system's clock, here only"
)]
pub(crate) fn unix_seconds() -> Result<i64, AnyError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}
