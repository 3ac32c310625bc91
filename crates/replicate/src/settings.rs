//! The replicator's configuration: variables, read once and refused with their names.

use crate::environment::{BEFORE_ALL, signed_for};
use crate::error::{Error, ErrorKind};
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use zen_edge_tuf::{Limits, Role, Stored, Updater};

/// What is replicated, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments (`ZEN_EDGE_ENVIRONMENTS`).
    pub environments: Vec<String>,
    /// The binding of the source bucket (`ZEN_EDGE_SOURCE`).
    pub source: String,
    /// The bindings of the destination buckets (`ZEN_EDGE_DESTINATIONS`).
    pub destinations: Vec<String>,
    /// What environments' folders are below in every bucket, without a `/` at either end
    /// (`ZEN_EDGE_PREFIX`).
    pub prefix: String,
    /// The trusted root of each environment (`ZEN_EDGE_TRUSTED_ROOT`, one or a list, or one in
    /// `ZEN_EDGE_TRUSTED_ROOT_` and the environment's name, as `…_PRODUCTION`).
    pub roots: BTreeMap<String, Bytes>,
}

impl Settings {
    /// Reads the configuration; `variable` gives a variable's text.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], with the variable's name.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let required = |name: &str, what: &str| {
            let text = variable(name).map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty())
                .ok_or_else(|| invalid(name, &format!("is not set: {what}")))
        };
        let environments = list(
            "ZEN_EDGE_ENVIRONMENTS",
            &required(
                "ZEN_EDGE_ENVIRONMENTS",
                "the environments, with commas between",
            )?,
            is_environment,
        )?;
        let source = required("ZEN_EDGE_SOURCE", "the R2 binding to copy from")?;
        let sources = list("ZEN_EDGE_SOURCE", &source, is_binding)?;
        let destinations = list(
            "ZEN_EDGE_DESTINATIONS",
            &required(
                "ZEN_EDGE_DESTINATIONS",
                "the R2 bindings to copy to, with commas between",
            )?,
            is_binding,
        )?;
        let [source] = sources.as_slice() else {
            return Err(invalid(
                "ZEN_EDGE_SOURCE",
                "names several bindings, and there is one source",
            ));
        };
        if destinations.contains(source) {
            let message = format!("names `{source}`, which is the source");
            return Err(invalid("ZEN_EDGE_DESTINATIONS", &message));
        }
        let prefix = variable("ZEN_EDGE_PREFIX").unwrap_or_default();
        let prefix = prefix.trim().trim_matches('/').to_owned();
        let bad = |segment: &str| matches!(segment, "" | "." | "..");
        if !prefix.is_empty() && prefix.split('/').any(bad) {
            let message = format!("is `{prefix}`, which is no folder in a bucket");
            return Err(invalid("ZEN_EDGE_PREFIX", &message));
        }
        let given = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let mut trusted = match given(ROOT) {
            Some(text) => roots(ROOT, &text)?,
            None => BTreeMap::new(),
        };
        for environment in &environments {
            let own = variable_of(environment);
            if let Some(text) = given(&own) {
                let found = roots(&own, &text)?;
                let Some(root) = found.get(environment).filter(|_| found.len() == 1) else {
                    let message =
                        format!("is to be the one root of the environment `{environment}`");
                    return Err(invalid(&own, &message));
                };
                trusted.insert(environment.clone(), root.clone());
            }
            if !trusted.contains_key(environment) {
                let message = format!(
                    "has no root of the environment `{environment}`, and {own} is not set: give the text of its `root.json`"
                );
                return Err(invalid(ROOT, &message));
            }
        }
        Ok(Self {
            source: source.clone(),
            environments,
            destinations,
            prefix,
            roots: trusted,
        })
    }

    /// Where an environment's folder is in a bucket, with a `/` at its end.
    pub fn folder(&self, environment: &str) -> String {
        match self.prefix.as_str() {
            "" => format!("{environment}/"),
            prefix => format!("{prefix}/{environment}/"),
        }
    }
}

const ROOT: &str = "ZEN_EDGE_TRUSTED_ROOT";

fn invalid(name: &str, message: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{name} {message}"))
}

fn list(name: &str, text: &str, is_good: fn(&str) -> bool) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        if !is_good(part) {
            return Err(invalid(name, &format!("has `{part}`, which is no name")));
        }
        if found.iter().any(|known| known == part) {
            return Err(invalid(name, &format!("names `{part}` twice")));
        }
        found.push(part.to_owned());
    }
    Ok(found)
}

fn is_environment(name: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_good)
}

fn is_binding(name: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_good)
}

/// The variable of one environment's root: a variable holds 5 KB on Cloudflare, which is a few
/// roots.
fn variable_of(environment: &str) -> String {
    let upper = |character: char| match character.is_ascii_alphanumeric() {
        true => character.to_ascii_uppercase(),
        false => '_',
    };
    format!(
        "{ROOT}_{}",
        environment.chars().map(upper).collect::<String>()
    )
}

