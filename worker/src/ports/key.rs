//! Objects' keys in addresses.

use super::store_error::failed;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zen_edge_sync::{StoreError, StoreErrorKind};

/// Everything but what RFC 3986 calls unreserved, and the `/` between segments.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A key percent-encoded for an address' path.
pub(super) fn encoded(key: &str) -> String {
    utf8_percent_encode(key, ENCODED).to_string()
}

/// Checks that a key names an object below its prefix in an address, too: `.` and `..` would be
/// resolved on the way, and so would what is empty.
///
/// # Errors
/// `Invalid`: such an object cannot be asked for.
pub(super) fn check(key: &str) -> Result<(), StoreError> {
    let sound = |part: &str| !matches!(part, "" | "." | "..");
    if key.split('/').all(sound) {
        return Ok(());
    }
    let what = format!("reading `{}`", key.escape_debug());
    let words = "an address cannot have such a key";
    Err(failed(StoreErrorKind::Invalid, &what, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use worker::Url;

    #[test]
    fn what_would_be_resolved_is_refused() {
        for key in ["", "/a", "a/", "a//b", "./a", "a/..", "a/../b", ".."] {
            assert_eq!(
                check(key).unwrap_err().kind,
                StoreErrorKind::Invalid,
                "{key}"
            );
        }
        for key in ["a", "a/b", "...", "a/.b", "%2e%2e/a"] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_key_stays_below_its_prefix_and_comes_back(key in "[a-c%.?#/\\\\é ]{1,12}") {
            prop_assume!(check(&key).is_ok());
            let url = Url::parse(&format!("https://a.test/p/{}", encoded(&key))).unwrap();
            prop_assert!(url.query().is_none() && url.fragment().is_none());
            let path = url.path().strip_prefix("/p/").unwrap();
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8().unwrap();
            prop_assert_eq!(decoded, key);
        }
    }
}
