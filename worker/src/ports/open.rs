//! The configuration's sources and caches, opened.

use super::cache_api::CacheApi;
use super::decision_sink::DecisionSink;
use super::entry::Namespace;
use super::env::variables;
use super::folder_cache::{FolderCache, Service};
use super::https::HttpsStore;
use super::r2::R2Store;
use super::rules_sync::BrmsRulesSync;
use super::s3::S3Store;
use super::s3_request::S3Bucket;
use super::{WorkerClock, WorkerRandom};
use crate::baked_in::{self, BakedInError};
use crate::configuration::{
    CacheConfiguration, Configuration, ConfigurationError, Ingredients, Place, SourceConfiguration,
    StoreConfiguration,
};
use crate::function_http::FunctionHttp;
use js_sys::Reflect;
use std::sync::Arc;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;
use zen_edge_http::ServiceOptions;
use zen_edge_runtime::EnvironmentOptions;
use zen_edge_sync::{BakedIn, BundleStore, EdgeCache, NoCache, Ports, RulesSync};

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A binding that was there when the configuration was checked cannot be used.
    #[error("the binding `{name}` cannot be used: {words}")]
    Binding {
        /// The binding's name.
        name: String,
        /// What the platform said.
        words: String,
    },
    /// A source's endpoint and bucket make no address.
    #[error("the source `{name}` has no address: {words}")]
    Address {
        /// The source's name.
        name: String,
        /// What is wrong.
        words: String,
    },
    /// The configuration is not accepted.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The release that was deployed together with the program cannot be read.
    #[error(transparent)]
    BakedIn(#[from] BakedInError),
}

/// What a Worker is made of.
pub struct Configured {
    /// The environment that is served, alone in this list.
    pub environments: Vec<EnvironmentOptions>,
    /// The cache, the clock and randomness.
    pub ports: Ports,
    /// How the HTTP API is served.
    pub service: ServiceOptions,
    /// Where records of decisions go, if anywhere.
    pub decision_log: Option<DecisionSink>,
}

/// Reads, checks and opens everything, for an isolate whose first request came in at `place`. Nothing
/// is requested yet, and nothing awaited.
///
/// `baked_in` is what `zen-edge bake` wrote, deployed together with the program; empty for nothing.
///
/// # Errors
/// What is wrong, in words without secrets.
pub fn configure(env: &Env, baked_in: &[u8], place: Place<'_>) -> Result<Configured, OpenError> {
    let configuration = Configuration::read(&variables(env))?;
    let ports = open_ports(&configuration, env)?;
    let baked_in = baked_in::read(baked_in, &configuration.environment)?;
    let options = environment_options(&configuration, env, place, baked_in)?;
    let region = configuration.region_name(place).map(str::to_owned);
    let decision_log = configuration.decision_log.as_ref();
    Ok(Configured {
        environments: vec![options],
        ports,
        service: ServiceOptions {
            region,
            ..configuration.service
        },
        decision_log: decision_log.map(|target| DecisionSink::open(target, env)),
    })
}

fn environment_options(
    configuration: &Configuration,
    env: &Env,
    place: Place<'_>,
    baked_in: Option<BakedIn>,
) -> Result<EnvironmentOptions, OpenError> {
    let clock = WorkerClock::default();
    let stores: Vec<_> = configuration
        .sources
        .iter()
        .map(|source| Ok((&source.name, store(source, env, &clock)?)))
        .collect::<Result<_, OpenError>>()?;
    let open = |wanted: &SourceConfiguration| -> Option<Arc<dyn BundleStore>> {
        let found = stores.iter().find(|(name, _)| **name == wanted.name);
        found.map(|(_, store)| Arc::clone(store))
    };
    let rules_sync = configuration.rules_sync.as_ref().map(|brms| {
        let api: Arc<dyn RulesSync> = Arc::new(BrmsRulesSync::new(brms));
        api
    });
    Ok(configuration.environment_options(Ingredients {
        place,
        open: &open,
        rules_sync,
        http: Arc::new(FunctionHttp),
        baked_in,
    }))
}

fn open_ports(configuration: &Configuration, env: &Env) -> Result<Ports, OpenError> {
    let namespace = Namespace::of(configuration);
    let cache: Arc<dyn EdgeCache> = match &configuration.cache {
        CacheConfiguration::CacheApi => Arc::new(CacheApi::new(namespace)),
        CacheConfiguration::Folder(name) => {
            let found = Reflect::get(env.as_ref(), &JsValue::from_str(name));
            let service = found.ok().filter(JsValue::is_object);
            let service = service.ok_or_else(|| OpenError::Binding {
                name: name.clone(),
                words: "there is none".to_owned(),
            })?;
            Arc::new(FolderCache::new(
                service.unchecked_into::<Service>(),
                namespace,
            ))
        }
        CacheConfiguration::None => Arc::new(NoCache),
    };
    Ok(Ports {
        cache,
        clock: Arc::new(WorkerClock::default()),
        random: Arc::new(WorkerRandom),
    })
}

fn store(
    source: &SourceConfiguration,
    env: &Env,
    clock: &WorkerClock,
) -> Result<Arc<dyn BundleStore>, OpenError> {
    Ok(match &source.store {
        StoreConfiguration::R2 { binding, prefix } => {
            let bucket = env.bucket(binding).map_err(|error| OpenError::Binding {
                name: binding.clone(),
                words: error.to_string(),
            })?;
            Arc::new(R2Store::new(bucket, prefix.clone()))
        }
        StoreConfiguration::S3(s3) => {
            let bucket = S3Bucket::new(s3).map_err(|words| OpenError::Address {
                name: source.name.clone(),
                words,
            })?;
            Arc::new(S3Store::new(bucket, clock.clone()))
        }
        StoreConfiguration::Https { url, token } => {
            Arc::new(HttpsStore::new(url.clone(), token.as_ref()))
        }
    })
}
