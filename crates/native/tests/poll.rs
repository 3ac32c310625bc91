//! The loop that polls: each environment by itself.

#![allow(
    clippy::unwrap_used,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use zen_edge_native::{poll, ports};
use zen_edge_runtime::{EnvironmentOptions, Runtime};
use zen_edge_sync::{
    BundleStore, ClientOptions, FailoverOptions, Get, GoRulesOptions, Got, List, NoCache, Outcome,
    Page, PortFuture, ScheduleOptions, Source, StoreError, TrustOptions, UnsignedOptions,
};

/// How many refreshes may be under way at once where nothing is served.
const COLD_STARTS: u32 = 8;
/// More rounds than that, so that one refresh in each would be seen.
const ROUNDS: u32 = COLD_STARTS + 4;

/// A bucket with nothing in it, or one that never answers.
#[derive(Default)]
struct Bucket {
    hangs: bool,
    asked: AtomicU32,
}

impl BundleStore for Bucket {
    fn get(&self, _: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        Box::pin(std::future::ready(Ok(Got::Missing)))
    }

    fn list(&self, _: List) -> PortFuture<'_, Result<Page, StoreError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.hangs {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(Ok(Page::default()))),
        }
    }
}

fn environment(name: &str, bucket: &Arc<Bucket>) -> EnvironmentOptions {
    let source = Source {
        name: "a".to_owned(),
        store: bucket.clone(),
    };
    let trust = TrustOptions::Unsigned(UnsignedOptions::GoRules(GoRulesOptions::new(name)));
    let long = Duration::from_hours(1);
    EnvironmentOptions::new(ClientOptions {
        schedule: ScheduleOptions {
            interval: Duration::from_millis(1),
            floor: Duration::from_millis(1),
            ..ScheduleOptions::default()
        },
        failover: FailoverOptions {
            deadline: long,
            ..FailoverOptions::default()
        },
        takeover_after: long,
        ..ClientOptions::new(name, trust, vec![source])
    })
}

#[tokio::test]
async fn an_environment_that_hangs_holds_no_other_up() {
    let healthy = Arc::new(Bucket::default());
    let hanging = Arc::new(Bucket {
        hangs: true,
        ..Bucket::default()
    });
    let options = vec![
        environment("hanging", &hanging),
        environment("healthy", &healthy),
    ];
    let runtime = Arc::new(Runtime::new(options, ports(NoCache)).unwrap());
    let polling = {
        let runtime = runtime.clone();
        tokio::spawn(async move { poll(&runtime, |_, _| {}).await })
    };
    for _ in 0..4_000 {
        if healthy.asked.load(Ordering::Relaxed) >= ROUNDS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(healthy.asked.load(Ordering::Relaxed) >= ROUNDS);
    // Nothing is served there yet, so a few may begin at once; never one in each round.
    assert!((1..=COLD_STARTS).contains(&hanging.asked.load(Ordering::Relaxed)));
    polling.abort();
}

#[tokio::test]
async fn each_refresh_is_told_once() {
    let healthy = Arc::new(Bucket::default());
    let options = vec![environment("healthy", &healthy)];
    let runtime = Arc::new(Runtime::new(options, ports(NoCache)).unwrap());
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let polling = {
        let runtime = runtime.clone();
        tokio::spawn(async move {
            let observe = |name: &str, report: &zen_edge_sync::Report| {
                sender.send((name.to_owned(), report.outcome)).unwrap();
            };
            poll(&runtime, observe).await
        })
    };
    for _ in 0..3 {
        let expected = ("healthy".to_owned(), Outcome::Unchanged);
        assert_eq!(told.recv().await, Some(expected));
    }
    polling.abort();
}
