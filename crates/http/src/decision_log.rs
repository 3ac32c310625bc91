//! Records of decisions: what was asked and answered, without what is to be masked.
//!
//! A record is made cheaply while the answer is on its way, and masked and written afterwards.

use crate::evaluate::Outcome;
use crate::mask::{Mask, Secrets};
use crate::message::RequestHead;
use crate::options::OptionError;
use crate::service::{Call, Service};
use crate::trace_context::TraceContext;
use http::header::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use zen_edge_runtime::sync::{Random, Release};

pub(crate) const DECISION_ID: HeaderName = HeaderName::from_static("x-decision-id");

/// What is logged of decisions.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLogOptions {
    /// Places of inputs and outputs that are masked, as JSON pointers (`/customer/card`) or dotted
    /// (`customer.card`, `orders.*.card`); `*` is any member or item, and a name reaches into each
    /// item of a list. What stood there is masked wherever else it stands in the record, too.
    pub masked: Vec<String>,
    /// Whether records have inputs; by default they do.
    pub input: bool,
    /// Whether records have outputs; by default they do.
    pub output: bool,
    /// The share of decisions that is logged, from 0 to 1; by default all.
    pub share: f64,
    /// How many bytes of JSON an input, an output and an error may each have in a record; by default
    /// 32 KiB. A longer one is left out, and the record says so.
    pub max_bytes: usize,
}

impl Default for DecisionLogOptions {
    fn default() -> Self {
        Self {
            masked: Vec::new(),
            input: true,
            output: true,
            share: 1.0,
            max_bytes: 32 * 1024,
        }
    }
}

/// The options, checked.
pub(crate) struct DecisionLog {
    options: DecisionLogOptions,
    mask: Mask,
    region: Option<String>,
}

impl fmt::Debug for DecisionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecisionLog").field(&self.options).finish()
    }
}

impl DecisionLog {
    pub(crate) fn new(
        options: DecisionLogOptions,
        region: Option<String>,
    ) -> Result<Self, OptionError> {
        if !(0.0..=1.0).contains(&options.share) {
            return Err(OptionError(format!(
                "the share of decisions that is logged is {}; it is from 0 to 1",
                options.share
            )));
        }
        Ok(Self {
            mask: Mask::parse(&options.masked)?,
            options,
            region,
        })
    }

    /// Whether the next decision is one of the share.
    fn draw(&self, random: &dyn Random) -> bool {
        if self.options.share >= 1.0 {
            return true;
        }
        // 32 bits are a float without loss; the quotient is below 1.
        let drawn = u32::try_from(random.next() >> 32).unwrap_or(u32::MAX);
        f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < self.options.share
    }
}

