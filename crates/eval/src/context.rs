//! Decodes a context: JSON text to the engine's value, within limits.
//!
//! Numbers become decimals the way the engine's own deserializer makes them with
//! `arbitrary_precision` (zen-types, `variable/de.rs`), which is how the GoRules Agent reads them:
//! exactly if 28 digits suffice, else the nearest double, else an error.

use crate::error::{Error, Result};
use crate::limits::{Limit, Limits};
use jiter::{Jiter, JiterError, Peek};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use zen_types::symbol::Symbol;
use zen_types::variable::{Variable, VariableMap};

/// Reads one JSON value. Of two members with the same name the last one counts.
///
/// # Errors
/// `Invalid` with the line and column for text that is not JSON (invalid UTF-8 and lone surrogates
/// included) or a number out of range; `LimitExceeded` for too many bytes or too much nesting.
pub fn decode(json: &[u8], limits: &Limits) -> Result<Variable> {
    if json.len() > limits.context_bytes {
        return Err(Error::limit(
            Limit::ContextBytes,
            format!(
                "the context has {} bytes; at most {} are accepted",
                json.len(),
                limits.context_bytes
            ),
        ));
    }
    let mut decoder = Decoder {
        jiter: Jiter::new(json),
        max_depth: limits.json_depth,
    };
    let value = decoder.peek().and_then(|peek| decoder.value(peek, 0));
    let value = value.and_then(|value| {
        decoder
            .jiter
            .finish()
            .map(|()| value)
            .map_err(Fault::Syntax)
    });
    value.map_err(|fault| decoder.explain(fault))
}

enum Fault {
    Syntax(JiterError),
    TooDeep,
    NumberOutOfRange(String),
}

impl From<JiterError> for Fault {
    fn from(error: JiterError) -> Self {
        Self::Syntax(error)
    }
}

struct Decoder<'j> {
    jiter: Jiter<'j>,
    max_depth: usize,
}

impl Decoder<'_> {
    fn peek(&mut self) -> std::result::Result<Peek, Fault> {
        Ok(self.jiter.peek()?)
    }

    fn value(&mut self, peek: Peek, depth: usize) -> std::result::Result<Variable, Fault> {
        match peek {
            Peek::String => Ok(Variable::String(Symbol::from(self.jiter.known_str()?))),
            Peek::Object => self.object(depth),
            Peek::Array => self.array(depth),
            Peek::Null => Ok(self.jiter.known_null().map(|()| Variable::Null)?),
            Peek::True | Peek::False => Ok(Variable::Bool(self.jiter.known_bool(peek)?)),
            _ => self.number(peek),
        }
    }

    fn array(&mut self, depth: usize) -> std::result::Result<Variable, Fault> {
        self.check_depth(depth)?;
        let mut items = Vec::new();
        let mut next = self.jiter.known_array()?;
        while let Some(peek) = next {
            items.push(self.value(peek, depth + 1)?);
            next = self.jiter.array_step()?;
        }
        Ok(Variable::from_array(items))
    }

    fn object(&mut self, depth: usize) -> std::result::Result<Variable, Fault> {
        self.check_depth(depth)?;
        let mut members = VariableMap::new();
        let mut next = self.jiter.known_object()?.map(Symbol::from);
        while let Some(name) = next {
            let peek = self.peek()?;
            let value = self.value(peek, depth + 1)?;
            members.insert(name, value);
            next = self.jiter.next_key()?.map(Symbol::from);
        }
        Ok(Variable::from_object(members))
    }

    fn number(&mut self, peek: Peek) -> std::result::Result<Variable, Fault> {
        let digits = self.jiter.known_number_bytes(peek)?;
        // A JSON number is ASCII, so this cannot fail.
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        parse_number(digits)
            .map(Variable::Number)
            .ok_or_else(|| Fault::NumberOutOfRange(digits.chars().take(40).collect()))
    }

    fn check_depth(&self, depth: usize) -> std::result::Result<(), Fault> {
        if depth < self.max_depth {
            Ok(())
        } else {
            Err(Fault::TooDeep)
        }
    }

    fn explain(&self, fault: Fault) -> Error {
        match fault {
            Fault::Syntax(error) => {
                let position = self.jiter.error_position(error.index);
                Error::invalid(format!(
                    "the context is not valid JSON: {} at {position}",
                    error.error_type
                ))
            }
            Fault::NumberOutOfRange(digits) => {
                let position = self.jiter.current_position();
                Error::invalid(format!(
                    "the context has a number out of range: {digits} before {position}"
                ))
            }
            Fault::TooDeep => Error::limit(
                Limit::JsonDepth,
                format!("the context nests deeper than {} levels", self.max_depth),
            ),
        }
    }
}

