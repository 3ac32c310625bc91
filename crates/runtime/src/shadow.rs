//! Shadow evaluation: a share of requests also runs on a candidate, after they were answered.
//!
//! What a candidate answers, and whether it answers at all, changes nothing for the caller. It
//! reaches what its own environment's host grants: grant a candidate nothing that has effects.

use crate::guard::{self, Failure};
use crate::release::CompiledRelease;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use zen_edge_eval::{EvaluateOptions, Evaluation, TraceKind, compare, to_json};
use zen_edge_sync::Random;

/// How many pairs of an active release and a candidate are remembered per project.
const PAIRS: usize = 4;
/// A longer context is not kept in a sample.
const CONTEXT_BYTES: usize = 64 * 1024;

/// What runs beside the active release.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowOptions {
    /// The candidate.
    pub candidate: Candidate,
    /// The share of requests, from 0 to 1. Pinned requests and failed ones never are among them.
    pub share: f64,
    /// How many differences are kept as samples per project, the newest ones.
    pub samples: usize,
    /// Whether samples hold contexts. By default they hold a hash.
    pub contexts: Contexts,
}

/// A release that may become the active one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// The active release of the same project in this environment.
    Environment(String),
    /// A release of the same project that is in memory, by the SHA-256 of its bundle.
    Digest(String),
}

/// Whether samples hold contexts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Contexts {
    /// They do not.
    #[default]
    Hashed,
    /// They do, with every text, number and boolean masked but those of members with these names.
    Masked(BTreeSet<String>),
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShadowReport {
    /// The digest of the release that answered.
    pub active: String,
    /// The digest of the candidate.
    pub candidate: String,
    /// How often both answered the same.
    pub same: u64,
    /// How often they answered differently.
    pub different: u64,
    /// How often the candidate gave no answer.
    pub failed: u64,
    /// The newest differences and failures.
    pub samples: VecDeque<ShadowSample>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShadowSample {
    /// The decision's key.
    pub key: String,
    /// The SHA-256 of the context's bytes in hexadecimal digits.
    pub context_hash: String,
    /// The context, masked, if that is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// The first place at which the results differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why the candidate gave no answer, in the evaluator's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Draws requests, and notes what came of them.
#[derive(Debug)]
pub(crate) struct Shadow {
    pub(crate) options: ShadowOptions,
    reports: Mutex<BTreeMap<String, VecDeque<ShadowReport>>>,
}

impl Shadow {
    pub(crate) fn new(options: ShadowOptions) -> Self {
        Self {
            options,
            reports: Mutex::default(),
        }
    }

    /// Whether the next request is one of the share.
    pub(crate) fn draw(&self, random: &dyn Random) -> bool {
        // 32 bits are a float without loss; the quotient is below 1.
        let drawn = u32::try_from(random.next() >> 32).unwrap_or(u32::MAX);
        f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < self.options.share
    }

    /// What is known about a project's candidates, the newest pair last.
    pub(crate) fn of(&self, project: &str) -> Vec<ShadowReport> {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports
            .get(project)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    fn note(&self, run: &ShadowRun, outcome: Outcome) {
        let sample = match outcome {
            Outcome::Same => None,
            Outcome::Different(path) => Some((Some(path), None)),
            Outcome::Failed(word) => Some((None, Some(word.to_owned()))),
        };
        let sample = sample.map(|(path, error)| ShadowSample {
            key: run.key.clone(),
            context_hash: hex::encode(Sha256::digest(&run.context)),
            context: self.options.contexts.sample(&run.context),
            path,
            error,
        });
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let project = run.active.release().project.clone();
        let pairs = reports.entry(project).or_default();
        let (active, candidate) = (run.active.digest(), run.candidate.digest());
        let is_pair =
            |report: &ShadowReport| report.active == active && report.candidate == candidate;
        if !pairs.iter().any(is_pair) {
            if pairs.len() >= PAIRS {
                pairs.pop_front();
            }
            pairs.push_back(ShadowReport {
                active: active.to_owned(),
                candidate: candidate.to_owned(),
                same: 0,
                different: 0,
                failed: 0,
                samples: VecDeque::new(),
            });
        }
        let Some(report) = pairs.iter_mut().find(|report| is_pair(report)) else {
            return;
        };
        match &sample {
            None => report.same += 1,
            Some(ShadowSample { path: Some(_), .. }) => report.different += 1,
            Some(_) => report.failed += 1,
        }
        report.samples.extend(sample);
        while report.samples.len() > self.options.samples {
            report.samples.pop_front();
        }
    }
}

impl Contexts {
    fn sample(&self, context: &[u8]) -> Option<Value> {
        match self {
            Self::Masked(shown) if context.len() <= CONTEXT_BYTES => {
                let mut context = serde_json::from_slice(context).ok()?;
                mask(&mut context, shown);
                Some(context)
            }
            _ => None,
        }
    }
}

/// Masks what is not null; objects and lists keep their form.
fn mask(value: &mut Value, shown: &BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, shown)),
        Value::Object(members) => {
            let hidden = members
                .iter_mut()
                .filter(|(name, _)| !shown.contains(*name));
            hidden.for_each(|(_, member)| mask(member, shown));
        }
        _ => *value = "***".into(),
    }
}

