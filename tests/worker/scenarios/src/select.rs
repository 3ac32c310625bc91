//! Which scenarios can be played on a Worker, and what is changed about them.

use zen_edge_sync_testkit::{Fault, Scenario, Step};

/// What stands in the way of playing a scenario, if anything does.
pub(crate) fn obstacle(scenario: &Scenario) -> Option<&'static str> {
    if scenario.environments.len() > 1 {
        return Some("with several environments: a Worker serves one");
    }
    let mut steps = scenario.steps.iter();
    let mut due = Due::AtOnce;
    let mut faulty = false;
    steps.find_map(|step| match step {
        Step::Heal { .. } => {
            faulty = false;
            None
        }
        Step::Fault { fault, .. } => {
            faulty = true;
            of_fault(fault)
        }
        Step::Restart { .. } => {
            due = Due::AtOnce;
            None
        }
        Step::Advance(_) => {
            due = Due::Afterwards;
            None
        }
        Step::Refresh(refresh) => {
            due = Due::Not;
            let overlap = refresh.at_once.is_some()
                || refresh.cancel_after.is_some()
                || !refresh.meanwhile.is_empty();
            overlap.then_some("in which requests overlap: their order would be chance")
        }
        Step::Evaluate(_) | Step::Status(_) => {
            let harmless = match due {
                Due::Not => true,
                // It comes to nothing, and to its end before the answer.
                Due::AtOnce => faulty && matches!(step, Step::Evaluate(_)),
                Due::Afterwards => false,
            };
            due = Due::Not;
            (!harmless).then_some(
                "in which a refresh is due and something else is asked for: a Worker then refreshes by itself",
            )
        }
        _ => None,
    })
}

/// The scenario in which a start takes two poll intervals. Within one, what the data centre's cache
/// heard before the start still counts as a poll, and a Worker is fresh without asking anybody.
pub(crate) fn with_late_restarts(mut scenario: Scenario) -> Scenario {
    let environments = scenario.environments.values();
    let interval = environments.map(|it| it.poll_interval).max().unwrap_or(0);
    let steps = std::mem::take(&mut scenario.steps);
    for step in steps {
        let restart = matches!(step, Step::Restart { .. });
        scenario.steps.push(step);
        if restart {
            scenario.steps.push(Step::Advance(2 * interval));
        }
    }
    scenario
}

/// Whether a request that is no refresh lets a Worker refresh.
enum Due {
    Not,
    /// Nothing is served yet: an evaluation refreshes before it answers.
    AtOnce,
    /// The poll interval is over: whatever is answered, there is a refresh afterwards.
    Afterwards,
}

fn of_fault(fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::Hang | Fault::SlowDrip(_) => {
            Some("in which a store answers late: a Worker's timers are the platform's")
        }
        Fault::Dns | Fault::Tls => {
            Some("with a fault on the way to a store, which a server cannot play")
        }
        Fault::CachedNotFound | Fault::CachedOld | Fault::CachedGarbage => {
            Some("with a cache between a store and its clients, which a refresh goes past")
        }
        _ => None,
    }
}
