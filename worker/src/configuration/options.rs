//! From the configuration to the runtime's options.

use super::region::Place;
use super::sources::SourceConfiguration;
use super::trust::TrustConfiguration;
use super::{CacheConfiguration, Configuration};
use std::sync::Arc;
use std::time::Duration;
use zen_edge_eval::{HttpAccess, HttpHandler};
use zen_edge_runtime::EnvironmentOptions;
use zen_edge_sync::{
    BakedIn, BundleStore, CachedOptions, ClientOptions, GoRulesOptions, RulesSync,
    RulesSyncOptions, ScheduleOptions, Source, TrustOptions, TufOptions, UnsignedOptions,
};

/// What a host adds to the configuration.
pub struct Ingredients<'a> {
    /// Where the isolate's first request came in.
    pub place: Place<'a>,
    /// The store of a source; a source without one is left out.
    pub open: &'a dyn Fn(&SourceConfiguration) -> Option<Arc<dyn BundleStore>>,
    /// BRMS' interface; needed if [`Configuration::rules_sync`] says so.
    pub rules_sync: Option<Arc<dyn RulesSync>>,
    /// Sends what function nodes may send.
    pub http: Arc<dyn HttpHandler>,
    /// The release that was deployed together with the program.
    pub baked_in: Option<BakedIn>,
}

impl Configuration {
    /// The name of the region for an isolate whose first request came in there.
    pub fn region_name(&self, place: Place<'_>) -> Option<&str> {
        self.region.choose(place, self.sources.len()).0
    }

    /// How the environment is followed and served.
    pub fn environment_options(&self, ingredients: Ingredients<'_>) -> EnvironmentOptions {
        let (_, nearest) = self.region.choose(ingredients.place, self.sources.len());
        let chosen = nearest
            .into_iter()
            .filter_map(|index| self.sources.get(index));
        let sources = chosen.filter_map(|source| {
            Some(Source {
                name: source.name.clone(),
                store: (ingredients.open)(source)?,
            })
        });
        let trust = self.trust_options(ingredients.rules_sync);
        let mut client = ClientOptions::new(&self.environment, trust, sources.collect());
        client.projects = self.projects.clone();
        client.baked_in = ingredients.baked_in;
        client.staleness = self.staleness;
        client.schedule = self.schedule();
        client.cached = self.cached();
        let mut options = EnvironmentOptions::new(client);
        options.compile.host.http = self.http_hosts.clone().map(|allowed_hosts| HttpAccess {
            handler: ingredients.http,
            allowed_hosts,
        });
        options
    }

    fn trust_options(&self, rules_sync: Option<Arc<dyn RulesSync>>) -> TrustOptions {
        match (&self.trust, &self.rules_sync, rules_sync) {
            (
                TrustConfiguration::Tuf {
                    trusted_root,
                    revision_floor,
                },
                ..,
            ) => TrustOptions::Tuf(TufOptions {
                trusted_root: trusted_root.clone(),
                revision_floor: *revision_floor,
            }),
            (TrustConfiguration::Unsigned, Some(configuration), Some(api)) => {
                TrustOptions::Unsigned(UnsignedOptions::RulesSync(RulesSyncOptions {
                    api,
                    target: configuration.target.clone(),
                }))
            }
            (TrustConfiguration::Unsigned, ..) => TrustOptions::Unsigned(UnsignedOptions::GoRules(
                GoRulesOptions::new(&self.environment),
            )),
        }
    }

    /// For how long the cache stands in for a source: the interval, so that a data centre asks once
    /// in it, whatever its load.
    fn cached(&self) -> Option<CachedOptions> {
        let default = CachedOptions::default();
        (self.cache != CacheConfiguration::None).then(|| CachedOptions {
            pointer_ttl: self.poll_interval,
            claim: default
                .claim
                .min(self.poll_interval.max(Duration::from_secs(1))),
            ..default
        })
    }

    /// When an instance asks. Behind a cache that is four times in the interval: the source is asked
    /// once, and nobody learns of a change more than a quarter of the interval after the first.
    fn schedule(&self) -> ScheduleOptions {
        let default = ScheduleOptions::default();
        let shares = if self.cached().is_some() { 4 } else { 1 };
        let interval = self.poll_interval / shares;
        ScheduleOptions {
            interval,
            floor: default.floor.min(interval),
            retry: default.retry.min(interval),
            cap: default.cap.min(self.poll_interval * 4),
            full_interval: default.full_interval.max(self.poll_interval),
            ..default
        }
    }
}
