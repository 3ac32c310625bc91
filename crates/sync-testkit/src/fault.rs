//! Faults of stores, by their names in scenarios, and when they strike.

use glob::Pattern;
use serde::Deserialize;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The name cannot be resolved.
    Dns,
    /// No secure connection.
    Tls,
    /// Nothing listens.
    Refused,
    /// An hour passes without an answer.
    Hang,
    /// The connection ends within the body.
    Reset,
    /// The answer is right, and takes this many seconds.
    SlowDrip(u64),
    /// Unauthorized.
    #[serde(rename = "401")]
    Unauthorized,
    /// Forbidden.
    #[serde(rename = "403")]
    Forbidden,
    /// Not found, although it is there.
    #[serde(rename = "404")]
    NotFound,
    /// Too many requests, with `Retry-After` in seconds.
    #[serde(rename = "429")]
    TooManyRequests(u64),
    /// Internal server error.
    #[serde(rename = "500")]
    InternalError,
    /// Service unavailable.
    #[serde(rename = "503")]
    Unavailable,
    /// `Content-Length` is not the body's length, which adapters notice.
    WrongLength,
    /// The body ends early, and nobody notices.
    Truncated,
    /// A body without end, at which adapters stop.
    Endless,
    /// A web page, with status 200.
    Html,
    /// Other bytes of the same length, with status 200.
    Garbage,
    /// One bit of the body is flipped.
    BitFlip,
    /// The `ETag` is weak.
    WeakEtag,
    /// There is no `ETag`.
    MissingEtag,
    /// The `ETag` is another one each time, and no condition ever holds.
    DifferentEtag,
    /// 304 to every condition, although the object changed.
    NotModifiedAlthoughChanged,
    /// 304 also to who named no `ETag`.
    NotModifiedWithNothingCached,
    /// A cache in between remembers that there was no such object.
    CachedNotFound,
    /// A cache in between gives what the object was before it was written last.
    CachedOld,
    /// A cache in between gives other bytes.
    CachedGarbage,
    /// Listings are empty.
    ListEmpty,
    /// Listings have every other object.
    ListHalf,
    /// Listings fail.
    ListFails,
}

impl Fault {
    /// Whether it concerns listings only.
    pub fn is_of_listings(&self) -> bool {
        matches!(self, Self::ListEmpty | Self::ListHalf | Self::ListFails)
    }

    /// Whether a request for an object is answered as if nothing were wrong in the end.
    pub fn is_harmless(&self) -> bool {
        let etags = matches!(
            self,
            Self::WeakEtag | Self::MissingEtag | Self::DifferentEtag
        );
        etags || self.is_of_listings()
    }
}

/// A fault and the requests that it strikes.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// With objects whose keys this matches; for listings, with prefixes.
    pub key: Pattern,
    /// When.
    pub when: When,
    /// How many requests it could have struck so far.
    seen: u64,
    /// When the first of them was, by [`zen_edge_sync::Clock::ticks`].
    since: Option<u64>,
}

/// When a fault strikes, counted over the requests that its pattern matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Until it is switched off.
    #[default]
    Always,
    /// The one request with this number, counted from 1.
    Nth(u64),
    /// This many requests.
    Times(u64),
    /// For this many seconds, from the first request on.
    Seconds(u64),
    /// The first of every so many requests: 2 is flapping by requests.
    FirstOf(u64),
    /// Every other second, from the first request on.
    EveryOtherSecond,
}

impl Rule {
    /// A rule that has not struck yet.
    pub fn new(fault: Fault, key: Pattern, when: When) -> Self {
        Self {
            fault,
            key,
            when,
            seen: 0,
            since: None,
        }
    }

    /// Whether it strikes this request, which it counts. `ticks` is the time in milliseconds.
    pub(crate) fn strikes(&mut self, key: &str, is_listing: bool, ticks: u64) -> bool {
        let lists = self.fault.is_of_listings();
        if lists != is_listing && (lists || self.fault.is_of_objects()) {
            return false;
        }
        if !self.key.matches(key) {
            return false;
        }
        self.seen += 1;
        let passed = ticks - *self.since.get_or_insert(ticks);
        match self.when {
            When::Always => true,
            When::Nth(number) => self.seen == number,
            When::Times(times) => self.seen <= times,
            When::Seconds(seconds) => passed < seconds * 1_000,
            When::FirstOf(every) => self.seen % every == 1,
            When::EveryOtherSecond => (passed / 1_000).is_multiple_of(2),
        }
    }
}

impl Fault {
    /// Whether it changes what an object looks like, which a listing does not have.
    fn is_of_objects(&self) -> bool {
        use Fault::{
            BitFlip, CachedGarbage, CachedNotFound, CachedOld, DifferentEtag, Endless, Garbage,
            Html, MissingEtag, NotFound, NotModifiedAlthoughChanged, NotModifiedWithNothingCached,
            Truncated, WeakEtag, WrongLength,
        };
        matches!(
            self,
            BitFlip
                | CachedGarbage
                | CachedNotFound
                | CachedOld
                | DifferentEtag
                | Endless
                | Garbage
                | Html
                | MissingEtag
                | NotFound
                | NotModifiedAlthoughChanged
                | NotModifiedWithNothingCached
                | Truncated
                | WeakEtag
                | WrongLength
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(when: When, at: &[u64]) -> Vec<bool> {
        let mut rule = Rule::new(Fault::Dns, Pattern::new("a*").unwrap(), when);
        assert!(!rule.strikes("b", false, 0));
        let strikes = at.iter().map(|ticks| rule.strikes("ab", false, *ticks));
        strikes.collect()
    }

    #[test]
    fn faults_strike_when_they_are_told() {
        let times = [0, 500, 1_000, 2_500];
        for (when, expected) in [
            (When::Always, [true, true, true, true]),
            (When::Nth(2), [false, true, false, false]),
            (When::Times(2), [true, true, false, false]),
            (When::Seconds(1), [true, true, false, false]),
            (When::FirstOf(2), [true, false, true, false]),
            (When::EveryOtherSecond, [true, true, false, true]),
        ] {
            assert_eq!(struck(when, &times), expected, "{when:?}");
        }
    }

    #[test]
    fn faults_are_read_by_their_names() {
        for (json, fault) in [
            (r#""dns""#, Fault::Dns),
            (r#""403""#, Fault::Forbidden),
            (r#"{"slow-drip":5}"#, Fault::SlowDrip(5)),
            (r#"{"429":30}"#, Fault::TooManyRequests(30)),
            (r#""cached-not-found""#, Fault::CachedNotFound),
        ] {
            assert_eq!(serde_json::from_str::<Fault>(json).unwrap(), fault);
        }
    }
}
