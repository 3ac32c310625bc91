//! A region: a bucket on a store of its own, and an evaluator with a cache of its own.

use crate::error::DrillError;
use crate::process::Process;
use crate::publisher::ENVIRONMENT;
use serde_json::json;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use zen_edge_store_testkit::{ADMIN, Seaweed, tied};

/// The bucket's name in every region.
pub(crate) const BUCKET: &str = "rules";

/// Names and addresses of regions.
pub(crate) const REGIONS: [(&str, Ipv4Addr); 3] = [
    ("eu", Ipv4Addr::new(127, 0, 1, 1)),
    ("us", Ipv4Addr::new(127, 0, 2, 1)),
    ("ap", Ipv4Addr::new(127, 0, 3, 1)),
];

/// Who may see `/api/status`.
pub(crate) const STATUS_TOKEN: &str = "status-token-of-the-drill";

/// How evaluators are started.
#[derive(Debug, Clone)]
pub(crate) struct Evaluators {
    /// The `workerd` binary.
    pub(crate) workerd: PathBuf,
    /// Its configuration.
    pub(crate) config: PathBuf,
    /// The root they trust from the outset.
    pub(crate) trusted_root: String,
    /// After how long without a verified timestamp an answer is called stale.
    pub(crate) stale_after: &'static str,
    /// The origin of a web page that may read everything: status and bundles are then open.
    pub(crate) page: Option<String>,
}

/// A region.
#[derive(Debug)]
pub(crate) struct Region {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its store.
    pub(crate) store: Seaweed,
    store_runs: bool,
    address: SocketAddr,
    folder: PathBuf,
    evaluator: Option<Process>,
}

impl Region {
    /// A region with an empty bucket and without an evaluator. The port is its evaluator's.
    pub(crate) fn new(
        (name, address): (&'static str, Ipv4Addr),
        store: Seaweed,
        port: u16,
        folder: &Path,
    ) -> Result<Self, DrillError> {
        store.bucket(BUCKET);
        let folder = folder.join(name);
        fs::create_dir_all(folder.join("cache"))
            .map_err(DrillError::io(format!("making {}", folder.display())))?;
        Ok(Self {
            name,
            store,
            store_runs: true,
            address: SocketAddr::from((address, port)),
            folder,
            evaluator: None,
        })
    }

    /// The evaluator's address.
    pub(crate) fn evaluator(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From its next start on, the evaluator is where the simulator may ask: of the addresses of this
    /// machine, the page's security policy names this one.
    pub(crate) fn listen_locally(&mut self) {
        self.address.set_ip(Ipv4Addr::LOCALHOST.into());
    }

    /// The environment's address for the publisher.
    pub(crate) fn environment(&self) -> String {
        let endpoint = self.store.endpoint();
        format!("s3://{BUCKET}/{ENVIRONMENT}?endpoint={endpoint}&region=us-east-1")
    }

    /// Where an object of the environment can be changed by somebody who owns the store.
    pub(crate) fn object(&self, path: &str) -> String {
        format!("{}/{ENVIRONMENT}/{path}", self.store.http(BUCKET))
    }

    /// The source that other regions know it as.
    fn source(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "type": "s3",
            "endpoint": self.store.endpoint(),
            "bucket": BUCKET,
            "region": "us-east-1",
            "pathStyle": true,
            "accessKeyId": "S3_ACCESS_KEY_ID",
            "secretAccessKey": "S3_SECRET_ACCESS_KEY",
        })
    }

    /// Starts the evaluator, or starts it again on its port with its cache, and waits until it
    /// listens. `sources` in the order in which it is to ask them.
    pub(crate) fn start_evaluator(
        &mut self,
        how: &Evaluators,
        sources: &[serde_json::Value],
    ) -> Result<(), DrillError> {
        let mut command = tied(&how.workerd);
        command
            .arg("serve")
            .arg(&how.config)
            .arg("--socket-addr")
            .arg(format!("http={}", self.address))
            .arg("--directory-path")
            .arg(format!("cache={}", self.folder.join("cache").display()))
            .env_clear()
            .env("ZEN_EDGE_ENVIRONMENT", ENVIRONMENT)
            .env("ZEN_EDGE_TRUSTED_ROOT", &how.trusted_root)
            .env("ZEN_EDGE_SOURCES", json!(sources).to_string())
            .env("S3_ACCESS_KEY_ID", ADMIN.0)
            .env("S3_SECRET_ACCESS_KEY", ADMIN.1)
            .env("ZEN_EDGE_REGION", self.name)
            .env("ZEN_EDGE_POLL_INTERVAL", "1s")
            .env("ZEN_EDGE_STALE_AFTER", how.stale_after)
            .env("ZEN_EDGE_CACHE", "folder:CACHE");
        match &how.page {
            Some(origin) => command
                .env("ZEN_EDGE_CORS", origin)
                .env("ZEN_EDGE_BUNDLES", "open"),
            None => command.env("ZEN_EDGE_STATUS_TOKEN", STATUS_TOKEN),
        };
        let log = self.log();
        let what = format!("the evaluator in {}", self.name);
        let process = Process::listening(command, &log, &what, self.address)?;
        self.evaluator = Some(process);
        Ok(())
    }

    /// Whether its store's process runs.
    pub(crate) fn store_runs(&self) -> bool {
        self.store_runs
    }

    /// Kills its store.
    pub(crate) fn kill_store(&mut self) {
        self.store_runs = false;
        self.store.kill();
    }

    /// Starts the stores of these regions again with what they had, and waits until they answer.
    pub(crate) fn restart_stores<'a>(regions: impl Iterator<Item = &'a mut Self>) {
        Seaweed::restart_all(regions.map(|region| {
            region.store_runs = true;
            &mut region.store
        }));
    }

    /// Kills the evaluator's process.
    pub(crate) fn kill_evaluator(&mut self) {
        self.evaluator = None;
    }

    /// What the evaluator wrote.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("evaluator.log")
    }
}

/// The sources of a region's evaluator: its own bucket, then the others in order.
pub(crate) fn sources(regions: &[Region], own: usize) -> Vec<serde_json::Value> {
    let (before, from) = regions.split_at(own.min(regions.len()));
    from.iter().chain(before).map(Region::source).collect()
}
