//! How an API is served.

use crate::access::{AccessPolicy, BundlePolicy, StatusToken};
use crate::cors::Cors;
use crate::decision_log::DecisionLogOptions;
use http::header::HeaderValue;
use std::time::Duration;

/// How an API is served. [`Default`] has the defaults.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// What `/api/version` answers.
    pub version: String,
    /// The region, for `X-Region`, status and decision records.
    pub region: Option<String>,
    /// Who may evaluate.
    pub access: AccessPolicy,
    /// Who may have the bundles of releases.
    pub bundles: BundlePolicy,
    /// Who may read `/api/status` in full, ask for `/api/refresh` and, as [`Self::bundles`] says, have
    /// bundles. Without one, the status leaves out messages, and there is no `/api/refresh`.
    pub status_token: Option<StatusToken>,
    /// Which web pages may call.
    pub cors: Cors,
    /// How many bytes a body may have; by default 16 MiB, the GoRules Agent's limit.
    pub body_bytes: usize,
    /// What a batch may be.
    pub batch: BatchLimits,
    /// What is logged of decisions; by default nothing.
    pub decision_log: Option<DecisionLogOptions>,
    /// How long a request waits for the first release while another request is fetching it; by
    /// default 10 s.
    pub patience: Duration,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            version: zen_edge_runtime::eval::VERSION.to_owned(),
            region: None,
            access: AccessPolicy::default(),
            bundles: BundlePolicy::default(),
            status_token: None,
            cors: Cors::default(),
            body_bytes: 16 * 1024 * 1024,
            batch: BatchLimits::default(),
            decision_log: None,
            patience: Duration::from_secs(10),
        }
    }
}

/// What a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// How many decisions it may ask for; by default 100.
    pub entries: usize,
    /// How many bytes its answer may have, about; by default 32 MiB. What comes after that is not
    /// evaluated, and says so.
    pub answer_bytes: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            entries: 100,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}

/// An option that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OptionError(pub(crate) String);

/// A text of the configuration as the value of a header.
pub(crate) fn header_value(what: &str, text: &str) -> Result<HeaderValue, OptionError> {
    let value = HeaderValue::from_str(text).ok();
    value.filter(|_| !text.is_empty()).ok_or_else(|| {
        OptionError(format!(
            "{what} `{}` cannot be sent in a header; use printable ASCII characters",
            text.escape_debug()
        ))
    })
}
