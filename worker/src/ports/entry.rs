//! The names of a cache's entries.

use crate::configuration::{Configuration, StoreConfiguration, TrustConfiguration};
use sha2::{Digest as _, Sha256};

/// Whose entries they are: Workers of one zone share a cache.
///
/// It is a digest of what must be the same for two deployments to take each other's entries: the
/// environment, and what vouches for it. Where that is signatures, it is the trusted root; where it is
/// nothing, it is where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Namespace([u8; 32]);

impl Namespace {
    pub(super) fn of(configuration: &Configuration) -> Self {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(configuration.environment.as_bytes());
        match &configuration.trust {
            TrustConfiguration::Tuf { trusted_root, .. } => {
                add(b"tuf");
                add(trusted_root);
            }
            TrustConfiguration::Unsigned => {
                add(b"unsigned");
                for source in &configuration.sources {
                    add(source.name.as_bytes());
                    match &source.store {
                        StoreConfiguration::R2 { binding, prefix } => {
                            add(b"r2");
                            add(binding.as_bytes());
                            add(prefix.as_bytes());
                        }
                        StoreConfiguration::S3(s3) => {
                            add(b"s3");
                            add(s3.endpoint.as_str().as_bytes());
                            add(s3.bucket.as_bytes());
                            add(s3.prefix.as_bytes());
                        }
                        StoreConfiguration::Https { url, .. } => {
                            add(b"https");
                            add(url.as_str().as_bytes());
                        }
                    }
                }
                if let Some(brms) = &configuration.rules_sync {
                    add(b"rules-sync");
                    add(brms.url.as_str().as_bytes());
                    add(brms.target.as_bytes());
                }
            }
        }
        Self(hash.finalize().into())
    }

    /// An entry's name: 64 hexadecimal digits, whatever the key is. No two entries of any two
    /// namespaces share one, and no key can say anything to the cache.
    pub(super) fn name(&self, key: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(key);
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{Value, Variables};
    use proptest::prelude::*;

    fn namespace(environment: &str, root: &str, url: &str) -> Namespace {
        let unsigned = if root.is_empty() { "unsigned" } else { "tuf" };
        let source = format!(r#"[{{"name":"a","type":"https","url":"{url}"}}]"#);
        let variables: Variables = [
            ("ZEN_EDGE_ENVIRONMENT", environment),
            ("ZEN_EDGE_TRUST", unsigned),
            ("ZEN_EDGE_TRUSTED_ROOT", root),
            ("ZEN_EDGE_SOURCES", &source),
            ("ZEN_EDGE_PROJECTS", "pricing"),
        ]
        .into_iter()
        .map(|(name, text)| (name, Value::Text(text.to_owned())))
        .collect();
        Namespace::of(&Configuration::read(&variables).unwrap())
    }

    #[test]
    fn deployments_share_entries_if_the_same_vouches_for_them() {
        let (a, b) = ("https://a.test", "https://b.test");
        assert_eq!(namespace("x", "{}", a), namespace("x", "{}", b));
        assert_ne!(namespace("x", "{}", a), namespace("y", "{}", a));
        assert_ne!(namespace("x", "{}", a), namespace("x", "{\"a\":1}", a));
        assert_ne!(namespace("x", "{}", a), namespace("x", "", a));
        assert_ne!(namespace("x", "", a), namespace("x", "", b));
        assert_eq!(namespace("x", "", a), namespace("x", "", a));
    }

    proptest! {
        #[test]
        fn no_two_entries_share_a_name(
            first in (0_u8..2, "[a-b/%.?]{0,3}"),
            second in (0_u8..2, "[a-b/%.?]{0,3}"),
        ) {
            let name = |(namespace, key): &(u8, String)| Namespace([*namespace; 32]).name(key);
            prop_assert_eq!(name(&first) == name(&second), first == second);
        }

        #[test]
        fn nothing_is_injected(key: String) {
            let name = Namespace([7; 32]).name(&key);
            prop_assert!(name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
