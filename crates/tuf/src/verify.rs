//! Signed metadata, and whether enough keys signed it.

use crate::error::{At, Result};
use crate::json::{self, Json, Unreadable};
use crate::key::Key;
use crate::limits::Limits;
use crate::metadata::RoleKeys;
use std::collections::{BTreeMap, BTreeSet};

/// The signatures of one metadata file, and the message they sign.
#[derive(Debug, Clone)]
pub(crate) struct Signatures {
    /// The canonical form of `signed`.
    message: Vec<u8>,
    /// Key id and signature, in the file's order; none where the signature is not hexadecimal.
    signatures: Vec<(String, Option<Vec<u8>>)>,
}

/// Takes a metadata file apart: its signatures and what they sign, of which nothing is verified.
pub(crate) fn open(bytes: &[u8], limits: &Limits, at: At<'_>) -> Result<(Signatures, Json)> {
    let json =
        json::parse(bytes, limits.json_depth, limits.json_values).map_err(|error| match error {
            Unreadable::TooDeep(_) | Unreadable::TooMany(_) => at.limit(error.to_string()),
            _ => at.invalid(error.to_string()),
        })?;
    let Json::Object(mut members) = json else {
        return Err(at.invalid(format!("it is {}, not an object", json.kind())));
    };
    let signatures = match members.remove("signatures") {
        Some(Json::List(signatures)) => signatures,
        _ => return Err(at.invalid("it has no array `signatures`")),
    };
    if signatures.len() > limits.signatures {
        return Err(at.limit(format!(
            "it has {} signatures; at most {} are accepted",
            signatures.len(),
            limits.signatures
        )));
    }
    let signatures = signatures
        .iter()
        .map(|entry| {
            let text = |name| entry.get(name).and_then(Json::as_text);
            match (text("keyid"), text("sig")) {
                (Some(key_id), Some(signature)) => {
                    Ok((key_id.to_owned(), hex::decode(signature).ok()))
                }
                _ => Err(at.invalid("a signature lacks its `keyid` or `sig`")),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    // "The keyid MUST be unique in the signatures array" (4.2.1).
    let mut key_ids = BTreeSet::new();
    if let Some((key_id, _)) = signatures.iter().find(|(id, _)| !key_ids.insert(id)) {
        return Err(at.untrusted(format!("it has two signatures by key `{key_id}`")));
    }
    let signed = match members.remove("signed") {
        Some(signed @ Json::Object(_)) => signed,
        _ => return Err(at.invalid("it has no object `signed`")),
    };
    let message = signed
        .canonical()
        .map_err(|error| at.invalid(error.to_string()))?;
    Ok((
        Signatures {
            message,
            signatures,
        },
        signed,
    ))
}

impl Signatures {
    /// The signature that names this key; none within if it is not hexadecimal.
    pub(crate) fn by(&self, key_id: &str) -> Option<Option<&[u8]>> {
        let mut signatures = self.signatures.iter();
        let (_, signature) = signatures.find(|(id, _)| id == key_id)?;
        Some(signature.as_deref())
    }

    /// Whether this key made this signature.
    pub(crate) fn holds(&self, key: &Key, signature: Option<&[u8]>) -> bool {
        signature.is_some_and(|signature| key.verifies(&self.message, signature))
    }

    /// Checks that a threshold of the role's keys signed.
    ///
    /// A key counts once, however many key ids it has; signatures by other keys, and bad ones, count
    /// for nothing.
    pub(crate) fn verify(
        &self,
        keys: &BTreeMap<String, Key>,
        role: &RoleKeys,
        at: At<'_>,
    ) -> Result<()> {
        let mut signers = BTreeSet::new();
        let mut refused = Vec::new();
        for (key_id, signature) in &self.signatures {
            if !role.key_ids.contains(key_id) {
                continue;
            }
            let Some(key) = keys.get(key_id) else {
                continue;
            };
            let identity = match key.identity() {
                Ok(identity) => identity,
                Err(reason) => {
                    refused.push(format!("key `{key_id}` does not count: {reason}"));
                    continue;
                }
            };
            if signers.contains(identity) {
                continue;
            }
            match self.holds(key, signature.as_deref()) {
                true => {
                    signers.insert(identity);
                }
                false => refused.push(format!("the signature by key `{key_id}` is wrong")),
            }
            if signers.len() as u64 >= role.threshold {
                return Ok(());
            }
        }
        let mut message = format!(
            "{} of the {} keys needed have signed",
            signers.len(),
            role.threshold
        );
        for reason in refused.iter().take(4) {
            message.push_str("; ");
            message.push_str(reason);
        }
        Err(at.untrusted(message))
    }
}
