//! Regions, what replicates between them, and who publishes: all on this machine.

use crate::error::{DrillError, found};
use crate::publisher::Publisher;
use crate::reconcile::PAUSE;
use crate::region::{Evaluators, REGIONS, Region, STATUS_TOKEN, sources};
use crate::replication::Replication;
use crate::{load, process, stop};
use reqwest::Client;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zen_edge_store_testkit::{Seaweed, free_ports};

/// When stores that do not come to agree are given up. Far more than it takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The only object that is ever replaced.
pub(crate) const POINTER: &str = "metadata/timestamp.json";

/// The programs that a site is made of.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Programs {
    /// The publisher's command; the one beside this program by default.
    #[arg(long, value_name = "FILE")]
    zen_edge: Option<PathBuf>,
    /// The evaluators' runtime.
    #[arg(long, value_name = "FILE", default_value = "node_modules/.bin/workerd")]
    workerd: PathBuf,
    /// The evaluators' configuration.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "worker/workerd/region.capnp"
    )]
    config: PathBuf,
}

/// All of it. It is taken down when this is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) replication: Replication,
    pub(crate) regions: Vec<Region>,
    pub(crate) publisher: Publisher,
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
    /// How often a bucket that replication had left behind was copied to.
    pub(crate) copied: Cell<usize>,
    /// How often replication had left a pointer that is none, which was overwritten.
    pub(crate) overwritten: Cell<usize>,
    evaluators: Evaluators,
    // Last, because the others write into it.
    folder: TempDir,
}

impl Site {
    /// Starts stores and replication for that many regions, and makes the environment in the first.
    /// Evaluators are not started yet; when they are, `stale_after` is for how long they do not have
    /// their release confirmed before they call it stale.
    pub(crate) fn start(
        programs: &Programs,
        count: usize,
        stale_after: &'static str,
    ) -> Result<Self, DrillError> {
        let binary = match &programs.zen_edge {
            Some(binary) => binary.clone(),
            None => beside_us("zen-edge")?,
        };
        let remedy = "run `make build`, or name it";
        let binary = found("zen-edge", &binary, remedy)?;
        let workerd = found("workerd", &programs.workerd, remedy)?;
        let config = found("configuration of an evaluator", &programs.config, remedy)?;

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(DrillError::io("starting the runtime"))?;
        runtime
            .block_on(stop::listen())
            .map_err(DrillError::io("listening to signals"))?;
        let client = load::client(load::PATIENCE).map_err(DrillError::http("making a client"))?;
        let folder = tempfile::Builder::new()
            .prefix("zen-edge-drill.")
            .tempdir()
            .map_err(DrillError::io("making a folder"))?;

        let named: Vec<_> = REGIONS.iter().take(count).copied().collect();
        let addresses: Vec<_> = named.iter().map(|(_, address)| *address).collect();
        let stores = Seaweed::start_on(&addresses);
        let ports = free_ports(named.len());
        let regions = named.into_iter().zip(stores).zip(ports);
        let regions: Vec<Region> = regions
            .map(|((named, store), port)| Region::new(named, store, port, folder.path()))
            .collect::<Result<_, _>>()?;
        let replication = Replication::start(&regions, folder.path())?;
        let publisher = Publisher::new(&binary, folder.path().join("publisher"))?;
        publisher.init(&region(&regions, 0)?.environment())?;
        let trusted_root = publisher.trusted_root()?;
        Ok(Self {
            replication,
            regions,
            publisher,
            runtime,
            client,
            copied: Cell::new(0),
            overwritten: Cell::new(0),
            evaluators: Evaluators {
                workerd,
                config,
                trusted_root,
                stale_after,
                page: None,
            },
            folder,
        })
    }

    /// Lets a web page of this origin read from the evaluators that are started from now on.
    pub(crate) fn open_to_page(&mut self, origin: &str) {
        self.evaluators.page = Some(origin.to_owned());
        self.regions.iter_mut().for_each(Region::listen_locally);
    }

    /// Where the site keeps what it writes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A region.
    pub(crate) fn region(&self, index: usize) -> Result<&Region, DrillError> {
        region(&self.regions, index)
    }

    /// The environment's address in a region.
    pub(crate) fn environment(&self, index: usize) -> Result<String, DrillError> {
        Ok(self.region(index)?.environment())
    }

