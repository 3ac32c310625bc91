//! Who may ask.

use crate::message::RequestHead;
use crate::options::OptionError;
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;
use zen_edge_runtime::CompiledRelease;

/// The header in which the GoRules Agent expects a token.
pub(crate) const TOKEN: &str = "x-access-token";

/// Who may evaluate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccessPolicy {
    /// Whoever presents a token that the active release lists. A bundle that says nothing about
    /// access lets nobody in, unlike the GoRules Agent, which opens such a project.
    #[default]
    Tokens,
    /// Everybody.
    Open,
}

impl AccessPolicy {
    /// Whether this request may ask the project's decisions. The active release says so, whichever is
    /// pinned: a token that was taken out must not come back with an older release.
    pub(crate) fn allows(self, active: &CompiledRelease, request: &impl RequestHead) -> bool {
        match self {
            Self::Open => true,
            Self::Tokens => {
                let token = request.header(TOKEN);
                token.is_some_and(|token| active.access().allows(&token))
            }
        }
    }
}

/// Who may have the bundles of releases. They are worth more than answers: all rules are in them, the
/// releases' own tests, and the hashes of access tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BundlePolicy {
    /// Whoever presents the status token. Without one, it is as if there were no such path.
    #[default]
    Operators,
    /// Everybody.
    Open,
}

/// What `sha256:` hashes begin with.
const SCHEME: &str = "sha256:";

/// The token of those who operate the evaluator. Only its SHA-256 is kept, and never shown.
#[derive(Clone)]
pub struct StatusToken([u8; 32]);

impl StatusToken {
    /// A token in plain text.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(token: &str) -> Result<Self, OptionError> {
        if token.is_empty() {
            return Err(OptionError("the status token is empty".to_owned()));
        }
        Ok(Self(Sha256::digest(token.as_bytes()).into()))
    }

    /// The hash of a token: `sha256:` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// If it is not that.
    pub fn from_hash(hash: &str) -> Result<Self, OptionError> {
        let mut bytes = [0; 32];
        let digits = hash.strip_prefix(SCHEME).unwrap_or_default();
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| {
            OptionError(format!(
                "the hash of the status token is not `{SCHEME}` and 64 hexadecimal digits"
            ))
        })?;
        Ok(Self(bytes))
    }

    /// Whether a request presents it, as `Authorization: Bearer` or as `X-Access-Token`.
    pub(crate) fn allows(&self, request: &impl RequestHead) -> bool {
        let bearer = request.header("authorization");
        let bearer = bearer.as_deref().and_then(bearer_token);
        match bearer {
            Some(token) => self.is(token),
            None => request.header(TOKEN).is_some_and(|token| self.is(&token)),
        }
    }

    /// Takes the same time whatever the token is.
    fn is(&self, token: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        self.0.ct_eq(&hash).into()
    }
}

fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_matches(' '))
}

impl fmt::Debug for StatusToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusToken")
    }
}
