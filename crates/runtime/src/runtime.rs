//! The façade: refresh, evaluate, status.

use crate::answer::Answer;
use crate::circuit::Trap;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::options::EnvironmentOptions;
use crate::pin::Pin;
use crate::release::CompiledRelease;
use crate::selection::Selection;
use crate::shadow::Candidate;
use crate::status::Status;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_eval::EvaluateOptions;
use zen_edge_sync::{Ports, Report, When};

/// Serves environments: keeps each at its newest good release, and answers from it.
///
/// Nothing here waits for another request, and nothing runs by itself: whoever needs a newer release
/// calls [`Self::refresh`], in the background if the host has one, in the request if it has not.
#[derive(Debug)]
pub struct Runtime {
    pub(crate) environments: BTreeMap<String, Environment>,
    /// The environment that is meant if none is named.
    default: String,
    pub(crate) ports: Ports,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The environment; the one configured first if none is named.
    pub environment: Option<&'a str>,
    /// The project's key, or the id that its bundle states.
    pub project: &'a str,
    /// The release, if not the active one.
    pub pin: Option<&'a Pin>,
    /// The decision's key, in any case.
    pub key: &'a str,
    /// The context as JSON.
    pub context: &'a [u8],
    /// How to evaluate.
    pub options: EvaluateOptions,
}

impl Runtime {
    /// A runtime that serves nothing yet.
    ///
    /// # Errors
    /// `Configuration`: no environment, two of one name, or options that do not fit together.
    pub fn new(options: Vec<EnvironmentOptions>, ports: Ports) -> Result<Self> {
        let names: Vec<_> = options
            .iter()
            .map(|options| options.client.environment.clone())
            .collect();
        let mut environments = BTreeMap::new();
        for options in options {
            check(&options, &names)?;
            let environment = Environment::new(options, &ports)?;
            let name = environment.name().to_owned();
            if environments.insert(name.clone(), environment).is_some() {
                let message = format!("two environments are called `{name}`");
                return Err(Error::Configuration(message));
            }
        }
        let Some(default) = names.into_iter().next() else {
            let message = "no environment is configured";
            return Err(Error::Configuration(message.to_owned()));
        };
        Ok(Self {
            environments,
            default,
            ports,
        })
    }

    pub(crate) fn environment(&self, name: Option<&str>) -> Result<&Environment> {
        let name = name.unwrap_or(&self.default);
        self.environments
            .get(name)
            .ok_or_else(|| Error::UnknownEnvironment {
                name: name.to_owned(),
                known: self.environments.keys().cloned().collect(),
            })
    }

    /// What it may use of the host.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Brings back what was kept before a restart, or deployed together with the program, without
    /// asking a source. The first refresh does it by itself.
    pub async fn load(&self) {
        join_all(self.environments.values().map(Environment::load)).await;
    }

    /// Brings an environment up to date, if that is possible. Whatever it meets, what is served stays
    /// or is replaced by something newer that is verified and compiled.
    ///
    /// # Errors
    /// `UnknownEnvironment`; everything else is in the report.
    pub async fn refresh(&self, environment: Option<&str>, when: When) -> Result<Report> {
        Ok(self.environment(environment)?.refresh(when).await)
    }

    /// Refreshes all environments at the same time, each by itself.
    pub async fn refresh_all(&self, when: When) -> BTreeMap<String, Report> {
        let refreshed = self.environments.values().map(async |environment| {
            let report = environment.refresh(when).await;
            (environment.name().to_owned(), report)
        });
        join_all(refreshed).await.into_iter().collect()
    }

    /// How long until some environment wants to be refreshed.
    pub fn wait(&self) -> Duration {
        let waits = self.environments.values().map(Environment::wait);
        waits.min().unwrap_or(Duration::ZERO)
    }

