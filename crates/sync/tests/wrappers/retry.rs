//! What is asked again, how often, and after how long.

use crate::support::{Scripted, failure, found, get, ports};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{
    BundleStore, Clock, List, NoCache, Retry, RetryOptions, StoreError, StoreErrorKind,
};
use zen_edge_sync_testkit::ManualClock;

fn retry(store: &Arc<Scripted>, clock: &ManualClock, options: RetryOptions, seed: u64) -> Retry {
    Retry::new(store.clone(), &ports(clock, NoCache, seed), options)
}

fn throttled(seconds: u64) -> StoreError {
    StoreError::new(StoreErrorKind::Throttled, "slow down").after(Duration::from_secs(seconds))
}

#[test]
fn a_passing_failure_is_not_seen() {
    let clock = ManualClock::at(0);
    let script = vec![
        failure(StoreErrorKind::Dns),
        failure(StoreErrorKind::Unavailable),
        found("here", "1"),
    ];
    let store = Scripted::new(&clock, script);
    let retry = retry(&store, &clock, RetryOptions::default(), 1);
    assert_eq!(clock.run(retry.get(get("a"))), found("here", "1"));
    assert_eq!(store.asked(), 3);
    assert!(clock.ticks() <= 100 + 200, "{}", clock.ticks());
}

#[test]
fn a_lasting_failure_is_returned_after_the_last_attempt() {
    let clock = ManualClock::at(0);
    let last = failure(StoreErrorKind::Timeout);
    let store = Scripted::new(&clock, vec![failure(StoreErrorKind::Dns), last.clone()]);
    let retry = retry(&store, &clock, RetryOptions::default(), 1);
    assert_eq!(clock.run(retry.get(get("a"))), last);
    assert_eq!(store.asked(), 3);
}

#[test]
fn what_will_not_change_is_asked_once() {
    for kind in [
        StoreErrorKind::Denied,
        StoreErrorKind::Tls,
        StoreErrorKind::TooLarge,
        StoreErrorKind::Invalid,
        StoreErrorKind::Unsupported,
    ] {
        let clock = ManualClock::at(0);
        let store = Scripted::new(&clock, vec![failure(kind)]);
        let retry = retry(&store, &clock, RetryOptions::default(), 1);
        assert_eq!(clock.run(retry.get(get("a"))), failure(kind));
        assert_eq!((store.asked(), clock.ticks()), (1, 0), "{kind:?}");
    }
}

#[test]
fn the_wait_a_store_names_is_waited_for() {
    let clock = ManualClock::at(0);
    let store = Scripted::new(&clock, vec![Err(throttled(2)), found("here", "1")]);
    let retry = retry(&store, &clock, RetryOptions::default(), 1);
    assert_eq!(clock.run(retry.get(get("a"))), found("here", "1"));
    assert!(
        (2_000..=2_100).contains(&clock.ticks()),
        "{}",
        clock.ticks()
    );
}

#[test]
fn a_wait_above_the_cap_ends_the_retries() {
    let clock = ManualClock::at(0);
    let store = Scripted::new(&clock, vec![Err(throttled(3))]);
    let retry = retry(&store, &clock, RetryOptions::default(), 1);
    assert_eq!(clock.run(retry.get(get("a"))), Err(throttled(3)));
    assert_eq!((store.asked(), clock.ticks()), (1, 0));
}

#[test]
fn listings_are_asked_again_too() {
    let clock = ManualClock::at(0);
    let script = vec![failure(StoreErrorKind::Refused), found("", "")];
    let store = Scripted::new(&clock, script);
    let retry = retry(&store, &clock, RetryOptions::default(), 1);
    let list = List {
        prefix: "production/".to_owned(),
        after: None,
    };
    assert!(clock.run(retry.list(list)).is_ok());
    assert_eq!(store.asked(), 2);
}

#[test]
fn a_store_is_asked_once_even_if_no_attempt_is_allowed() {
    let clock = ManualClock::at(0);
    let store = Scripted::new(&clock, vec![failure(StoreErrorKind::Dns)]);
    let options = RetryOptions {
        attempts: 0,
        ..RetryOptions::default()
    };
    let retry = retry(&store, &clock, options, 1);
    assert_eq!(clock.run(retry.get(get("a"))), failure(StoreErrorKind::Dns));
    assert_eq!(store.asked(), 1);
}

proptest! {
    #[test]
    fn waits_stay_below_what_doubles_up_to_the_cap(
        seed: u64,
        attempts in 1_u32..12,
        base in 0_u64..5_000,
        cap in 0_u64..20_000,
    ) {
        let clock = ManualClock::at(0);
        let store = Scripted::new(&clock, vec![failure(StoreErrorKind::Unavailable)]);
        let options = RetryOptions {
            attempts,
            base: Duration::from_millis(base),
            cap: Duration::from_millis(cap),
        };
        let retry = retry(&store, &clock, options, seed);
        prop_assert!(clock.run(retry.get(get("a"))).is_err());
        let times = store.asked_at();
        prop_assert_eq!(times.len(), attempts as usize);
        for (n, pair) in times.windows(2).enumerate() {
            prop_assert!(pair[1] - pair[0] <= cap.min(base << n));
        }
    }
}

#[test]
fn instances_that_failed_together_come_back_apart() {
    let mut moments: Vec<_> = (0..200)
        .map(|seed| {
            let clock = ManualClock::at(0);
            let script = vec![failure(StoreErrorKind::Unavailable), found("here", "1")];
            let store = Scripted::new(&clock, script);
            let retry = retry(&store, &clock, RetryOptions::default(), seed);
            clock.run(retry.get(get("a"))).unwrap();
            clock.ticks()
        })
        .collect();
    moments.sort_unstable();
    assert!(moments[20] < 25 && moments[180] > 75, "{moments:?}");
    moments.dedup();
    assert!(moments.len() > 60, "{moments:?}");
}
