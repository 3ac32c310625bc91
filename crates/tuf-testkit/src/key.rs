//! Ed25519 keys made from names.

use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key pair.
#[derive(Debug, Clone)]
pub struct Key(SigningKey);

impl Key {
    /// The key of this name, always the same.
    pub fn named(name: &str) -> Self {
        Self(SigningKey::from_bytes(
            &Sha256::digest(format!("zen-edge test key {name}")).into(),
        ))
    }

    /// The public key in hexadecimal digits.
    pub fn public(&self) -> String {
        hex::encode(self.0.verifying_key().as_bytes())
    }

    /// The public key as metadata lists it.
    pub fn listed(&self) -> Value {
        json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": self.public()}})
    }

    /// The key's id: the hash of its canonical form.
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(canonical(&self.listed())))
    }

    /// The signature of `signed`, as metadata lists it.
    pub fn sign(&self, signed: &Value) -> Value {
        json!({"keyid": self.id(), "sig": hex::encode(self.0.sign(&canonical(signed)).to_bytes())})
    }
}

/// The canonical form over which signatures are made.
fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = olpc_cjson::CanonicalFormatter::new();
    value
        .serialize(&mut serde_json::Serializer::with_formatter(
            &mut bytes, formatter,
        ))
        .unwrap();
    bytes
}