/// Roots by the environment for which each says it is signed.
fn roots(name: &str, text: &str) -> Result<BTreeMap<String, Bytes>, Error> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| invalid(name, &format!("is no JSON: {error}")))?;
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut roots = BTreeMap::new();
    for value in values {
        let bytes = Bytes::from(value.to_string());
        let environment = environment_of(name, &bytes)?;
        if roots.insert(environment.clone(), bytes).is_some() {
            let message = format!("has two roots of the environment `{environment}`");
            return Err(invalid(name, &message));
        }
    }
    Ok(roots)
}

fn environment_of(name: &str, root: &[u8]) -> Result<String, Error> {
    let stored = Stored::with_root(root);
    let updater = Updater::new(stored, BEFORE_ALL, Limits::default())
        .map_err(|error| invalid(name, &format!("is not usable: {error}")))?;
    let environment = signed_for(&updater, &Role::Root);
    environment.map(str::to_owned).ok_or_else(|| {
        let message = "has a root that does not say for which environment it is signed; publish with zen-edge";
        invalid(name, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zen_edge_sync_testkit::{Bucket, Publisher};

    fn root(environment: &str) -> String {
        let publisher = Publisher::new(environment, Bucket::new("b"), 1_767_225_600_000);
        String::from_utf8(publisher.first_root()).unwrap()
    }

    fn read(changes: &[(&str, &str)]) -> Result<Settings, Error> {
        let one = root("production");
        let sound = [
            ("ZEN_EDGE_ENVIRONMENTS", "production"),
            ("ZEN_EDGE_SOURCE", "EU"),
            ("ZEN_EDGE_DESTINATIONS", "US, ASIA"),
            ("ZEN_EDGE_TRUSTED_ROOT", &one),
        ];
        Settings::read(|name| {
            let of = |list: &[(&str, &str)]| {
                let found = list.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            of(changes).or_else(|| of(&sound))
        })
    }

    #[test]
    fn a_sound_configuration_is_read() {
        let settings = read(&[("ZEN_EDGE_PREFIX", "/rules/x/")]).unwrap();
        assert_eq!(settings.destinations, ["US", "ASIA"]);
        assert_eq!(settings.folder("production"), "rules/x/production/");
        let both = format!("[{},{}]", root("staging"), root("production"));
        let changes = [
            ("ZEN_EDGE_ENVIRONMENTS", "staging,production"),
            ("ZEN_EDGE_TRUSTED_ROOT", both.as_str()),
        ];
        let settings = read(&changes).unwrap();
        assert_eq!(settings.roots.len(), 2);
        let (production, staging) = (root("production"), root("staging-eu"));
        let changes = [
            ("ZEN_EDGE_ENVIRONMENTS", "staging-eu,production"),
            ("ZEN_EDGE_TRUSTED_ROOT", " "),
            ("ZEN_EDGE_TRUSTED_ROOT_PRODUCTION", production.as_str()),
            ("ZEN_EDGE_TRUSTED_ROOT_STAGING_EU", staging.as_str()),
        ];
        assert_eq!(read(&changes).unwrap().roots.len(), 2);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let twice = format!("[{0},{0}]", root("production"));
        let staging = root("staging");
        let forged = root("production").replace("production", "productiom");
        for (name, value, message) in [
            ("ZEN_EDGE_ENVIRONMENTS", " ", "is not set"),
            ("ZEN_EDGE_ENVIRONMENTS", "a,,b", "has ``, which is no name"),
            ("ZEN_EDGE_ENVIRONMENTS", "a/b", "has `a/b`"),
            ("ZEN_EDGE_ENVIRONMENTS", "production,production", "twice"),
            ("ZEN_EDGE_SOURCE", "A,B", "several"),
            (
                "ZEN_EDGE_DESTINATIONS",
                "US,EU",
                "names `EU`, which is the source",
            ),
            ("ZEN_EDGE_DESTINATIONS", "US-1", "has `US-1`"),
            ("ZEN_EDGE_PREFIX", "a//b", "is `a//b`"),
            ("ZEN_EDGE_PREFIX", "..", "is `..`"),
            (
                "ZEN_EDGE_TRUSTED_ROOT_PRODUCTION",
                &staging,
                "is to be the one root",
            ),
            ("ZEN_EDGE_TRUSTED_ROOT_PRODUCTION", "nonsense", "is no JSON"),
            ("ZEN_EDGE_TRUSTED_ROOT", "nonsense", "is no JSON"),
            ("ZEN_EDGE_TRUSTED_ROOT", "{}", "is not usable"),
            ("ZEN_EDGE_TRUSTED_ROOT", &forged, "is not usable"),
            ("ZEN_EDGE_TRUSTED_ROOT", &twice, "two roots"),
            (
                "ZEN_EDGE_TRUSTED_ROOT",
                "[]",
                "has no root of the environment `production`",
            ),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.message().starts_with(name), "{error}");
            assert!(error.message().contains(message), "{error}");
        }
    }
}
