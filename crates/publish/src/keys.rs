//! Signing keys: where they come from, and what is never said about them.

mod command;
mod file;
mod public;

pub use file::{Generated, Passphrase, generate};
pub use public::PublicKey;

use crate::error::{Error, ErrorKind, Result};
use async_trait::async_trait;
use aws_lc_rs::rand::SecureRandom;
use command::Command;
use ed25519_dalek::Signer as _;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tough::key_source::KeySource;
use tough::schema::key::Key;
use tough::sign::Sign;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// An Ed25519 key that can sign. Its secret is wiped from memory when it is dropped, and is in no
/// `Debug` output.
#[derive(Clone)]
pub struct SigningKey {
    public: PublicKey,
    signer: Signer,
}

#[derive(Clone)]
enum Signer {
    Local(Arc<ed25519_dalek::SigningKey>),
    Command(Command),
}

impl SigningKey {
    /// Reads a key from where the user says it is:
    ///
    /// - a file: PKCS#8 in PEM, encrypted or not, which only its owner may read (mode 0600);
    /// - `env:NAME`: the same text in an environment variable;
    /// - `exec:PUBLIC:PROGRAM ARGUMENT…`: a program that reads the bytes to sign from its standard
    ///   input and writes the signature in hexadecimal digits to its standard output. PUBLIC is the
    ///   public key in hexadecimal digits or a file's path. Words are split at spaces; no shell is
    ///   involved.
    ///
    /// `passphrase` is asked for an encrypted key's.
    ///
    /// # Errors
    /// [`ErrorKind::Key`], without a word of the secret.
    pub fn read(source: &str, passphrase: Passphrase<'_>) -> Result<Self> {
        if let Some(rest) = source.strip_prefix("exec:") {
            let (public, words) = rest.split_once(':').ok_or_else(|| {
                bad("a signing program is given as `exec:PUBLIC-KEY:PROGRAM ARGUMENT…`")
            })?;
            return Ok(Self {
                public: PublicKey::read(public)?,
                signer: Signer::Command(Command::new(words)?),
            });
        }
        let secret = match source.strip_prefix("env:") {
            Some(name) => file::from_variable(name, passphrase)?,
            None => file::read(Path::new(source), passphrase)?,
        };
        Ok(Self::local(secret))
    }

    fn local(secret: ed25519_dalek::SigningKey) -> Self {
        Self {
            public: PublicKey::from(secret.verifying_key()),
            signer: Signer::Local(Arc::new(secret)),
        }
    }

    /// The public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public)
    }
}

#[async_trait]
impl Sign for SigningKey {
    fn tuf_key(&self) -> Key {
        self.public.to_tuf()
    }

    async fn sign(
        &self,
        message: &[u8],
        _random: &(dyn SecureRandom + Sync),
    ) -> std::result::Result<Vec<u8>, AnyError> {
        let signature = match &self.signer {
            Signer::Local(key) => key.sign(message).to_bytes().to_vec(),
            Signer::Command(command) => command.sign(message).await?,
        };
        // A program may sign with another key than the one it was said to have.
        if !self.public.verifies(message, &signature) {
            return Err(bad("the signing program's signature is not by its public key").into());
        }
        Ok(signature)
    }
}

#[async_trait]
impl KeySource for SigningKey {
    async fn as_sign(&self) -> std::result::Result<Box<dyn Sign>, AnyError> {
        Ok(Box::new(self.clone()))
    }

    async fn write(&self, _value: &str, _key_id: &str) -> std::result::Result<(), AnyError> {
        Err(bad("keys are not written back").into())
    }
}

/// The keys with which something is to be signed, as `tough` wants them.
pub(crate) fn sources(keys: &[SigningKey]) -> Vec<Box<dyn KeySource>> {
    keys.iter()
        .map(|key| Box::new(key.clone()) as Box<dyn KeySource>)
        .collect()
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Key, message)
}
