//! The random test runs on the simplest client, and finds what a faulty one does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::cell::Cell;
use support::Clients;
use zen_edge_sync_testkit::{EvaluateRequest, Settings, Subject, Subjects, World, run_model};

#[test]
fn the_simplest_client_holds() {
    for seed in 0..8 {
        let statistics = run_model(&Clients, seed, 1_000).unwrap_or_else(|error| panic!("{error}"));
        assert!(statistics.updated > 10, "{statistics:?}");
        assert!(statistics.failed > 20, "{statistics:?}");
        assert!(statistics.answered > 100, "{statistics:?}");
        assert!(statistics.starts > 5, "{statistics:?}");
        assert_eq!(statistics.calms, 10);
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run_model(&Clients, 7, 500), run_model(&Clients, 7, 500));
}

/// How a client is faulty.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    MixesReleases,
    NamesAnotherRelease,
    FallsSilent,
    SaysFresh,
    LetsTheRevisionFall,
    NeverUpdates,
    IsAlwaysReady,
}

/// Starts faulty clients.
struct Liars(Lie);

struct Liar {
    inner: Box<dyn Subject>,
    lie: Lie,
    asked: Cell<u64>,
}

impl Subjects for Liars {
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject> {
        Box::new(Liar {
            inner: Clients.start(world, settings),
            lie: self.0,
            asked: Cell::new(0),
        })
    }
}

impl Subject for Liar {
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value> {
        if self.lie == Lie::NeverUpdates {
            let unchanged = json!({"outcome": "unchanged", "error": null, "revision": null});
            return Box::pin(std::future::ready(unchanged));
        }
        self.inner.refresh(environment)
    }

    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value> {
        self.asked.set(self.asked.get() + 1);
        Box::pin(async move {
            let mut answer = self.inner.evaluate(environment, request).await;
            if answer["error"].is_null() {
                match self.lie {
                    Lie::MixesReleases => answer["result"]["part"] = json!("0"),
                    Lie::NamesAnotherRelease => answer["release"]["digest"] = json!("00"),
                    Lie::SaysFresh => answer["staleness"] = json!("fresh"),
                    Lie::FallsSilent if self.asked.get().is_multiple_of(10) => {
                        return json!({"error": {"kind": "unavailable", "message": "it is not"}});
                    }
                    _ => {}
                }
            }
            answer
        })
    }

    fn status(&self) -> Value {
        let mut status = self.inner.status();
        match self.lie {
            Lie::LetsTheRevisionFall if self.asked.get() > 20 => {
                status["environments"]["production"]["revision"] = json!(1);
            }
            Lie::IsAlwaysReady => status["ready"] = json!(true),
            _ => {}
        }
        status
    }
}

#[test]
fn faulty_clients_are_found_out() {
    for (lie, message) in [
        (Lie::MixesReleases, "mixture"),
        (Lie::NamesAnotherRelease, "no sound release"),
        (Lie::FallsSilent, "is not any more"),
        (Lie::SaysFresh, "`fresh`"),
        (Lie::LetsTheRevisionFall, "the revision fell"),
        (Lie::NeverUpdates, "is not served"),
        (Lie::IsAlwaysReady, "ready"),
    ] {
        let violation = run_model(&Liars(lie), 1, 1_000).expect_err(&format!("{lie:?}"));
        assert!(violation.message.contains(message), "{lie:?}: {violation}");
        assert!(!violation.last.is_empty());
    }
}
