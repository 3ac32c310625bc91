//! Releases whose evaluation brings the evaluator down: counted, and taken back.

use serde::Serialize;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of how many releases traps are counted; the one that trapped longest ago is forgotten first.
const COUNTED: usize = 64;

/// After how many traps a release is taken back. Whoever finds a context that brings the evaluator
/// down can so make a region fall back to the release before, and no further than releases are in
/// memory; none switches that off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitOptions {
    /// Panics that were caught, and internal errors. By default 3.
    pub traps: Option<NonZeroU32>,
    /// Traps that a host reports, which cost a whole wasm instance. By default 1.
    pub reported: Option<NonZeroU32>,
}

impl Default for CircuitOptions {
    fn default() -> Self {
        Self {
            traps: NonZeroU32::new(3),
            reported: Some(NonZeroU32::MIN),
        }
    }
}

/// How an evaluator was brought down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trap {
    /// A panic that was caught, or an internal error.
    Caught,
    /// The host says that the wasm instance died.
    Reported,
}

/// What is known of a release that trapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrapReport {
    /// The SHA-256 of the release's bundle.
    pub digest: String,
    /// The project's key.
    pub project: String,
    /// Panics that were caught, and internal errors.
    pub caught: u32,
    /// Traps that the host reported.
    pub reported: u32,
    /// What happened last.
    pub message: String,
    /// Whether it was taken back. If it was not although it trapped often, nothing could take its
    /// place.
    pub taken_back: bool,
}

/// Counts traps.
#[derive(Debug)]
pub(crate) struct Circuit {
    options: CircuitOptions,
    /// The release that trapped last is the last one.
    reports: Mutex<VecDeque<TrapReport>>,
}

impl Circuit {
    pub(crate) fn new(options: CircuitOptions) -> Self {
        Self {
            options,
            reports: Mutex::default(),
        }
    }

    fn reports(&self) -> MutexGuard<'_, VecDeque<TrapReport>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a trap. Answers whether the release is to be taken back.
    pub(crate) fn count(&self, project: &str, digest: &str, trap: Trap, message: &str) -> bool {
        let mut reports = self.reports();
        let known = reports
            .iter()
            .position(|report| report.digest == digest && report.project == project);
        let known = known.and_then(|index| reports.remove(index));
        let mut report = known.unwrap_or_else(|| TrapReport {
            digest: digest.to_owned(),
            project: project.to_owned(),
            caught: 0,
            reported: 0,
            message: String::new(),
            taken_back: false,
        });
        let (count, threshold) = match trap {
            Trap::Caught => (&mut report.caught, self.options.traps),
            Trap::Reported => (&mut report.reported, self.options.reported),
        };
        *count = count.saturating_add(1);
        let open = threshold.is_some_and(|threshold| *count >= threshold.get());
        message.clone_into(&mut report.message);
        if reports.len() >= COUNTED {
            reports.pop_front();
        }
        reports.push_back(report);
        open
    }

    /// Notes that a release was taken back.
    pub(crate) fn taken_back(&self, project: &str, digest: &str) {
        for report in self.reports().iter_mut() {
            if report.digest == digest && report.project == project {
                report.taken_back = true;
            }
        }
    }

    /// What is known of a project's releases, the one that trapped last last.
    pub(crate) fn of(&self, project: &str) -> Vec<TrapReport> {
        let reports = self.reports();
        let reports = reports.iter().filter(|report| report.project == project);
        reports.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_is_taken_back_if_that_is_switched_off() {
        let circuit = Circuit::new(CircuitOptions {
            traps: None,
            reported: None,
        });
        for trap in [Trap::Caught, Trap::Reported].repeat(50) {
            assert!(!circuit.count("p", "a", trap, "it panicked"));
        }
        let reports = circuit.of("p");
        let counts: Vec<_> = reports.iter().map(|it| (it.caught, it.reported)).collect();
        assert_eq!(counts, [(50, 50)]);
    }

    #[test]
    fn the_counts_are_bounded() {
        let circuit = Circuit::new(CircuitOptions::default());
        for number in 0..COUNTED + 10 {
            circuit.count("p", &number.to_string(), Trap::Caught, "it panicked");
            // This one traps again and again, and stays.
            circuit.count("p", "0", Trap::Caught, "it panicked");
        }
        let reports = circuit.of("p");
        assert_eq!(reports.len(), COUNTED);
        assert_eq!(
            reports.last().map(|it| it.digest.as_str()),
            Some("0"),
            "{reports:?}"
        );
        circuit.taken_back("p", "0");
        let taken: Vec<_> = circuit
            .of("p")
            .into_iter()
            .filter(|it| it.taken_back)
            .collect();
        assert_eq!(taken.len(), 1);
    }

    proptest! {
        /// A release is taken back exactly from its threshold on, whatever else traps meanwhile.
        #[test]
        fn each_release_has_a_count_of_its_own(
            traps in prop::collection::vec((0..4_u8, any::<bool>()), 0..60),
            caught in 1..5_u32,
            reported in 1..5_u32,
        ) {
            let circuit = Circuit::new(CircuitOptions {
                traps: NonZeroU32::new(caught),
                reported: NonZeroU32::new(reported),
            });
            let mut counts: BTreeMap<(u8, bool), u32> = BTreeMap::new();
            for (digest, is_reported) in traps {
                let (trap, threshold) =
                    if is_reported { (Trap::Reported, reported) } else { (Trap::Caught, caught) };
                let count = counts.entry((digest, is_reported)).or_default();
                *count += 1;
                let open = circuit.count("p", &digest.to_string(), trap, "it panicked");
                prop_assert_eq!(open, *count >= threshold);
            }
            prop_assert!(circuit.of("q").is_empty());
        }
    }
}
