//! The Worker's files and variables, as an operator of plain workerd has them.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use zen_edge_sync::BakedIn;
use zen_edge_sync_testkit::{EnvironmentSettings, Policy, Trust};

/// Who may read the status and ask for a refresh.
pub(crate) const STATUS_TOKEN: &str = "a-token-for-the-status";

/// What is changed in the configuration of a region: its cache is a server's, a module around the
/// Worker sets its clocks, and nothing is optimised for processes that live for a second.
const CHANGES: [(&str, &str); 3] = [
    (
        "const config :Workerd.Config = (",
        "const config :Workerd.Config = (v8Flags = [\"--liftoff-only\"],",
    ),
    ("disk = (writable = true)", "external = (http = ())"),
    (
        "modules = [",
        "modules = [(name = \"clock.js\", esModule = embed \"../dist/clock.js\"),",
    ),
];

/// A folder with all that workerd reads; it is gone when this is dropped.
pub(crate) struct Deployment(TempDir);

impl Deployment {
    /// A folder of its own, because what is baked in is part of it. `now` is in milliseconds since
    /// 1970.
    pub(crate) fn new(root: &Path, settings: &EnvironmentSettings, now: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [dist, workerd] = ["dist", "workerd"].map(|name| folder.path().join(name));
        std::fs::create_dir(&dist).unwrap();
        std::fs::create_dir(&workerd).unwrap();
        for name in ["index.js", "zen_edge_worker.wasm"] {
            let built = root.join("worker/dist").join(name);
            std::fs::copy(built, dist.join(name)).expect("the Worker is built: `make worker`");
        }
        std::fs::write(dist.join("clock.js"), include_str!("clock.js")).unwrap();
        std::fs::write(dist.join("baked-in.zip"), baked_in(settings, now)).unwrap();
        let configuration = root.join("worker/workerd/region.capnp");
        let mut text = std::fs::read_to_string(configuration).unwrap();
        for (from, to) in CHANGES {
            assert_eq!(text.matches(from).count(), 1, "`{from}` in region.capnp");
            text = text.replace(from, to);
        }
        std::fs::write(workerd.join("region.capnp"), text).unwrap();
        Self(folder)
    }

    /// The file that `workerd serve` is given.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.0.path().join("workerd/region.capnp")
    }
}

fn baked_in(settings: &EnvironmentSettings, now: i64) -> Vec<u8> {
    let below = format!("{}/", settings.name);
    let files = settings.baked_in.iter().filter_map(|(key, bytes)| {
        let key = key.strip_prefix(&below)?;
        Some((key.to_owned(), bytes.clone()))
    });
    let baked_in = BakedIn {
        files: files.collect(),
        fetched_at: now,
    };
    match baked_in.files.is_empty() {
        true => Vec::new(),
        false => baked_in.pack(&settings.name).unwrap(),
    }
}

/// What the process's environment says. The buckets are at `address`, each below its name.
pub(crate) fn variables(
    settings: &EnvironmentSettings,
    address: SocketAddr,
) -> Vec<(&'static str, String)> {
    let endpoint = format!("http://{address}");
    let sources = settings.sources.iter().map(|name| {
        json!({"name": name, "type": "s3", "endpoint": endpoint, "bucket": name,
            "region": "here", "pathStyle": true})
    });
    let sources: Value = sources.collect();
    let on_expired = match settings.policy {
        Policy::Serve => "serve",
        Policy::Flag => "flag",
        Policy::Refuse => "refuse",
    };
    let seconds = |duration: Duration| format!("{}s", duration.as_secs());
    let mut variables = vec![
        ("ZEN_EDGE_ENVIRONMENT", settings.name.clone()),
        ("ZEN_EDGE_SOURCES", sources.to_string()),
        ("ZEN_EDGE_CACHE", "folder:CACHE".to_owned()),
        ("ZEN_EDGE_ACCESS", "open".to_owned()),
        ("ZEN_EDGE_STATUS_TOKEN", STATUS_TOKEN.to_owned()),
        ("ZEN_EDGE_POLL_INTERVAL", seconds(settings.poll_interval)),
        ("ZEN_EDGE_STALE_AFTER", seconds(settings.stale_after)),
        ("ZEN_EDGE_ON_EXPIRED", on_expired.to_owned()),
    ];
    if settings.named {
        variables.push(("ZEN_EDGE_PROJECTS", settings.projects.join(",")));
    }
    match &settings.trust {
        Trust::Unsigned => variables.push(("ZEN_EDGE_TRUST", "unsigned".to_owned())),
        Trust::Tuf { root, floor } => {
            let root = String::from_utf8(root.clone()).unwrap();
            variables.push(("ZEN_EDGE_TRUSTED_ROOT", root));
            variables.push(("ZEN_EDGE_REVISION_FLOOR", floor.to_string()));
        }
    }
    variables
}
