//! What of a repository is cached, and under which names.

use sha2::{Digest, Sha256};

/// The longest key that is cached, in bytes: S3's bound for keys. Longer ones are passed through.
const MAX_KEY: usize = 1024;

/// How an object is cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Versioned metadata is written once: what is cached is right for ever. The entry's name.
    Versioned(String),
    /// The pointer is replaced: the names of its record and of the claim on renewing it.
    Pointer { record: String, claim: String },
    /// Not at all. Bundles are cached by whoever knows their digests; nothing else is known.
    Nowhere,
}

impl Place {
    /// How the object under this key of this source is cached.
    pub(super) fn of(source: &str, key: &str) -> Self {
        let name = |kind| name(kind, source, key);
        match metadata(key) {
            _ if key.len() > MAX_KEY => Self::Nowhere,
            Some("timestamp.json") => Self::Pointer {
                record: name("pointer"),
                claim: name("claim"),
            },
            Some(file) if is_versioned(file) => Self::Versioned(name("metadata")),
            _ => Self::Nowhere,
        }
    }
}

/// The name of a file in an environment's folder for metadata.
fn metadata(key: &str) -> Option<&str> {
    let (folder, file) = key.rsplit_once('/')?;
    let environment = folder.strip_suffix("/metadata")?;
    (!environment.is_empty()).then_some(file)
}

/// Whether a file is called like `12.root.json`.
fn is_versioned(file: &str) -> bool {
    let Some((version, role)) = file
        .strip_suffix(".json")
        .and_then(|stem| stem.split_once('.'))
    else {
        return false;
    };
    let digits = version.bytes().all(|byte| byte.is_ascii_digit());
    digits && !version.is_empty() && !version.starts_with('0') && !role.is_empty()
}

/// An entry's name. Source and key are in it as a SHA-256 over both and the length of the first: so
/// no two collide, whatever a cache does with case, `/`, `..`, `%`, `?` or long names, and neither
/// can say anything to the cache.
fn name(kind: &str, source: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(source.len().to_string());
    hash.update(":");
    hash.update(source);
    hash.update(key);
    format!("store/{kind}/{}", hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(key: &str) -> &'static str {
        match Place::of("eu", key) {
            Place::Versioned(_) => "versioned",
            Place::Pointer { .. } => "pointer",
            Place::Nowhere => "nowhere",
        }
    }

    #[test]
    fn only_the_metadata_of_an_environment_is_cached() {
        for (key, expected) in [
            ("production/metadata/timestamp.json", "pointer"),
            ("a/b/metadata/timestamp.json", "pointer"),
            ("production/metadata/1.root.json", "versioned"),
            ("production/metadata/20.team.eu.json", "versioned"),
            ("production/metadata/root.json", "nowhere"),
            ("production/metadata/0.root.json", "nowhere"),
            ("production/metadata/01.root.json", "nowhere"),
            ("production/metadata/-1.root.json", "nowhere"),
            ("production/metadata/.root.json", "nowhere"),
            ("production/metadata/1.json", "nowhere"),
            ("production/metadata/1..json", "nowhere"),
            ("production/metadata/1.root.json/x", "nowhere"),
            ("production/metadata/timestamp.json?x", "nowhere"),
            ("production/targets/1.root.json", "nowhere"),
            ("production/metadata/", "nowhere"),
            ("metadata/timestamp.json", "nowhere"),
            ("/metadata/timestamp.json", "nowhere"),
            ("timestamp.json", "nowhere"),
            ("", "nowhere"),
        ] {
            assert_eq!(kind(key), expected, "{key}");
        }
    }

    #[test]
    fn a_key_of_outlandish_length_is_not_cached() {
        let key = |length: usize| format!("{}/metadata/timestamp.json", "a".repeat(length - 24));
        assert_eq!((key(1024).len(), kind(&key(1024))), (1024, "pointer"));
        assert_eq!(kind(&key(1025)), "nowhere");
    }

    proptest! {
        #[test]
        fn no_two_objects_share_a_name(
            sources in ("[a-b:1/]{0,3}", "[a-b:1/]{0,3}"),
            keys in ("[a-b:1/]{0,3}", "[a-b:1/]{0,3}"),
        ) {
            let first = name("metadata", &sources.0, &keys.0);
            let second = name("metadata", &sources.1, &keys.1);
            prop_assert_eq!(first == second, sources.0 == sources.1 && keys.0 == keys.1);
        }

        #[test]
        fn nothing_is_injected(source: String, key: String) {
            let name = name("claim", &source, &key);
            let digest = name.strip_prefix("store/claim/").unwrap();
            prop_assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
