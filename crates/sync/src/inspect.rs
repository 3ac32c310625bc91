//! Looks over an environment's signed metadata once, for people: what is trusted and by whose
//! signatures, or what was refused and why. Nothing is kept, and nothing becomes active.

use crate::announcement::announcement;
use crate::client::retried;
use crate::error::{Error, Result};
use crate::failover::Failover;
use crate::follow::{BEFORE_ALL, missing, no_sources};
use crate::options::{ClientOptions, TrustOptions, TufOptions};
use crate::ports::{Freshness, Get, Got, Ports};
use crate::supply::{Failures, Supply, not_modified, update};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zen_edge_tuf::{ErrorKind as TufKind, Stored, TrustedRole, UnixTime, Updater};

/// What was found. As JSON, members are in camelCase, times RFC 3339.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The environment's name.
    pub environment: String,
    /// The time that was checked at.
    #[serde(serialize_with = "time")]
    pub now: UnixTime,
    /// The source whose timestamp was followed; none if no source gave one.
    pub source: Option<String>,
    /// Why the metadata is not accepted at that time, if so. If it has only expired, the rest is told
    /// as if it had not.
    pub refusal: Option<Error>,
    /// The roles that are trusted, the root first: all of them unless something was refused.
    #[serde(serialize_with = "roles")]
    pub roles: Vec<TrustedRole>,
    /// The release that is announced of each project, or why it cannot be told.
    pub projects: BTreeMap<String, Announcement>,
    /// Digests that must not be served any more.
    pub revoked: BTreeSet<String>,
}

/// What is announced of a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Announcement {
    /// A release.
    #[serde(rename_all = "camelCase")]
    Release {
        /// The role that lists it.
        role: String,
        /// The bundle's SHA-256 in hexadecimal digits.
        digest: String,
        /// The bundle's length in bytes.
        length: u64,
        /// The release's id.
        id: Option<String>,
        /// The release's version.
        version: Option<String>,
        /// The commit of which it was made.
        commit: Option<String>,
    },
    /// Nothing that can be followed.
    Refused {
        /// Why.
        error: Error,
    },
}

fn time<S: Serializer>(time: &UnixTime, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// `[{"role", "version", "expires", "threshold", "keys": {id: "signed" | "absent" | …}}]`
fn roles<S: Serializer>(
    roles: &[TrustedRole],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(roles.iter().map(|role| {
        let keys = role.keys.iter();
        let keys: BTreeMap<_, _> = keys.map(|(id, signer)| (id, signer.code())).collect();
        serde_json::json!({
            "role": role.role.name(),
            "version": role.version,
            "expires": role.expires.to_string(),
            "threshold": role.threshold,
            "keys": keys,
        })
    }))
}

/// Inspects an environment that is a TUF repository, at a time in milliseconds since 1970 or now. Of
/// the options, those of schedules, caches and projects other than the listed ones mean nothing here.
///
/// # Errors
/// `Invalid` for an unsigned environment, and those of [`crate::Client::new`]. What is refused is a
/// finding, not an error.
pub async fn inspect(
    options: &ClientOptions,
    ports: &Ports,
    now: Option<i64>,
) -> Result<Inspection> {
    options.check()?;
    let TrustOptions::Tuf(tuf) = &options.trust else {
        let message = "an unsigned environment has no signatures to inspect";
        return Err(Error::new(crate::ErrorKind::Invalid, message));
    };
    let sources = options.sources.iter();
    let sources = sources.map(|source| retried(source, options, ports));
    let failover = Failover::new(sources.collect(), ports, options.failover);
    let now = UnixTime(now.unwrap_or_else(|| ports.clock.now()).div_euclid(1000));
    let mut found = Inspection {
        environment: options.environment.clone(),
        now,
        source: None,
        refusal: None,
        roles: Vec::new(),
        projects: BTreeMap::new(),
        revoked: BTreeSet::new(),
    };
    let (source, timestamp) = match timestamp(options, &failover).await {
        Ok(answer) => answer,
        Err(error) => {
            // The root that was given says whose signatures would be needed.
            let updater = begin(options, tuf, now)?;
            found.roles = updater.trusted().roles()?;
            found.refusal = Some(error);
            return Ok(found);
        }
    };
    found.source = Some(failover.name(source).to_owned());
    let supply = Supply::Sources {
        failover: &failover,
        environment: &options.environment,
        source,
        timestamp: &timestamp,
    };
    let refusal = look(options, tuf, &supply, now, &mut found).await.err();
    let expired = |error: &Error| error.kind() == crate::ErrorKind::Tuf(TufKind::Expired);
    if refusal.as_ref().is_some_and(expired) {
        // What else is wrong counts for more than that it is old.
        let other = look(options, tuf, &supply, BEFORE_ALL, &mut found).await;
        found.refusal = other.err().or(refusal);
    } else {
        found.refusal = refusal;
    }
    Ok(found)
}

fn begin(options: &ClientOptions, tuf: &TufOptions, now: UnixTime) -> Result<Updater> {
    let stored = Stored::with_root(tuf.trusted_root.clone());
    let updater = Updater::new(stored, now, options.metadata_limits.clone())?;
    Ok(updater.with_floor(tuf.revision_floor))
}

/// Steps 3 and 4, and what is trusted at the end of them, however they end.
async fn look(
    options: &ClientOptions,
    tuf: &TufOptions,
    supply: &Supply<'_>,
    now: UnixTime,
    found: &mut Inspection,
) -> Result<()> {
    let mut updater = begin(options, tuf, now)?;
    let updated = update(&mut updater, supply).await;
    let announced = match updated {
        Ok(()) => {
            let none = BTreeSet::new();
            let (environment, projects) = (&options.environment, &options.projects);
            announcement(&mut updater, supply, environment, projects, none).await
        }
        Err(error) => Err(error),
    };
    found.roles = updater.trusted().roles()?;
    let announced = announced?;
    found.revoked = announced.revoked;
    let projects = announced.projects.into_iter();
    let told = projects.map(|(project, release)| {
        let told = match release {
            Ok(release) => Announcement::Release {
                role: release.target.role().name().to_owned(),
                length: release.target.length(),
                digest: release.digest,
                id: release.id,
                version: release.version,
                commit: release.commit,
            },
            Err(error) => Announcement::Refused { error },
        };
        (project, told)
    });
    found.projects = told.collect();
    Ok(())
}

/// The timestamp of the first source that has one.
async fn timestamp(options: &ClientOptions, failover: &Failover) -> Result<(usize, Arc<[u8]>)> {
    let key = format!("{}/metadata/timestamp.json", options.environment);
    let get = Get {
        key: key.clone(),
        max_bytes: options.metadata_limits.timestamp_bytes,
        if_none_match: None,
        freshness: Freshness::Origin,
    };
    let mut failures = Failures::default();
    let mut answers = failover.ask(None, move |_, store| store.get(get.clone()));
    while let Some(answer) = answers.next().await {
        let error = match answer.result {
            Ok(Got::Found(object)) => return Ok((answer.source, object.bytes.into())),
            Ok(Got::NotModified) => not_modified(&key),
            Ok(Got::Missing) => missing(&key),
            Err(error) => error.into(),
        };
        failures.add(error.from_source(failover.name(answer.source)));
    }
    Err(failures.worst().unwrap_or_else(no_sources))
}