/// A UUID of version 4 (RFC 9562).
fn id(random: &dyn Random) -> String {
    let high = (random.next() & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (random.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    let digits = format!("{high:016x}{low:016x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let parts = [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ];
    parts.join("-")
}

/// A decision that was just made.
pub(crate) struct Entry<'a, 'b, H> {
    pub(crate) call: &'a mut Call<'b, H>,
    pub(crate) release: &'a Arc<Release>,
    pub(crate) key: &'a str,
    pub(crate) context: &'a str,
    pub(crate) outcome: &'a Outcome,
    pub(crate) trace_context: Option<&'a TraceContext>,
}

impl Service {
    /// Notes a decision for the log, if there is one. Answers the record's id.
    pub(crate) fn log(&self, entry: Entry<'_, '_, impl RequestHead>) -> Option<String> {
        let log = self.decision_log.as_ref()?;
        let ports = self.runtime().ports();
        if !log.draw(ports.random.as_ref()) {
            return None;
        }
        let limit = log.options.max_bytes;
        let result = match &entry.outcome.body {
            Ok(body) => Said::Output(result(body).and_then(|result| Text::of(result, limit))),
            Err(fault) => Said::Error(fault.json()),
        };
        let record = DecisionRecord {
            id: id(ports.random.as_ref()),
            time: ports.clock.now(),
            release: entry.release.clone(),
            key: entry.key.to_owned(),
            input: Text::of(entry.context, limit),
            said: result,
            duration: entry.outcome.duration,
            trace_id: entry.trace_context.map(|context| context.trace_id.clone()),
            log: log.clone(),
        };
        let id = record.id.clone();
        entry.call.background.decisions.push(record);
        Some(id)
    }
}

/// The result in an answer.
fn result(body: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    Some(answer.result.get())
}

/// JSON that is short enough to be logged.
struct Text(String);

impl Text {
    fn of(json: &str, limit: usize) -> Option<Self> {
        (json.len() <= limit).then(|| Self(json.to_owned()))
    }
}

/// What a decision said. An output is none if it was too long.
enum Said {
    Output(Option<Text>),
    Error(Value),
}

/// A decision for the log. Only [`Self::into_json`] shows what is in it.
pub struct DecisionRecord {
    id: String,
    time: i64,
    release: Arc<Release>,
    key: String,
    input: Option<Text>,
    said: Said,
    duration: Option<f64>,
    trace_id: Option<String>,
    log: Arc<DecisionLog>,
}

impl fmt::Debug for DecisionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecisionRecord").field(&self.id).finish()
    }
}

impl DecisionRecord {
    /// The record's id, a UUID: what `X-Decision-Id` says.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `{"id", "time", "environment", "project", "key", "release", "version", "digest", "revision",
    /// "region", "input"?, "output"? | "error"?, "duration", "traceId", "masked", "omitted"}`. `time`
    /// is in milliseconds since 1970, `duration` in milliseconds; `masked` lists the places that were
    /// masked, and `omitted` what was too long to be here, or to be masked.
    pub fn into_json(self) -> Vec<u8> {
        let (options, mask) = (&self.log.options, &self.log.mask);
        let limit = options.max_bytes;
        let mut secrets = Secrets::default();
        let mut masked = BTreeSet::new();
        let mut look = |text: &Option<Text>| -> Option<Value> {
            let mut value = serde_json::from_str(&text.as_ref()?.0).ok()?;
            mask.apply(&mut value, &mut secrets, &mut masked);
            Some(value)
        };
        let input = look(&self.input);
        let (name, said) = match &self.said {
            Said::Output(text) => ("output", look(text)),
            Said::Error(error) => ("error", Some(brief(error))),
        };
        // What nobody has looked into may hold what is to be masked elsewhere.
        let is_known =
            mask.is_empty() || (input.is_some() && said.is_some() && secrets.are_complete());
        let mut record = Map::new();
        let mut omitted = Vec::new();
        let parts = [
            ("input", input, options.input),
            (name, said, name == "error" || options.output),
        ];
        for (name, value, is_wanted) in parts {
            if !is_wanted {
                continue;
            }
            let mut value = value.filter(|_| is_known);
            if let Some(value) = &mut value {
                secrets.hide(value);
            }
            match value.filter(|value| value.to_string().len() <= limit) {
                Some(value) => {
                    record.insert(name.to_owned(), value);
                }
                None => omitted.push(name),
            }
        }
        let mut key = Value::from(self.key);
        match is_known {
            true => secrets.hide(&mut key),
            // A key that is no document's is whatever the client wrote.
            false => key = Value::Null,
        }
        let Release {
            environment,
            project,
            id,
            version,
            digest,
            revision,
            ..
        } = &*self.release;
        let rest = json!({
            "id": self.id, "time": self.time, "environment": environment, "project": project,
            "key": key, "release": id, "version": version, "digest": digest, "revision": revision,
            "region": self.log.region, "duration": self.duration, "traceId": self.trace_id,
            "masked": masked, "omitted": omitted,
        });
        if let Value::Object(rest) = rest {
            record.extend(rest);
        }
        Value::Object(record).to_string().into_bytes()
    }
}

/// An error without its trace, which is as long as the evaluation.
fn brief(error: &Value) -> Value {
    let mut error = error.clone();
    if let Some(details) = error.get_mut("details").and_then(Value::as_object_mut) {
        details.remove("trace");
    }
    error
}
