//! A batch of messages: each is done, tried again later, or given up with a reason.

use crate::content::{Content, copy_content, copy_numbered};
use crate::error::Error;
use crate::event::{Event, Subject};
use crate::replicator::{Host, Outcome, replicate};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The wait before the second try. Each further one is twice as long.
const FIRST_DELAY: Duration = Duration::from_secs(5);

/// The longest wait.
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);

/// A message as the queue delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its body, JSON.
    pub body: String,
    /// How often it was delivered, this time included.
    pub attempts: u32,
}

/// What is to be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is dealt with: acknowledge it.
    Done,
    /// It may go better later: deliver it again after this time.
    Retry(Duration, Error),
    /// It will not go better by itself: put it aside, for people.
    Dead(Error),
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Handled {
    /// One verdict per message, in the order of the messages.
    pub verdicts: Vec<Verdict>,
    /// What became of the environments that were brought up to date.
    pub outcomes: Vec<Outcome>,
    /// Messages that are about no object of ours.
    pub ignored: u64,
    /// Objects that were copied because of their own messages.
    pub objects: u64,
    /// Objects that were gone when their turn came, counted for each destination.
    pub gone: u64,
}

/// Deals with a batch. Messages may come late, twice, in any order, and about what has changed again
/// since: bundles are copied first, then each environment of which any metadata was written, once, and
/// numbered metadata that this has not brought in the end.
pub async fn consume<H: Host>(
    host: &H,
    prefix: &str,
    environments: &[String],
    batch: &[Delivery],
) -> Handled {
    let mut handled = Handled::default();
    let subjects: Vec<Result<Subject, Error>> = batch
        .iter()
        .map(|delivery| Ok(Event::read(&delivery.body)?.subject(prefix, environments)))
        .collect();
    let wanted: BTreeSet<Subject> = subjects.iter().flatten().flat_map(parts).collect();
    let mut results: BTreeMap<Subject, Option<Error>> = BTreeMap::new();
    // In their order: content, what the pointer leads to with the pointer last, history.
    for subject in wanted {
        let result = match &subject {
            Subject::Content { environment, .. } | Subject::Numbered { environment, .. } => {
                object(host, environment, &subject, &mut handled).await
            }
            Subject::Metadata { environment } => {
                let outcomes = replicate(host, environment).await;
                let errors = outcomes
                    .iter()
                    .filter_map(|outcome| outcome.result.as_ref().err());
                let worst = worst(errors.cloned());
                handled.outcomes.extend(outcomes);
                worst
            }
            Subject::Foreign => None,
        };
        results.insert(subject, result);
    }
    handled.verdicts = subjects
        .iter()
        .zip(batch)
        .map(|(subject, delivery)| {
            let error = match subject {
                Ok(subject) => {
                    let results = parts(subject)
                        .into_iter()
                        .filter_map(|part| results.get(&part));
                    worst(results.flatten().cloned())
                }
                Err(error) => Some(error.clone()),
            };
            match error {
                None => Verdict::Done,
                Some(error) if error.kind().is_temporary() => {
                    Verdict::Retry(delay(delivery.attempts), error)
                }
                Some(error) => Verdict::Dead(error),
            }
        })
        .collect();
    let foreign = |subject: &&Result<Subject, Error>| matches!(subject, Ok(Subject::Foreign));
    handled.ignored = subjects.iter().filter(foreign).count() as u64;
    handled
}

/// What has to be done for a subject.
fn parts(subject: &Subject) -> Vec<Subject> {
    let environment = match subject {
        Subject::Numbered { environment, .. } => Some(environment.clone()),
        _ => None,
    };
    let metadata = environment.map(|environment| Subject::Metadata { environment });
    metadata.into_iter().chain([subject.clone()]).collect()
}

/// Copies a single object to every destination.
async fn object<H: Host>(
    host: &H,
    environment: &str,
    subject: &Subject,
    handled: &mut Handled,
) -> Option<Error> {
    let source = host.source(environment);
    let options = host.options();
    let mut errors = Vec::new();
    for destination in host.destinations(environment) {
        let copied = match subject {
            Subject::Content { file, .. } => {
                copy_content(&source, &destination, file, options).await
            }
            Subject::Numbered { file, .. } => {
                copy_numbered(&source, &destination, file, options).await
            }
            Subject::Metadata { .. } | Subject::Foreign => Ok(Content::Present),
        };
        match copied {
            Ok(Content::Copied(_)) => handled.objects = handled.objects.saturating_add(1),
            Ok(Content::Present) => {}
            Ok(Content::Gone) => handled.gone = handled.gone.saturating_add(1),
            Err(error) => errors.push(error),
        }
    }
    worst(errors.into_iter())
}

/// What decides about a message: as long as anything is temporary, it is tried again.
fn worst(errors: impl Iterator<Item = Error>) -> Option<Error> {
    let mut worst: Option<Error> = None;
    for error in errors {
        if worst.is_none() || error.kind().is_temporary() {
            worst = Some(error);
        }
    }
    worst
}

/// How long to wait after so many deliveries.
fn delay(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    FIRST_DELAY
        .saturating_mul(1 << doublings)
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn delays_grow_up_to_a_bound() {
        let seconds: Vec<_> = [0, 1, 2, 3, 8, 9, 100, u32::MAX]
            .map(|attempts| delay(attempts).as_secs())
            .into();
        assert_eq!(seconds, [5, 5, 10, 20, 640, 900, 900, 900]);
    }

    #[test]
    fn as_long_as_one_destination_may_recover_a_message_is_tried_again() {
        let error = |kind| Error::new(kind, "");
        let errors = [
            ErrorKind::Conflict,
            ErrorKind::Unavailable,
            ErrorKind::Untrusted,
        ];
        let found = worst(errors.into_iter().map(error)).unwrap();
        assert_eq!(found.kind(), ErrorKind::Unavailable);
        let found = worst([error(ErrorKind::Conflict)].into_iter()).unwrap();
        assert_eq!(found.kind(), ErrorKind::Conflict);
    }
}
