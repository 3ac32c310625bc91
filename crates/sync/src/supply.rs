//! Step 3: where the TUF workflow gets its files from.

use crate::error::{Error, ErrorKind, Result};
use crate::failover::Failover;
use crate::ports::{Freshness, Get, Got, Object};
use crate::store_error::StoreErrorKind;
use std::sync::Arc;
use zen_edge_tuf::{Next, Request, Role, Stored, Updater};

/// Metadata files for one update.
pub(crate) enum Supply<'a> {
    /// From the sources, beginning with the one whose timestamp is being followed.
    Sources {
        failover: &'a Failover,
        environment: &'a str,
        source: usize,
        timestamp: &'a Arc<[u8]>,
    },
    /// From what was kept, without a network.
    Kept(&'a Kept),
}

/// A whole set of metadata as it was kept: bytes, of which nothing is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// The roots by their versions.
    pub(crate) roots: std::collections::BTreeMap<u64, Arc<[u8]>>,
    /// All other roles.
    pub(crate) metadata: Stored,
}

/// Brings top-level metadata up to date.
pub(crate) async fn update(updater: &mut Updater, supply: &Supply<'_>) -> Result<()> {
    while let Next::Fetch(request) = updater.advance()? {
        supply.answer(updater, &request).await?;
    }
    Ok(())
}

impl Supply<'_> {
    /// Answers one request of the workflow.
    ///
    /// # Errors
    /// The refusal of the first source that was refused, if any was; else why none delivered.
    pub(crate) async fn answer(&self, updater: &mut Updater, request: &Request) -> Result<()> {
        match self {
            Self::Sources {
                source, timestamp, ..
            } if request.role == Role::Timestamp => {
                let provided = updater.provide(Arc::clone(timestamp));
                provided.map_err(|error| self.at(error.into(), *source))
            }
            Self::Sources {
                failover,
                environment,
                source,
                ..
            } => ask(failover, environment, *source, updater, request).await,
            Self::Kept(kept) => {
                let file = match (&request.role, request.version) {
                    (Role::Root, Some(version)) => kept.roots.get(&version),
                    (role, _) => kept.metadata.get(role),
                };
                Ok(match file {
                    Some(bytes) => updater.provide(Arc::clone(bytes)),
                    None => updater.missing(),
                }?)
            }
        }
    }

    fn at(&self, error: Error, source: usize) -> Error {
        match self {
            Self::Sources { failover, .. } => error.from_source(failover.name(source)),
            Self::Kept(_) => error,
        }
    }
}

/// Asks the sources for a file until one gives what the updater accepts. A source that lies costs a
/// try of the next one, and nothing else: every file is verified, so it does not matter who gave it.
async fn ask(
    failover: &Failover,
    environment: &str,
    source: usize,
    updater: &mut Updater,
    request: &Request,
) -> Result<()> {
    let get = |freshness| Get {
        key: format!("{environment}/metadata/{}", request.file_name()),
        max_bytes: request.max_bytes,
        if_none_match: None,
        freshness,
    };
    let mut failure = Failures::default();
    let mut missing = false;
    let mut answers = failover.ask(Some(source), move |_, store| {
        store.get(get(Freshness::Cached))
    });
    while let Some(answer) = answers.next().await {
        let name = failover.name(answer.source);
        let got = match answer.result {
            Ok(got) => got,
            // A bucket that may not be listed answers so for objects that do not exist.
            Err(error) if error.kind == StoreErrorKind::Denied && request.role == Role::Root => {
                Got::Missing
            }
            Err(error) => {
                failure.add(Error::from(error).from_source(name));
                continue;
            }
        };
        match got {
            Got::Found(Object { bytes, cached, .. }) => {
                let mut provided = updater.provide(bytes);
                if provided.is_err() && cached {
                    // The cache may be the liar.
                    let key = get(Freshness::Origin);
                    provided = match failover.get(answer.source, key).await {
                        Ok(Got::Found(object)) => updater.provide(object.bytes),
                        _ => provided,
                    };
                }
                match provided {
                    Ok(()) => return Ok(()),
                    Err(error) => {
                        failover.refused(answer.source);
                        failure.add(Error::from(error).from_source(name));
                    }
                }
            }
            // 5.3.3: that there is no newer root is what the source of the timestamp says.
            Got::Missing if request.role == Role::Root => return Ok(updater.missing()?),
            Got::Missing => missing = true,
            Got::NotModified => failure.add(not_modified(&request.file_name()).from_source(name)),
        }
    }
    match failure.worst() {
        Some(error) if error.is_refusal() => Err(error),
        // 5.3.3: "if this file is not available": nobody can say whether there is a newer root.
        _ if request.role == Role::Root => Ok(updater.missing()?),
        Some(error) if !missing => Err(error),
        _ => Ok(updater.missing()?),
    }
}

/// A store said that something had not changed though it was not told what is known.
pub(crate) fn not_modified(key: &str) -> Error {
    let kind = ErrorKind::Store(StoreErrorKind::Invalid);
    Error::new(
        kind,
        format!("`{key}` was answered with 304, and no `If-None-Match` was sent"),
    )
}

/// What went wrong at several sources, of which one is to be told.
#[derive(Debug, Default)]
pub(crate) struct Failures(Option<Error>);

impl Failures {
    /// The first refusal counts; without one, the first failure.
    pub(crate) fn add(&mut self, error: Error) {
        let replaces = |known: &Error| error.is_refusal() && !known.is_refusal();
        if self.0.as_ref().is_none_or(replaces) {
            self.0 = Some(error);
        }
    }

    pub(crate) fn worst(self) -> Option<Error> {
        self.0
    }
}