enum Outcome {
    Same,
    Different(String),
    Failed(&'static str),
}

/// An evaluation on a candidate that waits to be run, best in the background, after the answer was
/// sent. It can go to another thread. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct ShadowRun {
    shadow: Arc<Shadow>,
    active: Arc<CompiledRelease>,
    candidate: Arc<CompiledRelease>,
    key: String,
    context: Vec<u8>,
    options: EvaluateOptions,
    /// The active release's result as JSON text.
    expected: Vec<u8>,
}

impl ShadowRun {
    /// None if both releases are the same bundle, or the result cannot be written.
    pub(crate) fn new(
        shadow: Arc<Shadow>,
        active: &Arc<CompiledRelease>,
        candidate: Arc<CompiledRelease>,
        (key, context, options): (&str, &[u8], EvaluateOptions),
        evaluation: &Evaluation,
    ) -> Option<Self> {
        if active.digest() == candidate.digest() {
            return None;
        }
        let expected = to_json(&evaluation.result, active.bundle().limits()).ok()?;
        Some(Self {
            shadow,
            active: active.clone(),
            candidate,
            key: key.to_owned(),
            context: context.to_owned(),
            options: EvaluateOptions {
                trace: TraceKind::None,
                ..options
            },
            expected,
        })
    }

    /// Evaluates, compares and notes the outcome.
    pub async fn run(self) {
        let bundle = self.candidate.bundle();
        let answer = guard::evaluate(bundle, &self.key, &self.context, self.options).await;
        self.finish(answer);
    }

    /// As [`Self::run`], at once. A candidate that waits for the host counts as failed.
    pub fn run_sync(self) {
        let bundle = self.candidate.bundle();
        let answer = guard::evaluate_sync(bundle, &self.key, &self.context, self.options);
        self.finish(answer);
    }

    fn finish(&self, answer: Result<Evaluation, Failure>) {
        self.shadow.note(self, self.compare(answer));
    }

    fn compare(&self, answer: Result<Evaluation, Failure>) -> Outcome {
        let failed = |error: &zen_edge_eval::Error| Outcome::Failed(error.kind().code());
        let evaluation = match answer {
            Ok(evaluation) => evaluation,
            Err(Failure::Error(error)) => return failed(&error),
            Err(Failure::Panicked) => return Outcome::Failed("trapped"),
        };
        let found = match to_json(&evaluation.result, self.candidate.bundle().limits()) {
            Ok(found) => found,
            Err(error) => return failed(&error),
        };
        if found == self.expected {
            return Outcome::Same;
        }
        let parse = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or_default();
        let (expected, found) = (parse(&self.expected), parse(&found));
        match compare::first_difference(&expected, &found) {
            Some(difference) => Outcome::Different(difference.path),
            None => Outcome::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use zen_edge_sync_testkit::SeededRandom;

    fn shadow(share: f64) -> Shadow {
        Shadow::new(ShadowOptions {
            candidate: Candidate::Environment("staging".to_owned()),
            share,
            samples: 2,
            contexts: Contexts::default(),
        })
    }

    #[test]
    fn the_share_is_drawn() {
        let drawn = |share| {
            let (shadow, random) = (shadow(share), SeededRandom::new(7));
            (0..10_000).filter(|_| shadow.draw(&random)).count()
        };
        assert_eq!((drawn(0.0), drawn(1.0)), (0, 10_000));
        let tenth = drawn(0.1);
        assert!((900..1_100).contains(&tenth), "{tenth}");
    }

    #[test]
    fn contexts_are_masked() {
        let context = br#"{"name": "Ann", "order": {"country": "LT", "lines": [{"sum": 12.5}]},
            "vip": true, "note": null, "tags": ["a"], "plan": {"secret": 1}}"#;
        let shown = ["country", "plan"].map(str::to_owned).into();
        let masked = Contexts::Masked(shown).sample(context);
        let expected = json!({"name": "***",
            "order": {"country": "LT", "lines": [{"sum": "***"}]},
            "vip": "***", "note": null, "tags": ["***"], "plan": {"secret": 1}});
        assert_eq!(masked, Some(expected));
        assert_eq!(Contexts::Hashed.sample(context), None);
        let long = format!("\"{}\"", "a".repeat(CONTEXT_BYTES));
        assert_eq!(
            Contexts::Masked(BTreeSet::new()).sample(long.as_bytes()),
            None
        );
    }

    #[test]
    fn a_run_can_go_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<ShadowRun>();
    }
}
