//! A host that replicates: which folders there are, and what is done with an environment.

use crate::copy::{Copied, Seen, missing};
use crate::environment::{Environment, Options};
use crate::error::{Error, Stop};
use crate::folder::{Destination, Folder};

/// Where environments are copied from, and where to.
pub trait Host {
    /// A folder of the source.
    type Source: Folder<Error = Error>;
    /// A folder of a destination.
    type Destination: Destination<Error = Error>;

    /// The environment's folder in the source.
    fn source(&self, environment: &str) -> Self::Source;

    /// The environment's folder in each destination, in a fixed order.
    fn destinations(&self, environment: &str) -> Vec<Self::Destination>;

    /// The root that is trusted for the environment.
    fn trusted_root(&self, environment: &str) -> &[u8];

    /// Bounds.
    fn options(&self) -> &Options;

    /// The wall clock, in milliseconds since 1970.
    fn now(&self) -> i64;
}

/// How a destination compares with the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The source's revision; none if it could not be had.
    pub source: Option<u64>,
    /// The destination's revision; none if it has none or it could not be had.
    pub destination: Option<u64>,
    /// Seconds since the source's newest revision was written, if the destination does not have it
    /// yet; 0 if it does. None if that cannot be told.
    pub lag_seconds: Option<u64>,
}

/// What became of one environment in one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The environment.
    pub environment: String,
    /// The destination's label.
    pub destination: String,
    /// What was copied; none if the source has no such environment (yet).
    pub result: Result<Option<Copied>, Error>,
    /// How the two compare afterwards.
    pub standing: Standing,
}

/// How one environment's copy stands, without changing anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The environment.
    pub environment: String,
    /// The destination's label.
    pub destination: String,
    /// How the two compare.
    pub standing: Standing,
    /// How many bundles the source announces; none if that cannot be told.
    pub releases: Option<usize>,
    /// How many of them the destination lacks; none if that cannot be told.
    pub missing: Option<usize>,
    /// Why something cannot be told.
    pub error: Option<Error>,
}

/// Copies an environment to every destination. One that fails keeps no other from being copied to.
pub async fn replicate<H: Host>(host: &H, environment: &str) -> Vec<Outcome> {
    let source = host.source(environment);
    let root = host.trusted_root(environment);
    let loaded = Environment::load(&source, root, host.options()).await;
    let mut outcomes = Vec::new();
    for destination in host.destinations(environment) {
        let (result, standing) = match &loaded {
            Ok(Some(loaded)) => {
                let result = loaded.copy_to(&destination).await.map(Some);
                let standing = match &result {
                    Ok(Some(copied)) => after(loaded, copied),
                    _ => standing(loaded, &destination, host.now())
                        .await
                        .unwrap_or_else(|_| Standing {
                            source: Some(loaded.revision()),
                            ..Standing::default()
                        }),
                };
                (result, standing)
            }
            Ok(None) => (Ok(None), Standing::default()),
            Err(error) => (Err(error.clone()), Standing::default()),
        };
        outcomes.push(Outcome {
            environment: environment.to_owned(),
            destination: destination.label().to_owned(),
            result,
            standing,
        });
    }
    outcomes
}

/// Looks how an environment's copies stand.
pub async fn look<H: Host>(host: &H, environment: &str) -> Vec<Look> {
    let source = host.source(environment);
    let root = host.trusted_root(environment);
    let loaded = Environment::load(&source, root, host.options()).await;
    let mut looks = Vec::new();
    for destination in host.destinations(environment) {
        let mut look = Look {
            environment: environment.to_owned(),
            destination: destination.label().to_owned(),
            ..Look::default()
        };
        match &loaded {
            Ok(Some(loaded)) => {
                look.releases = Some(loaded.contents().len());
                look.standing.source = Some(loaded.revision());
                match standing(loaded, &destination, host.now()).await {
                    Ok(standing) => look.standing = standing,
                    Err(stop) => look.error = Some(stop.into_error()),
                }
                match missing(loaded, &destination).await {
                    Ok(missing) => look.missing = Some(missing.len()),
                    Err(stop) => look.error = Some(stop.into_error()),
                }
            }
            Ok(None) => {}
            Err(error) => look.error = Some(error.clone()),
        }
        looks.push(look);
    }
    looks
}

fn after<F: Folder>(source: &Environment<'_, F>, copied: &Copied) -> Standing {
    let ahead = copied.before.filter(|before| *before > copied.revision);
    Standing {
        source: Some(source.revision()),
        destination: ahead.or(Some(copied.revision)),
        lag_seconds: Some(0),
    }
}

async fn standing<F: Folder, D: Folder<Error = F::Error>>(
    source: &Environment<'_, F>,
    destination: &D,
    now: i64,
) -> Result<Standing, Stop<F::Error>> {
    let seen = source.seen(destination).await?;
    let behind = match &seen {
        Seen::Nothing | Seen::Torn(_) | Seen::Revoked(..) => true,
        Seen::Current(revision, _) => *revision < source.revision(),
        Seen::Newer(_) => false,
    };
    let age = source.written().map(|written| {
        let millis = now.saturating_sub(written).max(0);
        millis.unsigned_abs() / 1_000
    });
    Ok(Standing {
        source: Some(source.revision()),
        destination: seen.revision(),
        lag_seconds: if behind { age } else { Some(0) },
    })
}
