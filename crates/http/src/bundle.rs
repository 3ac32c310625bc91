//! A release's bundle, for those who look into it: the simulator, and whoever keeps a copy.

use crate::access::BundlePolicy;
use crate::fault::Fault;
use crate::message::{RequestHead, Response};
use crate::project::file_name;
use crate::service::{Service, response};
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, ETAG, HeaderValue};
use http::status::StatusCode;
use zen_edge_runtime::sync::Release;

/// A version that is longer is not part of a file's name.
const VERSION_BYTES: usize = 64;
/// How many digits of the digest stand for a version that is not known.
const DIGITS: usize = 12;

impl Service {
    /// Whether there are bundles to be had here at all.
    pub(crate) fn has_bundles(&self) -> bool {
        match self.options.bundles {
            BundlePolicy::Open => true,
            BundlePolicy::Operators => self.options.status_token.is_some(),
        }
    }

    /// `GET /api/rules/{project}[/release/{pin}]/bundle`: the bytes that were verified.
    pub(crate) async fn bundle(
        &self,
        request: &impl RequestHead,
        project: &str,
        pin: Option<&str>,
    ) -> Result<Response, Fault> {
        // Who may not know is not told which projects there are either.
        self.check_bundle_access(request)?;
        let active = self.active(project).await;
        let active = active.map_err(|error| self.fault(&error))?;
        let selection = self.pinned(active, request, project, pin)?;
        let release = selection.release();
        if release.has_tokens_in_plain_text() {
            return Err(Fault::tokens_in_bundle());
        }
        let is_known = request
            .header("if-none-match")
            .is_some_and(|known| matches(&known, release.digest()));
        let (status, body) = match is_known {
            true => (StatusCode::NOT_MODIFIED, Bytes::new()),
            // What is in memory, and not a copy of it.
            false => (StatusCode::OK, Bytes::from_owner(release.packed().clone())),
        };
        let mut response = response(status, "application/zip", body);
        let headers = &mut response.headers;
        let name = name(release.release());
        for (header, value) in [
            (ETAG, format!("\"{}\"", release.digest())),
            (
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ] {
            let value = HeaderValue::try_from(value).ok();
            headers.extend(value.map(|value| (header, value)));
        }
        self.release_headers
            .add(release.release(), selection.age(), headers);
        Ok(response)
    }

    fn check_bundle_access(&self, request: &impl RequestHead) -> Result<(), Fault> {
        match (self.options.bundles, &self.options.status_token) {
            (BundlePolicy::Open, _) => Ok(()),
            (BundlePolicy::Operators, Some(token)) if token.allows(request) => Ok(()),
            (BundlePolicy::Operators, _) => Err(Fault::not_an_operator()),
        }
    }
}

/// Whether `If-None-Match` names this entity, or any (RFC 9110, 13.1.2: the weak comparison).
fn matches(known: &str, digest: &str) -> bool {
    let is_it = |tag: &str| {
        let tag = tag.trim_matches([' ', '\t']);
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        tag == Some(digest)
    };
    known.trim_matches([' ', '\t']) == "*" || known.split(',').any(is_it)
}

/// The name under which a browser saves it.
fn name(release: &Release) -> String {
    let version = release.version.as_deref();
    let version = version.filter(|version| (1..=VERSION_BYTES).contains(&version.len()));
    let version = version.or(release.digest.get(..DIGITS)).unwrap_or_default();
    file_name(&format!("{}-{version}.zip", release.project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        for (known, expected) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            (" \"x\" ,\t\"abc\"", true),
            ("*", true),
            (" * ", true),
            ("", false),
            ("abc", false),
            ("\"abc", false),
            ("\"", false),
            ("\"ABC\"", false),
            ("\"x\", *", false),
            ("w/\"abc\"", false),
        ] {
            assert_eq!(matches(known, "abc"), expected, "{known}");
        }
    }
}
