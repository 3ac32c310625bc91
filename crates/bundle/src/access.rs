//! Who may evaluate: access tokens, kept as hashes.

use crate::digest::sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limit, Limits};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use subtle::{Choice, ConstantTimeEq as _};

/// The member of `project.json` that holds tokens in plain text, as BRMS writes them.
const PLAIN: &str = "accessTokens";
/// The member that holds their hashes, as we write them: `"sha256:<64 hexadecimal digits>"`.
const HASHED: &str = "accessTokenHashes";
/// What only this module puts into `project.json`.
pub(crate) const MEMBERS: [&str; 2] = [PLAIN, HASHED];
/// What a hash begins with.
const SCHEME: &str = "sha256:";

/// What a bundle says about who may evaluate its decisions.
///
/// GoRules' Agent opens a project whose `project.json` is absent or unreadable. Here neither does:
/// an unreadable one makes [`crate::Bundle::read`] refuse the bundle, so that the release before it
/// goes on serving, and an absent one is [`Access::Unstated`], which allows nobody. A host that
/// wants such a project open, or has tokens of its own, must be configured so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// The bundle does not say; nobody is allowed unless the host's configuration says who is.
    #[default]
    Unstated,
    /// Whoever presents one of these tokens; nobody if there is none (as in GoRules' Agent).
    Tokens(Tokens),
}

impl Access {
    /// Whether this token allows its bearer to evaluate. The empty token never does. Takes the same
    /// time whichever token matches.
    pub fn allows(&self, token: &str) -> bool {
        match self {
            Self::Unstated => false,
            Self::Tokens(tokens) => tokens.contains(token),
        }
    }
}

/// Access tokens, of which only SHA-256 hashes are kept. Neither tokens nor hashes are shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tokens(BTreeSet<[u8; 32]>);

impl Tokens {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a token.
    pub fn insert(&mut self, token: &str) {
        self.0.insert(sha256(token.as_bytes()));
    }

    fn contains(&self, token: &str) -> bool {
        let hash = sha256(token.as_bytes());
        let known = |found, other: &[u8; 32]| found | other.ct_eq(&hash);
        let found: bool = self.0.iter().fold(Choice::from(0), known).into();
        found && !token.is_empty()
    }
}

impl<T: AsRef<str>> FromIterator<T> for Tokens {
    fn from_iter<I: IntoIterator<Item = T>>(tokens: I) -> Self {
        let mut hashes = Self::default();
        for token in tokens {
            hashes.insert(token.as_ref());
        }
        hashes
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.0.len())
    }
}

/// Whether a token is in `project.json` as such.
pub(crate) fn is_in_plain_text(members: &Map<String, Value>) -> bool {
    let tokens = members.get(PLAIN).and_then(Value::as_array);
    tokens.is_some_and(|tokens| tokens.iter().any(|token| token.as_str() != Some("")))
}

/// Takes the tokens out of `project.json`.
pub(crate) fn take(members: &mut Map<String, Value>, limits: &Limits) -> Result<Access> {
    let plain = list(members, PLAIN)?;
    let hashed = list(members, HASHED)?;
    if plain.is_none() && hashed.is_none() {
        return Ok(Access::Unstated);
    }
    let mut tokens = Tokens(
        plain
            .iter()
            .flatten()
            .map(|token| sha256(token.as_bytes()))
            .collect(),
    );
    for hash in hashed.iter().flatten() {
        let mut bytes = [0; 32];
        let digits = hash.strip_prefix(SCHEME).unwrap_or_default();
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| {
            invalid(format!(
                "an entry of `{HASHED}` is not `{SCHEME}` and 64 hexadecimal digits"
            ))
        })?;
        tokens.0.insert(bytes);
    }
    if tokens.len() > limits.access_tokens {
        let (count, limit) = (tokens.len(), limits.access_tokens);
        let message = format!("there are {count} access tokens; at most {limit} are accepted");
        return Err(Error::limit(Limit::AccessTokens, message));
    }
    Ok(Access::Tokens(tokens))
}

/// Takes out a list of strings; nothing if it is null or absent.
fn list(members: &mut Map<String, Value>, name: &str) -> Result<Option<Vec<String>>> {
    let items = match members.remove(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(invalid(format!("`{name}` is not a list"))),
    };
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(invalid(format!("an entry of `{name}` is not a string"))),
    };
    items.into_iter().map(text).collect::<Result<_>>().map(Some)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidIdentity, message)
}

/// Puts hashes, and no tokens, into `project.json`. An Agent that reads it lets nobody in.
pub(crate) fn put(access: &Access, members: &mut Map<String, Value>) {
    if let Access::Tokens(tokens) = access {
        let hashes = tokens
            .0
            .iter()
            .map(|hash| format!("{SCHEME}{}", hex::encode(hash)));
        members.insert(PLAIN.to_owned(), Value::Array(Vec::new()));
        members.insert(HASHED.to_owned(), hashes.map(Value::String).collect());
    }
}
