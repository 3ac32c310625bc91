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
    Age, Client, ClientOptions, EnvironmentStatus, OnExpired, Ports, ProjectStatus, Projects,
    Report, Staleness, When,
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
            Projects::All => known.is_some() || !has_loaded(&status),
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
        if let Projects::Listed(listed) = &self.options.client.projects {
            for project in listed {
                let unknown = || ProjectStatus {
                    release: None,
                    age: None,
                    staleness: Staleness::Expired,
                    error: None,
                    refused: Vec::new(),
                };
                status
                    .projects
                    .entry(project.clone())
                    .or_insert_with(unknown);
            }
        } else {
            let serving = self.active().serving();
            status.projects.retain(|project, found| {
                found.release.is_some() || found.error.is_some() || !serving.was_removed(project)
            });
        }
        status
    }

    /// Every project that is configured, or that the environment lists, has an active release, and
    /// none has expired unless that is to be passed over.
    fn ready(&self, status: &EnvironmentStatus) -> bool {
        let serving = self.active().serving();
        let project_is_ready = |(project, found): (&String, &ProjectStatus)| {
            let expired = found.staleness == Staleness::Expired;
            serving.active(project).is_some() && (self.on_expired() == OnExpired::Serve || !expired)
        };
        let all_are_known = match &self.options.client.projects {
            Projects::Listed(_) => true,
            Projects::All => has_loaded(status),
        };
        all_are_known && status.projects.iter().all(project_is_ready)
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

/// Whether anybody has said yet which projects there are: signed metadata, or what is served.
fn has_loaded(status: &EnvironmentStatus) -> bool {
    let mut projects = status.projects.values();
    status.revision.is_some() || projects.any(|project| project.release.is_some())
}
