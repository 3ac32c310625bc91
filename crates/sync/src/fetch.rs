//! Steps 5 and 6: a bundle's bytes, and the proof that they are what was announced.

use crate::announcement::Announced;
use crate::entries::Entries;
use crate::error::{Error, ErrorKind, Result};
use crate::failover::Failover;
use crate::ports::{Freshness, Get, Got};
use crate::release::{Origin, Packed, Release, Trust, VerifiedBundle};
use crate::supply::{Failures, not_modified};
use zen_edge_bundle::Bundle;
use zen_edge_tuf::{Limits, VerifiedTarget};

/// A bundle's bytes as announced, and where they came from.
pub(crate) struct Fetched {
    pub(crate) target: VerifiedTarget,
    pub(crate) origin: Origin,
    pub(crate) source: Option<String>,
}

/// Step 5: by digest, from the cache, then from each source, the one whose metadata is followed
/// first. That a source does not have it is not remembered: content may arrive after its pointer.
///
/// # Errors
/// The refusal of the first source that was refused, if any was; else why none delivered.
pub(crate) async fn fetch(
    announced: &Announced,
    environment: &str,
    cache: &Entries,
    failover: &Failover,
    source: usize,
    limits: &Limits,
) -> Result<Fetched> {
    let target = &announced.target;
    // Also checks the announced length before anything is asked for.
    target.download(limits)?;
    if let Some(target) = cached(announced, cache, limits).await {
        return Ok(Fetched {
            target,
            origin: Origin::EdgeCache,
            source: None,
        });
    }
    let key = format!("{environment}/targets/{}", target.file_name());
    let get = |freshness| Get {
        key: key.clone(),
        max_bytes: target.length(),
        if_none_match: None,
        freshness,
    };
    let mut failures = Failures::default();
    let mut answers = failover
        .ask(Some(source), |_, store| store.get(get(Freshness::Cached)))
        .expecting(target.length());
    while let Some(answer) = answers.next().await {
        let name = failover.name(answer.source);
        let mut verified = match answer.result {
            Err(error) => Err(Error::from(error)),
            Ok(Got::NotModified) => Err(not_modified(&key)),
            Ok(Got::Missing) => Err(missing(&announced.digest)),
            Ok(Got::Found(object)) => match target.verify(&object.bytes, limits) {
                Err(_) if object.cached => {
                    // The cache in between may be the liar.
                    match failover.get(answer.source, get(Freshness::Origin)).await {
                        Ok(Got::Found(object)) => {
                            target.verify(&object.bytes, limits).map_err(Error::from)
                        }
                        Ok(_) => Err(missing(&announced.digest)),
                        Err(error) => Err(Error::from(error)),
                    }
                }
                verified => verified.map_err(Error::from),
            },
        };
        if verified.as_ref().is_err_and(Error::is_refusal) {
            failover.refused(answer.source);
        }
        verified = verified.map_err(|error| error.from_source(name));
        match verified {
            Ok(target) => {
                return Ok(Fetched {
                    target,
                    origin: Origin::Source,
                    source: Some(name.to_owned()),
                });
            }
            Err(error) => failures.add(error),
        }
    }
    Err(failures
        .worst()
        .unwrap_or_else(|| missing(&announced.digest)))
}

fn missing(digest: &str) -> Error {
    let kind = ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Unavailable);
    let message = format!("the source does not have the bundle {digest} yet");
    Error::new(kind, message)
}

/// The bundle from the cache, if what is there is what was announced. What is not is thrown away.
pub(crate) async fn cached(
    announced: &Announced,
    cache: &Entries,
    limits: &Limits,
) -> Option<VerifiedTarget> {
    let bytes = cache
        .bundle(&announced.digest, announced.target.length())
        .await?;
    match announced.target.verify(&bytes, limits) {
        Ok(target) => Some(target),
        Err(_) => {
            cache.delete_bundle(&announced.digest).await;
            None
        }
    }
}

/// Step 6: reads the bundle within its limits, and checks whose it is.
///
/// # Errors
/// `Bundle`, `WrongProject` and `WrongEnvironment`. The bytes are those announced, so another try
/// would not help.
pub(crate) fn check(
    announced: &Announced,
    fetched: &Fetched,
    environment: &str,
    revision: Option<u64>,
    now: i64,
    limits: &zen_edge_bundle::Limits,
) -> Result<VerifiedBundle> {
    let project = announced.target.path();
    let bundle = Bundle::read(fetched.target.bytes(), limits)?;
    check_identity(&bundle, environment, project)?;
    let release = announced.release(
        environment,
        fetched.origin,
        fetched.source.clone(),
        revision,
        now,
    );
    let packed = Packed::new(fetched.target.bytes(), limits.clone());
    Ok(VerifiedBundle::new(release, bundle, packed))
}

impl Announced {
    /// What is announced, as a release.
    pub(crate) fn release(
        &self,
        environment: &str,
        origin: Origin,
        source: Option<String>,
        revision: Option<u64>,
        now: i64,
    ) -> Release {
        Release {
            environment: environment.to_owned(),
            project: self.target.path().to_owned(),
            id: self.id.clone(),
            version: self.version.clone(),
            commit: self.commit.clone(),
            digest: self.digest.clone(),
            length: self.target.length(),
            deployed_at: None,
            revision,
            trust: Trust::Tuf,
            origin,
            source,
            verified_at: now,
        }
    }
}

/// Checks that a bundle does not say of itself that it is another project's or environment's.
pub(crate) fn check_identity(bundle: &Bundle, environment: &str, project: &str) -> Result<()> {
    let identity = bundle.identity();
    if let Some(found) = identity.project.key.as_deref()
        && found != project
    {
        let message = format!("the bundle of `{project}` says that it is of the project `{found}`");
        return Err(Error::new(ErrorKind::WrongProject, message));
    }
    if let Some(found) = identity.environment.key.as_deref()
        && found != environment
    {
        let message = format!(
            "the bundle of `{project}` says that it is for the environment `{found}`, not `{environment}`"
        );
        return Err(Error::new(ErrorKind::WrongEnvironment, message));
    }
    Ok(())
}
