//! Plays the files of `tests/scenarios` on the Worker, as it is built, in real workerd: its buckets,
//! their faults and its cache are those of `zen-edge-sync-testkit`, behind HTTP.
//!
//! What is served and what is said about it must be as the files say, and time passes as they say.
//! Their requests are not counted here: a Worker decides by itself when to ask. What cannot be played
//! is left out; [`select`] says which, and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test"
)]

mod bridge;
mod deployment;
mod evaluator;
mod select;
mod world;

use evaluator::Evaluators;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use zen_edge_sync_testkit::Scenario;

/// Two processes keep two cores busy.
const AT_ONCE: usize = 2;
/// Fewer would mean that something is left out by mistake.
const LEAST: usize = 140;

/// Plays all files, or those that are named (`storage/500`).
fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut left_out = BTreeMap::<&str, usize>::new();
    let mut selected = Vec::new();
    for (name, text) in Scenario::files(&root.join("tests/scenarios")) {
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let scenario = Scenario::read(&text).unwrap().uncounted();
        match select::obstacle(&scenario) {
            None => selected.push((name, select::with_late_restarts(scenario))),
            Some(why) => *left_out.entry(why).or_default() += 1,
        }
    }
    let count = selected.len();
    let failed = play(&root, selected);
    println!("scenarios on the Worker: {count} played, {failed} failed");
    for (why, count) in left_out {
        println!("left out: {count} {why}");
    }
    let least = if wanted.is_empty() { LEAST } else { 1 };
    if count < least {
        println!("at least {least} must be played");
    }
    match failed == 0 && count >= least {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Plays them, says at once what is not as expected, and answers how many failed.
fn play(root: &Path, selected: Vec<(String, Scenario)>) -> usize {
    let (queue, failed) = (Mutex::new(selected), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some((name, scenario)) = next else { return };
                    let evaluators = Evaluators::new(root);
                    let run = catch_unwind(AssertUnwindSafe(|| scenario.run(&evaluators)));
                    match run {
                        Ok(Ok(())) => continue,
                        Ok(Err(failure)) => println!("{name}: {failure}"),
                        Err(_) => println!("{name}: it could not be played, as said above"),
                    }
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    failed.into_inner()
}
