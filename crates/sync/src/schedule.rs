//! When to poll.
//!
//! A state machine over ticks, without a clock of its own: a host that may not work between
//! requests (a Worker) asks [`Schedule::due`] in each of them, others wait for [`Schedule::wait`].

use crate::jitter::{around, between, doubled, millis};
use std::time::Duration;

/// The rhythm of polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleOptions {
    /// From a poll that succeeded to the next; 30 s by default.
    pub interval: Duration,
    /// How much less or more that is, by chance, in percent; 20 by default, at most 100. The same
    /// share is taken of `full_interval`.
    pub jitter: u8,
    /// What two polls are apart at the least, whatever else is said; 1 s by default.
    pub floor: Duration,
    /// How long the first retry of a poll that failed may take; 2 s by default. It doubles with each
    /// failure in a row.
    pub retry: Duration,
    /// What the wait for a retry never exceeds, unless the floor is above it; 60 s by default.
    pub cap: Duration,
    /// From a full workflow (root chain included) that succeeded to the next; 1 h by default.
    pub full_interval: Duration,
}

impl Default for ScheduleOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            jitter: 20,
            floor: Duration::from_secs(1),
            retry: Duration::from_secs(2),
            cap: Duration::from_secs(60),
            full_interval: Duration::from_secs(60 * 60),
        }
    }
}

/// When the next poll of one instance is due, and whether it is a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    options: ScheduleOptions,
    /// When the next poll is due, in ticks.
    next: u64,
    /// When the next full workflow is due, in ticks.
    full: u64,
    /// Failures since the last success.
    failures: u32,
}

impl Schedule {
    /// A schedule whose first poll is due at once, and full.
    pub fn new(options: ScheduleOptions, ticks: u64) -> Self {
        Self {
            options,
            next: ticks,
            full: ticks,
            failures: 0,
        }
    }

    /// Whether a poll is due.
    pub fn due(&self, ticks: u64) -> bool {
        ticks >= self.next
    }

    /// How long until a poll is due.
    pub fn wait(&self, ticks: u64) -> Duration {
        Duration::from_millis(self.next.saturating_sub(ticks))
    }

    /// Whether the next poll runs the full workflow even if nothing changed.
    pub fn full_due(&self, ticks: u64) -> bool {
        ticks >= self.full
    }

    /// A poll begins. If nothing is heard of it again, because the request that it ran in was
    /// cancelled, the next is due as if it had failed.
    pub fn started(&mut self, ticks: u64, random: u64) {
        self.next = ticks.saturating_add(self.retry(random));
    }

    /// A poll succeeded.
    pub fn succeeded(&mut self, ticks: u64, random: u64) {
        self.failures = 0;
        let interval = millis(self.options.interval);
        let wait = around(interval, self.options.jitter, random);
        self.next = ticks.saturating_add(wait.max(self.floor()));
    }

    /// A poll that ran the full workflow succeeded.
    pub fn succeeded_fully(&mut self, ticks: u64, random: u64) {
        self.succeeded(ticks, random);
        let interval = millis(self.options.full_interval);
        let wait = around(interval, self.options.jitter, random);
        self.full = ticks.saturating_add(wait);
    }

    /// A source asks not to be polled for this long. It may ask for `full_interval` at most.
    pub fn not_before(&mut self, ticks: u64, wait: Duration) {
        let wait = millis(wait.min(self.options.full_interval));
        self.next = self.next.max(ticks.saturating_add(wait));
    }

    /// A poll failed.
    pub fn failed(&mut self, ticks: u64, random: u64) {
        self.next = ticks.saturating_add(self.retry(random));
        self.failures = self.failures.saturating_add(1);
    }

    /// The wait for a retry: full jitter above the floor.
    fn retry(&self, random: u64) -> u64 {
        let cap = millis(self.options.cap);
        let longest = doubled(millis(self.options.retry), self.failures, cap);
        between(self.floor(), longest, random)
    }

