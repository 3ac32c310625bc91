//! How the HTTP API is served.

use super::error::ConfigurationError;
use super::quantity::size;
use super::variables::{Binding, Variables};
use super::{choice, list};
use zen_edge_http::{
    AccessPolicy, BundlePolicy, Cors, DecisionLogOptions, ServiceOptions, StatusToken,
};

const ACCESS: &str = "ZEN_EDGE_ACCESS";
const BUNDLES: &str = "ZEN_EDGE_BUNDLES";
const STATUS_TOKEN: &str = "ZEN_EDGE_STATUS_TOKEN";
const CORS: &str = "ZEN_EDGE_CORS";
const BODY_LIMIT: &str = "ZEN_EDGE_BODY_LIMIT";
const LOG: &str = "ZEN_EDGE_DECISION_LOG";
const LOG_MASK: &str = "ZEN_EDGE_DECISION_LOG_MASK";
const LOG_SHARE: &str = "ZEN_EDGE_DECISION_LOG_SHARE";

/// The largest body that leaves room for its evaluation in an isolate of 128 MB.
const MAX_BODY: u64 = 32 << 20;
/// How short a token may be, in bytes, so that it cannot be guessed.
const MIN_TOKEN: usize = 16;
/// What an input, an output and an error may each have in a data point: its texts may have 16 KB
/// together.
const MAX_BLOB: usize = 5 * 1024;

/// Where records of decisions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionLogTarget {
    /// The queue of this binding.
    Queue(String),
    /// The Analytics Engine dataset of this binding.
    Analytics(String),
}

impl DecisionLogTarget {
    /// The binding's name.
    pub(crate) fn binding(&self) -> &str {
        match self {
            Self::Queue(name) | Self::Analytics(name) => name,
        }
    }
}

/// How the HTTP API is served, but for the region's name.
pub(super) fn read(variables: &Variables) -> Result<ServiceOptions, ConfigurationError> {
    let access = [
        ("tokens", AccessPolicy::Tokens),
        ("open", AccessPolicy::Open),
    ];
    let bundles = [
        ("operators", BundlePolicy::Operators),
        ("open", BundlePolicy::Open),
    ];
    let default = ServiceOptions::default();
    let body_limit = size(variables, BODY_LIMIT, 1 << 10..=MAX_BODY)?;
    let body_limit = body_limit.and_then(|bytes| usize::try_from(bytes).ok());
    Ok(ServiceOptions {
        access: choice(variables, ACCESS, &access)?.unwrap_or_default(),
        bundles: choice(variables, BUNDLES, &bundles)?.unwrap_or_default(),
        status_token: status_token(variables)?,
        cors: cors(variables)?,
        body_bytes: body_limit.unwrap_or(default.body_bytes),
        decision_log: decision_log(variables)?,
        ..default
    })
}

/// The token in plain text, or `sha256:` and its hash.
fn status_token(variables: &Variables) -> Result<Option<StatusToken>, ConfigurationError> {
    let Some(token) = variables.text(STATUS_TOKEN)? else {
        return Ok(None);
    };
    let found = match token.starts_with("sha256:") {
        true => StatusToken::from_hash(&token).ok(),
        false => {
            let strong =
                token.len() >= MIN_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic());
            strong.then(|| StatusToken::new(&token).ok()).flatten()
        }
    };
    found.map(Some).ok_or_else(|| {
        let problem = format!(
            "is not accepted (it is not shown); use at least {MIN_TOKEN} ASCII characters without spaces, or `sha256:` and the 64 hexadecimal digits of their hash"
        );
        ConfigurationError::new(STATUS_TOKEN, problem)
    })
}

fn cors(variables: &Variables) -> Result<Cors, ConfigurationError> {
    let Some(text) = variables.text(CORS)? else {
        return Ok(Cors::Off);
    };
    match text.as_ref() {
        "off" => return Ok(Cors::Off),
        "any" => return Ok(Cors::Any),
        _ => {}
    }
    let accepted = "it must be `off`, `any` or origins like `https://app.example.com`";
    let origins = list(CORS, &text, accepted)?;
    if let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) {
        return Err(ConfigurationError::given(CORS, wrong, accepted));
    }
    Ok(Cors::Origins(
        origins.into_iter().map(str::to_owned).collect(),
    ))
}

/// Whether a browser sends this very text as `Origin`.
fn is_origin(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    let url = worker::Url::parse(text).ok().filter(|_| web);
    url.is_some_and(|url| url.origin().ascii_serialization() == text)
}

/// Where records of decisions go, if anywhere.
pub(super) fn decision_log_target(
    variables: &Variables,
) -> Result<Option<DecisionLogTarget>, ConfigurationError> {
    let Some(text) = variables.text(LOG)? else {
        return Ok(None);
    };
    let target = match text.split_once(':') {
        Some(("queue", name)) => DecisionLogTarget::Queue(name.to_owned()),
        Some(("analytics", name)) => DecisionLogTarget::Analytics(name.to_owned()),
        _ => {
            let accepted = "it must be `queue:BINDING` or `analytics:BINDING`";
            return Err(ConfigurationError::given(LOG, &text, accepted));
        }
    };
    let kind = match target {
        DecisionLogTarget::Queue(_) => Binding::Queue,
        DecisionLogTarget::Analytics(_) => Binding::Analytics,
    };
    variables.binding(LOG, target.binding(), kind)?;
    Ok(Some(target))
}

fn decision_log(variables: &Variables) -> Result<Option<DecisionLogOptions>, ConfigurationError> {
    let Some(target) = decision_log_target(variables)? else {
        for name in [LOG_MASK, LOG_SHARE] {
            if variables.text(name)?.is_some() {
                let problem = format!("is set, and {LOG} is not; set both or neither");
                return Err(ConfigurationError::new(name, problem));
            }
        }
        return Ok(None);
    };
    let default = DecisionLogOptions::default();
    Ok(Some(DecisionLogOptions {
        masked: masked(variables)?,
        share: share(variables)?.unwrap_or(default.share),
        max_bytes: match target {
            DecisionLogTarget::Queue(_) => default.max_bytes,
            DecisionLogTarget::Analytics(_) => MAX_BLOB,
        },
        ..default
    }))
}

fn masked(variables: &Variables) -> Result<Vec<String>, ConfigurationError> {
    let Some(text) = variables.text(LOG_MASK)? else {
        return Ok(Vec::new());
    };
    let accepted = "name places like `customer.email`, `orders.*.card` or `/customer/email`";
    let places = list(LOG_MASK, &text, accepted)?;
    let sound = |place: &&&str| {
        let mut names = match place.strip_prefix('/') {
            Some(pointer) => pointer.split('/'),
            None => place.split('/'),
        };
        names.all(|name| !name.is_empty()) && !place.split('.').any(str::is_empty)
    };
    if let Some(wrong) = places.iter().find(|place| !sound(place)) {
        return Err(ConfigurationError::given(LOG_MASK, wrong, accepted));
    }
    Ok(places.into_iter().map(str::to_owned).collect())
}

fn share(variables: &Variables) -> Result<Option<f64>, ConfigurationError> {
    let Some(text) = variables.text(LOG_SHARE)? else {
        return Ok(None);
    };
    let share = text.parse().ok();
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.map(Some).ok_or_else(|| {
        let accepted = "give the share of decisions that is logged, from 0 to 1";
        ConfigurationError::given(LOG_SHARE, &text, accepted)
    })
}
