//! BRMS' interface for those who pull releases: `POST /api/rules-sync`.

use crate::activator::Activator;
use crate::claim::Claim;
use crate::client::{Client, Step, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Projects, RulesSyncOptions};
use crate::ports::ArtifactLocation;
use crate::release::Origin;
use crate::status::Report;
use crate::store_error::{StoreError, StoreErrorKind};
use crate::time::within;
use crate::unsigned::Delivered;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// What the interface is called in reports.
const SOURCE: &str = "rules-sync";
/// How many bytes an answer may have.
const ANSWER_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Serialize)]
struct Request<'a> {
    deployments: Vec<Wanted<'a>>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    project: &'a str,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Current>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Current {
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    next_poll_at: Option<String>,
    #[serde(default)]
    deployments: Vec<Deployment>,
}

#[derive(Deserialize)]
struct Deployment {
    project: String,
    action: Action,
    artifact: Option<Artifact>,
    code: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Action {
    NoChange,
    Load,
    NoRelease,
    NoAccess,
    #[serde(other)]
    Error,
}

#[derive(Deserialize)]
struct Artifact {
    url: String,
    sha256: Option<String>,
}

impl<A: Activator> Client<A> {
    pub(crate) async fn refresh_rules_sync(
        &self,
        options: &RulesSyncOptions,
        now: i64,
        claim: &Claim<'_>,
    ) -> Report {
        let Projects::Listed(names) = &self.options.projects else {
            return self.fail(Error::new(ErrorKind::Invalid, "no project is configured"));
        };
        let mut deployments = match self
            .ask_rules_sync(options, names.iter().map(String::as_str))
            .await
        {
            Ok(answer) => {
                let next = answer.next_poll_at.as_deref().map(str::parse::<Timestamp>);
                let next = next
                    .and_then(std::result::Result::ok)
                    .map(Timestamp::as_millisecond);
                self.state().next_poll_at = next;
                answer.deployments
            }
            Err(error) => return self.fail(error.from_source(SOURCE)),
        };
        let mut verdicts = BTreeMap::new();
        for name in names {
            let found = deployments.iter().position(|found| found.project == *name);
            let deployment = found.map(|position| deployments.swap_remove(position));
            let verdict = match deployment {
                Some(deployment) => self.deployment(options, name, deployment, now).await,
                None => pending(invalid(format!("the answer lacks the project `{name}`"))),
            };
            verdicts.insert(name.clone(), verdict);
        }
        self.conclude(verdicts, Vec::new(), SOURCE, now, claim)
    }

    async fn ask_rules_sync(
        &self,
        options: &RulesSyncOptions,
        names: impl Iterator<Item = &str>,
    ) -> Result<Answer> {
        let request = {
            let state = self.state();
            let wanted = |project| {
                let known = state
                    .projects
                    .get(project)
                    .and_then(|known| known.active.as_ref());
                let current = known.map(|active| Current {
                    commit_id: active.release.commit.clone(),
                    release_id: active.release.id.clone(),
                });
                Wanted {
                    project,
                    target: &options.target,
                    current,
                }
            };
            let deployments = names.map(wanted).collect();
            serde_json::to_vec(&Request { deployments })
        };
        let request =
            request.map_err(|error| invalid(format!("the request cannot be written: {error}")))?;
        let answer = self
            .in_time(options.api.sync(request, ANSWER_BYTES))
            .await?;
        serde_json::from_slice(&answer)
            .map_err(|error| invalid(format!("the answer is not in BRMS' form: {error}")))
    }

    async fn deployment(
        &self,
        options: &RulesSyncOptions,
        name: &str,
        deployment: Deployment,
        now: i64,
    ) -> Verdict<A::Prepared> {
        let store = |kind, message: &str| pending(StoreError::new(kind, message).into());
        match (deployment.action, deployment.artifact) {
            (Action::NoChange, _) => match self.state().projects.get(name) {
                Some(project) if project.active.is_some() => Verdict {
                    digest: project.announced.clone(),
                    step: Step::Current,
                },
                _ => pending(invalid(
                    "nothing has changed, and nothing is served".to_owned(),
                )),
            },
            (Action::Load, Some(artifact)) => match self.artifact(options, artifact).await {
                Ok(bytes) => {
                    let delivered = Delivered {
                        bytes,
                        origin: Origin::Source,
                        source: Some(SOURCE.to_owned()),
                    };
                    self.admit(name, delivered, now).await
                }
                Err(error) => pending(error),
            },
            (Action::Load, None) => pending(invalid(
                "a release is to be loaded, and no artifact is named".to_owned(),
            )),
            (Action::NoRelease, _) => store(
                StoreErrorKind::Invalid,
                "there is no release of the project; what is served stays",
            ),
            (Action::NoAccess, _) => store(
                StoreErrorKind::Denied,
                "the token does not give access to the project; what is served stays",
            ),
            (Action::Error, _) => {
                let code = deployment.code.unwrap_or_default();
                let code: String = code.chars().filter(|c| !c.is_control()).take(100).collect();
                store(
                    StoreErrorKind::Unavailable,
                    &format!("BRMS failed to answer for the project (code `{code}`)"),
                )
            }
        }
    }

    async fn artifact(&self, options: &RulesSyncOptions, artifact: Artifact) -> Result<Vec<u8>> {
        let limit = self.options.bundle_limits.bundle_bytes;
        let location = location(artifact.url)?;
        let bytes = self.in_time(options.api.artifact(location, limit)).await?;
        if bytes.len() as u64 > limit {
            let message = format!("the artifact has more than the {limit} bytes that are accepted");
            return Err(StoreError::new(StoreErrorKind::TooLarge, message).into());
        }
        let found = hex::encode(Sha256::digest(&bytes));
        match artifact.sha256 {
            Some(sha256) if !sha256.eq_ignore_ascii_case(&found) => Err(Error::new(
                ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Untrusted),
                format!("the artifact's SHA-256 is {found}, and BRMS announced another one"),
            )),
            _ => Ok(bytes),
        }
    }

    async fn in_time<T>(
        &self,
        answer: crate::ports::PortFuture<'_, std::result::Result<T, StoreError>>,
    ) -> Result<T> {
        let deadline = self.options.failover.deadline;
        match within(self.ports.clock.as_ref(), deadline, answer).await {
            Some(answer) => Ok(answer?),
            None => {
                let message = format!("BRMS did not answer within {} ms", deadline.as_millis());
                Err(StoreError::new(StoreErrorKind::Timeout, message).into())
            }
        }
    }
}

/// An absolute address must be https; everything else is a path below the interface's address.
fn location(url: String) -> Result<ArtifactLocation> {
    if url.starts_with("https://") {
        return Ok(ArtifactLocation::Absolute(url));
    }
    let is_path = !url.contains("://") && !url.starts_with("//") && !url.contains('\\');
    match is_path && !url.contains(char::is_control) {
        true => Ok(ArtifactLocation::Relative(url)),
        false => Err(invalid(
            "an artifact is neither at an https address nor at a path".to_owned(),
        )),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

fn pending<P>(error: Error) -> Verdict<P> {
    Verdict {
        digest: None,
        step: Step::Pending(error.from_source(SOURCE)),
    }
}
