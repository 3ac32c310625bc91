//! What people and machines are told: figures, the status, and what was put aside.

use crate::batch::{Delivery, Handled, Verdict};
use crate::copy::Pointer;
use crate::error::Error;
use crate::replicator::{Look, Outcome};
use serde::Serialize;
use serde_json::value::RawValue;

/// A data point: what Workers Analytics Engine takes, and what a log line says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What samples are taken by.
    pub index: String,
    /// Names.
    pub blobs: Vec<String>,
    /// Figures.
    pub doubles: Vec<f64>,
}

impl Measure {
    /// What became of an environment in a destination. Blobs: `copy`, environment, destination, and
    /// `moved`, `same`, `ahead`, `absent` or an error's code. Doubles: revision of the source, revision of
    /// the destination, seconds of lag (each -1 if it cannot be told), objects and bytes that were
    /// written.
    pub fn of(outcome: &Outcome) -> Self {
        let word = match &outcome.result {
            Ok(None) => "absent",
            Ok(Some(copied)) => match copied.pointer {
                Pointer::Moved => "moved",
                Pointer::Same => "same",
                Pointer::Ahead => "ahead",
            },
            Err(error) => error.kind().code(),
        };
        let copied = outcome.result.as_ref().ok().copied().flatten();
        let known = |figure: Option<u64>| figure.map_or(-1.0, |figure| figure as f64);
        let standing = &outcome.standing;
        let blobs = ["copy", &outcome.environment, &outcome.destination, word];
        Self {
            index: outcome.environment.clone(),
            blobs: blobs.map(str::to_owned).into(),
            doubles: vec![
                known(standing.source),
                known(standing.destination),
                known(standing.lag_seconds),
                copied.map_or(0.0, |copied| copied.objects as f64),
                copied.map_or(0.0, |copied| copied.bytes as f64),
            ],
        }
    }
}

/// The data points of a batch: one per copy, and one for the messages. The latter's blob is `batch`, and
/// its doubles are messages, done, tried again, put aside, objects copied, objects gone, and messages ignored.
pub fn measures(handled: &Handled) -> Vec<Measure> {
    let count = |which: fn(&Verdict) -> bool| {
        let verdicts = handled.verdicts.iter();
        verdicts.filter(|verdict| which(verdict)).count() as f64
    };
    let batch = Measure {
        index: "batch".to_owned(),
        blobs: vec!["batch".to_owned()],
        doubles: vec![
            handled.verdicts.len() as f64,
            count(|verdict| matches!(verdict, Verdict::Done)),
            count(|verdict| matches!(verdict, Verdict::Retry(..))),
            count(|verdict| matches!(verdict, Verdict::Dead(_))),
            handled.objects as f64,
            handled.gone as f64,
            handled.ignored as f64,
        ],
    };
    let copies = handled.outcomes.iter().map(Measure::of);
    copies.chain([batch]).collect()
}

#[derive(Serialize)]
struct Reason<'a> {
    kind: &'static str,
    message: &'a str,
}

impl<'a> Reason<'a> {
    fn of(error: &'a Error) -> Self {
        Self {
            kind: error.kind().code(),
            message: error.message(),
        }
    }
}

/// A message that was given up, as JSON: `{"error": {"kind", "message"}, "attempts", "at", "message"}`, the
/// message as it was received. `now` is in milliseconds since 1970.
///
/// # Errors
/// If the message is too large a text to be written again, which no queue delivers.
pub fn dead_letter(
    delivery: &Delivery,
    error: &Error,
    now: i64,
) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Letter<'a> {
        error: Reason<'a>,
        attempts: u32,
        at: String,
        message: &'a RawValue,
    }
    let text = serde_json::to_string(&delivery.body)?;
    let message = serde_json::from_str(&delivery.body).or_else(|_| serde_json::from_str(&text))?;
    serde_json::to_string(&Letter {
        error: Reason::of(error),
        attempts: delivery.attempts,
        at: time(now),
        message,
    })
}

/// How all copies stand, as JSON: `{"now", "copies": [{"environment", "destination", "sourceRevision",
/// "revision", "lagSeconds", "releases", "missing", "error": {"kind", "message"}}]}`; what cannot be
/// told is `null`.
///
/// # Errors
/// None that a text can have.
pub fn status(looks: &[Look], now: i64) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        now: String,
        copies: Vec<Copy<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Copy<'a> {
        environment: &'a str,
        destination: &'a str,
        source_revision: Option<u64>,
        revision: Option<u64>,
        lag_seconds: Option<u64>,
        releases: Option<usize>,
        missing: Option<usize>,
        error: Option<Reason<'a>>,
    }
    let copies = looks.iter().map(|look| Copy {
        environment: &look.environment,
        destination: &look.destination,
        source_revision: look.standing.source,
        revision: look.standing.destination,
        lag_seconds: look.standing.lag_seconds,
        releases: look.releases,
        missing: look.missing,
        error: look.error.as_ref().map(Reason::of),
    });
    serde_json::to_string(&Status {
        now: time(now),
        copies: copies.collect(),
    })
}

fn time(now: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    time.to_string()
}
