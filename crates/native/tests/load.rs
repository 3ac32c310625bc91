//! A native host under load while its only store is killed, paused and restarted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use support::{ENVIRONMENT, PROJECT, Site};
use zen_edge_native::poll;
use zen_edge_runtime::eval::EvaluateOptions;
use zen_edge_runtime::sync::{Origin, Outcome, Report, When};
use zen_edge_runtime::{Request, Runtime};
use zen_edge_store_testkit::Seaweed;

/// How many threads evaluate.
const THREADS: usize = 4;
/// How many evaluations must succeed during each fault before it ends.
const DURING: u64 = 400;
/// How often, and how long apart, a state is looked for that must come: a minute and a half.
const TRIES: u32 = 1_800;
const PAUSE: Duration = Duration::from_millis(50);

/// What the host is seen to do.
#[derive(Default)]
struct Seen {
    evaluations: AtomicU64,
    failed_polls: AtomicU64,
    /// The newest version that any answer named.
    version: AtomicU64,
    wrong: Mutex<Vec<String>>,
    done: AtomicBool,
}

/// An answer, checked: its version and its revision.
fn ask(runtime: &Runtime, number: u64) -> Result<(u64, u64), String> {
    let context = format!(r#"{{"n":{number}}}"#);
    let request = Request {
        environment: None,
        project: PROJECT,
        pin: None,
        key: "decision",
        context: context.as_bytes(),
        options: EvaluateOptions::default(),
    };
    let answer = runtime
        .evaluate_sync(&request)
        .map_err(|error| error.to_string())?;
    let release = answer.release();
    let version = release.version.clone().unwrap_or_default();
    let json = answer.to_json().map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let result = &json["result"];
    let right = result["release"] == version.as_str()
        && result["part"] == version.as_str()
        && result["n"] == number
        && json["release"]["version"] == version.as_str()
        && json["release"]["id"] == format!("{PROJECT}-{version}");
    match (right, version.parse(), release.revision) {
        (true, Ok(version), Some(revision)) => Ok((version, revision)),
        _ => Err(format!("a wrong answer: {json}")),
    }
}

/// Evaluates until it is over.
fn evaluate(runtime: &Runtime, seen: &Seen) {
    let mut newest = (0, 0);
    for number in 0.. {
        if seen.done.load(Ordering::Relaxed) {
            return;
        }
        match ask(runtime, number) {
            Ok(found) if found.0 >= newest.0 && found.1 >= newest.1 => newest = found,
            Ok(found) => wrong(seen, format!("{found:?} after {newest:?}")),
            Err(error) => wrong(seen, error),
        }
        seen.version.fetch_max(newest.0, Ordering::Relaxed);
        seen.evaluations.fetch_add(1, Ordering::Relaxed);
        // Leaves the two others, who publish and poll, some of the processor.
        thread::sleep(Duration::from_micros(500));
    }
}

fn wrong(seen: &Seen, what: String) {
    let mut all = seen.wrong.lock().unwrap();
    if all.len() < 10 {
        all.push(what);
    }
}

/// Waits for what must come; how long it takes is nobody's business.
async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    for _ in 0..TRIES {
        if reached() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("never: {what}");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    Paused,
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn spawn_poller(runtime: &Arc<Runtime>, seen: &Arc<Seen>) -> tokio::task::JoinHandle<()> {
    let (runtime, seen) = (runtime.clone(), seen.clone());
    tokio::spawn(async move {
        let observe = |_: &str, report: &Report| {
            let failed = u64::from(report.outcome == Outcome::Failed);
            seen.failed_polls.fetch_add(failed, Ordering::Relaxed);
        };
        poll(&runtime, observe).await;
    })
}

#[test]
fn a_store_that_is_killed_paused_and_restarted_costs_no_answer() {
    let mut server = Seaweed::start();
    let folder = tempfile::tempdir().unwrap();
    tokio_runtime().block_on(async {
        let site = Site::new(&server).await;
        site.publish(1).await;
        let runtime = Arc::new(site.host(folder.path()));
        let seen = Arc::new(Seen::default());
        let poller = spawn_poller(&runtime, &seen);
        until("the first activation", || runtime.ready()).await;
        let threads = (0..THREADS).map(|_| {
            let (runtime, seen) = (runtime.clone(), seen.clone());
            thread::spawn(move || evaluate(&runtime, &seen))
        });
        let threads: Vec<_> = threads.collect();
        let mut version = 1;
        for (round, fault) in [Fault::Killed, Fault::Paused, Fault::Killed, Fault::Paused]
            .into_iter()
            .enumerate()
        {
            version += 1;
            site.publish(version).await;
            until("a healthy store's newest release", || {
                serves(&seen, version)
            })
            .await;
            // It is struck while the next release is being published, each time further on.
            version += 1;
            let publishing = {
                let site = site.clone();
                thread::spawn(move || tokio_runtime().block_on(site.publish(version)))
            };
            tokio::time::sleep(Duration::from_millis(10 * round as u64)).await;
            let before = counts(&seen);
            match fault {
                Fault::Killed => server.kill(),
                Fault::Paused => server.pause(),
            }
            until("polls that fail, and answers all the while", || {
                let now = counts(&seen);
                now.0 >= before.0 + DURING && now.1 >= before.1 + 2
            })
            .await;
            match fault {
                Fault::Killed => server.restart(),
                Fault::Paused => server.resume(),
            }
            publishing.join().unwrap();
            until("the release that was being published", || {
                serves(&seen, version)
            })
            .await;
            let revision = site.revision().await;
            until("the newest revision", || {
                let status = runtime.status();
                let environment = &status.environments[ENVIRONMENT];
                environment.sync.revision == Some(revision) && environment.sync.error.is_none()
            })
            .await;
            assert_eq!(*seen.wrong.lock().unwrap(), [] as [String; 0], "{fault:?}");
        }
        seen.done.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        poller.abort();
        assert_eq!(*seen.wrong.lock().unwrap(), [] as [String; 0]);
        assert!(serves(&seen, version));
    });
}

fn serves(seen: &Seen, version: u64) -> bool {
    seen.version.load(Ordering::Relaxed) == version
}

fn counts(seen: &Seen) -> (u64, u64) {
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    (load(&seen.evaluations), load(&seen.failed_polls))
}

#[test]
fn a_restart_while_the_store_is_down_answers_at_once_from_what_was_kept() {
    let mut server = Seaweed::start();
    let folder = tempfile::tempdir().unwrap();
    tokio_runtime().block_on(async {
        let site = Site::new(&server).await;
        site.publish(1).await;
        let first = site.host(folder.path());
        first.refresh(None, When::Now).await.unwrap();
        site.publish(2).await;
        first.refresh(None, When::Now).await.unwrap();
        let (version, revision) = ask(&first, 1).unwrap();
        assert_eq!(version, 2);
        drop(first);
        server.kill();

        // The next process has the folder, and nothing else.
        let second = Arc::new(site.host(folder.path()));
        second.load().await;
        assert!(second.ready());
        assert_eq!(ask(&second, 2), Ok((2, revision)));
        let status = second.status();
        let project = &status.environments[ENVIRONMENT].sync.projects[PROJECT];
        let release = project.release.as_ref().unwrap();
        assert_eq!(release.origin, Origin::LastKnownGood);
        let report = second.refresh(None, When::Now).await.unwrap();
        assert_eq!(report.outcome, Outcome::Failed);
        assert_eq!(ask(&second, 3), Ok((2, revision)));

        // It goes on where it was, once the store is back.
        server.restart();
        let seen = Arc::new(Seen::default());
        let poller = spawn_poller(&second, &seen);
        site.publish(3).await;
        until("the release after the restart", || {
            ask(&second, 4).unwrap().0 == 3
        })
        .await;
        poller.abort();
        let (_, newer) = ask(&second, 5).unwrap();
        assert!(newer > revision);
    });
}
