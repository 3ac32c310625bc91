//! Headers that name a release. Their values come from a bundle, which may say anything: what cannot
//! be the value of a header is left out.

use http::header::{HeaderName, HeaderValue};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use zen_edge_runtime::sync::{Age, Origin, Release, Staleness};

const RELEASE_ID: HeaderName = HeaderName::from_static("x-release-id");
const RELEASE_VERSION: HeaderName = HeaderName::from_static("x-release-version");
const RELEASE_DIGEST: HeaderName = HeaderName::from_static("x-release-digest");
const RELEASE_REVISION: HeaderName = HeaderName::from_static("x-release-revision");
const RELEASE_SOURCE: HeaderName = HeaderName::from_static("x-release-source");
const RELEASE_AGE: HeaderName = HeaderName::from_static("x-release-age");
const RELEASE_STALENESS: HeaderName = HeaderName::from_static("x-release-staleness");

/// A longer value is left out.
const VALUE_BYTES: usize = 256;
/// For how many releases the headers are kept.
const KEPT: usize = 16;

type Headers = Vec<(HeaderName, HeaderValue)>;

/// The headers of the releases that answered last: making them anew would cost as much as a small
/// decision.
#[derive(Debug, Default)]
pub(crate) struct ReleaseHeaders(Mutex<VecDeque<(Arc<Release>, Arc<Headers>)>>);

impl ReleaseHeaders {
    /// Adds what names a release and its age.
    pub(crate) fn add(&self, release: &Arc<Release>, age: Age, headers: &mut Headers) {
        headers.extend_from_slice(&self.of(release));
        headers.push((RELEASE_AGE, HeaderValue::from(age.age.as_secs())));
        let staleness = match age.staleness {
            Staleness::Fresh => "fresh",
            Staleness::Stale => "stale",
            Staleness::Expired => "expired",
        };
        headers.push((RELEASE_STALENESS, HeaderValue::from_static(staleness)));
    }

    fn of(&self, release: &Arc<Release>) -> Arc<Headers> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The same release is another object once the environment has confirmed it anew.
        let mut found = kept.iter().filter(|(known, _)| Arc::ptr_eq(known, release));
        if let Some((_, headers)) = found.next() {
            return headers.clone();
        }
        let headers = Arc::new(describe(release));
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((release.clone(), headers.clone()));
        headers
    }
}

fn describe(release: &Release) -> Headers {
    let value = |text: &str| {
        let fits = (1..=VALUE_BYTES).contains(&text.len());
        fits.then(|| HeaderValue::from_str(text).ok()).flatten()
    };
    let id = release.id.as_deref().and_then(value);
    let version = release.version.as_deref().and_then(value);
    let origin = origin(release.origin);
    let named = release.source.as_ref();
    let named = named.and_then(|source| value(&format!("{origin} {source}")));
    let source = named.unwrap_or(HeaderValue::from_static(origin));
    let all = [
        (RELEASE_ID, id),
        (RELEASE_VERSION, version),
        (RELEASE_DIGEST, value(&release.digest)),
        (RELEASE_REVISION, release.revision.map(HeaderValue::from)),
        (RELEASE_SOURCE, Some(source)),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    known.collect()
}

/// Where the bytes came from, as it is written in JSON.
fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Source => "source",
        Origin::EdgeCache => "edgeCache",
        Origin::LastKnownGood => "lastKnownGood",
        Origin::BakedIn => "bakedIn",
    }
}
