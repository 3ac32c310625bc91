//! One evaluation on a candidate.

use super::Shadow;
use crate::guard::{self, Failure};
use crate::release::CompiledRelease;
use serde_json::Value;
use std::sync::Arc;
use zen_edge_eval::{EvaluateOptions, Evaluation, TraceKind, compare, to_json};

/// What came of a run.
pub(super) enum Outcome {
    Same,
    /// The first place at which the results differ.
    Different(String),
    /// Why the candidate gave no answer, in one word.
    Failed(&'static str),
}

/// An evaluation on a candidate that waits to be run, best in the background, after the answer was
/// sent. It can go to another thread. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct ShadowRun {
    shadow: Arc<Shadow>,
    pub(super) active: Arc<CompiledRelease>,
    pub(super) candidate: Arc<CompiledRelease>,
    pub(super) key: String,
    pub(super) context: Vec<u8>,
    options: EvaluateOptions,
    /// The active release's result as JSON text.
    expected: Vec<u8>,
}

impl ShadowRun {
    /// The release that it runs on.
    pub fn candidate(&self) -> &Arc<CompiledRelease> {
        &self.candidate
    }

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