    /// Chooses the release that is to answer: what a host asks first that must know who may
    /// evaluate. The answer is then of that release, whatever becomes active meanwhile.
    ///
    /// # Errors
    /// Everything but `Evaluation` and `Trapped`. It never refreshes: after `NotReady`, the caller
    /// may, and ask again.
    pub fn select(
        &self,
        environment: Option<&str>,
        project: &str,
        pin: Option<&Pin>,
    ) -> Result<Selection<'_>> {
        Selection::new(self, self.environment(environment)?, project, pin)
    }

    /// Answers a request from one release.
    ///
    /// # Errors
    /// Every kind but those of configuration, as [`Self::select`].
    pub async fn evaluate(&self, request: &Request<'_>) -> Result<Answer> {
        let selection = self.select(request.environment, request.project, request.pin)?;
        selection
            .evaluate(request.key, request.context, request.options)
            .await
    }

    /// Answers a request for a decision that awaits nothing, at once.
    ///
    /// # Errors
    /// As [`Self::evaluate`], and `Evaluation` with `WouldAwait`.
    pub fn evaluate_sync(&self, request: &Request<'_>) -> Result<Answer> {
        let selection = self.select(request.environment, request.project, request.pin)?;
        selection.evaluate_sync(request.key, request.context, request.options)
    }

    /// The active releases of an environment, by their projects' keys.
    ///
    /// # Errors
    /// `UnknownEnvironment`.
    pub fn projects(
        &self,
        environment: Option<&str>,
    ) -> Result<BTreeMap<String, Arc<CompiledRelease>>> {
        let serving = self.environment(environment)?.active().serving();
        let active = serving
            .projects()
            .iter()
            .filter_map(|(project, residents)| {
                Some((project.clone(), residents.active()?.clone()))
            });
        Ok(active.collect())
    }

    /// Says that evaluating a release cost a wasm instance; `digest` is none for the active release.
    /// It counts as [`crate::CircuitOptions::reported`] says, and lasts: a release that is taken back
    /// stays so after a restart.
    ///
    /// # Errors
    /// `UnknownEnvironment`, and what [`Self::select`] says where no release is named.
    pub async fn report_trap(
        &self,
        environment: Option<&str>,
        project: &str,
        digest: Option<&str>,
    ) -> Result<()> {
        let environment = self.environment(environment)?;
        environment.load().await;
        let (project, digest) = match digest {
            Some(digest) => (project.to_owned(), digest.to_ascii_lowercase()),
            None => {
                let (active, _) = environment.select(project, None)?;
                let release = active.release();
                (release.project.clone(), release.digest.clone())
            }
        };
        let message = "evaluating it ended the wasm instance";
        environment.trapped(&project, &digest, Trap::Reported, message);
        environment.settle().await;
        Ok(())
    }

    /// Whether every environment is ready: [`Status::ready`].
    pub fn ready(&self) -> bool {
        self.environments.values().all(Environment::is_ready)
    }

    /// Everything there is to know.
    pub fn status(&self) -> Status {
        let environments: BTreeMap<_, _> = self
            .environments
            .iter()
            .map(|(name, environment)| (name.clone(), environment.status()))
            .collect();
        Status {
            ready: environments.values().all(|environment| environment.ready),
            environments,
        }
    }
}

/// Checks what sync does not know of.
fn check(options: &EnvironmentOptions, names: &[String]) -> Result<()> {
    let name = &options.client.environment;
    let Some(shadow) = &options.shadow else {
        return Ok(());
    };
    if !(0.0..=1.0).contains(&shadow.share) {
        return Err(Error::Configuration(format!(
            "the share of `{name}` that runs on a candidate is {}; it is from 0 to 1",
            shadow.share
        )));
    }
    match &shadow.candidate {
        Candidate::Environment(other) if other == name || !names.contains(other) => {
            Err(Error::Configuration(format!(
                "the candidates of `{name}` are those of `{other}`, which is not another environment that is configured"
            )))
        }
        _ => Ok(()),
    }
}
