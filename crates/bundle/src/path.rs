//! Paths of entries: relative, plain, and told apart by everybody.

use crate::error::{Error, ErrorKind, Result, quoted};
use crate::limits::{Limit, Limits};
use unicode_normalization::UnicodeNormalization as _;

/// Where GoRules keeps what is not a document.
pub(crate) const CONFIG: &str = ".config/";
/// Where GoRules keeps the identity.
pub(crate) const IDENTITY: &str = ".config/project.json";

/// Checks a path as a zip has it. A folder's ends with a slash.
pub(crate) fn check<'a>(name: &'a [u8], limits: &Limits) -> Result<&'a str> {
    if name.len() > limits.path_bytes {
        let (length, limit) = (name.len(), limits.path_bytes);
        let message = format!("a path has {length} bytes; at most {limit} are accepted");
        return Err(Error::limit(Limit::PathBytes, message));
    }
    let refuse = |message: &str| {
        Error::new(
            ErrorKind::UnsafePath,
            format!("the path `{}` {message}", quoted(name)),
        )
    };
    let path = std::str::from_utf8(name).map_err(|_| refuse("is not UTF-8"))?;
    if path.contains(|c: char| c == '\\' || c.is_control()) {
        return Err(refuse("has a backslash or a control character"));
    }
    if path.starts_with('/') || path.chars().nth(1) == Some(':') {
        return Err(refuse("is absolute"));
    }
    let segments = path.strip_suffix('/').unwrap_or(path).split('/');
    if segments
        .clone()
        .any(|segment| matches!(segment, "" | "." | ".."))
    {
        return Err(refuse("has an empty segment, `.` or `..`"));
    }
    let depth = segments.count();
    if depth > limits.path_depth {
        let limit = limits.path_depth;
        let message = format!("the path has {depth} segments; at most {limit} are accepted");
        return Err(Error::limit(Limit::PathDepth, message).at(path));
    }
    let folded = fold(path);
    if folded.starts_with(CONFIG) && !path.starts_with(CONFIG) {
        return Err(refuse("must be written with `.config` in lower case"));
    }
    Ok(path)
}

/// Two paths that fold to the same text are the same file to somebody: to look-up, which ignores
/// case as GoRules' Agent does, or to a file system that ignores case or Unicode form.
pub(crate) fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    key(&path.nfc().collect::<String>()).nfc().collect()
}

/// The key a document is looked up by (GoRules' Agent: the path in lower case).
pub(crate) fn key(path: &str) -> String {
    path.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let limits = Limits::default();
        for name in [
            "",
            "/",
            "/a",
            "//a",
            "a//b",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            ".",
            "a\\b",
            "a\0b",
            "a\nb",
            "C:/a",
            "c:a",
            ".Config/x",
            ".CONFIG/project.json",
        ] {
            let error = check(name.as_bytes(), &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnsafePath, "{name:?}: {error}");
        }
        assert!(check(b"a\xff", &limits).is_err());
        for name in [
            "a",
            "a/",
            "a b/c..d",
            ".hidden",
            "é/ü.json",
            "First Level/nested-sample",
        ] {
            assert_eq!(check(name.as_bytes(), &limits).unwrap(), name);
        }
    }

    #[test]
    fn paths_are_bounded_in_length_and_depth() {
        let limits = Limits {
            path_bytes: 5,
            path_depth: 2,
            ..Limits::default()
        };
        assert!(check(b"abcde", &limits).is_ok());
        assert!(check(b"a/b/", &limits).is_ok());
        let long = check(b"abcdef", &limits).unwrap_err();
        assert_eq!(long.kind(), ErrorKind::LimitExceeded(Limit::PathBytes));
        let deep = check(b"a/b/c", &limits).unwrap_err();
        assert_eq!(deep.kind(), ErrorKind::LimitExceeded(Limit::PathDepth));
    }

    #[test]
    fn names_that_somebody_confuses_fold_alike() {
        assert_eq!(fold("Pricing/Ä"), fold("pricing/a\u{308}"));
        assert_eq!(fold("A"), fold("a"));
        assert_ne!(fold("a"), fold("b"));
    }
}
