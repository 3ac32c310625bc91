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
