//! Public keys.

use super::{bad, file};
use crate::error::Result;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::{Ed25519Key, Ed25519Scheme, Key};

/// An Ed25519 public key. Its text form is 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a public key: 64 hexadecimal digits, or a PEM file's path.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Key`].
    pub fn read(source: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        let key = match hex::decode_to_slice(source, &mut bytes) {
            Ok(()) => VerifyingKey::from_bytes(&bytes)
                .map_err(|_| bad(format!("`{source}` is not a public key")))?,
            Err(_) => {
                let text = file::text(Path::new(source))?;
                VerifyingKey::from_public_key_pem(&text).map_err(|_| {
                    bad(format!(
                        "`{source}` is not an Ed25519 public key: 64 hexadecimal digits, or a file that begins with `-----BEGIN PUBLIC KEY-----`"
                    ))
                })?
            }
        };
        match key.is_weak() {
            true => Err(bad(format!("`{source}` is a weak key"))),
            false => Ok(Self(key)),
        }
    }

    /// The key as metadata lists it.
    pub(crate) fn to_tuf(self) -> Key {
        Key::Ed25519 {
            keyval: Ed25519Key {
                public: self.0.to_bytes().to_vec().into(),
                _extra: HashMap::new(),
            },
            scheme: Ed25519Scheme::Ed25519,
            _extra: HashMap::new(),
        }
    }

    /// The key's id in metadata: the hash of its canonical form.
    pub(crate) fn id(self) -> Result<Decoded<Hex>> {
        self.to_tuf()
            .key_id()
            .map_err(|error| bad("the key has no id").because(error))
    }

    pub(super) fn verifies(self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({self})")
    }
}
