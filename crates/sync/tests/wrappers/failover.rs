//! Which source is asked when, and what is remembered of it.

use crate::support::{Scripted, failure, found, get, ports};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{
    Answer, BreakerOptions, BreakerState, Clock, Failover, FailoverOptions, Got, NoCache, Object,
    Source, StoreErrorKind,
};
use zen_edge_sync_testkit::ManualClock;

struct Sources {
    clock: ManualClock,
    stores: Vec<Arc<Scripted>>,
    failover: Failover,
}

type Told = (u64, Result<Got, zen_edge_sync::StoreError>);

/// Sources `0`, `1`, … that answer what they are told after so many milliseconds.
fn sources(scripts: Vec<Vec<Told>>) -> Sources {
    let clock = ManualClock::at(0);
    let stores: Vec<_> = scripts
        .into_iter()
        .map(|script| Scripted::slow(&clock, script))
        .collect();
    let named = stores.iter().enumerate().map(|(index, store)| Source {
        name: index.to_string(),
        store: store.clone(),
    });
    let ports = ports(&clock, NoCache, 1);
    let failover = Failover::new(named.collect(), &ports, FailoverOptions::default());
    Sources {
        clock,
        stores,
        failover,
    }
}

impl Sources {
    /// The first so many answers: source, text or kind, and when it came.
    fn answers(&self, first: Option<usize>, count: usize) -> Vec<(usize, String, u64)> {
        let mut asking = self
            .failover
            .ask(first, |_, store| store.get(get("timestamp.json")));
        let mut answers = Vec::new();
        while answers.len() < count
            && let Some(Answer { source, result }) = self.clock.run(asking.next())
        {
            let text = match result {
                Ok(Got::Found(Object { bytes, .. })) => String::from_utf8(bytes).unwrap(),
                Ok(other) => format!("{other:?}"),
                Err(error) => error.kind.code().to_owned(),
            };
            answers.push((source, text, self.clock.ticks()));
        }
        answers
    }

    /// Who gives the first good answer.
    fn winner(&self) -> Option<usize> {
        let mut asking = self.failover.ask(None, |_, store| store.get(get("a")));
        self.clock.run(async {
            while let Some(answer) = asking.next().await {
                if answer.result.is_ok() {
                    return Some(answer.source);
                }
            }
            None
        })
    }

    fn asked(&self) -> Vec<usize> {
        self.stores.iter().map(|store| store.asked()).collect()
    }

    fn state(&self, source: usize) -> BreakerState {
        self.failover.health()[source].state
    }

    fn pass(&self, milliseconds: u64) {
        self.clock.advance(Duration::from_millis(milliseconds));
    }
}

fn expect(answers: &[(usize, &str, u64)]) -> Vec<(usize, String, u64)> {
    let owned = |(source, text, at): &(usize, &str, u64)| (*source, (*text).to_owned(), *at);
    answers.iter().map(owned).collect()
}

#[test]
fn the_first_source_is_asked_and_no_other() {
    let sources = sources(vec![
        vec![(499, found("a", "1"))],
        vec![(0, found("b", "2"))],
    ]);
    assert_eq!(sources.answers(None, 1), expect(&[(0, "a", 499)]));
    assert_eq!(sources.asked(), [1, 0]);
}

#[test]
fn the_next_source_is_asked_at_once_when_one_fails() {
    let sources = sources(vec![
        vec![(10, failure(StoreErrorKind::Dns))],
        vec![(10, failure(StoreErrorKind::Denied))],
        vec![(10, found("c", "1"))],
    ]);
    let answers = sources.answers(None, 9);
    assert_eq!(
        answers,
        expect(&[(0, "dns", 10), (1, "denied", 20), (2, "c", 30)])
    );
}

#[test]
fn a_silent_source_is_overtaken_and_loses_its_turn() {
    let sources = sources(vec![
        vec![(100_000, found("a", "1"))],
        vec![(20, found("b", "2"))],
    ]);
    assert_eq!(sources.answers(None, 1), expect(&[(1, "b", 520)]));
    assert_eq!(sources.state(0), BreakerState::Open);
    // From now on it costs nothing.
    assert_eq!(sources.answers(None, 1), expect(&[(1, "b", 540)]));
    assert_eq!(sources.asked(), [1, 2]);
}

#[test]
fn the_slower_answer_comes_when_it_is_asked_for() {
    let sources = sources(vec![
        vec![(800, found("a", "1"))],
        vec![(20, found("b", "2"))],
    ]);
    assert_eq!(
        sources.answers(None, 9),
        expect(&[(1, "b", 520), (0, "a", 800)])
    );
    // It did answer: that is no failure.
    assert_eq!(sources.state(0), BreakerState::Closed);
    assert_eq!(sources.asked(), [1, 1]);
}

#[test]
fn a_source_that_was_asked_later_is_not_overtaken() {
    let sources = sources(vec![
        vec![(800, found("a", "1"))],
        vec![(100_000, found("b", "2"))],
    ]);
    assert_eq!(sources.answers(None, 1), expect(&[(0, "a", 800)]));
    assert_eq!(sources.asked(), [1, 1]);
    assert_eq!(sources.failover.health()[1].last_error, None);
}

