//! How an environment is followed.

use crate::announcement::check_environment;
use crate::baked_in::BakedIn;
use crate::cached::CachedOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::failover::FailoverOptions;
use crate::ports::{RulesSync, Source};
use crate::retry::RetryOptions;
use crate::schedule::ScheduleOptions;
use crate::staleness::StalenessPolicy;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_tuf::{Role, Stored, UnixTime, Updater};

/// How an environment is followed. [`ClientOptions::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The environment's name: the folder below the sources' prefix, and what signed metadata must
    /// say.
    pub environment: String,
    /// What must vouch for a release.
    pub trust: TrustOptions,
    /// Where bytes come from, the nearest first.
    pub sources: Vec<Source>,
    /// Which projects are served.
    pub projects: Projects,
    /// A release that was deployed together with the program.
    pub baked_in: Option<BakedIn>,
    /// What age means.
    pub staleness: StalenessPolicy,
    /// When sources are asked.
    pub schedule: ScheduleOptions,
    /// How one source is asked.
    pub retry: RetryOptions,
    /// For how long the edge cache stands in for a source, so that the instances of a data centre ask
    /// it once; none if every instance asks by itself, as by default.
    pub cached: Option<CachedOptions>,
    /// How sources take each other's place.
    pub failover: FailoverOptions,
    /// Bounds on metadata and on bundles as they are stored.
    pub metadata_limits: zen_edge_tuf::Limits,
    /// Bounds on what is in a bundle.
    pub bundle_limits: zen_edge_bundle::Limits,
    /// How many bundles are fetched at the same time. By default four: Workers have six connections.
    pub parallel: usize,
    /// How many bytes of bundles are kept as last-known-good. By default 64 MiB.
    pub kept_bytes: u64,
    /// How long one operation of the cache may take. By default two seconds.
    pub cache_deadline: Duration,
    /// After how long a refresh that has not come to its end is taken to be dead, and another one may
    /// begin: in Workers, a request that was cancelled never says so. By default a minute.
    pub takeover_after: Duration,
}

impl ClientOptions {
    /// The defaults for an environment.
    pub fn new(environment: impl Into<String>, trust: TrustOptions, sources: Vec<Source>) -> Self {
        Self {
            environment: environment.into(),
            trust,
            sources,
            projects: Projects::All,
            baked_in: None,
            staleness: StalenessPolicy::default(),
            schedule: ScheduleOptions::default(),
            retry: RetryOptions::default(),
            cached: None,
            failover: FailoverOptions::default(),
            metadata_limits: zen_edge_tuf::Limits::default(),
            bundle_limits: zen_edge_bundle::Limits::default(),
            parallel: 4,
            kept_bytes: 64 * 1024 * 1024,
            cache_deadline: Duration::from_secs(2),
            takeover_after: Duration::from_mins(1),
        }
    }
}

impl ClientOptions {
    /// Checks what can be checked without a network.
    pub(crate) fn check(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
        let name = &self.environment;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(allowed) || name.starts_with(['.', '-']) {
            let name = name.escape_debug();
            return invalid(format!(
                "`{name}` cannot be the name of an environment: use letters, digits, `-`, `_` and `.`"
            ));
        }
        let needs_source = !matches!(
            self.trust,
            TrustOptions::Unsigned(UnsignedOptions::RulesSync(_))
        );
        if needs_source && self.sources.is_empty() && self.baked_in.is_none() {
            return invalid(format!(
                "the environment `{name}` has no source, and nothing is baked in"
            ));
        }
        let mut names = BTreeSet::new();
        let twice = self
            .sources
            .iter()
            .find(|source| !names.insert(&source.name));
        if let Some(source) = twice {
            return invalid(format!("two sources are called `{}`", source.name));
        }
        match &self.trust {
            TrustOptions::Tuf(tuf) => tuf.check(name, &self.metadata_limits),
            TrustOptions::Unsigned(UnsignedOptions::RulesSync(_))
                if self.projects == Projects::All =>
            {
                invalid(format!(
                    "the environment `{name}` is pulled from BRMS, which does not list projects: name those that are to be served"
                ))
            }
            TrustOptions::Unsigned(_) => Ok(()),
        }
    }
}

