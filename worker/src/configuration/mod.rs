//! What a deployment sets: variables, secrets and bindings, all named `ZEN_EDGE_…`, checked once.

mod address;
mod error;
mod fields;
mod names;
mod options;
mod quantity;
mod region;
mod service;
mod sources;
#[cfg(test)]
mod tests;
mod trust;
mod variables;

pub use error::ConfigurationError;
pub use options::Ingredients;
pub use region::{Place, RegionConfiguration, RegionMap};
pub use service::DecisionLogTarget;
pub use sources::{
    RulesSyncConfiguration, S3Configuration, S3Credentials, SourceConfiguration, StoreConfiguration,
};
pub use trust::TrustConfiguration;
pub use variables::{Binding, Secret, Value, Variables};

use error::shown;
use quantity::{duration, words};
use sources::{SOURCES, Sources};
use std::collections::BTreeSet;
use std::time::Duration;
use zen_edge_eval::AllowedHosts;
use zen_edge_http::ServiceOptions;
use zen_edge_sync::{OnExpired, Projects, StalenessPolicy};

const MILLISECOND: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_hours(24);

/// What is accepted where [`is_plain_name`] is asked.
const PLAIN_NAME: &str = "use 1 to 64 letters, digits, `-`, `_` and `.`";

/// A deployment's configuration, checked as far as that is possible without asking anybody.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The environment's name.
    pub environment: String,
    /// What must vouch for a release.
    pub trust: TrustConfiguration,
    /// Which projects are served.
    pub projects: Projects,
    /// Where rules come from. The region says which of them, and in which order.
    pub sources: Vec<SourceConfiguration>,
    /// BRMS in place of sources.
    pub rules_sync: Option<RulesSyncConfiguration>,
    /// How the region is chosen.
    pub region: RegionConfiguration,
    /// How long a data centre leaves between two reads of a source's pointer.
    pub poll_interval: Duration,
    /// What age means.
    pub staleness: StalenessPolicy,
    /// The cache near the evaluator.
    pub cache: CacheConfiguration,
    /// Where function nodes may send requests; none if nowhere.
    pub http_hosts: Option<AllowedHosts>,
    /// How the HTTP API is served, but for the region's name.
    pub service: ServiceOptions,
    /// Where records of decisions go, if anywhere.
    pub decision_log: Option<DecisionLogTarget>,
}

/// The cache near the evaluator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheConfiguration {
    /// The platform's Cache API.
    CacheApi,
    /// A folder: the service binding of this name leads to a writable `disk` service of workerd.
    Folder(String),
    /// None: every instance asks the sources by itself, and nothing outlives it.
    None,
}

impl Configuration {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The first variable that is missing, unknown or not accepted.
    pub fn read(variables: &Variables) -> Result<Self, ConfigurationError> {
        let mut sources = Sources::read(variables)?;
        let cache = cache(variables)?;
        let decision_log = service::decision_log_target(variables)?;
        let log = decision_log.iter().map(DecisionLogTarget::binding);
        sources.named.extend(log.map(str::to_owned));
        if let CacheConfiguration::Folder(binding) = &cache {
            sources.named.insert(binding.clone());
        }
        names::check(variables, &sources.named)?;
        let poll_interval = duration(variables, POLL_INTERVAL, MILLISECOND * 100..=DAY)?;
        let poll_interval = poll_interval.unwrap_or(Duration::from_secs(10));
        let configuration = Self {
            environment: environment(variables)?,
            trust: TrustConfiguration::read(variables)?,
            projects: projects(variables)?,
            region: RegionConfiguration::read(variables, &sources.stores)?,
            sources: sources.stores,
            rules_sync: sources.rules_sync,
            poll_interval,
            staleness: staleness(variables, poll_interval)?,
            cache,
            http_hosts: http_hosts(variables)?,
            service: service::read(variables)?,
            decision_log,
        };
        configuration.check_trust()?;
        Ok(configuration)
    }

    /// Checks what only unsigned trust may have, and what it needs.
    fn check_trust(&self) -> Result<(), ConfigurationError> {
        let unsigned = self.trust == TrustConfiguration::Unsigned;
        let fail = |variable: &str, problem: &str| Err(ConfigurationError::new(variable, problem));
        if self.rules_sync.is_some() && !unsigned {
            return fail(
                SOURCES,
                "has a source of type `rules-sync`, whose releases nobody signed; it needs ZEN_EDGE_TRUST to be `unsigned`",
            );
        }
        if self.projects != Projects::All {
            return Ok(());
        }
        if self.rules_sync.is_some() {
            return fail(
                PROJECTS,
                "is not set, and BRMS does not list projects; name those that are to be served, separated by commas",
            );
        }
        let https = |source: &&SourceConfiguration| {
            matches!(source.store, StoreConfiguration::Https { .. })
        };
        match self.sources.iter().find(https) {
            Some(source) if unsigned => fail(
                PROJECTS,
                &format!(
                    "is not set, and the source {} is a web server, which does not list projects; name those that are to be served, separated by commas",
                    shown(&source.name)
                ),
            ),
            _ => Ok(()),
        }
    }
}

