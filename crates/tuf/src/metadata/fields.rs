//! Reading members of an object, with errors that say which.

use crate::error::{At, Error, Result};
use crate::json::Json;
use std::collections::BTreeMap;

/// An object whose members are being read.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    at: At<'a>,
    /// Where in the metadata the object is: empty, or `roles.root.`.
    path: String,
    members: &'a BTreeMap<String, Json>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(json: &'a Json, path: impl Into<String>, at: At<'a>) -> Result<Self> {
        let path = path.into();
        match json {
            Json::Object(members) => Ok(Self { at, path, members }),
            other => {
                let path = path.trim_end_matches('.');
                Err(at.invalid(format!("`{path}` is {}, not an object", other.kind())))
            }
        }
    }

    fn get(&self, name: &str) -> Result<&'a Json> {
        self.members
            .get(name)
            .ok_or_else(|| self.at.invalid(format!("it has no `{}{name}`", self.path)))
    }

    fn mismatch(&self, name: &str, found: &Json, wanted: &str) -> Error {
        let (path, found) = (&self.path, found.kind());
        self.at
            .invalid(format!("`{path}{name}` is {found}, not {wanted}"))
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&'a Json> {
        self.members.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str> {
        let value = self.get(name)?;
        value
            .as_text()
            .ok_or_else(|| self.mismatch(name, value, "a string"))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool> {
        match self.get(name)? {
            Json::Bool(value) => Ok(*value),
            other => Err(self.mismatch(name, other, "a boolean")),
        }
    }

    /// An integer from zero.
    pub(crate) fn count(&self, name: &str) -> Result<u64> {
        let value = self.get(name)?;
        value
            .as_int()
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| self.mismatch(name, value, "an integer from zero"))
    }

    /// An integer from one.
    pub(crate) fn positive(&self, name: &str) -> Result<u64> {
        match self.count(name)? {
            0 => Err(self.at.invalid(format!("`{}{name}` is zero", self.path))),
            number => Ok(number),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Fields<'a>> {
        Fields::of(self.get(name)?, format!("{}{name}.", self.path), self.at)
    }

    pub(crate) fn list(&self, name: &str) -> Result<&'a [Json]> {
        match self.get(name)? {
            Json::List(items) => Ok(items),
            other => Err(self.mismatch(name, other, "an array")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>> {
        self.list(name)?
            .iter()
            .map(|item| match item {
                Json::Text(text) => Ok(text.clone()),
                other => Err(self.mismatch(&format!("{name}[]"), other, "a string")),
            })
            .collect()
    }

    /// All members, each of which is an object.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Result<(&'a str, Fields<'a>)>> {
        self.members.iter().map(|(name, value)| {
            let fields = Fields::of(value, format!("{}{name}.", self.path), self.at)?;
            Ok((name.as_str(), fields))
        })
    }

    /// All members, each of which is a string.
    pub(crate) fn strings(&self) -> impl Iterator<Item = Result<(&'a str, &'a str)>> {
        self.members.iter().map(|(name, value)| {
            let text = value
                .as_text()
                .ok_or_else(|| self.mismatch(name, value, "a string"))?;
            Ok((name.as_str(), text))
        })
    }

    pub(crate) fn at(&self) -> At<'a> {
        self.at
    }

    /// Where the object is, for messages.
    pub(crate) fn path(&self) -> &str {
        self.path.trim_end_matches('.')
    }
}
