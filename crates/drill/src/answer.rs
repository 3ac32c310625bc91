//! An evaluator's answer, and whether it is right.

use crate::truth::{self, Truth};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a right answer says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The release's number.
    pub(crate) number: u64,
    /// The revision it was served at.
    pub(crate) revision: u64,
    /// Where the release came from.
    pub(crate) source: String,
    /// `fresh`, `stale` or `expired`.
    pub(crate) staleness: String,
}

/// What an evaluator answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is an error.
    Failed(String),
    /// It is not what the release that it names answers, or nobody published that.
    Wrong(String),
}

impl Answer {
    /// Holds it against what was published: the release must be the publisher's by number, id and
    /// digest, and the result must be that release's for this input.
    pub(crate) fn check(&self, n: u64, region: &str, truth: &Truth) -> Result<Seen, Fault> {
        if self.status != 200 {
            let body = String::from_utf8_lossy(&self.body);
            let body: String = body.chars().take(200).collect();
            return Err(Fault::Failed(format!("status {}: {body}", self.status)));
        }
        let number = self.number("x-release-version")?;
        let seen = Seen {
            number,
            revision: self.number("x-release-revision")?,
            source: self.header("x-release-source")?.to_owned(),
            staleness: self.header("x-release-staleness")?.to_owned(),
        };
        let release = truth
            .release(number)
            .ok_or_else(|| wrong(format!("release {number}, which nobody published")))?;
        for (name, expected) in [
            ("x-release-id", format!("release-{number}")),
            ("x-release-digest", release.digest.clone()),
            ("x-region", region.to_owned()),
        ] {
            let found = self.header(name)?;
            if found != expected {
                return Err(wrong(format!("{name}: {found} instead of {expected}")));
            }
        }
        let body: Value = serde_json::from_slice(&self.body)
            .map_err(|error| wrong(format!("a body that is no JSON: {error}")))?;
        let result = body.get("result").unwrap_or(&Value::Null);
        let released = result.get("release").and_then(Value::as_str);
        let value = result.get("value").and_then(Value::as_u64);
        if released != Some(number.to_string().as_str()) || value != Some(truth::value(number, n)) {
            return Err(wrong(format!("release {number} of input {n}: {result}")));
        }
        Ok(seen)
    }

    fn header(&self, name: &str) -> Result<&str, Fault> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| wrong(format!("no header {name}")))
    }

    fn number(&self, name: &str) -> Result<u64, Fault> {
        let text = self.header(name)?;
        text.parse()
            .map_err(|_| wrong(format!("{name}: {text} is no number")))
    }
}

fn wrong(what: String) -> Fault {
    Fault::Wrong(what)
}
