//! What must vouch for a release.

use super::error::ConfigurationError;
use super::variables::Variables;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

const TRUST: &str = "ZEN_EDGE_TRUST";
const TRUSTED_ROOT: &str = "ZEN_EDGE_TRUSTED_ROOT";
const REVISION_FLOOR: &str = "ZEN_EDGE_REVISION_FLOOR";

/// What must vouch for a release. Unsigned releases are never accepted by omission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustConfiguration {
    /// Signatures.
    Tuf {
        /// The root metadata with which trust begins.
        trusted_root: Vec<u8>,
        /// The lowest revision that is accepted.
        revision_floor: u64,
    },
    /// Nothing but the way the bytes come.
    Unsigned,
}

impl TrustConfiguration {
    pub(super) fn read(variables: &Variables) -> Result<Self, ConfigurationError> {
        let unsigned = super::choice(variables, TRUST, &[("tuf", false), ("unsigned", true)])?;
        if unsigned != Some(true) {
            return Ok(Self::Tuf {
                trusted_root: trusted_root(variables)?,
                revision_floor: revision_floor(variables)?.unwrap_or(0),
            });
        }
        let only_signed = "is set, and ZEN_EDGE_TRUST is `unsigned`; remove one of them";
        if variables.json(TRUSTED_ROOT).is_err() || variables.json(TRUSTED_ROOT)?.is_some() {
            return Err(ConfigurationError::new(TRUSTED_ROOT, only_signed));
        }
        if revision_floor(variables)?.is_some() {
            return Err(ConfigurationError::new(REVISION_FLOOR, only_signed));
        }
        Ok(Self::Unsigned)
    }
}

/// The root's text, base64 of it, or, where `wrangler.toml` holds it as a table, that table.
fn trusted_root(variables: &Variables) -> Result<Vec<u8>, ConfigurationError> {
    let accepted = "give the text of the file that `zen-edge init` wrote (`<environment>.root.json`), or base64 of it";
    let refuse = |what: &str| {
        let problem = format!("is {what}; {accepted}");
        Err(ConfigurationError::new(TRUSTED_ROOT, problem))
    };
    let text = match variables.text(TRUSTED_ROOT) {
        Ok(None) => return Err(ConfigurationError::missing(TRUSTED_ROOT, accepted)),
        Ok(Some(text)) => text,
        Err(_) => match variables.json(TRUSTED_ROOT)?.as_deref() {
            Some(Json::Object(table)) => {
                return Ok(Json::Object(table.clone()).to_string().into_bytes());
            }
            _ => return refuse("a list"),
        },
    };
    let text = text.trim();
    let bytes = if text.starts_with('{') {
        text.as_bytes().to_vec()
    } else {
        let packed: String = text.split_ascii_whitespace().collect();
        match BASE64_STANDARD.decode(packed) {
            Ok(bytes) => bytes,
            Err(_) => return refuse("neither JSON nor base64"),
        }
    };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_err() {
        return refuse("not whole: its JSON cannot be read");
    }
    Ok(bytes)
}

fn revision_floor(variables: &Variables) -> Result<Option<u64>, ConfigurationError> {
    let Some(text) = variables.text(REVISION_FLOOR)? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(floor) => Ok(Some(floor)),
        Err(_) => {
            let accepted = "give a revision, a whole number that is not negative";
            Err(ConfigurationError::given(REVISION_FLOOR, &text, accepted))
        }
    }
}
