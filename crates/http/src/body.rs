//! Bodies of requests: checked, read, and taken apart without touching the context's bytes.

use crate::fault::Fault;
use crate::message::{BodyError, RequestBody, RequestHead};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use zen_edge_runtime::eval::{EvaluateOptions, TraceKind};

/// Reads a body of JSON.
pub(crate) async fn read(
    request: &impl RequestHead,
    body: impl RequestBody,
    limit: usize,
) -> Result<Vec<u8>, Fault> {
    let content_type = request.header("content-type");
    if !content_type.is_some_and(|content_type| is_json(&content_type)) {
        return Err(Fault::content_type());
    }
    // What is not a number is the host's to deal with: it frames the body.
    let length = request.header("content-length");
    let length = length.and_then(|length| length.trim().parse::<u64>().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(Fault::too_large(limit));
    }
    let body = body.read(limit).await.map_err(|error| match error {
        BodyError::TooLarge => Fault::too_large(limit),
        BodyError::Failed => Fault::invalid("the body could not be read to its end"),
    })?;
    match body.len() > limit {
        true => Err(Fault::too_large(limit)),
        false => Ok(body),
    }
}

/// `application/json` or `application/*+json`, with whatever parameters: what axum's `Json` takes,
/// and so the GoRules Agent.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let suffix = subtype.rsplit_once('+').map(|(_, suffix)| suffix);
    kind.eq_ignore_ascii_case("application")
        && suffix.unwrap_or(subtype).eq_ignore_ascii_case("json")
}

/// `{"context", "trace"?}`. The context stays text, so that no number changes.
#[derive(Debug, Deserialize)]
pub(crate) struct EvaluateRequest<'a> {
    #[serde(borrow)]
    pub(crate) context: &'a RawValue,
    #[serde(default)]
    trace: Trace,
}

impl EvaluateRequest<'_> {
    pub(crate) fn options(&self) -> EvaluateOptions {
        self.trace.options()
    }
}

/// `{"requests", "trace"?}`, the requests not yet taken apart.
#[derive(Debug, Deserialize)]
pub(crate) struct BatchRequest<'a> {
    #[serde(borrow)]
    requests: &'a RawValue,
    #[serde(default)]
    trace: Trace,
}

/// One decision of a batch: `{"key", "context"}`.
#[derive(Debug, Deserialize)]
pub(crate) struct BatchEntry<'a> {
    pub(crate) key: String,
    #[serde(borrow)]
    pub(crate) context: &'a RawValue,
}

impl<'a> BatchRequest<'a> {
    pub(crate) fn options(&self) -> EvaluateOptions {
        self.trace.options()
    }

    /// The decisions that are asked for, at most `limit`.
    pub(crate) fn entries(&self, limit: usize) -> Result<Vec<BatchEntry<'a>>, Fault> {
        let mut deserializer = serde_json::Deserializer::from_str(self.requests.get());
        Entries(limit)
            .deserialize(&mut deserializer)
            .map_err(|error| Fault::unprocessable(format!("`requests`: {error}")))
    }
}

/// A list that is given up once it is too long.
struct Entries(usize);

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Vec<BatchEntry<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<BatchEntry<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} requests", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = items.next_element()? {
            if entries.len() >= self.0 {
                return Err(A::Error::custom(format!("there are more than {}", self.0)));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Takes a body apart: 400 for what is not JSON, 422 for other JSON, as axum.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Fault::unprocessable(format!("the body is not what is expected: {error}"))
        }
        _ => Fault::invalid(format!("the body is not valid JSON: {error}")),
    })
}

/// A boolean as in the Agent, or the name of a form.
#[derive(Debug, Clone, Copy, Default)]
struct Trace(TraceKind);

impl Trace {
    fn options(self) -> EvaluateOptions {
        EvaluateOptions {
            trace: self.0,
            ..EvaluateOptions::default()
        }
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TraceVisitor)
    }
}

struct TraceVisitor;

impl Visitor<'_> for TraceVisitor {
    type Value = Trace;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, `none`, `default`, `string`, `reference` or `referenceString`")
    }

    fn visit_bool<E>(self, trace: bool) -> Result<Trace, E> {
        Ok(Trace(match trace {
            true => TraceKind::Default,
            false => TraceKind::None,
        }))
    }

    fn visit_unit<E>(self) -> Result<Trace, E> {
        Ok(Trace(TraceKind::None))
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Trace, E> {
        let kind = match name {
            "none" => TraceKind::None,
            "default" => TraceKind::Default,
            "string" => TraceKind::String,
            "reference" => TraceKind::Reference,
            "referenceString" => TraceKind::ReferenceString,
            _ => return Err(E::invalid_value(serde::de::Unexpected::Str(name), &self)),
        };
        Ok(Trace(kind))
    }
}
