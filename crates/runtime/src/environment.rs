//! One environment: who follows it, what it serves, and what came of that.

use crate::active::Active;
use crate::circuit::Circuit;
use crate::error::{Error, Result};
use crate::options::EnvironmentOptions;
use crate::pin::{Pin, Resident};
use crate::release::CompiledRelease;
use crate::shadow::Shadow;
use crate::status::{EnvironmentState, ProjectState};
use crate::take_back::TakeBacks;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{
    Age, Client, ClientOptions, EnvironmentStatus, OnExpired, Ports, Projects, Report, Staleness,
    When,
};

/// An environment.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) client: Client<Active>,
    pub(crate) circuit: Circuit,
    pub(crate) shadow: Option<Arc<Shadow>>,
    pub(crate) take_backs: TakeBacks,
    /// How another client of this environment would begin.
    pub(crate) options: EnvironmentOptions,
    pub(crate) ports: Ports,
}

impl Environment {
    pub(crate) fn new(options: EnvironmentOptions, ports: &Ports) -> Result<Self> {
        let EnvironmentOptions {
            client,
            circuit,
            shadow,
            ..
        } = options.clone();
        let client = follow(client, &options, ports)?;
        Ok(Self {
            client,
            circuit: Circuit::new(circuit),
            shadow: shadow.map(|options| Arc::new(Shadow::new(options))),
            take_backs: TakeBacks::default(),
            options,
            ports: ports.clone(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        self.client.environment()
    }

    fn on_expired(&self) -> OnExpired {
        self.options.client.staleness.on_expired
    }

    pub(crate) fn active(&self) -> &Active {
        self.client.activator()
    }

    /// Loads what was kept, without asking a source.
    pub(crate) async fn load(&self) {
        self.client.load().await;
    }

    pub(crate) async fn refresh(&self, when: When) -> Report {
        self.settle().await;
        let report = self.client.refresh(when).await;
        self.active().free();
        report
    }

    pub(crate) fn wait(&self) -> Duration {
        match self.take_backs.is_empty() {
            true => self.client.wait(),
            false => Duration::ZERO,
        }
    }

    /// The release that is to answer, and how old it is.
    pub(crate) fn select(
        &self,
        project: &str,
        pin: Option<&Pin>,
    ) -> Result<(Arc<CompiledRelease>, Age)> {
        let serving = self.active().serving();
        let Some(key) = serving.key(project) else {
            return Err(self.absent(project));
        };
        let active = serving.active(key);
        let known = active.and_then(|active| Some((active, self.age_of(active)?)));
        let Some((active, age)) = known else {
            return Err(self.absent(key));
        };
        let release = match pin {
            Some(pin) => serving.pinned(self.name(), key, pin)?,
            None => active.clone(),
        };
        if age.staleness == Staleness::Expired && self.on_expired() == OnExpired::Refuse {
            return Err(Error::Expired {
                release: release.release().clone(),
                age: age.age.as_secs(),
            });
        }
        self.active().touch(&release);
        Ok((release, age))
    }

    /// Why there is no active release.
    fn absent(&self, project: &str) -> Error {
        let (environment, project) = (self.name().to_owned(), project.to_owned());
        if let Some(digest) = self.active().serving().revoked(&project) {
            return Error::Revoked {
                environment,
                project,
                digest: digest.to_owned(),
            };
        }
        let mut status = self.sync_status();
        let known = status.projects.remove(&project);
        let is_known = match &self.options.client.projects {
            Projects::Listed(listed) => listed.contains(&project),
            // Before the first release, nobody knows which projects there are.
            Projects::All => known.is_some() || !status.has_loaded(),
        };
        if !is_known {
            return Error::UnknownProject {
                environment,
                project,
            };
        }
        let cause = known.and_then(|known| known.error).or(status.error);
        Error::NotReady {
            environment,
            project,
            cause: cause.map(Box::new),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready(&self.sync_status())
    }

    /// What sync says, with a word on every project that is configured and on none that the
    /// environment has taken out otherwise.
    fn sync_status(&self) -> EnvironmentStatus {
        let mut status = self.client.status();
        let serving = self.active().serving();
        status.complete(&self.options.client.projects, |project| {
            serving.was_removed(project)
        });
        status
    }

    fn ready(&self, status: &EnvironmentStatus) -> bool {
        let serving = self.active().serving();
        let mut projects = status.projects.keys();
        status.is_ready(&self.options.client.projects, self.on_expired())
            && projects.all(|project| serving.active(project).is_some())
    }

    pub(crate) fn status(&self) -> EnvironmentState {
        let sync = self.sync_status();
        let serving = self.active().serving();
        let projects = sync.projects.keys().map(|project| {
            let residents = serving.projects().get(project);
            let resident = residents.into_iter().flat_map(|residents| residents.iter());
            let state = ProjectState {
                resident: resident.map(|release| Resident::of(release)).collect(),
                traps: self.circuit.of(project),
                shadow: self
                    .shadow
                    .as_ref()
                    .map(|shadow| shadow.of(project))
                    .unwrap_or_default(),
            };
            (project.clone(), state)
        });
        EnvironmentState {
            projects: projects.collect(),
            ready: self.ready(&sync),
            sync,
        }
    }
}

/// A client that serves from memory as these options say.
pub(crate) fn follow(
    client: ClientOptions,
    options: &EnvironmentOptions,
    ports: &Ports,
) -> Result<Client<Active>> {
    let name = client.environment.clone();
    let compile = options.compile.clone();
    let active = Active::new(compile, options.residency, ports.clock.clone());
    Client::new(client, ports.clone(), active).map_err(|error| {
        let message = format!("the environment `{name}` cannot be followed: {error}");
        Error::Configuration(message)
    })
}
