//! Encodes the engine's values as JSON text, within limits.
//!
//! The text is the one that serde_json writes for them with `arbitrary_precision` (zen-types,
//! `variable/ser.rs`), number by number; a test compares the two. Written out by hand because it
//! must stop at a limit: a value may hold another one many times, and a few dozen of them
//! inside each other are small in memory and endless as text.

use crate::error::{Error, Result};
use crate::limits::{Limit, Limits};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::io::Write;
use zen_types::variable::Variable;

/// The JSON text of a value.
///
/// # Errors
/// `LimitExceeded` for a value that nests too deeply or is too long as text.
pub fn to_json(value: &Variable, limits: &Limits) -> Result<Vec<u8>> {
    let mut json = Vec::with_capacity(256);
    encode(value, limits, &mut json)?;
    Ok(json)
}

/// Appends the JSON text of a value; the limit is on all of `json`.
///
/// # Errors
/// As [`to_json`].
pub fn encode(value: &Variable, limits: &Limits, json: &mut Vec<u8>) -> Result<()> {
    let mut encoder = Encoder {
        json,
        max_bytes: limits.result_bytes,
        max_depth: limits.json_depth,
    };
    encoder.value(value, 0)
}

/// Appends a JSON string.
pub(crate) fn encode_str(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        json.extend_from_slice(text.as_bytes().get(plain..at).unwrap_or_default());
        plain = at + 1;
        match byte {
            b'"' => json.extend_from_slice(b"\\\""),
            b'\\' => json.extend_from_slice(b"\\\\"),
            b'\n' => json.extend_from_slice(b"\\n"),
            b'\r' => json.extend_from_slice(b"\\r"),
            b'\t' => json.extend_from_slice(b"\\t"),
            0x08 => json.extend_from_slice(b"\\b"),
            0x0c => json.extend_from_slice(b"\\f"),
            control => {
                let hex = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0') as u8;
                json.extend_from_slice(b"\\u00");
                json.extend_from_slice(&[hex(control >> 4), hex(control & 0xf)]);
            }
        }
    }
    json.extend_from_slice(text.as_bytes().get(plain..).unwrap_or_default());
    json.push(b'"');
}

struct Encoder<'a> {
    json: &'a mut Vec<u8>,
    max_bytes: usize,
    max_depth: usize,
}

impl Encoder<'_> {
    fn value(&mut self, value: &Variable, depth: usize) -> Result<()> {
        match value {
            Variable::Null => self.json.extend_from_slice(b"null"),
            Variable::Bool(true) => self.json.extend_from_slice(b"true"),
            Variable::Bool(false) => self.json.extend_from_slice(b"false"),
            Variable::Number(number) => self.number(number),
            Variable::String(text) => encode_str(text, self.json),
            Variable::Dynamic(dynamic) => encode_str(&dynamic.to_string(), self.json),
            Variable::Array(items) => {
                self.check_depth(depth)?;
                self.json.push(b'[');
                for (index, item) in items.borrow().iter().enumerate() {
                    if index > 0 {
                        self.json.push(b',');
                    }
                    self.value(item, depth + 1)?;
                }
                self.json.push(b']');
            }
            Variable::Object(members) => {
                self.check_depth(depth)?;
                self.json.push(b'{');
                for (index, (name, member)) in members.borrow().iter().enumerate() {
                    if index > 0 {
                        self.json.push(b',');
                    }
                    encode_str(name, self.json);
                    self.json.push(b':');
                    self.value(member, depth + 1)?;
                }
                self.json.push(b'}');
            }
        }
        self.check_size()
    }

    fn number(&mut self, number: &Decimal) {
        // Short integers, which most numbers are, skip the decimal formatting.
        if number.scale() == 0
            && (!number.is_zero() || number.is_sign_positive())
            && let Some(integer) = number.to_i64()
        {
            self.json
                .extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
        } else {
            let _ = write!(self.json, "{}", number.normalize());
        }
    }

    fn check_depth(&self, depth: usize) -> Result<()> {
        if depth < self.max_depth {
            return Ok(());
        }
        let message = format!("the result nests deeper than {} levels", self.max_depth);
        Err(Error::limit(Limit::JsonDepth, message))
    }

    fn check_size(&self) -> Result<()> {
        if self.json.len() <= self.max_bytes {
            return Ok(());
        }
        let message = format!("the result is longer than {} bytes as JSON", self.max_bytes);
        Err(Error::limit(Limit::ResultBytes, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use serde_json::json;

    fn encoded(value: &Variable) -> String {
        String::from_utf8(to_json(value, &Limits::default()).unwrap()).unwrap()
    }

    #[test]
    fn text_is_what_serde_json_writes() {
        let every_ascii: String = (0..=127_u8).map(char::from).collect();
        let value: Variable = json!({
            "text": every_ascii, "more": "zażółć 🦀 \u{2028}", "": [], "n": null, "o": {}, "b": [true, false],
            "numbers": [0, -1, 1.5, 9007199254740993_u64, u64::MAX, i64::MIN, 0.1],
        })
        .into();
        let serde = serde_json::to_value(&value).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&encoded(&value)).unwrap(),
            serde
        );
        let text = Variable::String(every_ascii.as_str().into());
        assert_eq!(encoded(&text), serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn decimals_are_written_without_trailing_zeros() {
        for (decimal, text) in [
            ("1.50", "1.5"),
            ("100", "100"),
            ("1.000", "1"),
            ("-0.10", "-0.1"),
            ("0.00", "0"),
        ] {
            let number = Decimal::from_str_exact(decimal).unwrap();
            assert_eq!(encoded(&Variable::Number(number)), text);
            assert_eq!(
                serde_json::to_string(&Variable::Number(number)).unwrap(),
                text
            );
        }
    }

    #[test]
    fn a_small_value_that_is_endless_as_text_is_stopped() {
        let mut value = Variable::from_array(vec![Variable::Bool(true); 2]);
        for _ in 0..60 {
            value = Variable::from_array(vec![value.clone(), value]);
        }
        let error = to_json(&value, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded(Limit::ResultBytes));
    }

    #[test]
    fn nesting_is_bounded() {
        let mut value = Variable::Null;
        for _ in 0..129 {
            value = Variable::from_array(vec![value]);
        }
        let error = to_json(&value, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded(Limit::JsonDepth));
    }
}
