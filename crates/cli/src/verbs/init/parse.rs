//! The values of `init`'s flags.

use std::str::FromStr;
use zen_edge_publish::keys::PublicKey;

/// The roles that the root lists.
const ROLES: [&str; 4] = ["root", "targets", "snapshot", "timestamp"];

/// `ROLE=KEY`
#[derive(Debug, Clone)]
pub(super) struct RoleKey {
    pub(super) role: String,
    pub(super) key: PublicKey,
}

/// `ROLE=NUMBER`
#[derive(Debug, Clone)]
pub(super) struct Threshold {
    pub(super) role: String,
    pub(super) number: u16,
}

/// `ROLE=DAYS`
#[derive(Debug, Clone)]
pub(super) struct Expiry {
    pub(super) role: String,
    pub(super) days: u16,
}

/// `ROLE=PATTERN,PATTERN:KEY,KEY`
#[derive(Debug, Clone)]
pub(super) struct Delegated {
    pub(super) role: String,
    pub(super) patterns: Vec<String>,
    pub(super) keys: Vec<PublicKey>,
}

impl FromStr for RoleKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, key) = top_level(text)?;
        Ok(Self {
            role,
            key: public(key)?,
        })
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, number) = top_level(text)?;
        Ok(Self {
            role,
            number: self::number(number)?,
        })
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, days) = top_level(text)?;
        Ok(Self {
            role,
            days: number(days)?,
        })
    }
}

impl FromStr for Delegated {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not ROLE=PROJECT,...:KEY,...");
        let (role, rest) = text.split_once('=').ok_or_else(form)?;
        let (patterns, keys) = rest.split_once(':').ok_or_else(form)?;
        Ok(Self {
            role: role.to_owned(),
            patterns: patterns.split(',').map(str::to_owned).collect(),
            keys: keys.split(',').map(public).collect::<Result<_, _>>()?,
        })
    }
}

fn top_level(text: &str) -> Result<(String, &str), String> {
    match text.split_once('=') {
        Some((role, value)) if ROLES.contains(&role) => Ok((role.to_owned(), value)),
        _ => Err(format!(
            "`{text}` does not begin with root=, targets=, snapshot= or timestamp="
        )),
    }
}

fn number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{text}` is not a number from 1 to 65535")),
    }
}

fn public(source: &str) -> Result<PublicKey, String> {
    PublicKey::read(source).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_form_is_refused() {
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert!(format!("root={key}").parse::<RoleKey>().is_ok());
        assert!(format!("somebody={key}").parse::<RoleKey>().is_err());
        assert!("root=".parse::<RoleKey>().is_err());
        assert_eq!("root=2".parse::<Threshold>().unwrap().number, 2);
        assert!("root=0".parse::<Threshold>().is_err());
        assert!("timestamp=x".parse::<Expiry>().is_err());
        let delegated: Delegated = format!("team=a-*,b:{key},{key}").parse().unwrap();
        assert_eq!((delegated.patterns.len(), delegated.keys.len()), (2, 2));
        assert!("team=a".parse::<Delegated>().is_err());
    }
}