/// What must vouch for a release. There is no default: nothing is unsigned by omission.
#[derive(Debug, Clone)]
pub enum TrustOptions {
    /// Signatures: the environment is a TUF repository.
    Tuf(TufOptions),
    /// Nothing but the way the bytes come: whoever can write there decides what is answered here.
    Unsigned(UnsignedOptions),
}

/// Where unsigned releases come from.
#[derive(Clone)]
pub enum UnsignedOptions {
    /// A bucket in GoRules' layout: one zip per project, replaced in place by each deployment.
    GoRules(GoRulesOptions),
    /// BRMS' own interface for those who pull releases.
    RulesSync(RulesSyncOptions),
}

impl fmt::Debug for UnsignedOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoRules(options) => options.fmt(formatter),
            Self::RulesSync(options) => formatter
                .write_str("RulesSync ")
                .and_then(|()| options.target.fmt(formatter)),
        }
    }
}

/// How a bucket in GoRules' layout is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoRulesOptions {
    /// What the keys of its objects begin with, below the sources' prefix: empty, or with a `/` at its
    /// end. By default the environment's name.
    pub prefix: String,
    /// What it means that a listing lacks a project that is being served.
    pub missing: MissingPolicy,
}

impl GoRulesOptions {
    /// The defaults for an environment.
    pub fn new(environment: &str) -> Self {
        Self {
            prefix: format!("{environment}/"),
            missing: MissingPolicy::Keep,
        }
    }
}

/// What it means that a listing lacks a project that is being served. A replica that lags, a wrong
/// prefix and a bucket that was emptied by mistake look the same as a project that was taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingPolicy {
    /// Nothing: the project is served until the instance ends.
    #[default]
    Keep,
    /// The project is taken out once this many listings in a row lacked it for this long. A listing
    /// that lacks every project never counts.
    RemoveAfter {
        /// How many listings.
        listings: u32,
        /// For how long at least.
        time: Duration,
    },
}

/// How BRMS is asked for releases.
#[derive(Clone)]
pub struct RulesSyncOptions {
    /// Sends the requests.
    pub api: Arc<dyn RulesSync>,
    /// Which release of each project, in BRMS' words: `env:production`, `release:1.4.0`, `main`,
    /// `branch:<id>` or `commit:<id>`. By default the environment's.
    pub target: String,
}

/// How a TUF repository is trusted.
#[derive(Clone)]
pub struct TufOptions {
    /// The root metadata with which trust begins (`zen-edge init` writes it): some version of it, as
    /// it was deployed together with the program.
    pub trusted_root: Vec<u8>,
    /// Refuses timestamps of a lower version: rollback protection for an instance that remembers
    /// nothing. Zero refuses none.
    pub revision_floor: u64,
}

impl TufOptions {
    fn check(&self, environment: &str, limits: &zen_edge_tuf::Limits) -> Result<()> {
        let stored = Stored::with_root(self.trusted_root.clone());
        let updater = Updater::new(stored, UnixTime(0), limits.clone())?;
        check_environment(updater.trusted(), &Role::Root, environment)
    }
}

impl fmt::Debug for TufOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TufOptions")
            .field("trusted_root", &self.trusted_root.len())
            .field("revision_floor", &self.revision_floor)
            .finish()
    }
}

/// Which projects of an environment are served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Projects {
    /// All that the environment lists.
    #[default]
    All,
    /// These, by their keys. Others cost nothing, and the environment is ready only with all of them.
    Listed(BTreeSet<String>),
}

impl Projects {
    /// Whether this project is served.
    pub fn includes(&self, project: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(projects) => projects.contains(project),
        }
    }
}
