//! Instruments: a store that shows an environment at one stage after the other, and an activator with
//! a stopwatch.

use super::{nanos, now};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use zen_edge_native::ObjectStoreSource;
use zen_edge_runtime::sync::{
    Activator, BundleStore, Error, Get, Got, PortFuture, StoreError, Swap, VerifiedBundle,
};
use zen_edge_runtime::{Active, CompiledRelease};

/// How long each part of an activation took, in nanoseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Times {
    /// Waiting for the store.
    fetch: u64,
    /// What is left: signatures, digests, the zip, its documents.
    verify: u64,
    /// Compiling, and the smoke cases if there are any.
    compile: u64,
    /// Putting it in the place of the one before.
    swap: u64,
}

/// One stage of an environment after the other, as if it had been published just now.
pub(super) struct Staged {
    stages: Vec<ObjectStoreSource>,
    shown: AtomicUsize,
    nanos: AtomicU64,
}

impl Staged {
    pub(super) fn open(addresses: &[String]) -> Result<Self, String> {
        let open = |address: &String| {
            ObjectStoreSource::open(address).map_err(|error| format!("{address}: {error}"))
        };
        Ok(Self {
            stages: addresses.iter().map(open).collect::<Result<_, _>>()?,
            shown: AtomicUsize::new(0),
            nanos: AtomicU64::new(0),
        })
    }

    pub(super) fn show(&self, stage: usize) {
        self.shown.store(stage, Ordering::Relaxed);
    }

    /// How long it was waited for since this was asked last.
    pub(super) fn take(&self) -> u64 {
        self.nanos.swap(0, Ordering::Relaxed)
    }
}

impl BundleStore for Staged {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        Box::pin(async move {
            let Some(store) = self.stages.get(self.shown.load(Ordering::Relaxed)) else {
                return Ok(Got::Missing);
            };
            let start = now();
            let got = store.get(get).await;
            self.nanos.fetch_add(nanos(start), Ordering::Relaxed);
            got
        })
    }
}

/// The runtime's own activator, timed.
pub(super) struct Timed {
    active: Active,
    compile: AtomicU64,
    swap: AtomicU64,
}

impl Timed {
    pub(super) fn new(active: Active) -> Self {
        Self {
            active,
            compile: AtomicU64::new(0),
            swap: AtomicU64::new(0),
        }
    }

    /// The parts of what took `total`, of which `fetch` was waited for the store.
    pub(super) fn times(&self, total: u64, fetch: u64) -> Times {
        let compile = self.compile.swap(0, Ordering::Relaxed);
        let swap = self.swap.swap(0, Ordering::Relaxed);
        Times {
            fetch,
            verify: total.saturating_sub(fetch + compile + swap),
            compile,
            swap,
        }
    }
}

impl Activator for Timed {
    type Prepared = CompiledRelease;

    fn prepare(&self, bundle: VerifiedBundle) -> Result<CompiledRelease, Error> {
        let start = now();
        let prepared = self.active.prepare(bundle);
        self.compile.fetch_add(nanos(start), Ordering::Relaxed);
        prepared
    }

    fn activate(&self, swap: Swap<CompiledRelease>) {
        let start = now();
        self.active.activate(swap);
        self.swap.fetch_add(nanos(start), Ordering::Relaxed);
    }
}
