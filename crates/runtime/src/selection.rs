//! A release that was chosen to answer.

use crate::answer::Answer;
use crate::circuit::Trap;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::guard::{self, Failure};
use crate::pin::Pin;
use crate::release::CompiledRelease;
use crate::runtime::Runtime;
use crate::shadow::{Candidate, Shadow, ShadowRun};
use std::sync::Arc;
use zen_edge_eval::{ErrorKind, EvaluateOptions, Evaluation};
use zen_edge_sync::Age;

/// A release that was chosen to answer. It answers even if another one becomes active meanwhile.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    runtime: &'a Runtime,
    environment: &'a Environment,
    compiled: Arc<CompiledRelease>,
    age: Age,
    pinned: bool,
}

/// An evaluation under way: what belongs to it beside the engine's future.
struct Asked<'a> {
    key: &'a str,
    context: &'a [u8],
    options: EvaluateOptions,
    candidate: Option<(Arc<Shadow>, Arc<CompiledRelease>)>,
}

impl<'a> Selection<'a> {
    pub(crate) fn new(
        runtime: &'a Runtime,
        environment: &'a Environment,
        project: &str,
        pin: Option<&Pin>,
    ) -> Result<Self> {
        let (compiled, age) = environment.select(project, pin)?;
        Ok(Self {
            runtime,
            environment,
            compiled,
            age,
            pinned: pin.is_some(),
        })
    }

    /// The release: who may evaluate it, what it says of itself, its decisions.
    pub fn release(&self) -> &Arc<CompiledRelease> {
        &self.compiled
    }

    /// How old it is.
    pub fn age(&self) -> Age {
        self.age
    }

    /// Evaluates a decision; the context is JSON.
    ///
    /// # Errors
    /// `Evaluation` and `Trapped`.
    pub async fn evaluate(
        self,
        key: &str,
        context: &[u8],
        options: EvaluateOptions,
    ) -> Result<Answer> {
        let asked = self.ask(key, context, options);
        let bundle = self.compiled.bundle();
        let outcome = guard::evaluate(bundle, key, context, asked.options).await;
        self.finish(outcome, asked)
    }

    /// Evaluates a decision that awaits nothing, at once; the context is JSON.
    ///
    /// # Errors
    /// As [`Self::evaluate`], and `Evaluation` with `WouldAwait`.
    pub fn evaluate_sync(
        self,
        key: &str,
        context: &[u8],
        options: EvaluateOptions,
    ) -> Result<Answer> {
        let asked = self.ask(key, context, options);
        let outcome = guard::evaluate_sync(self.compiled.bundle(), key, context, asked.options);
        self.finish(outcome, asked)
    }

    fn ask<'b>(&self, key: &'b str, context: &'b [u8], options: EvaluateOptions) -> Asked<'b> {
        let candidate = self.candidate();
        let mut options = options;
        if candidate.is_some() {
            // Both must see the same time.
            options
                .now
                .get_or_insert_with(|| self.runtime.ports.clock.now());
        }
        Asked {
            key,
            context,
            options,
            candidate,
        }
    }

    /// The release that this request also runs on, if it is one of the share.
    fn candidate(&self) -> Option<(Arc<Shadow>, Arc<CompiledRelease>)> {
        let shadow = self.environment.shadow.as_ref()?;
        if self.pinned || !shadow.draw(self.runtime.ports.random.as_ref()) {
            return None;
        }
        let project = &self.compiled.release().project;
        let (from, candidate) = match &shadow.options.candidate {
            Candidate::Environment(name) => {
                let from = self.runtime.environments.get(name)?;
                (from, from.active().serving().active(project)?.clone())
            }
            Candidate::Digest(digest) => {
                let serving = self.environment.active().serving();
                let found = serving.projects().get(project)?.find(digest)?.clone();
                (self.environment, found)
            }
        };
        from.active().touch(&candidate);
        Some((shadow.clone(), candidate))
    }

    fn finish(
        self,
        outcome: std::result::Result<Evaluation, Failure>,
        asked: Asked<'_>,
    ) -> Result<Answer> {
        let release = self.compiled.release();
        let evaluation = match outcome {
            Ok(evaluation) => evaluation,
            Err(Failure::Error(error)) => {
                if error.kind() == ErrorKind::Internal {
                    self.trapped(&format!("evaluating `{}` was an internal error", asked.key));
                }
                return Err(Error::Evaluation {
                    error,
                    release: release.clone(),
                });
            }
            Err(Failure::Panicked) => {
                self.trapped(&format!("evaluating `{}` panicked", asked.key));
                return Err(Error::Trapped {
                    key: asked.key.to_owned(),
                    release: release.clone(),
                });
            }
        };
        let shadow = asked.candidate.and_then(|(shadow, candidate)| {
            let what = (asked.key, asked.context, asked.options);
            ShadowRun::new(shadow, &self.compiled, candidate, what, &evaluation)
        });
        Ok(Answer {
            evaluation,
            age: self.age,
            shadow,
            key: asked.key.to_owned(),
            compiled: self.compiled,
        })
    }

    fn trapped(&self, message: &str) {
        let release = self.compiled.release();
        self.environment
            .trapped(&release.project, &release.digest, Trap::Caught, message);
    }
}