const ENVIRONMENT: &str = "ZEN_EDGE_ENVIRONMENT";
const PROJECTS: &str = "ZEN_EDGE_PROJECTS";
const POLL_INTERVAL: &str = "ZEN_EDGE_POLL_INTERVAL";
const STALE_AFTER: &str = "ZEN_EDGE_STALE_AFTER";
const EXPIRED_AFTER: &str = "ZEN_EDGE_EXPIRED_AFTER";
const ON_EXPIRED: &str = "ZEN_EDGE_ON_EXPIRED";
const CACHE: &str = "ZEN_EDGE_CACHE";
const HTTP_HOSTS: &str = "ZEN_EDGE_HTTP_HOSTS";

/// A name that can stand anywhere: in a header, a path, a report.
fn is_plain_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['.', '-'])
}

fn environment(variables: &Variables) -> Result<String, ConfigurationError> {
    let accepted = "give the environment's name, as in `zen-edge init`";
    let missing = || ConfigurationError::missing(ENVIRONMENT, accepted);
    let name = variables.text(ENVIRONMENT)?.ok_or_else(missing)?;
    if !is_plain_name(&name) {
        return Err(ConfigurationError::given(ENVIRONMENT, &name, PLAIN_NAME));
    }
    Ok(name.into_owned())
}

/// The parts of a list that is separated by commas; none may be empty, or there twice.
fn list<'a>(
    variable: &str,
    text: &'a str,
    accepted: &str,
) -> Result<Vec<&'a str>, ConfigurationError> {
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    let distinct: BTreeSet<_> = parts.iter().collect();
    if distinct.len() < parts.len() || parts.contains(&"") {
        let accepted = format!("{accepted}, each once, separated by commas");
        return Err(ConfigurationError::given(variable, text, &accepted));
    }
    Ok(parts)
}

/// One of a few words.
fn choice<T: Copy>(
    variables: &Variables,
    variable: &str,
    choices: &[(&str, T)],
) -> Result<Option<T>, ConfigurationError> {
    let Some(text) = variables.text(variable)? else {
        return Ok(None);
    };
    if let Some((_, found)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(Some(*found));
    }
    let words: Vec<_> = choices
        .iter()
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    let accepted = format!("it must be {}", words.join(" or "));
    Err(ConfigurationError::given(variable, &text, &accepted))
}

fn projects(variables: &Variables) -> Result<Projects, ConfigurationError> {
    let Some(text) = variables.text(PROJECTS)? else {
        return Ok(Projects::All);
    };
    let names = list(PROJECTS, &text, "name projects by their keys")?;
    Ok(Projects::Listed(
        names.into_iter().map(str::to_owned).collect(),
    ))
}

fn staleness(
    variables: &Variables,
    poll_interval: Duration,
) -> Result<StalenessPolicy, ConfigurationError> {
    let default = StalenessPolicy::default();
    // A release that is confirmed in time is never stale: the least is what polling can keep.
    let least = poll_interval * 2;
    let stale_after = duration(variables, STALE_AFTER, MILLISECOND..=365 * DAY)?;
    if let Some(stale_after) = stale_after
        && stale_after < least
    {
        let accepted = format!(
            "with {POLL_INTERVAL} at `{}`, it must be at least `{}`",
            words(poll_interval),
            words(least)
        );
        let given = words(stale_after);
        return Err(ConfigurationError::given(STALE_AFTER, &given, &accepted));
    }
    let stale_after = stale_after.unwrap_or(default.stale_after.max(least));
    let expired_after = duration(variables, EXPIRED_AFTER, stale_after..=3650 * DAY)?;
    let on_expired = choice(
        variables,
        ON_EXPIRED,
        &[
            ("serve", OnExpired::Serve),
            ("flag", OnExpired::Flag),
            ("refuse", OnExpired::Refuse),
        ],
    )?;
    Ok(StalenessPolicy {
        stale_after,
        expired_after: expired_after.unwrap_or(default.expired_after.max(stale_after)),
        on_expired: on_expired.unwrap_or(default.on_expired),
    })
}

fn cache(variables: &Variables) -> Result<CacheConfiguration, ConfigurationError> {
    let Some(text) = variables.text(CACHE)? else {
        return Ok(CacheConfiguration::CacheApi);
    };
    match (text.as_ref(), text.strip_prefix("folder:")) {
        ("cache-api", _) => Ok(CacheConfiguration::CacheApi),
        ("none", _) => Ok(CacheConfiguration::None),
        (_, Some(binding)) => {
            variables.binding(CACHE, binding, Binding::Service)?;
            Ok(CacheConfiguration::Folder(binding.to_owned()))
        }
        _ => {
            let accepted = "it must be `cache-api`, `folder:BINDING` or `none`";
            Err(ConfigurationError::given(CACHE, &text, accepted))
        }
    }
}

fn http_hosts(variables: &Variables) -> Result<Option<AllowedHosts>, ConfigurationError> {
    let Some(text) = variables.text(HTTP_HOSTS)? else {
        return Ok(None);
    };
    let hosts = list(HTTP_HOSTS, &text, "name hosts like `api.example.com`")?;
    let hosts = AllowedHosts::parse(hosts).map_err(|error| {
        let problem = format!("is not accepted: {error}");
        ConfigurationError::new(HTTP_HOSTS, problem)
    })?;
    Ok(Some(hosts))
}
