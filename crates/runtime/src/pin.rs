//! Pins: which of the releases in memory a request wants, if not the active one.

use crate::error::Error;
use crate::release::CompiledRelease;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A release that a request names. It is answered from that release or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// By the release's id.
    Release(String),
    /// By the release's version.
    Version(String),
    /// By the SHA-256 of its bundle, 64 hexadecimal digits.
    Digest(String),
    /// By any of these, as people write it.
    Any(String),
}

impl Pin {
    fn names(&self, release: &CompiledRelease) -> bool {
        let found = release.release();
        match self {
            Self::Release(id) => found.id.as_ref() == Some(id),
            Self::Version(version) => found.version.as_ref() == Some(version),
            Self::Digest(digest) => found.digest.eq_ignore_ascii_case(digest),
            Self::Any(name) => {
                let names = [found.id.as_ref(), found.version.as_ref()];
                names.contains(&Some(name)) || found.digest.eq_ignore_ascii_case(name)
            }
        }
    }

    /// Finds the one release that is meant, among a project's.
    ///
    /// # Errors
    /// [`Error::UnknownPin`] and [`Error::AmbiguousPin`], naming what is in memory.
    pub(crate) fn find<'a>(
        &self,
        project: &str,
        resident: impl Iterator<Item = &'a Arc<CompiledRelease>> + Clone,
    ) -> Result<Arc<CompiledRelease>, Error> {
        let mut found = resident.clone().filter(|release| self.names(release));
        let problem = match (found.next(), found.next()) {
            (Some(release), None) => return Ok(release.clone()),
            (None, _) => Error::UnknownPin,
            (Some(_), Some(_)) => Error::AmbiguousPin,
        };
        Err(problem(Box::new(PinProblem {
            project: project.to_owned(),
            pin: self.clone(),
            resident: resident.map(|release| Resident::of(release)).collect(),
        })))
    }
}

/// `release:<id>`, `version:<version>`, `sha256:<digest>`, or any of the three names alone.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(id) => write!(f, "release:{id}"),
            Self::Version(version) => write!(f, "version:{version}"),
            Self::Digest(digest) => write!(f, "sha256:{digest}"),
            Self::Any(name) => f.write_str(name),
        }
    }
}

impl FromStr for Pin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let is_digest =
            |value: &str| value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let pin = match text.split_once(':') {
            Some(("release", id)) => named(id).map(Self::Release),
            Some(("version", version)) => named(version).map(Self::Version),
            Some(("sha256", digest)) if is_digest(digest) => {
                Some(Self::Digest(digest.to_ascii_lowercase()))
            }
            Some(("sha256", _)) => None,
            _ => named(text).map(Self::Any),
        };
        pin.ok_or_else(|| Error::InvalidPin(text.chars().take(100).collect()))
    }
}

/// A pin that names no release, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinProblem {
    /// The project's key.
    pub project: String,
    /// What was asked for.
    pub pin: Pin,
    /// What is in memory.
    pub resident: Vec<Resident>,
}

impl fmt::Display for PinProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resident.is_empty() {
            return f.write_str("none");
        }
        for (index, resident) in self.resident.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{resident}")?;
        }
        Ok(())
    }
}

/// The names of a release in memory: each of them is a pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resident {
    /// The release's id.
    pub id: Option<String>,
    /// The release's version.
    pub version: Option<String>,
    /// The SHA-256 of its bundle in hexadecimal digits.
    pub digest: String,
}

impl Resident {
    pub(crate) fn of(release: &CompiledRelease) -> Self {
        let release = release.release();
        Self {
            id: release.id.clone(),
            version: release.version.clone(),
            digest: release.digest.clone(),
        }
    }
}

impl fmt::Display for Resident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.id {
            write!(f, "release:{id} ")?;
        }
        if let Some(version) = &self.version {
            write!(f, "version:{version} ")?;
        }
        write!(f, "sha256:{}", self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tests::compiled;
    use proptest::prelude::*;

    #[test]
    fn a_pin_that_is_written_wrong_is_refused() {
        for text in ["", "release:", "version:", "sha256:ab", "sha256:"] {
            assert!(
                matches!(text.parse::<Pin>(), Err(Error::InvalidPin(_))),
                "{text}"
            );
        }
        let upper = format!("sha256:{}", "AB".repeat(32));
        assert_eq!(upper.parse(), Ok(Pin::Digest("ab".repeat(32))));
        assert_eq!("1.0.0".parse(), Ok(Pin::Any("1.0.0".to_owned())));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in "[a-z0-9.:+-]{1,20}", digest in "[0-9a-f]{64}") {
            for pin in [Pin::Release(name.clone()), Pin::Version(name), Pin::Digest(digest)] {
                prop_assert_eq!(pin.to_string().parse(), Ok(pin));
            }
        }

        /// A pin finds the one release that has the name, and never another one.
        #[test]
        fn one_release_is_meant_or_none(
            names in prop::collection::vec((0..4_u8, 0..4_u8), 0..6),
            wanted in 0..4_u8,
            by in 0..3_u8,
        ) {
            let resident: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(index, (id, version))| {
                    let digest = format!("{index:064}");
                    Arc::new(compiled(&digest, &id.to_string(), &version.to_string(), 1))
                })
                .collect();
            let matching: Vec<_> = names
                .iter()
                .enumerate()
                .filter(|(_, (id, version))| match by {
                    0 => wanted == *id,
                    1 => wanted == *version,
                    _ => [*id, *version].contains(&wanted),
                })
                .map(|(index, _)| format!("{index:064}"))
                .collect();
            let pin = [Pin::Release, Pin::Version, Pin::Any][usize::from(by)];
            let pin = pin(wanted.to_string());
            match (pin.find("pricing", resident.iter()), matching.as_slice()) {
                (Ok(found), [digest]) => prop_assert_eq!(found.digest(), digest),
                (Err(Error::UnknownPin(problem)), []) => {
                    prop_assert_eq!(problem.resident.len(), names.len());
                }
                (Err(Error::AmbiguousPin(problem)), [_, _, ..]) => {
                    for digest in &matching {
                        prop_assert!(problem.to_string().contains(digest));
                    }
                }
                (found, _) => prop_assert!(false, "{found:?}, {matching:?}"),
            }
            // A digest always means one.
            for release in &resident {
                for pin in [Pin::Digest, Pin::Any] {
                    let found = pin(release.digest().to_uppercase()).find("p", resident.iter());
                    let found = found.unwrap();
                    prop_assert_eq!(found.digest(), release.digest());
                }
            }
        }
    }
}
