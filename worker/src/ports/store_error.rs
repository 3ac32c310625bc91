//! What the platform says of a request, in the kinds that sync acts on.

use super::Thrown;
use std::time::Duration;
use zen_edge_sync::{StoreError, StoreErrorKind as Kind};

/// A request that was not answered: `what` is ``reading `production/metadata/timestamp.json` ``.
///
/// workerd has few kinds of errors: below the names there are only words.
pub(super) fn no_answer(thrown: &Thrown, what: &str) -> StoreError {
    let words = thrown.words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let kind = if matches!(thrown.name.as_str(), "AbortError" | "TimeoutError")
        || says(&["timed out", "timeout"])
    {
        Kind::Timeout
    } else if says(&["dns", "lookup", "getaddrinfo"]) {
        Kind::Dns
    } else if says(&["certificate", "tls", "ssl"]) {
        Kind::Tls
    } else if says(&["connection lost", "refused", "connect("]) {
        // Without an answer, that is what workerd says of a port at which nobody listens.
        Kind::Refused
    } else if says(&["disconnected", "reset", "prematurely"]) {
        Kind::Interrupted
    } else {
        Kind::Unavailable
    };
    failed(kind, what, &thrown.words)
}

/// An answer that did not come to its end.
pub(super) fn cut_short(thrown: &Thrown, what: &str) -> StoreError {
    let found = no_answer(thrown, what);
    match found.kind {
        Kind::Timeout => found,
        _ => failed(Kind::Interrupted, what, &thrown.words),
    }
}

/// An answer with a status that is no answer.
///
/// Where Cloudflare is in between, a request that never reached its host is answered with one of its
/// own statuses (520 to 530).
pub(super) fn status(status: u16, retry_after: Option<&str>, what: &str) -> StoreError {
    let mut error = StoreError::from_status(status, what);
    error.kind = match status {
        521 | 523 => Kind::Refused,
        522 | 524 => Kind::Timeout,
        525 | 526 => Kind::Tls,
        530 => Kind::Dns,
        _ => error.kind,
    };
    if (300..400).contains(&status) {
        error.message.push_str(": redirects are not followed");
    }
    match retry_after.and_then(seconds) {
        Some(wait) => error.after(wait),
        None => error,
    }
}

/// More than was asked for.
pub(super) fn too_large(max_bytes: u64, what: &str) -> StoreError {
    failed(
        Kind::TooLarge,
        what,
        &format!("it is longer than {max_bytes} bytes"),
    )
}

/// A failure in words.
pub(super) fn failed(kind: Kind, what: &str, words: &str) -> StoreError {
    let words = if words.is_empty() {
        "no reason was given"
    } else {
        words
    };
    StoreError::new(kind, format!("{what} failed: {words}"))
}

/// `Retry-After` in seconds. As a date it is ignored: whose clock it is by cannot be known.
fn seconds(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

/// What R2's binding threw. Its messages end with R2's number for what happened:
/// <https://developers.cloudflare.com/r2/api/error-codes>.
pub(super) fn r2(thrown: &Thrown, what: &str) -> StoreError {
    let number = thrown.words.rsplit_once('(');
    let number = number.and_then(|(_, rest)| rest.strip_suffix(')'));
    let kind = match number.and_then(|number| number.parse().ok()) {
        Some(10002 | 10003 | 10018 | 10035 | 10042_u32) => Kind::Denied,
        Some(10058) => Kind::Throttled,
        Some(10005 | 10006 | 10020 | 10025) => Kind::Invalid,
        _ => return no_answer(thrown, what),
    };
    failed(kind, what, &thrown.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thrown(name: &str, words: &str) -> Thrown {
        Thrown {
            name: name.to_owned(),
            words: words.to_owned(),
        }
    }

    #[test]
    fn kinds_say_what_to_do() {
        for (name, words, expected) in [
            ("AbortError", "The operation was aborted", Kind::Timeout),
            ("Error", "Network connection lost.", Kind::Refused),
            ("Error", "DNS lookup failed.", Kind::Dns),
            (
                "Error",
                "TLS peer's certificate is not trusted; reason = self signed",
                Kind::Tls,
            ),
            (
                "Error",
                "Response closed due to connection reset",
                Kind::Interrupted,
            ),
            (
                "Error",
                "internal error; reference = abc",
                Kind::Unavailable,
            ),
            ("Error", "", Kind::Unavailable),
        ] {
            let error = no_answer(&thrown(name, words), "reading `a`");
            assert_eq!(error.kind, expected, "{words}");
            assert!(error.message.starts_with("reading `a` failed: "), "{error}");
        }
        let lost = thrown("Error", "Network connection lost.");
        assert_eq!(cut_short(&lost, "reading `a`").kind, Kind::Interrupted);
        let late = thrown("TimeoutError", "");
        assert_eq!(cut_short(&late, "reading `a`").kind, Kind::Timeout);
    }

    #[test]
    fn statuses_of_cloudflare_say_what_happened_before_the_store() {
        for (code, expected) in [
            (403, Kind::Denied),
            (503, Kind::Throttled),
            (500, Kind::Unavailable),
            (520, Kind::Unavailable),
            (521, Kind::Refused),
            (522, Kind::Timeout),
            (526, Kind::Tls),
            (530, Kind::Dns),
            (301, Kind::Invalid),
        ] {
            assert_eq!(status(code, None, "reading `a`").kind, expected, "{code}");
        }
        let moved = status(301, None, "reading `a`").message;
        assert!(moved.ends_with("redirects are not followed"), "{moved}");
    }

    #[test]
    fn a_store_may_name_a_wait_in_seconds() {
        let wait = |header| status(503, Some(header), "reading `a`").retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("-7"), None);
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), None);
    }

    #[test]
    fn r2_numbers_its_errors() {
        for (words, expected) in [
            ("get: Access denied (10003)", Kind::Denied),
            ("get: Too many requests (10058)", Kind::Throttled),
            (
                "get: We encountered an internal error (10001)",
                Kind::Unavailable,
            ),
            ("get: The bucket does not exist (10006)", Kind::Invalid),
            ("Network connection lost.", Kind::Refused),
        ] {
            assert_eq!(
                r2(&thrown("Error", words), "reading `a`").kind,
                expected,
                "{words}"
            );
        }
    }
}
