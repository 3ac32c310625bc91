//! JSON tables, read field by field, so that a message can say where it went wrong.

use super::error::{ConfigurationError, shown};
use super::names::nearest;
use serde_json::{Map, Value as Json};

/// A table of which every field must be taken.
pub(super) struct Fields<'a> {
    /// Where it is: `ZEN_EDGE_SOURCES[1]`.
    place: String,
    table: &'a Map<String, Json>,
    known: &'static [&'static str],
}

impl<'a> Fields<'a> {
    /// A table that has no fields but these.
    pub(super) fn new(
        place: &str,
        json: &'a Json,
        known: &'static [&'static str],
    ) -> Result<Self, ConfigurationError> {
        let Json::Object(table) = json else {
            let problem = format!("is {}; it must be a table", kind(json));
            return Err(ConfigurationError::new(place, problem));
        };
        if let Some(unknown) = table.keys().find(|name| !known.contains(&name.as_str())) {
            let nearest = nearest(unknown, known);
            return Err(ConfigurationError::new(
                place,
                format!("has a field {}; did you mean `{nearest}`?", shown(unknown)),
            ));
        }
        Ok(Self {
            place: place.to_owned(),
            table,
            known,
        })
    }

    /// A field, if it is there and not null. Its name must be among those known.
    pub(super) fn get(&self, name: &'static str) -> Option<&'a Json> {
        debug_assert!(self.known.contains(&name), "{name}");
        self.table.get(name).filter(|json| !json.is_null())
    }

    /// Where a field is.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'a str>, ConfigurationError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, other, "it must be a text that is not empty")),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&'a str, ConfigurationError> {
        let accepted = "it must be a text that is not empty";
        let missing = || ConfigurationError::missing(self.place(name), accepted);
        self.text(name)?.ok_or_else(missing)
    }

    /// A truth value.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, ConfigurationError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(name, other, "it must be `true` or `false`")),
        }
    }

    /// What is there is not repeated: it may be a secret in the wrong place.
    fn wrong(&self, name: &str, json: &Json, accepted: &str) -> ConfigurationError {
        ConfigurationError::new(self.place(name), format!("is {}; {accepted}", kind(json)))
    }
}

/// What a JSON value is, in words.
pub(super) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(text) if text.is_empty() => "an empty text",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a table",
    }
}
