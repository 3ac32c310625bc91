//! The loop of a host that may work between requests.

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;
use zen_edge_runtime::Runtime;
use zen_edge_sync::{Outcome, Report, When};

/// What two rounds are apart at the least, whatever the schedules say.
const PAUSE: Duration = Duration::from_millis(50);

/// Keeps all environments up to date, each on its own schedule, until it is dropped. It begins with
/// what was kept or deployed, so that there are answers before any source was asked.
///
/// `observe` is told what each refresh came to, with the environment's name: for logs and metrics.
/// An environment that takes long holds none of the others up.
///
/// Compiling a release keeps the thread busy that this runs on, up to seconds for very large ones:
/// give it one of its own where evaluations share tokio's threads.
pub async fn poll(runtime: &Runtime, mut observe: impl FnMut(&str, &Report)) -> Infallible {
    runtime.load().await;
    let mut rounds = FuturesUnordered::new();
    loop {
        let pause = tokio::time::sleep(runtime.wait().max(PAUSE));
        let pause = pin!(pause);
        if rounds.is_empty() {
            pause.await;
            rounds.push(runtime.refresh_all(When::Due));
        } else if let Either::Left((Some(reports), _)) = select(rounds.next(), pause).await {
            tell(&reports, &mut observe);
        } else {
            // Those that are under way are left alone by this one.
            rounds.push(runtime.refresh_all(When::Due));
        }
    }
}

fn tell(reports: &BTreeMap<String, Report>, observe: &mut impl FnMut(&str, &Report)) {
    for (environment, report) in reports {
        if !matches!(report.outcome, Outcome::NotDue | Outcome::InFlight) {
            observe(environment, report);
        }
    }
}
