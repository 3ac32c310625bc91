//! The release that was deployed together with the Worker.

use zen_edge_sync::{BakedIn, Error};

/// Why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the release that was deployed with the Worker (`zen-edge bake`) cannot be read: {0}")]
pub struct BakedInError(Error);

/// Reads what `zen-edge bake` wrote for this environment; none if nothing was deployed.
pub(crate) fn read(bytes: &[u8], environment: &str) -> Result<Option<BakedIn>, BakedInError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    BakedIn::read(bytes, environment)
        .map(Some)
        .map_err(BakedInError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_none_and_anything_else_is_said() {
        assert!(read(b"", "production").unwrap().is_none());
        let packed = BakedIn::default().pack("staging").unwrap();
        assert_eq!(
            read(&packed, "production").unwrap_err().to_string(),
            "the release that was deployed with the Worker (`zen-edge bake`) cannot be read: it is of the environment `staging`, not of `production`"
        );
        assert!(read(&packed, "staging").unwrap().is_some());
    }
}
