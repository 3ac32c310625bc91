//! The variables that there are.

use super::error::ConfigurationError;
use super::variables::Variables;
use std::collections::BTreeSet;

/// Every variable that is read.
pub(crate) const NAMES: [&str; 22] = [
    "ZEN_EDGE_ACCESS",
    "ZEN_EDGE_BODY_LIMIT",
    "ZEN_EDGE_BUNDLES",
    "ZEN_EDGE_CACHE",
    "ZEN_EDGE_CORS",
    "ZEN_EDGE_DECISION_LOG",
    "ZEN_EDGE_DECISION_LOG_MASK",
    "ZEN_EDGE_DECISION_LOG_SHARE",
    "ZEN_EDGE_ENVIRONMENT",
    "ZEN_EDGE_EXPIRED_AFTER",
    "ZEN_EDGE_HTTP_HOSTS",
    "ZEN_EDGE_ON_EXPIRED",
    "ZEN_EDGE_POLL_INTERVAL",
    "ZEN_EDGE_PROJECTS",
    "ZEN_EDGE_REGION",
    "ZEN_EDGE_REGIONS",
    "ZEN_EDGE_REVISION_FLOOR",
    "ZEN_EDGE_SOURCES",
    "ZEN_EDGE_STALE_AFTER",
    "ZEN_EDGE_STATUS_TOKEN",
    "ZEN_EDGE_TRUST",
    "ZEN_EDGE_TRUSTED_ROOT",
];

/// Refuses variables that look like ours and are not: a misspelt one would silently do nothing.
/// `named` are the secrets and bindings that others name.
pub(super) fn check(
    variables: &Variables,
    named: &BTreeSet<String>,
) -> Result<(), ConfigurationError> {
    let mut ours = variables.ours();
    let unknown = ours.find(|name| !NAMES.contains(name) && !named.contains(*name));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let nearest = nearest(unknown, &NAMES);
    let problem = format!("is not a variable of zen-edge; did you mean {nearest}?");
    let short: String = unknown.escape_debug().take(80).collect();
    Err(ConfigurationError::new(short, problem))
}

/// The name that is spelt most alike.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> &'static str {
    let name: String = name.chars().take(80).collect();
    let nearest = known
        .iter()
        .min_by_key(|known| strsim::damerau_levenshtein(&name, known));
    nearest.copied().unwrap_or_default()
}
