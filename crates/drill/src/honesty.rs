//! The drill must not pass what it is there to find: evaluators that lie, go back or fail are put
//! before its clients, and it has to say so.

mod evaluator;

use crate::book::Book;
use crate::load::{self, Load};
use crate::report::{Report, Row};
use crate::script::Outcome;
use evaluator::Says;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// Clients here give up sooner: what answers at all is on this machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// Release 1 at revision 2, release 2 at revision 3, and a renewal at 4 have been published.
fn book() -> Book {
    let book = Book::new(&["eu", "us"]);
    book.truth(|truth| {
        for number in [1, 2] {
            truth.announce(number, digest(number));
            truth.published(number, number + 1, Instant::now());
        }
        truth.renewed(4);
    });
    book.next_fault();
    book.strike(Instant::now());
    book
}

fn digest(number: u64) -> String {
    format!("digest-of-{number}")
}

/// A right answer from the first region.
fn right() -> Says {
    Says {
        status: 200,
        number: 2,
        revision: 3,
        digest: digest(2),
        region: "eu",
        off: 0,
    }
}

/// Lets clients of these regions ask at least this often, and waits for every answer.
async fn ask(book: &Book, evaluators: &[String], requests: u64) {
    let (client, before) = (load::client(PATIENCE).unwrap(), book.tally(1).requests);
    let load = Load::start(&client, book, evaluators, Duration::from_millis(1));
    while book.tally(1).requests < before + requests {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    load.stop();
    while book.unanswered() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn judged(book: &Book) -> Report {
    book.check_revisions();
    let row = Row::new("fault", Duration::ZERO, &book.tally(1), Outcome::default());
    Report {
        passed: false,
        regions: 2,
        published: 2,
        lost: 0,
        copied: 0,
        overwritten: 0,
        repeated: 0,
        faults: vec![row],
        problems: book.problems(),
        ended: None,
        seconds: 0.0,
    }
    .judged()
}

/// One region whose evaluator answers like that, and whose clients have many answers before the odd
/// one; how the drill ends, and what it counts.
async fn drilled(says: impl Fn(u64) -> Says + Send + Sync + 'static) -> (u8, u64, u64) {
    let book = book();
    let evaluators = [evaluator::start(says).await];
    ask(&book, &evaluators, ODD / 2).await;
    ask(&book, &evaluators, 2 * ODD).await;
    let report = judged(&book);
    let tally = book.tally(1);
    assert_eq!(report.exit() == 0, report.problems.is_empty());
    (report.exit(), tally.failed, tally.wrong)
}

/// The number of the request that is answered otherwise than others.
const ODD: u64 = 50;

#[tokio::test]
async fn right_answers_pass() {
    assert_eq!(drilled(|_| right()).await, (0, 0, 0));
    // A newer release, and then a newer revision of it.
    let moves_on = |n| Says {
        number: if n < 20 { 1 } else { 2 },
        digest: digest(if n < 20 { 1 } else { 2 }),
        revision: if n < 20 { 2 } else { 3 + u64::from(n > 50) },
        ..right()
    };
    assert_eq!(drilled(moves_on).await, (0, 0, 0));
}

/// One answer among many is enough.
async fn fails_by(one: Says) {
    let says = move |n| if n == ODD { one.clone() } else { right() };
    assert_eq!(drilled(says).await, (1, 0, 1));
}

#[tokio::test]
async fn one_wrong_value_fails() {
    fails_by(Says { off: 1, ..right() }).await;
}

#[tokio::test]
async fn one_answer_of_another_bundle_fails() {
    fails_by(Says {
        digest: digest(1),
        ..right()
    })
    .await;
}

#[tokio::test]
async fn one_answer_of_a_release_that_nobody_published_fails() {
    fails_by(Says {
        number: 3,
        digest: digest(3),
        ..right()
    })
    .await;
}

#[tokio::test]
async fn one_answer_in_another_regions_name_fails() {
    fails_by(Says {
        region: "us",
        ..right()
    })
    .await;
}

#[tokio::test]
async fn one_older_release_fails() {
    fails_by(Says {
        number: 1,
        digest: digest(1),
        revision: 2,
        ..right()
    })
    .await;
}

#[tokio::test]
async fn one_older_revision_fails() {
    let goes_back = |n| Says {
        revision: if n == ODD { 3 } else { 4 },
        ..right()
    };
    assert_eq!(drilled(goes_back).await, (1, 0, 1));
}

#[tokio::test]
async fn a_revision_with_another_release_than_it_was_published_with_fails() {
    let says = |_| Says {
        revision: 2,
        ..right()
    };
    assert_eq!(drilled(says).await, (1, 0, 1));
}

#[tokio::test]
async fn a_revision_that_nobody_published_fails() {
    let says = |_| Says {
        revision: 5,
        ..right()
    };
    assert_eq!(drilled(says).await, (1, 0, 1));
}

#[tokio::test]
async fn going_back_over_a_restart_fails() {
    let book = book();
    let before = evaluator::start(|_| right()).await;
    ask(&book, &[before], 20).await;
    book.set_down(0, true);
    book.set_down(0, false);
    let older = || Says {
        number: 1,
        digest: digest(1),
        revision: 2,
        ..right()
    };
    let after = evaluator::start(move |_| older()).await;
    ask(&book, &[after], 40).await;
    let report = judged(&book);
    assert_eq!(report.exit(), 1);
    assert!(book.tally(1).wrong > 0);
}

#[tokio::test]
async fn one_error_fails() {
    let says = |n| Says {
        status: if n == ODD { 503 } else { 200 },
        ..right()
    };
    assert_eq!(drilled(says).await, (1, 1, 0));
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    format!("http://{address}")
}

#[tokio::test]
async fn an_evaluator_that_is_away_fails_unless_it_was_killed() {
    let us = || Says {
        region: "us",
        ..right()
    };
    let book_of_failure = book();
    let evaluators = [nobody().await, evaluator::start(move |_| us()).await];
    ask(&book_of_failure, &evaluators, 50).await;
    let report = judged(&book_of_failure);
    assert_eq!(report.exit(), 1);
    assert!(book_of_failure.tally(1).failed > 0);

    // Killed, its clients have their answers from the next region, and it counts apart.
    let book = book();
    book.set_down(0, true);
    ask(&book, &evaluators, 50).await;
    let report = judged(&book);
    assert_eq!(report.exit(), 0, "{:?}", report.problems);
    let tally = book.tally(1);
    assert_eq!((tally.failed, tally.wrong), (0, 0));
    assert!(tally.rerouted > 0);
}

#[tokio::test]
async fn every_evaluator_killed_fails() {
    let book = book();
    book.set_down(0, true);
    book.set_down(1, true);
    ask(&book, &[nobody().await, nobody().await], 50).await;
    let report = judged(&book);
    assert_eq!(report.exit(), 1);
}

#[tokio::test]
async fn requests_that_are_never_answered_fail() {
    // Connections are taken, and nothing is said: the listener stays.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let book = book();
    ask(&book, &[address], 200).await;
    let report = judged(&book);
    assert_eq!(report.exit(), 1);
    assert!(book.tally(1).failed > 0);
}

#[test]
fn a_lost_release_and_an_early_end_fail() {
    let report = || judged(&book());
    assert_eq!(report().exit(), 0);
    let lost = Report {
        lost: 1,
        ..report()
    };
    assert_eq!(lost.judged().exit(), 1);
    let ended = Report {
        ended: Some("never came".to_owned()),
        ..report()
    };
    assert_eq!(ended.judged().exit(), 1);
}
