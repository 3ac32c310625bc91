//! How the HTTP API is served.

use super::error::ConfigurationError;
use super::quantity::size;
use super::variables::{Binding, Secret, Variables};
use super::{choice, list};

const ACCESS: &str = "ZEN_EDGE_ACCESS";
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

/// How the HTTP API is served.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceConfiguration {
    /// Who may evaluate.
    pub access: AccessConfiguration,
    /// Who may read the status in full.
    pub status_token: Option<Secret>,
    /// Which web pages may call.
    pub cors: CorsConfiguration,
    /// How many bytes a body may have.
    pub body_limit: Option<u64>,
    /// What is logged of decisions.
    pub decision_log: Option<DecisionLogConfiguration>,
}

/// Who may evaluate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccessConfiguration {
    /// Whoever has one of the release's access tokens.
    #[default]
    Tokens,
    /// Everybody.
    Open,
}

/// Which web pages may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsConfiguration {
    /// None.
    Off,
    /// All.
    Any,
    /// Those of these origins.
    Origins(Vec<String>),
}

/// What is logged of decisions, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLogConfiguration {
    /// Where records go.
    pub target: DecisionLogTarget,
    /// Fields whose values are not logged, as dotted paths.
    pub mask: Vec<String>,
    /// The share of decisions that is logged, from 0 to 1.
    pub share: f64,
}

/// Where records of decisions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionLogTarget {
    /// The queue of this binding.
    Queue(String),
    /// The Analytics Engine dataset of this binding.
    Analytics(String),
}

impl ServiceConfiguration {
    /// Reads what concerns the HTTP API, and says which bindings are named.
    pub(super) fn read(variables: &Variables) -> Result<(Self, Vec<String>), ConfigurationError> {
        let access = [
            ("tokens", AccessConfiguration::Tokens),
            ("open", AccessConfiguration::Open),
        ];
        let decision_log = decision_log(variables)?;
        let bindings = decision_log.iter().map(|log| match &log.target {
            DecisionLogTarget::Queue(name) | DecisionLogTarget::Analytics(name) => name.clone(),
        });
        let bindings = bindings.collect();
        let service = Self {
            access: choice(variables, ACCESS, &access)?.unwrap_or_default(),
            status_token: status_token(variables)?,
            cors: cors(variables)?,
            body_limit: size(variables, BODY_LIMIT, 1 << 10..=MAX_BODY)?,
            decision_log,
        };
        Ok((service, bindings))
    }
}

fn status_token(variables: &Variables) -> Result<Option<Secret>, ConfigurationError> {
    let token = variables.own_secret(STATUS_TOKEN)?;
    let weak = |token: &Secret| {
        let text = token.expose();
        text.len() < MIN_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if token.as_ref().is_some_and(weak) {
        let problem = format!(
            "is not accepted (it is not shown); use at least {MIN_TOKEN} ASCII characters without spaces"
        );
        return Err(ConfigurationError::new(STATUS_TOKEN, problem));
    }
    Ok(token)
}

fn cors(variables: &Variables) -> Result<CorsConfiguration, ConfigurationError> {
    let Some(text) = variables.text(CORS)? else {
        return Ok(CorsConfiguration::Off);
    };
    match text.as_ref() {
        "off" => return Ok(CorsConfiguration::Off),
        "any" => return Ok(CorsConfiguration::Any),
        _ => {}
    }
    let accepted = "it must be `off`, `any` or origins like `https://app.example.com`";
    let origins = list(CORS, &text, accepted)?;
    if let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) {
        return Err(ConfigurationError::given(CORS, wrong, accepted));
    }
    let origins = origins.into_iter().map(str::to_owned).collect();
    Ok(CorsConfiguration::Origins(origins))
}

/// Whether a browser sends this very text as `Origin`.
fn is_origin(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    let url = worker::Url::parse(text).ok().filter(|_| web);
    url.is_some_and(|url| url.origin().ascii_serialization() == text)
}

fn decision_log(
    variables: &Variables,
) -> Result<Option<DecisionLogConfiguration>, ConfigurationError> {
    let Some(text) = variables.text(LOG)? else {
        for name in [LOG_MASK, LOG_SHARE] {
            if variables.text(name)?.is_some() {
                let problem = format!("is set, and {LOG} is not; set both or neither");
                return Err(ConfigurationError::new(name, problem));
            }
        }
        return Ok(None);
    };
    let target = match text.split_once(':') {
        Some(("queue", name)) => {
            variables.binding(LOG, name, Binding::Queue)?;
            DecisionLogTarget::Queue(name.to_owned())
        }
        Some(("analytics", name)) => {
            variables.binding(LOG, name, Binding::Analytics)?;
            DecisionLogTarget::Analytics(name.to_owned())
        }
        _ => {
            let accepted = "it must be `queue:BINDING` or `analytics:BINDING`";
            return Err(ConfigurationError::given(LOG, &text, accepted));
        }
    };
    Ok(Some(DecisionLogConfiguration {
        target,
        mask: mask(variables)?,
        share: share(variables)?,
    }))
}

fn mask(variables: &Variables) -> Result<Vec<String>, ConfigurationError> {
    let Some(text) = variables.text(LOG_MASK)? else {
        return Ok(Vec::new());
    };
    let accepted = "name fields by dotted paths like `customer.email`";
    let paths = list(LOG_MASK, &text, accepted)?;
    if let Some(wrong) = paths.iter().find(|path| path.split('.').any(str::is_empty)) {
        return Err(ConfigurationError::given(LOG_MASK, wrong, accepted));
    }
    Ok(paths.into_iter().map(str::to_owned).collect())
}

fn share(variables: &Variables) -> Result<f64, ConfigurationError> {
    let Some(text) = variables.text(LOG_SHARE)? else {
        return Ok(1.0);
    };
    let share = text.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| {
            let accepted = "give the share of decisions that is logged, from 0 to 1";
            ConfigurationError::given(LOG_SHARE, &text, accepted)
        })
}
