//! When a circuit opens, and what it takes to close it.

use proptest::prelude::*;
use std::time::Duration;
use zen_edge_sync::{Breaker, BreakerOptions, BreakerState};

fn breaker(options: BreakerOptions) -> Breaker {
    Breaker::new(options, 0)
}

#[test]
fn a_failure_opens_and_spaced_successes_close() {
    let mut breaker = breaker(BreakerOptions::default());
    assert!(breaker.admits(0));
    breaker.failed(0, u64::MAX);
    assert_eq!(breaker.state(999), BreakerState::Open);
    assert!(!breaker.admits(999));
    for trial in [1_000, 2_000, 3_000] {
        assert_eq!(breaker.state(trial), BreakerState::HalfOpen);
        assert!(!breaker.admits(trial - 1) && breaker.admits(trial));
        breaker.asked(trial, u64::MAX);
        assert!(!breaker.admits(trial), "one trial at a time");
        breaker.succeeded(trial, u64::MAX);
        // A burst of answers counts once.
        breaker.succeeded(trial, u64::MAX);
        breaker.succeeded(trial + 1, u64::MAX);
    }
    assert_eq!(breaker.state(3_001), BreakerState::Closed);
}

#[test]
fn failures_in_a_row_are_what_counts() {
    let mut breaker = breaker(BreakerOptions {
        failures: 3,
        ..BreakerOptions::default()
    });
    for ticks in 0..100 {
        match ticks % 3 {
            2 => breaker.succeeded(ticks, 0),
            _ => breaker.failed(ticks, 0),
        }
        assert!(breaker.admits(ticks));
    }
    breaker.failed(100, 0);
    breaker.failed(101, 0);
    assert!(!breaker.admits(101));
    assert_eq!(breaker.failures(), 3);
}

#[test]
fn a_refusal_opens_whatever_was_answered_before() {
    let mut breaker = breaker(BreakerOptions {
        failures: 10,
        ..BreakerOptions::default()
    });
    breaker.succeeded(5, 0);
    breaker.refused(6, 0);
    assert_eq!(breaker.state(6), BreakerState::Open);
}

#[test]
fn a_trial_that_is_given_up_is_followed_by_another() {
    let mut breaker = breaker(BreakerOptions::default());
    breaker.failed(0, u64::MAX);
    breaker.asked(1_000, u64::MAX);
    assert!(!breaker.admits(1_999));
    assert!(breaker.admits(2_000));
}

#[test]
fn failing_again_doubles_the_cool_down_up_to_the_cap() {
    let mut breaker = breaker(BreakerOptions::default());
    let mut ticks = 0;
    breaker.failed(ticks, u64::MAX);
    for cool_down in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
        assert!(!breaker.admits(ticks + cool_down - 1));
        ticks += cool_down;
        assert!(breaker.admits(ticks));
        breaker.asked(ticks, u64::MAX);
        breaker.failed(ticks, u64::MAX);
    }
}

/// Three trials, at `ticks` and each second after; the circuit is closed from the last one on.
fn close(breaker: &mut Breaker, ticks: u64) -> u64 {
    for trial in [ticks, ticks + 1_000, ticks + 2_000] {
        assert_ne!(breaker.state(trial), BreakerState::Closed);
        breaker.succeeded(trial, u64::MAX);
    }
    assert_eq!(breaker.state(ticks + 2_000), BreakerState::Closed);
    ticks + 2_000
}

#[test]
fn a_circuit_that_was_not_closed_for_long_opens_for_longer() {
    let mut breaker = breaker(BreakerOptions::default());
    breaker.failed(0, u64::MAX);
    let closed = close(&mut breaker, 1_000);
    let failed = closed + 59_999;
    breaker.failed(failed, u64::MAX);
    assert!(!breaker.admits(failed + 1_999) && breaker.admits(failed + 2_000));
    let closed = close(&mut breaker, failed + 2_000);
    let failed = closed + 60_000;
    breaker.failed(failed, u64::MAX);
    assert!(!breaker.admits(failed + 999) && breaker.admits(failed + 1_000));
}

#[test]
fn as_a_last_hope_a_source_may_fail_without_waiting_longer() {
    let mut breaker = breaker(BreakerOptions::default());
    breaker.failed(0, u64::MAX);
    for ticks in 1..1_000 {
        breaker.asked(ticks, u64::MAX);
        breaker.failed(ticks, u64::MAX);
    }
    assert!(breaker.admits(1_000));
}

/// Up for a second, down for a second, asked ten times a second.
#[test]
fn a_flapping_source_is_seldom_first() {
    let mut breaker = breaker(BreakerOptions::default());
    let mut first = 0;
    for ticks in (0_u64..600_000).step_by(100) {
        let random = ticks.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if breaker.admits(ticks) {
            first += 1;
            breaker.asked(ticks, random);
            match ticks / 1_000 % 2 {
                0 => breaker.succeeded(ticks, random),
                _ => breaker.failed(ticks, random),
            }
        }
    }
    // 6 000 without a breaker.
    assert!((10..300).contains(&first), "{first}");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(u64),
    Ask,
    Succeed,
    Fail,
    Refuse,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..5_000).prop_map(Step::Wait),
        Just(Step::Ask),
        Just(Step::Succeed),
        Just(Step::Fail),
        Just(Step::Refuse),
    ]
}

proptest! {
    /// Whatever happened: a cool-down is bounded, and a source that is well again is first again.
    #[test]
    fn no_circuit_stays_open(
        steps in proptest::collection::vec((step(), any::<u64>()), 0..200),
        failures in 0_u32..5,
        successes in 0_u32..5,
        cool_down in 0_u64..10_000,
        cap in 0_u64..100_000,
    ) {
        let options = BreakerOptions {
            failures,
            successes,
            cool_down: Duration::from_millis(cool_down),
            cap: Duration::from_millis(cap),
        };
        let mut breaker = breaker(options);
        let mut ticks = 0;
        for (step, random) in steps {
            let before = breaker;
            match step {
                Step::Wait(wait) => ticks += wait,
                Step::Ask => breaker.asked(ticks, random),
                Step::Succeed => breaker.succeeded(ticks, random),
                Step::Fail => breaker.failed(ticks, random),
                Step::Refuse => breaker.refused(ticks, random),
            }
            prop_assert!(breaker.admits(ticks + cap));
            match breaker.state(ticks) {
                BreakerState::Closed => prop_assert!(breaker.admits(ticks)),
                BreakerState::Open => prop_assert!(!breaker.admits(ticks)),
                BreakerState::HalfOpen => {}
            }
            if breaker.state(ticks) == BreakerState::Closed && before.state(ticks) != BreakerState::Closed {
                prop_assert!(matches!(step, Step::Succeed));
            }
        }
        // It takes `successes` trials, each at most a cool-down after the one before.
        ticks += cap;
        for _ in 0..successes.max(1) {
            breaker.asked(ticks, u64::MAX);
            breaker.succeeded(ticks, u64::MAX);
            ticks += cool_down.min(cap);
        }
        prop_assert_eq!(breaker.state(ticks), BreakerState::Closed);
        prop_assert_eq!(breaker.failures(), 0);
    }
}
