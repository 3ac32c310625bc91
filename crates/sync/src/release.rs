//! Which release something is, and the proof that it was verified.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use zen_edge_bundle::{Bundle, Limits};

/// A release as it was verified here: what every answer names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The environment that lists it.
    pub environment: String,
    /// The project's key.
    pub project: String,
    /// The release's id.
    pub id: Option<String>,
    /// The release's version.
    pub version: Option<String>,
    /// The commit of which it was made.
    pub commit: Option<String>,
    /// The SHA-256 of the bundle, 64 lower-case hexadecimal digits.
    pub digest: String,
    /// The bundle's length in bytes.
    pub length: u64,
    /// When it was deployed, as the bundle itself says (RFC 3339 if BRMS wrote it).
    pub deployed_at: Option<String>,
    /// The environment's newest revision that lists it; none for an unsigned source.
    pub revision: Option<u64>,
    /// What vouches for it.
    pub trust: Trust,
    /// Where the bytes came from.
    pub origin: Origin,
    /// The name of the source that gave them; none if no source did.
    pub source: Option<String>,
    /// When it was verified, in milliseconds since 1970 by this host's clock.
    pub verified_at: i64,
}

/// What vouches for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trust {
    /// Signatures of the environment's TUF repository.
    Tuf,
    /// Nothing but the way it came, as somebody configured.
    Unsigned,
}

/// Where a release's bytes came from. They were verified whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// From a source, in a refresh.
    Source,
    /// From the edge cache, in a refresh.
    EdgeCache,
    /// From what was kept before a restart.
    LastKnownGood,
    /// From what was deployed together with the program.
    BakedIn,
}

/// A bundle that is what an environment announces. Nothing outside this crate can make one, and
/// nothing inside does but the refresh procedure's step 6.
#[derive(Debug)]
pub struct VerifiedBundle {
    release: Release,
    bundle: Bundle,
    packed: Packed,
}

/// The bytes of a bundle that was verified, which take far less memory than its documents. Clones
/// share them.
#[derive(Clone)]
pub struct Packed {
    bytes: Arc<[u8]>,
    limits: Limits,
}

/// BRMS writes access tokens into bundles, so none of it is shown.
impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} bytes)", self.bytes.len())
    }
}

impl Packed {
    /// Bytes of a bundle, and the limits within which it is read.
    pub fn new(bytes: impl Into<Arc<[u8]>>, limits: Limits) -> Self {
        Self {
            bytes: bytes.into(),
            limits,
        }
    }

    /// The zip.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads the bundle once more, within the limits it was read with before.
    ///
    /// # Errors
    /// Those of [`Bundle::read`]; of a bundle that was verified, none.
    pub fn read(&self) -> zen_edge_bundle::Result<Bundle> {
        Bundle::read(&self.bytes, &self.limits)
    }
}

impl AsRef<[u8]> for Packed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl VerifiedBundle {
    pub(crate) fn new(release: Release, bundle: Bundle, packed: Packed) -> Self {
        Self {
            release,
            bundle,
            packed,
        }
    }

    /// Which release it is.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Its documents, access and identity.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The bytes of which it was read.
    pub fn packed(&self) -> &Packed {
        &self.packed
    }

    /// Release and bundle, without the proof.
    pub fn into_parts(self) -> (Release, Bundle) {
        (self.release, self.bundle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_not_shown() {
        let packed = Packed::new(b"secret".to_vec(), Limits::default());
        assert_eq!(format!("{packed:?}"), "Packed(6 bytes)");
    }
}
