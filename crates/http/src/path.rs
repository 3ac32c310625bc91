//! Percent-decoding, once and strictly.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Decodes a part of a path. None if a `%` is not followed by two hexadecimal digits, or if what
/// comes out is not UTF-8.
pub(crate) fn decode(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains('%') {
        return Some(Cow::Borrowed(part));
    }
    let mut escapes = part.split('%').skip(1);
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !escapes.all(is_escape) {
        return None;
    }
    percent_decode_str(part).decode_utf8().ok()
}
