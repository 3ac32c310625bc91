//! A runtime in wasm that goes from one release to the next, and how much memory that takes
//! (`tests/bench/runtime.mjs`).

use crate::files;
use js_sys::Array;
use std::sync::{Arc, Mutex};
use wasm_bindgen::prelude::*;
use zen_edge_runtime::eval::EvaluateOptions;
use zen_edge_runtime::sync::{
    BundleStore, ClientOptions, Get, Got, NoCache, Object, Outcome, PortFuture, Ports, Source,
    StoreError, TrustOptions, TufOptions, When,
};
use zen_edge_runtime::{EnvironmentOptions, Request, Runtime};
use zen_edge_sync_testkit::{ManualClock, SeededRandom};
use zen_edge_tuf_testkit::Files;

/// A bucket's files in memory, by their path in the environment. An answer is taken out of it, as a
/// network's answer is in memory once.
struct Bucket {
    environment: String,
    files: Mutex<Files>,
}

impl BundleStore for Bucket {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        let path = get.key.strip_prefix(&format!("{}/", self.environment));
        let found = path.and_then(|path| self.files.lock().unwrap().remove(path));
        let got = found.map_or(Got::Missing, |bytes| {
            Got::Found(Object {
                bytes,
                etag: None,
                cached: false,
            })
        });
        Box::pin(std::future::ready(Ok(got)))
    }
}

/// A runtime that serves one environment.
#[wasm_bindgen]
pub struct Host {
    runtime: Runtime,
    bucket: Arc<Bucket>,
    clock: ManualClock,
}

#[wasm_bindgen]
impl Host {
    /// `now` is in milliseconds since 1970.
    #[wasm_bindgen(constructor)]
    pub fn new(environment: &str, root: Vec<u8>, now: f64) -> Result<Self, String> {
        let bucket = Arc::new(Bucket {
            environment: environment.to_owned(),
            files: Mutex::default(),
        });
        let source = Source {
            name: "memory".to_owned(),
            store: bucket.clone(),
        };
        let trust = TrustOptions::Tuf(TufOptions {
            trusted_root: root,
            revision_floor: 0,
        });
        let clock = ManualClock::at(now as i64);
        let ports = Ports {
            cache: Arc::new(NoCache),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SeededRandom::new(1)),
        };
        let client = ClientOptions::new(environment, trust, vec![source]);
        let runtime = Runtime::new(vec![EnvironmentOptions::new(client)], ports);
        Ok(Self {
            runtime: runtime.map_err(|error| error.to_string())?,
            bucket,
            clock,
        })
    }

    /// Brings it to a release: a list of the environment's files as `[path, Uint8Array]`.
    pub fn refresh(&self, entries: &Array) -> Result<(), String> {
        *self.bucket.files.lock().unwrap() = files(entries);
        let report = self.clock.run(self.runtime.refresh(None, When::Now));
        self.bucket.files.lock().unwrap().clear();
        let report = report.map_err(|error| error.to_string())?;
        match report.outcome {
            Outcome::Updated => Ok(()),
            _ => Err(format!("{report:?}")),
        }
    }

    /// Evaluates a decision: the answer's JSON.
    pub fn evaluate(&self, project: &str, key: &str, context: &str) -> Result<String, String> {
        let answer = self.runtime.evaluate_sync(&Request {
            environment: None,
            project,
            pin: None,
            key,
            context: context.as_bytes(),
            options: EvaluateOptions::default(),
        });
        let json = answer.and_then(|answer| answer.to_json());
        let json = json.map_err(|error| error.to_string())?;
        String::from_utf8(json).map_err(|error| error.to_string())
    }

    /// The releases in memory, the active one included.
    pub fn releases(&self) -> usize {
        let status = self.runtime.status();
        let environments = status.environments.values();
        let projects = environments.flat_map(|environment| environment.projects.values());
        projects.map(|project| project.resident.len()).sum()
    }

    /// The linear memory in bytes. It never shrinks, so it is also the most that there ever was.
    pub fn memory_bytes() -> f64 {
        #[cfg(target_arch = "wasm32")]
        let pages = core::arch::wasm32::memory_size(0);
        #[cfg(not(target_arch = "wasm32"))]
        let pages = 0_usize;
        pages as f64 * 65_536.0
    }
}
