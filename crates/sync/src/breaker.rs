//! A circuit breaker: which source is asked in its turn, and which only if nobody else is left.
//!
//! A state machine over ticks, without a clock of its own. It never forbids anything: whoever has
//! nobody else to ask may ask a source whose circuit is open, and says how that went.

use crate::jitter::{between, doubled, millis};
use serde::Serialize;
use std::time::Duration;

/// When a source loses its turn, and when it gets it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerOptions {
    /// How many failures in a row open the circuit; 1 by default, because a failure is what is left
    /// after retries, and losing one's turn costs nothing where there is a replica.
    pub failures: u32,
    /// How long a circuit stays open the first time; 1 s by default. It doubles each time the source
    /// fails again soon after. It is also the time between two trials.
    pub cool_down: Duration,
    /// What a cool-down never exceeds; 60 s by default. A circuit that was closed for this long
    /// begins with the first cool-down again.
    pub cap: Duration,
    /// How many trials in a row must succeed before the circuit closes; 3 by default. They are at
    /// least half a cool-down apart, so that a source which answers every other second is not first
    /// every other second.
    pub successes: u32,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failures: 1,
            cool_down: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            successes: 3,
        }
    }
}

/// What a circuit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BreakerState {
    /// The source is asked in its turn.
    Closed,
    /// The source is asked when nobody else is left.
    Open,
    /// The source is asked in its turn now and then, to see whether it is well again.
    HalfOpen,
}

/// The circuit of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    options: BreakerOptions,
    circuit: Circuit,
    /// Failures since the last success.
    failures: u32,
    /// How often the circuit opened without having been closed for long in between.
    opened: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed {
        /// Since when, in ticks.
        since: u64,
    },
    Tripped {
        /// When the next trial may be, in ticks.
        trial: u64,
        /// From when on a success counts, in ticks.
        counts: u64,
        successes: u32,
        /// Whether a trial began of which nothing was heard yet. It may have been given up.
        trying: bool,
    },
}

impl Breaker {
    /// A closed circuit.
    pub fn new(options: BreakerOptions, ticks: u64) -> Self {
        Self {
            options,
            circuit: Circuit::Closed { since: ticks },
            failures: 0,
            opened: 0,
        }
    }

    /// Whether the source is asked in its turn now.
    pub fn admits(&self, ticks: u64) -> bool {
        match self.circuit {
            Circuit::Closed { .. } => true,
            Circuit::Tripped { trial, .. } => ticks >= trial,
        }
    }

    /// The source is being asked. If that is a trial, the next one is a cool-down away, so that one
    /// that is given up without an outcome does not keep the circuit open for ever.
    pub fn asked(&mut self, ticks: u64, random: u64) {
        let next = ticks.saturating_add(self.pause(0, random));
        if let Circuit::Tripped { trial, trying, .. } = &mut self.circuit
            && ticks >= *trial
        {
            *trial = next;
            *trying = true;
        }
    }

    /// The source answered.
    pub fn succeeded(&mut self, ticks: u64, random: u64) {
        self.failures = 0;
        let next = ticks.saturating_add(self.pause(0, random));
        let Circuit::Tripped {
            trial,
            counts,
            successes,
            trying,
        } = &mut self.circuit
        else {
            return;
        };
        *trying = false;
        if ticks < *counts {
            return;
        }
        *successes += 1;
        if *successes >= self.options.successes {
            self.circuit = Circuit::Closed { since: ticks };
        } else {
            (*trial, *counts) = (next, next);
        }
    }

    /// The source failed.
    pub fn failed(&mut self, ticks: u64, random: u64) {
        self.failures = self.failures.saturating_add(1);
        match self.circuit {
            Circuit::Closed { .. } if self.failures < self.options.failures => {}
            // Asked because nobody else was left: that it still fails is no news.
            Circuit::Tripped {
                successes: 0,
                trying: false,
                trial,
                ..
            } if ticks < trial => {}
            _ => self.open(ticks, random),
        }
    }

    /// What the source answered was refused by verification. That opens the circuit at once: the
    /// answers before it, which were sound, would hide it otherwise.
    pub fn refused(&mut self, ticks: u64, random: u64) {
        self.failures = self.failures.saturating_add(1);
        self.open(ticks, random);
    }

    /// What the circuit is now.
    pub fn state(&self, ticks: u64) -> BreakerState {
        match self.circuit {
            Circuit::Closed { .. } => BreakerState::Closed,
            Circuit::Tripped {
                trial,
                successes,
                trying,
                ..
            } if trying || successes > 0 || ticks >= trial => BreakerState::HalfOpen,
            Circuit::Tripped { .. } => BreakerState::Open,
        }
    }

    /// How many failures there were since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    fn open(&mut self, ticks: u64, random: u64) {
        if let Circuit::Closed { since } = self.circuit
            && ticks.saturating_sub(since) >= millis(self.options.cap)
        {
            self.opened = 0;
        }
        let until = ticks.saturating_add(self.pause(self.opened, random));
        self.opened = self.opened.saturating_add(1);
        self.circuit = Circuit::Tripped {
            trial: until,
            counts: 0,
            successes: 0,
            trying: false,
        };
    }

    /// The cool-down after the circuit opened so many times before: half of it for certain, the
    /// other half by chance.
    fn pause(&self, opened: u32, random: u64) -> u64 {
        let cap = millis(self.options.cap);
        let whole = doubled(millis(self.options.cool_down), opened, cap);
        between(whole / 2, whole, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
}
