//! BRMS' interface for those who pull releases, over the platform's `fetch`.

use super::fetch::{Outgoing, bearer};
use super::port;
use super::store_error::{failed, no_answer};
use crate::configuration::RulesSyncConfiguration;
use worker::Url;
use zen_edge_sync::{ArtifactLocation, PortFuture, RulesSync, StoreError, StoreErrorKind};

/// A BRMS.
pub(super) struct BrmsRulesSync {
    base: Url,
    authorization: String,
}

impl BrmsRulesSync {
    pub(super) fn new(configuration: &RulesSyncConfiguration) -> Self {
        Self {
            base: configuration.url.clone(),
            authorization: bearer(configuration.token.expose()),
        }
    }

    async fn post(&self, request: Vec<u8>, max_bytes: u64) -> Result<Vec<u8>, StoreError> {
        let url = format!("{}api/rules-sync", self.base);
        let outgoing = Outgoing {
            method: "POST",
            url: &url,
            headers: vec![
                ("Content-Type", "application/json"),
                ("Accept-Encoding", "identity"),
            ],
            body: Some(&request),
        };
        let outgoing = outgoing.authorized(Some(&self.authorization));
        whole(&outgoing, max_bytes, "asking BRMS for releases").await
    }

    async fn fetch(
        &self,
        location: ArtifactLocation,
        max_bytes: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let what = "fetching a release from BRMS";
        let (url, ours) = match &location {
            ArtifactLocation::Absolute(url) => (Url::parse(url).ok(), false),
            ArtifactLocation::Relative(path) => (below(&self.base, path), true),
        };
        let Some(url) = url else {
            let words = "the address that it named is none";
            return Err(failed(StoreErrorKind::Invalid, what, words));
        };
        // To an absolute address the token must not be sent.
        let authorization = ours.then_some(self.authorization.as_str());
        let outgoing = Outgoing::get(url.as_str(), None).authorized(authorization);
        whole(&outgoing, max_bytes, what).await
    }
}

/// The address of a path below a base; none if it leads elsewhere, where the token must not go.
fn below(base: &Url, path: &str) -> Option<Url> {
    let url = base.join(path.trim_start_matches('/')).ok()?;
    url.as_str().starts_with(base.as_str()).then_some(url)
}

async fn whole(outgoing: &Outgoing<'_>, max_bytes: u64, what: &str) -> Result<Vec<u8>, StoreError> {
    let answer = outgoing.send().await;
    let answer = answer.map_err(|thrown| no_answer(&thrown, what))?;
    match answer.status() {
        200 => answer.whole(max_bytes, what).await,
        _ => Err(answer.refusal(what)),
    }
}

impl RulesSync for BrmsRulesSync {
    fn sync(
        &self,
        request: Vec<u8>,
        max_bytes: u64,
    ) -> PortFuture<'_, Result<Vec<u8>, StoreError>> {
        port(self.post(request, max_bytes))
    }

    fn artifact(
        &self,
        location: ArtifactLocation,
        max_bytes: u64,
    ) -> PortFuture<'_, Result<Vec<u8>, StoreError>> {
        port(self.fetch(location, max_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_nowhere_but_to_brms() {
        let base = Url::parse("https://brms.test/base/").unwrap();
        let found = |path| below(&base, path).map(String::from);
        for path in ["api/a", "/api/a"] {
            assert_eq!(found(path), Some("https://brms.test/base/api/a".to_owned()));
        }
        for path in ["https://evil.test/", "../a", "\\\\evil.test/a", "a:b"] {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(
            found("//evil.test/a"),
            Some("https://brms.test/base/evil.test/a".to_owned())
        );
    }
}