/// The longest run of digits that always fits an `i64`.
const I64_DIGITS: usize = 18;

fn parse_number(digits: &str) -> Option<Decimal> {
    // Most numbers are short integers. "-0" keeps its sign, so it takes the long way.
    if digits.len() <= I64_DIGITS
        && digits != "-0"
        && let Ok(integer) = digits.parse::<i64>()
    {
        return Some(Decimal::from(integer));
    }
    Decimal::from_str_exact(digits)
        .or_else(|_| Decimal::from_scientific(digits))
        .ok()
        .or_else(|| digits.parse::<f64>().ok().and_then(Decimal::from_f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::encode::to_json;

    fn decoded(json: &str) -> Result<String> {
        let value = decode(json.as_bytes(), &Limits::default())?;
        Ok(String::from_utf8(to_json(&value, &Limits::default()).unwrap()).unwrap())
    }

    #[test]
    fn numbers_come_out_as_the_engine_reads_them() {
        for number in [
            "0",
            "-0",
            "-0.0",
            "1",
            "-1",
            "0.1",
            "1e2",
            "1E+2",
            "1.50",
            "12345678901234567890.12345",
            "9007199254740993",
            "-9223372036854775808",
            "18446744073709551615",
            "1e-28",
            "1e-40",
            "1e28",
            "79228162514264337593543950335",
            "0.1234567890123456789012345678901234",
            "1.5e300",
            "1e400",
            "123456789012345678901234567890123",
        ] {
            let engine = serde_json::from_str::<Variable>(number).ok();
            let engine = engine.map(|value| serde_json::to_string(&value).unwrap());
            assert_eq!(decoded(number).ok(), engine, "{number}");
        }
    }

    #[test]
    fn text_that_is_not_json_is_refused_with_its_place() {
        for (json, place) in [
            ("{\"a\": }", "line 1 column 7"),
            ("[1,\n 2", "line 2"),
            ("", "line 1"),
            ("{} x", "column"),
        ] {
            let error = decode(json.as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{json}");
            assert!(error.to_string().contains(place), "{error}");
        }
        for json in [
            &b"\"\xff\""[..],
            b"\"\\ud800\"",
            b"NaN",
            b"Infinity",
            b"-",
            b"01",
            b"1.",
            b"'a'",
            b"\xef\xbb\xbf1",
            b"[1,]",
            b"\"a\nb\"",
        ] {
            assert_eq!(
                decode(json, &Limits::default()).unwrap_err().kind(),
                ErrorKind::Invalid
            );
        }
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let limits = Limits {
            context_bytes: 1_000,
            json_depth: 3,
            ..Limits::default()
        };
        assert!(decode(b"[[[1]]]", &limits).is_ok());
        let kind = |json: &[u8]| decode(json, &limits).unwrap_err().kind();
        assert_eq!(
            kind(b"[[[[1]]]]"),
            ErrorKind::LimitExceeded(Limit::JsonDepth)
        );
        assert_eq!(
            kind(br#"{"a":{"b":{"c":{}}}}"#),
            ErrorKind::LimitExceeded(Limit::JsonDepth)
        );
        assert_eq!(
            kind(&[b' '; 1_001]),
            ErrorKind::LimitExceeded(Limit::ContextBytes)
        );
        let deep = "[".repeat(100_000);
        let error = decode(deep.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded(Limit::JsonDepth));
    }

    #[test]
    fn the_last_of_two_members_with_one_name_counts() {
        assert_eq!(
            decoded(r#"{"a":1,"b":2,"a":3}"#).unwrap(),
            r#"{"a":3,"b":2}"#
        );
    }

    #[test]
    fn a_member_named_like_serde_jsons_number_token_is_just_a_member() {
        let json = r#"{"$serde_json::private::Number":"x"}"#;
        assert_eq!(decoded(json).unwrap(), json);
    }
}
