//! What `object_store` says, in the kinds that sync acts on.
//!
//! Its own texts are not passed on: they hold addresses, which may be signed, and bodies of answers.

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};
use std::io;
use zen_edge_sync::{StoreError, StoreErrorKind as Kind};

type Cause<'a> = &'a (dyn std::error::Error + 'static);

/// How long the words of a cause may be.
const MAX_WORDS: usize = 200;

/// A failure to do `what`, in words: ``reading `production/metadata/timestamp.json` ``.
pub(crate) fn store_error(error: &Error, what: &str) -> StoreError {
    let fail = |kind, words: &str| StoreError::new(kind, format!("{what} failed: {words}"));
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            fail(Kind::Denied, "the store does not accept our credentials")
        }
        Error::InvalidPath { .. } => fail(Kind::Invalid, "the store cannot have such a key"),
        Error::NotSupported { .. } | Error::NotImplemented { .. } => {
            fail(Kind::Unsupported, "the store cannot do this")
        }
        Error::JoinError { .. } => fail(Kind::Unavailable, "the task that read was ended"),
        error => match chain(error).find_map(transport) {
            Some(Transport::Status(status)) => StoreError::from_status(status, what),
            Some(Transport::Failed(kind, words)) => fail(kind, &words),
            None => fail(Kind::Invalid, "the answer is not what the protocol demands"),
        },
    }
}

/// A body that did not come to its end: what else would be a decoding error is an interruption here.
pub(crate) fn body_error(error: &Error, what: &str) -> StoreError {
    let mut found = store_error(error, what);
    if !matches!(found.kind, Kind::Timeout | Kind::Denied) {
        found.kind = Kind::Interrupted;
    }
    found
}

enum Transport {
    Status(u16),
    Failed(Kind, String),
}

/// An error, what caused it, what caused that, and so on.
fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |cause| {
        let cause: Cause<'_> = *cause;
        cause.source()
    })
}

/// What a cause in the chain says about the way to the store.
fn transport(cause: Cause<'_>) -> Option<Transport> {
    if let Some(error) = cause.downcast_ref::<HttpError>() {
        let kind = match error.kind() {
            HttpErrorKind::Timeout => Kind::Timeout,
            HttpErrorKind::Connect => connect(error),
            HttpErrorKind::Decode => Kind::Invalid,
            _ => Kind::Interrupted,
        };
        return Some(Transport::Failed(kind, innermost(error)));
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        let kind = match error.kind() {
            io::ErrorKind::PermissionDenied => Kind::Denied,
            io::ErrorKind::TimedOut => Kind::Timeout,
            _ => Kind::Unavailable,
        };
        return Some(Transport::Failed(kind, innermost(error)));
    }
    status(&cause.to_string()).map(Transport::Status)
}

/// Why there is no connection. Below `HttpError` there are no types with names, only words.
fn connect(error: &HttpError) -> Kind {
    for cause in chain(error) {
        let words = cause.to_string().to_lowercase();
        let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
        if says(&["dns error", "lookup address"]) {
            return Kind::Dns;
        }
        if says(&["certificate", "tls", "handshake"]) {
            return Kind::Tls;
        }
    }
    Kind::Refused
}

/// The status in the words of the error that `object_store` makes of an answer: that type has no
/// name outside of it.
fn status(words: &str) -> Option<u16> {
    let words = words.strip_prefix("Server returned non-2xx status code: ")?;
    words.get(..3)?.parse().ok()
}

/// The words of the last cause: what the system or the protocol says, without any address.
fn innermost(error: Cause<'_>) -> String {
    let words = chain(error).last().map(ToString::to_string);
    let words = words.unwrap_or_default();
    let clean = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(kind: HttpErrorKind, words: &str) -> Error {
        let cause = io::Error::other(words.to_owned());
        Error::Generic {
            store: "S3",
            source: Box::new(HttpError::new(kind, cause)),
        }
    }

    fn path_error() -> Box<dyn std::error::Error + Send + Sync> {
        "https://bucket.example/?sig=SECRET".into()
    }

    #[test]
    fn kinds_say_what_to_do() {
        let cases = [
            (HttpErrorKind::Timeout, "deadline", Kind::Timeout),
            (HttpErrorKind::Connect, "Connection refused", Kind::Refused),
            (
                HttpErrorKind::Connect,
                "dns error: failed to lookup address information",
                Kind::Dns,
            ),
            (
                HttpErrorKind::Connect,
                "invalid peer certificate: Expired",
                Kind::Tls,
            ),
            (HttpErrorKind::Interrupted, "reset", Kind::Interrupted),
            (HttpErrorKind::Request, "closed", Kind::Interrupted),
            (HttpErrorKind::Decode, "not a body", Kind::Invalid),
        ];
        for (kind, words, expected) in cases {
            let error = store_error(&http(kind, words), "reading `a`");
            assert_eq!(error.kind, expected, "{words}");
            assert_eq!(error.message, format!("reading `a` failed: {words}"));
        }
        let decode = http(HttpErrorKind::Decode, "not a body");
        assert_eq!(body_error(&decode, "reading `a`").kind, Kind::Interrupted);
    }

    #[test]
    fn addresses_and_bodies_are_not_repeated() {
        let path = "a".to_owned();
        let cases = [
            (
                Error::PermissionDenied {
                    path: path.clone(),
                    source: path_error(),
                },
                Kind::Denied,
            ),
            (
                Error::Unauthenticated {
                    path: path.clone(),
                    source: path_error(),
                },
                Kind::Denied,
            ),
            (
                Error::NotSupported {
                    source: path_error(),
                },
                Kind::Unsupported,
            ),
            (
                Error::Generic {
                    store: "S3",
                    source: path_error(),
                },
                Kind::Invalid,
            ),
            (
                Error::Precondition {
                    path,
                    source: path_error(),
                },
                Kind::Invalid,
            ),
        ];
        for (error, expected) in cases {
            let found = store_error(&error, "reading `a`");
            assert_eq!(found.kind, expected);
            assert!(!found.message.contains("SECRET"), "{found}");
        }
    }

    #[test]
    fn words_are_short_and_on_one_line() {
        let long = format!("a\n{}", "b".repeat(1_000));
        let error = store_error(&http(HttpErrorKind::Connect, &long), "reading");
        assert!(error.message.len() < 300 && !error.message.contains('\n'));
    }
}