#[test]
fn each_source_has_a_deadline_of_its_own() {
    let hang = 1_000_000;
    let sources = sources(vec![
        vec![(hang, found("a", "1"))],
        vec![(hang, found("b", "2"))],
        vec![(hang, found("c", "2"))],
    ]);
    let answers = sources.answers(None, 9);
    assert_eq!(
        answers,
        expect(&[
            (0, "timeout", 5_000),
            (1, "timeout", 5_500),
            (2, "timeout", 6_000)
        ])
    );
    let error = sources.failover.health()[1].last_error.clone().unwrap();
    assert_eq!(error.message, "source `1` did not answer within 5000 ms");
}

#[test]
fn a_failure_while_another_is_pending_is_followed_by_the_next() {
    let sources = sources(vec![
        vec![(4_000, found("a", "1"))],
        vec![(100, failure(StoreErrorKind::Tls))],
        vec![(100, found("c", "1"))],
    ]);
    let answers = sources.answers(None, 9);
    assert_eq!(
        answers,
        expect(&[(1, "tls", 600), (2, "c", 700), (0, "a", 4_000)])
    );
}

#[test]
fn no_source_is_no_answer() {
    let sources = sources(vec![]);
    assert_eq!(sources.answers(None, 9), []);
    assert_eq!(sources.answers(Some(3), 9), []);
    sources.failover.refused(3);
    assert_eq!(sources.failover.name(3), "");
}

#[test]
fn the_one_that_is_named_is_asked_before_all_others_and_once() {
    let sources = sources(vec![
        vec![(0, found("a", "1"))],
        vec![(0, failure(StoreErrorKind::Dns))],
        vec![(0, found("c", "1"))],
    ]);
    let answers = expect(&[(1, "dns", 0), (0, "a", 0), (2, "c", 0)]);
    assert_eq!(sources.answers(Some(1), 9), answers);
    // Even now that its circuit is open.
    assert_eq!(sources.answers(Some(1), 9), answers);
    // A source that does not exist is nobody's first.
    assert_eq!(sources.answers(Some(7), 1), expect(&[(0, "a", 0)]));
}

#[test]
fn when_every_circuit_is_open_all_are_asked_in_their_order() {
    let sources = sources(vec![
        vec![
            (0, failure(StoreErrorKind::Dns)),
            (0, failure(StoreErrorKind::Dns)),
            (0, found("a", "1")),
        ],
        vec![(0, failure(StoreErrorKind::Unavailable))],
    ]);
    let failed = expect(&[(0, "dns", 0), (1, "unavailable", 0)]);
    assert_eq!(sources.answers(None, 9), failed);
    assert_eq!(sources.state(0), BreakerState::Open);
    assert_eq!(sources.answers(None, 9), failed);
    assert_eq!(sources.answers(None, 1), expect(&[(0, "a", 0)]));
}

#[test]
fn an_absent_object_and_a_store_that_cannot_list_are_no_failures() {
    let sources = sources(vec![
        vec![
            (0, Ok(Got::Missing)),
            (0, failure(StoreErrorKind::Unsupported)),
        ],
        vec![(0, found("b", "1"))],
    ]);
    for _ in 0..3 {
        assert_eq!(sources.answers(None, 9).len(), 2);
        assert_eq!(sources.state(0), BreakerState::Closed);
    }
    assert_eq!(sources.failover.health()[0].consecutive_failures, 0);
}

#[test]
fn a_refused_answer_is_a_failure() {
    let sources = sources(vec![
        vec![(0, found("evil", "1"))],
        vec![(0, found("b", "1"))],
    ]);
    assert_eq!(sources.winner(), Some(0));
    sources.failover.refused(0);
    assert_eq!(sources.winner(), Some(1));
    let health = sources.failover.health();
    assert_eq!(
        serde_json::to_string(&health).unwrap(),
        r#"[{"name":"0","state":"open","consecutiveFailures":1,"lastError":{"kind":"invalid","message":"verification refused what it answered"}},{"name":"1","state":"closed","consecutiveFailures":0,"lastError":null}]"#
    );
}

#[test]
fn a_request_that_is_cancelled_says_nothing_about_a_source() {
    let sources = sources(vec![
        vec![(4_000, found("a", "1"))],
        vec![(4_000, found("b", "1"))],
    ]);
    let mut asking = sources.failover.ask(None, |_, store| store.get(get("a")));
    sources.clock.run(async {
        let patience = sources.clock.sleep(Duration::from_secs(1));
        let next = std::pin::pin!(asking.next());
        futures_util::future::select(next, patience).await;
    });
    assert_eq!(sources.asked(), [1, 1]);
    drop(asking);
    for health in sources.failover.health() {
        assert_eq!(health.consecutive_failures, 0);
        assert_eq!(health.last_error, None);
    }
    // And what is pending can be waited for again.
    let mut asking = sources.failover.ask(None, |_, store| store.get(get("a")));
    sources.clock.run(async {
        let patience = sources.clock.sleep(Duration::from_secs(1));
        let next = std::pin::pin!(asking.next());
        futures_util::future::select(next, patience).await;
    });
    let answer = sources.clock.run(asking.next()).unwrap();
    assert_eq!((answer.source, answer.result), (0, found("a", "1")));
}

