//! Hashes that announce bytes.

use crate::error::{At, Result};
use crate::metadata::Fields;
use sha2::{Digest as _, Sha256, Sha512};

/// The hashes of some bytes: SHA-256, SHA-512, or both.
///
/// Hashes by other functions are ignored; without one of these two there is nothing to check the
/// bytes by, and the metadata is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hashes {
    pub(crate) sha256: Option<String>,
    pub(crate) sha512: Option<String>,
}

impl Hashes {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let at = fields.at();
        let mut hashes = Self {
            sha256: None,
            sha512: None,
        };
        for entry in fields.strings() {
            let (name, value) = entry?;
            let (slot, digits) = match name {
                "sha256" => (&mut hashes.sha256, 64),
                "sha512" => (&mut hashes.sha512, 128),
                _ => continue,
            };
            if value.len() != digits || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let path = fields.path();
                return Err(at.invalid(format!(
                    "`{path}.{name}` is not {digits} hexadecimal digits"
                )));
            }
            *slot = Some(value.to_ascii_lowercase());
        }
        if hashes.any().is_none() {
            return Err(at.invalid(format!("`{}` has neither sha256 nor sha512", fields.path())));
        }
        Ok(hashes)
    }

    /// One of the hashes, as file names use it.
    pub(crate) fn any(&self) -> Option<&str> {
        self.sha256.as_deref().or(self.sha512.as_deref())
    }

    /// Checks bytes against every hash.
    pub(crate) fn check(&self, bytes: &[u8], at: At<'_>) -> Result<()> {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish(self, at)
    }
}

/// Computes hashes of bytes that come in pieces.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    sha256: Option<Sha256>,
    sha512: Option<Sha512>,
}

impl Hasher {
    /// A hasher for exactly the announced functions.
    pub(crate) fn new(announced: &Hashes) -> Self {
        Self {
            sha256: announced.sha256.as_ref().map(|_| Sha256::new()),
            sha512: announced.sha512.as_ref().map(|_| Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.sha256 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha512 {
            hasher.update(bytes);
        }
    }

    pub(crate) fn finish(self, announced: &Hashes, at: At<'_>) -> Result<()> {
        let sha256 = self.sha256.map(|hasher| hex::encode(hasher.finalize()));
        let sha512 = self.sha512.map(|hasher| hex::encode(hasher.finalize()));
        for (name, found, wanted) in [
            ("sha256", sha256, &announced.sha256),
            ("sha512", sha512, &announced.sha512),
        ] {
            if &found != wanted {
                let (found, wanted) = (
                    found.unwrap_or_default(),
                    wanted.as_deref().unwrap_or_default(),
                );
                return Err(
                    at.untrusted(format!("its {name} is {found}, and {wanted} is announced"))
                );
            }
        }
        Ok(())
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