    /// Starts a region's evaluator, or starts it again, and waits until it listens.
    pub(crate) fn start_evaluator(&mut self, index: usize) -> Result<(), DrillError> {
        let sources = sources(&self.regions, index);
        let region = self.regions.get_mut(index);
        let region = region.ok_or(DrillError::Region(index))?;
        region.start_evaluator(&self.evaluators, &sources)
    }

    /// Kills a region's evaluator.
    pub(crate) fn kill_evaluator(&mut self, index: usize) {
        if let Some(region) = self.regions.get_mut(index) {
            region.kill_evaluator();
        }
    }

    /// Kills the stores of these regions.
    pub(crate) fn kill_stores(&mut self, indices: &[usize]) {
        for region in self.some(indices) {
            region.kill_store();
        }
    }

    /// Starts the stores of these regions again, and waits until what they have can be read: they say
    /// sooner that they are there.
    pub(crate) fn restart_stores(&mut self, indices: &[usize]) -> Result<(), DrillError> {
        Region::restart_stores(self.some(indices));
        let all: Vec<String> = self.some(indices).map(|it| it.environment()).collect();
        let what = "stores that were started again can be read";
        let said = RefCell::new(String::new());
        let state = || said.borrow().clone();
        stop::until(what, PATIENCE, state, || {
            let status = self.publisher.status(&all)?;
            said.replace(status.said);
            if !status.readable {
                stop::sleep(PAUSE)?;
            }
            Ok(status.readable)
        })?;
        Ok(())
    }

    fn some(&mut self, indices: &[usize]) -> impl Iterator<Item = &mut Region> {
        let regions = self.regions.iter_mut().enumerate();
        let some = regions.filter(|(index, _)| indices.contains(index));
        some.map(|(_, region)| region)
    }

    /// Replicates from this region to each other from now on: whoever publishes there has copied before
    /// what others lack.
    pub(crate) fn replicate_from(&mut self, index: usize) -> Result<(), DrillError> {
        self.replication
            .start_from(index, Some(now()), &self.regions)
    }

    /// Replicates to this region again, from now on.
    pub(crate) fn replicate_to(&mut self, index: usize) -> Result<(), DrillError> {
        self.replication.start_to(index, now(), &self.regions)
    }

    /// Reads an object of a region's bucket.
    pub(crate) fn read(&self, region: &Region, path: &str) -> Result<Vec<u8>, DrillError> {
        let request = self.client.get(region.object(path));
        let body = async { request.send().await?.error_for_status()?.bytes().await };
        let body = self.runtime.block_on(body);
        let body = body.map_err(DrillError::http(format!("reading {path}")))?;
        Ok(body.to_vec())
    }

    /// Puts an object into a region's bucket, as somebody who owns the store can.
    pub(crate) fn put(&self, region: &Region, path: &str, body: Vec<u8>) -> Result<(), DrillError> {
        let request = self.client.put(region.object(path)).body(body);
        let sent = async { request.send().await?.error_for_status() };
        let sent = self.runtime.block_on(sent);
        sent.map(drop)
            .map_err(DrillError::http(format!("writing {path}")))
    }

    /// What a region's evaluator says of itself.
    pub(crate) fn status(&self, region: &Region) -> Result<Value, DrillError> {
        let address = format!("{}/api/status", region.evaluator());
        let request = self.client.get(address).bearer_auth(STATUS_TOKEN);
        let body = async { request.send().await?.error_for_status()?.bytes().await };
        let body = self.runtime.block_on(body);
        let what = || format!("asking {} for its status", region.name);
        let body = body.map_err(DrillError::http(what()))?;
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The ends of what evaluators and replication wrote.
    pub(crate) fn logs(&self) -> String {
        let logs = self.regions.iter().map(Region::log);
        let logs = logs.chain(self.replication.logs());
        let log = |path: PathBuf| format!("{}:\n{}", path.display(), process::tail(&path));
        let logs: Vec<String> = logs.map(log).collect();
        logs.join("\n")
    }
}

fn region(regions: &[Region], index: usize) -> Result<&Region, DrillError> {
    regions.get(index).ok_or(DrillError::Region(index))
}

fn beside_us(name: &str) -> Result<PathBuf, DrillError> {
    let us = std::env::current_exe().map_err(DrillError::io("finding this program"))?;
    Ok(us.with_file_name(name))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a native tool, and the store's replication wants the system's time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
