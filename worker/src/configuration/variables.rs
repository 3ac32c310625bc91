//! What a Worker is given: text, JSON and bindings, by their names.

use super::error::ConfigurationError;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the names of our variables begin with.
pub(crate) const PREFIX: &str = "ZEN_EDGE_";

/// The values of `env`, free of JavaScript.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables(BTreeMap<String, Value>);

/// A value of `env`.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// A variable or a secret.
    Text(String),
    /// A variable that is no text: a number, a list, a table.
    Json(Json),
    /// Something to call.
    Binding(Binding),
}

/// What a binding is, as far as that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// An R2 bucket.
    R2,
    /// Another service: a Worker, or a folder of plain workerd.
    Service,
    /// The sending end of a queue.
    Queue,
    /// A dataset of Analytics Engine.
    Analytics,
    /// Anything else.
    Other,
}

impl Binding {
    /// What it is called in messages.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::R2 => "an R2 bucket",
            Self::Service => "a service",
            Self::Queue => "a queue",
            Self::Analytics => "an Analytics Engine dataset",
            Self::Other => "a binding of another kind",
        }
    }
}

impl std::fmt::Debug for Value {
    /// Any text may be a secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => formatter.write_str("Text"),
            Self::Json(_) => formatter.write_str("Json"),
            Self::Binding(binding) => binding.fmt(formatter),
        }
    }
}

/// A text that must not be repeated.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Variables {
    /// The names that begin like ours.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| name.starts_with(PREFIX))
    }

    /// A variable's text; none if it is not set, or empty. Numbers and truth values, which
    /// `wrangler.toml` may hold as such, count as what they look like.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Cow<'_, str>>, ConfigurationError> {
        let not_text = |what: &str| {
            let problem = format!("is {what}; it must be a text");
            Err(ConfigurationError::new(name, problem))
        };
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(Value::Json(json @ (Json::Number(_) | Json::Bool(_)))) => {
                Ok(Some(Cow::Owned(json.to_string())))
            }
            Some(Value::Json(_)) => not_text("a list or a table"),
            Some(Value::Binding(binding)) => not_text(binding.words()),
        }
    }

    /// A variable's JSON, given as such or as text.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Cow<'_, Json>>, ConfigurationError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Json(json)) => Ok(Some(Cow::Borrowed(json))),
            Some(Value::Text(text)) => {
                let parsed = serde_json::from_str(text).map_err(|error| {
                    ConfigurationError::new(name, format!("is not JSON: {error}"))
                })?;
                Ok(Some(Cow::Owned(parsed)))
            }
            Some(Value::Binding(binding)) => Err(ConfigurationError::new(
                name,
                format!("is {}; it must be JSON", binding.words()),
            )),
        }
    }

    /// Checks that a binding is there and of this kind. `variable` is what names it.
    pub(crate) fn binding(
        &self,
        variable: &str,
        name: &str,
        kind: Binding,
    ) -> Result<(), ConfigurationError> {
        let wanted = kind.words();
        let problem = match self.0.get(name) {
            Some(Value::Binding(binding)) if *binding == kind => return Ok(()),
            Some(Value::Binding(binding)) => format!("is {}", binding.words()),
            Some(_) => "is a variable".to_owned(),
            None => "does not exist".to_owned(),
        };
        let name = super::error::shown(name);
        Err(ConfigurationError::new(
            variable,
            format!("names the binding {name}, which {problem}; it must be {wanted}"),
        ))
    }

    /// The secret of this name. `variable` is what names it.
    ///
    /// Whoever writes the secret itself in the place of its name must not find it in a log: what does
    /// not look like a name is not repeated.
    pub(crate) fn secret(&self, variable: &str, name: &str) -> Result<Secret, ConfigurationError> {
        if !is_name(name) {
            let problem =
                "must be the name of a secret, like `EU_ACCESS_KEY`, not the secret itself";
            return Err(ConfigurationError::new(variable, problem));
        }
        match self.0.get(name) {
            // What else is in it cannot be sent; an error of the platform's might show it then.
            Some(Value::Text(text)) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(ConfigurationError::new(
                    variable,
                    format!(
                        "names the secret `{name}`, which has spaces, line ends or characters that are not ASCII (it is not shown)"
                    ),
                ))
            }
            Some(Value::Text(text)) => Ok(Secret(text.clone())),
            Some(_) => Err(ConfigurationError::new(
                variable,
                format!("names `{name}`, which is not a text; it must be a secret"),
            )),
            None => Err(ConfigurationError::new(
                variable,
                format!("names the secret `{name}`, which is not set"),
            )),
        }
    }
}

/// Whether this may be a variable's name: what people call them, and no secret that anybody makes.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

impl<N: Into<String>> FromIterator<(N, Value)> for Variables {
    /// What is empty or null is as good as absent: plain workerd gives null for variables of its
    /// environment that are not set.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(values: I) -> Self {
        let there = |value: &Value| match value {
            Value::Text(text) => !text.is_empty(),
            Value::Json(json) => !json.is_null(),
            Value::Binding(_) => true,
        };
        let values = values.into_iter().map(|(name, value)| (name.into(), value));
        Self(values.filter(|(_, value)| there(value)).collect())
    }
}
