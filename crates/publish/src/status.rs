//! Looking: at one environment as a client does, at several copies of it side by side.

use crate::environment::{Environment, Listed, Signature};
use crate::error::Result;
use crate::history::location;
use crate::publish::AT_ONCE;
use crate::store::Store;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp as Time;
use std::collections::BTreeMap;

/// One copy of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The version of its timestamp.
    pub revision: u64,
    /// Version and expiry of every role.
    pub signatures: Vec<Signature>,
    /// Its releases by project.
    pub releases: BTreeMap<String, Listed>,
    /// The bundles that are listed and are not there, or not in that length.
    pub missing: Vec<String>,
}

impl Standing {
    /// Looks at a copy, expired or not.
    ///
    /// # Errors
    /// As [`Environment::load`].
    pub async fn of(store: &Store, trusted_root: &[u8]) -> Result<Self> {
        let environment = Environment::load(store, trusted_root, None).await?;
        let releases = environment.releases()?;
        let missing = missing(store, releases.values()).await?;
        Ok(Self {
            revision: environment.revision(),
            signatures: environment.signatures(),
            missing: missing.iter().map(|listed| location(listed)).collect(),
            releases,
        })
    }

    /// When the first of its roles expires.
    pub fn expires(&self) -> Option<&Signature> {
        self.signatures
            .iter()
            .min_by_key(|signature| signature.expires)
    }
}

/// Which of these releases' bundles are not in a store, by their lengths.
pub(crate) async fn missing<'a>(
    store: &Store,
    releases: impl Iterator<Item = &'a Listed>,
) -> Result<Vec<&'a Listed>> {
    let found: Vec<Option<&Listed>> = futures_util::stream::iter(releases)
        .map(|listed| async move {
            let length = store.length(&location(listed)).await?;
            Ok::<_, crate::Error>((length != Some(listed.length)).then_some(listed))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// Verifies an environment as a client does, and every bundle in it; `look` sees each of them in the
/// order of the projects.
///
/// # Errors
/// As [`Environment::load`] and [`Environment::download`], and what `look` says.
pub async fn verify(
    store: &Store,
    trusted_root: &[u8],
    now: Time,
    mut look: impl FnMut(&Listed, Bytes) -> Result<()>,
) -> Result<Environment> {
    let environment = Environment::load(store, trusted_root, Some(now)).await?;
    let releases = environment.releases()?;
    let mut bundles = futures_util::stream::iter(releases)
        .map(|(project, listed)| {
            let environment = &environment;
            async move {
                let bytes = environment.download(store, &project, &listed).await?;
                Ok::<_, crate::Error>((listed, bytes))
            }
        })
        .buffered(AT_ONCE);
    while let Some((listed, bytes)) = bundles.try_next().await? {
        look(&listed, bytes)?;
    }
    drop(bundles);
    Ok(environment)
}
