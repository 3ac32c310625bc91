//! Public keys, as metadata writes them, and what they say about a signature.

use crate::json::Json;
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::DecodePublicKey as _;

/// A public key of the metadata.
///
/// A key that cannot be used (an unknown scheme, a weak or malformed key) is no error: its
/// signatures count for nothing, as the specification wants it for what a client does not know.
#[derive(Debug, Clone)]
pub(crate) struct Key(Result<Usable, Unusable>);

/// Why a key's signatures count for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("its key type and scheme are not supported")]
    Unsupported,
    #[error("its public key is malformed")]
    Malformed,
    #[error("its public key is weak")]
    Weak,
}

#[derive(Debug, Clone)]
struct Usable {
    /// The key's own bytes, whatever the text around them: two key ids with the same key are one
    /// signer.
    identity: Vec<u8>,
    verifier: Verifier,
}

#[derive(Debug, Clone)]
enum Verifier {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    #[cfg(feature = "rsa")]
    RsaPss(Box<rsa::RsaPublicKey>),
    #[cfg(feature = "rsa")]
    RsaPkcs1(Box<rsa::RsaPublicKey>),
}

impl Key {
    /// Reads a key from its type, scheme and `keyval`.
    pub(crate) fn read(key_type: &str, scheme: &str, value: &Json) -> Self {
        let public = value
            .get("public")
            .and_then(Json::as_text)
            .ok_or(Unusable::Malformed);
        Self(match (key_type, scheme) {
            ("ed25519", "ed25519") => public.and_then(ed25519),
            ("ecdsa" | "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => public.and_then(p256),
            #[cfg(feature = "rsa")]
            ("rsa", "rsassa-pss-sha256") => public.and_then(|pem| rsa(pem, Verifier::RsaPss)),
            #[cfg(feature = "rsa")]
            ("rsa", "rsa-pkcs1v15-sha256") => public.and_then(|pem| rsa(pem, Verifier::RsaPkcs1)),
            _ => Err(Unusable::Unsupported),
        })
    }

    /// What tells this key from others, if it can be used at all.
    pub(crate) fn identity(&self) -> Result<&[u8], Unusable> {
        self.0
            .as_ref()
            .map(|key| key.identity.as_slice())
            .map_err(|reason| *reason)
    }

    /// Whether this key made this signature over this message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(key) = &self.0 else { return false };
        match &key.verifier {
            // Strict: a small-order key or R, and any encoding but the canonical, are refused.
            Verifier::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Verifier::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            #[cfg(feature = "rsa")]
            Verifier::RsaPss(key) => {
                // Signers choose the salt's length, and the scheme's name does not tell it.
                let key =
                    rsa::pss::VerifyingKey::<sha2::Sha256>::new_with_auto_salt_len((**key).clone());
                rsa::pss::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            #[cfg(feature = "rsa")]
            Verifier::RsaPkcs1(key) => {
                let key = rsa::pkcs1v15::VerifyingKey::<sha2::Sha256>::new((**key).clone());
                rsa::pkcs1v15::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
        }
    }
}

fn ed25519(digits: &str) -> Result<Usable, Unusable> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| Unusable::Malformed)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| Unusable::Malformed)?;
    if key.to_edwards().compress().to_bytes() != bytes {
        return Err(Unusable::Malformed);
    }
    if key.is_weak() {
        return Err(Unusable::Weak);
    }
    Ok(Usable {
        identity: bytes.to_vec(),
        verifier: Verifier::Ed25519(key),
    })
}

fn p256(pem: &str) -> Result<Usable, Unusable> {
    let key = p256::PublicKey::from_public_key_pem(pem.trim()).map_err(|_| Unusable::Malformed)?;
    let key = p256::ecdsa::VerifyingKey::from(&key);
    Ok(Usable {
        identity: key.to_sec1_point(true).as_bytes().to_vec(),
        verifier: Verifier::P256(key),
    })
}

#[cfg(feature = "rsa")]
fn rsa(pem: &str, verifier: fn(Box<rsa::RsaPublicKey>) -> Verifier) -> Result<Usable, Unusable> {
    use rsa::traits::PublicKeyParts as _;
    // More than 4096 bits only makes verification slow.
    const BYTES: std::ops::RangeInclusive<usize> = 256..=512;
    let key =
        rsa::RsaPublicKey::from_public_key_pem(pem.trim()).map_err(|_| Unusable::Malformed)?;
    if !BYTES.contains(&key.size()) {
        return Err(Unusable::Weak);
    }
    let mut identity = key.n_bytes().to_vec();
    identity.extend_from_slice(&key.e_bytes());
    Ok(Usable {
        identity,
        verifier: verifier(Box::new(key)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn ed25519_key(public: &str) -> Key {
        let value = Json::Object(BTreeMap::from([(
            "public".to_owned(),
            Json::Text(public.to_owned()),
        )]));
        Key::read("ed25519", "ed25519", &value)
    }

    #[test]
    fn weak_and_non_canonical_ed25519_keys_are_unusable() {
        // The neutral element, and a point of order eight.
        for small_order in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        ] {
            assert_eq!(ed25519_key(small_order).identity(), Err(Unusable::Weak));
        }
        // y = p + 1 stands for y = 1.
        let non_canonical = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        assert_eq!(
            ed25519_key(non_canonical).identity(),
            Err(Unusable::Malformed)
        );
        for malformed in ["", "00", "zz", &"0".repeat(63)] {
            assert_eq!(
                ed25519_key(malformed).identity(),
                Err(Unusable::Malformed),
                "{malformed}"
            );
        }
    }

    #[test]
    fn the_text_around_a_key_does_not_make_it_another() {
        let lower = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let upper = lower.to_uppercase();
        assert_eq!(
            ed25519_key(lower).identity(),
            ed25519_key(&upper).identity()
        );
    }

    #[test]
    fn unknown_schemes_are_unusable() {
        for (key_type, scheme) in [
            ("ed25519", "none"),
            ("hmac", "hmac-sha256"),
            ("rsa", "rsa-pkcs1v15-md5"),
            ("", ""),
        ] {
            let key = Key::read(key_type, scheme, &Json::Null);
            assert_eq!(key.identity(), Err(Unusable::Unsupported));
            assert!(!key.verifies(b"", b""));
        }
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex::decode("00fFa1"), Ok(vec![0, 255, 161]));
        assert!(hex::decode("0").is_err());
        assert!(hex::decode("+1").is_err());
        assert_eq!(hex::encode([0, 255, 161]), "00ffa1");
    }
}