    fn floor(&self) -> u64 {
        millis(self.options.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_poll_is_due_at_once_and_full() {
        let schedule = Schedule::new(ScheduleOptions::default(), 7);
        assert!(schedule.due(7) && schedule.full_due(7));
        assert_eq!(schedule.wait(7), Duration::ZERO);
    }

    #[test]
    fn the_first_retry_is_soon_and_none_is_later_than_the_cap() {
        let mut schedule = Schedule::new(ScheduleOptions::default(), 0);
        for longest in [2, 4, 8, 16, 32, 60, 60, 60] {
            schedule.failed(0, u64::MAX);
            assert_eq!(schedule.wait(0), Duration::from_secs(longest));
        }
        schedule.failed(0, 0);
        assert_eq!(schedule.wait(0), Duration::from_secs(1));
        schedule.succeeded(0, 0);
        assert_eq!(schedule.wait(0), Duration::from_secs(24));
        schedule.failed(0, u64::MAX);
        assert_eq!(schedule.wait(0), Duration::from_secs(2));
    }

    #[test]
    fn a_poll_that_is_cancelled_is_repeated_but_not_at_once() {
        let mut schedule = Schedule::new(ScheduleOptions::default(), 0);
        schedule.started(0, u64::MAX);
        assert!(!schedule.due(1_999));
        assert!(schedule.due(2_000));
    }

    #[test]
    fn the_full_workflow_has_its_own_rhythm() {
        let mut schedule = Schedule::new(ScheduleOptions::default(), 0);
        schedule.succeeded_fully(0, u64::MAX / 2 + 1);
        let hour = 60 * 60 * 1_000;
        schedule.succeeded(hour - 1, 0);
        assert!(!schedule.full_due(hour - 1));
        assert!(schedule.full_due(hour));
        // It stays due until one succeeds.
        schedule.failed(hour, 0);
        schedule.succeeded(hour + 1, 0);
        assert!(schedule.full_due(hour + 1));
    }

    #[derive(Debug, Clone, Copy)]
    enum Outcome {
        Succeeded,
        Fully,
        Failed,
        Cancelled,
    }

    fn outcomes() -> impl Strategy<Value = Vec<(Outcome, u64)>> {
        let outcome = prop_oneof![
            Just(Outcome::Succeeded),
            Just(Outcome::Fully),
            Just(Outcome::Failed),
            Just(Outcome::Cancelled),
        ];
        proptest::collection::vec((outcome, any::<u64>()), 1..100)
    }

    proptest! {
        #[test]
        fn never_below_the_floor_and_never_above_what_is_allowed(
            outcomes in outcomes(),
            interval in 0_u64..100_000,
            jitter: u8,
            floor in 0_u64..5_000,
            retry in 0_u64..10_000,
            cap in 0_u64..100_000,
        ) {
            let ms = Duration::from_millis;
            let options = ScheduleOptions {
                interval: ms(interval),
                jitter,
                floor: ms(floor),
                retry: ms(retry),
                cap: ms(cap),
                full_interval: ms(3_600_000),
            };
            let mut schedule = Schedule::new(options, 0);
            let mut ticks = 0;
            for (outcome, random) in outcomes {
                prop_assert!(schedule.due(ticks));
                schedule.started(ticks, random);
                match outcome {
                    Outcome::Succeeded => schedule.succeeded(ticks, random),
                    Outcome::Fully => schedule.succeeded_fully(ticks, random),
                    Outcome::Failed => schedule.failed(ticks, random),
                    Outcome::Cancelled => {}
                }
                let wait = schedule.wait(ticks);
                prop_assert!(wait >= ms(floor));
                let most = match outcome {
                    Outcome::Succeeded | Outcome::Fully => interval * (100 + u64::from(jitter.min(100))) / 100,
                    Outcome::Failed | Outcome::Cancelled => cap,
                };
                prop_assert!(wait <= ms(most.max(floor)));
                ticks += u64::try_from(wait.as_millis()).unwrap();
            }
        }
    }
}