#[test]
fn a_source_that_is_well_again_is_first_again() {
    let sources = sources(vec![
        vec![(0, failure(StoreErrorKind::Refused))],
        vec![(0, found("b", "1"))],
    ]);
    assert_eq!(sources.winner(), Some(1));
    sources.stores[0].tell(vec![(0, found("a", "1"))]);
    assert_eq!(sources.winner(), Some(1), "not at once");
    let mut winners = Vec::new();
    for _ in 0..10 {
        sources.pass(1_000);
        winners.extend([sources.winner(), sources.winner()]);
    }
    // On trial once a second, and after three trials for good.
    assert_eq!(winners[..6], [0, 1, 0, 1, 0, 0].map(Some), "{winners:?}");
    assert!(winners[5..].iter().all(|winner| *winner == Some(0)));
    assert_eq!(sources.state(0), BreakerState::Closed);
}

/// Up for a second, down for a second, asked four times a second for ten minutes.
#[test]
fn a_source_that_flaps_costs_no_answer_and_is_seldom_first() {
    let sources = sources(vec![vec![(0, found("a", "1"))], vec![(0, found("b", "1"))]]);
    let mut winners = [0; 2];
    for quarter in 0..2_400 {
        sources.stores[0].tell(vec![match quarter / 4 % 2 {
            0 => (0, found("a", "1")),
            _ => (0, failure(StoreErrorKind::Unavailable)),
        }]);
        winners[sources.winner().unwrap()] += 1;
        sources.pass(250);
    }
    assert!(winners[0] < 240, "{winners:?}");
    assert!(sources.stores[0].asked() > 5, "it is tried now and then");
}

#[test]
fn a_circuit_can_be_more_patient() {
    let clock = ManualClock::at(0);
    let store = Scripted::new(&clock, vec![failure(StoreErrorKind::Dns)]);
    let source = Source {
        name: "0".to_owned(),
        store,
    };
    let options = FailoverOptions {
        breaker: BreakerOptions {
            failures: 3,
            ..BreakerOptions::default()
        },
        ..FailoverOptions::default()
    };
    let failover = Failover::new(vec![source], &ports(&clock, NoCache, 1), options);
    for failures in 1..=3 {
        let mut asking = failover.ask(None, |_, store| store.get(get("a")));
        assert!(clock.run(asking.next()).unwrap().result.is_err());
        let health = &failover.health()[0];
        assert_eq!(health.consecutive_failures, failures);
        assert_eq!(health.state == BreakerState::Open, failures == 3);
    }
}

#[test]
fn everything_can_be_sent_to_another_thread() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    fn shared<T: Sync>(_: &T) {}
    let sources = sources(vec![vec![(0, found("a", "1"))]]);
    shared(&sources.failover);
    assert_eq!(sources.failover.names().collect::<Vec<_>>(), ["0"]);
    let mut asking = sent(sources.failover.ask(None, |_, store| store.get(get("a"))));
    let answer = sources.clock.run(sent(asking.next())).unwrap();
    assert_eq!(answer.result, found("a", "1"));
}

proptest! {
    /// Whatever sources do: each is asked once, answers once, and in time.
    #[test]
    fn every_source_answers_once_and_in_time(
        told in proptest::collection::vec((0_u64..8_000, any::<bool>()), 0..6),
        first in proptest::option::of(0_usize..6),
    ) {
        let script = |(wait, good): &(u64, bool)| match good {
            true => vec![(*wait, found("good", "1"))],
            false => vec![(*wait, failure(StoreErrorKind::Interrupted))],
        };
        let sources = sources(told.iter().map(script).collect());
        let answers = sources.answers(first, usize::MAX);
        prop_assert!(sources.asked().iter().all(|asked| *asked == 1));
        prop_assert!(answers.is_sorted_by_key(|(_, _, at)| *at));
        let mut answered: Vec<_> = answers.iter().map(|(source, _, _)| *source).collect();
        answered.sort_unstable();
        prop_assert_eq!(answered, (0..told.len()).collect::<Vec<_>>());
        for (source, text, at) in answers {
            let (wait, good) = told[source];
            let expected = match (wait, good) {
                // An answer in the moment of the deadline is in time.
                (5_001.., _) => "timeout",
                (_, true) => "good",
                (_, false) => "interrupted",
            };
            prop_assert_eq!(&text, expected);
            let asked = sources.stores[source].asked_at()[0];
            prop_assert_eq!(at, asked + wait.min(5_000));
            // No source waits for more than the others' silence.
            prop_assert!(asked <= 500 * told.len() as u64);
        }
    }
}
