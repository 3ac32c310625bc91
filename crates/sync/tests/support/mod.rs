//! A client over simulated buckets, with an evaluator that only remembers what it is to serve.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(dead_code, reason = "every test file uses a part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zen_edge_sync::{
    Activator, Change, Client, ClientOptions, Error, Outcome, Release, Report, Swap, TrustOptions,
    TufOptions, VerifiedBundle, When,
};
use zen_edge_sync_testkit::{Commit, Plan, Publisher, World};

/// 2026-01-01T00:00:00Z in milliseconds.
pub(crate) const NOW: i64 = 1_767_225_600_000;

/// What is being served, by project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Served(Arc<Mutex<BTreeMap<String, Arc<Release>>>>);

impl Served {
    pub(crate) fn version(&self, project: &str) -> Option<String> {
        let served = self.0.lock().unwrap();
        served.get(project)?.version.clone()
    }

    pub(crate) fn release(&self, project: &str) -> Arc<Release> {
        Arc::clone(&self.0.lock().unwrap()[project])
    }
}

impl Activator for Served {
    type Prepared = Arc<Release>;

    fn prepare(&self, bundle: VerifiedBundle) -> Result<Arc<Release>, Error> {
        let (release, bundle) = bundle.into_parts();
        assert_eq!(bundle.digest(), release.digest);
        Ok(Arc::new(release))
    }

    fn activate(&self, swap: Swap<Arc<Release>>) {
        let mut served = self.0.lock().unwrap();
        for (project, change) in swap.projects {
            match change {
                Change::New(release) | Change::Confirmed(release) => {
                    assert_eq!(release.project, project);
                    served.insert(project, release);
                }
                Change::Removed => drop(served.remove(&project)),
            }
        }
    }
}

/// An environment, its buckets and its client.
pub(crate) struct Region {
    pub(crate) world: World,
    pub(crate) publisher: Publisher,
    pub(crate) client: Client<Served>,
}

impl Region {
    /// With these buckets, of which the first is the publisher's.
    pub(crate) fn new(stores: &[&str]) -> Self {
        let world = World::new(NOW, 1, stores.iter().copied());
        let bucket = world.store(stores[0]).bucket().clone();
        let publisher = Publisher::new("production", bucket, NOW);
        let client = start(&world, &publisher, |_| {});
        Self {
            world,
            publisher,
            client,
        }
    }

    /// Ends the instance, and starts another one.
    pub(crate) fn restart(&mut self) {
        self.options(|_| {});
    }

    /// Ends the instance, and starts another one with other options.
    pub(crate) fn options(&mut self, change: impl FnOnce(&mut ClientOptions)) {
        self.world.cache.restart();
        self.client = start(&self.world, &self.publisher, change);
    }

    pub(crate) fn publish(&mut self, project: &str, version: &str) {
        let now = zen_edge_sync::Clock::now(&self.world.clock);
        let plans = [Plan::new(project, version)];
        self.publisher
            .publish(&plans, now, &Commit::default(), None);
    }

    pub(crate) fn refresh(&self) -> Report {
        self.world.clock.run(self.client.refresh(When::Now))
    }

    pub(crate) fn updated(&self) -> Report {
        let report = self.refresh();
        assert_eq!(report.outcome, Outcome::Updated, "{report:?}");
        report
    }

    pub(crate) fn load(&self) {
        self.world.clock.run(self.client.load());
    }

    pub(crate) fn version(&self, project: &str) -> Option<String> {
        self.client.activator().version(project)
    }

    /// The keys that were asked for since this was last asked, below the environment.
    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = self.world.log.take();
        requests
            .into_iter()
            .map(|request| request.key.trim_start_matches("production/").to_owned())
            .collect()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }
}

/// What clients follow the environment with.
pub(crate) fn options(world: &World, publisher: &Publisher) -> ClientOptions {
    let trust = TrustOptions::Tuf(TufOptions {
        trusted_root: publisher.first_root(),
        revision_floor: 0,
    });
    let sources = world.stores.keys().map(|name| world.source(name));
    ClientOptions::new("production", trust, sources.collect())
}

fn start(
    world: &World,
    publisher: &Publisher,
    change: impl FnOnce(&mut ClientOptions),
) -> Client<Served> {
    let mut options = options(world, publisher);
    change(&mut options);
    Client::new(options, world.ports(), Served::default()).unwrap()
}
