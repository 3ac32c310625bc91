//! JSON as metadata uses it, read strictly and written canonically.
//!
//! Refused beyond what JSON itself forbids: two members with one name (which of them counts would
//! depend on the reader), numbers that are not integers of 64 bits (the canonical form has no
//! others), and text that is not in Unicode's NFC (the canonical form normalises, so two different
//! texts would share a signature).

use olpc_cjson::CanonicalFormatter;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use unicode_normalization::is_nfc;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string, in NFC.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The member of this name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The canonical form (OLPC's), over which signatures are made.
    pub(crate) fn canonical(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = Vec::new();
        let formatter = CanonicalFormatter::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        self.serialize(&mut serializer)?;
        Ok(bytes)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("not valid JSON: {0}")]
    Malformed(String),
    #[error("the member `{0}` occurs twice in one object")]
    Duplicate(String),
    #[error("a number is not an integer of 64 bits")]
    NotAnInteger,
    #[error("a string is not in Unicode normalization form C")]
    NotNormalized,
    #[error("it nests more than {0} levels deep")]
    TooDeep(usize),
    #[error("it holds more than {0} values")]
    TooMany(usize),
}

/// Reads one JSON text.
pub(crate) fn parse(bytes: &[u8], depth: usize, values: usize) -> Result<Json, Unreadable> {
    let mut reader = Reader {
        jiter: jiter::Jiter::new(bytes),
        depth,
        values,
        left: values,
    };
    let peek = reader.jiter.peek().map_err(malformed)?;
    let value = reader.value(peek, depth)?;
    reader.jiter.finish().map_err(malformed)?;
    Ok(value)
}

fn malformed(error: jiter::JiterError) -> Unreadable {
    Unreadable::Malformed(format!("{} at byte {}", error.error_type, error.index))
}

struct Reader<'a> {
    jiter: jiter::Jiter<'a>,
    depth: usize,
    values: usize,
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, peek: jiter::Peek, levels: usize) -> Result<Json, Unreadable> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(Unreadable::TooMany(self.values))?;
        let deeper = || levels.checked_sub(1).ok_or(Unreadable::TooDeep(self.depth));
        match peek {
            jiter::Peek::Null => self
                .jiter
                .known_null()
                .map(|()| Json::Null)
                .map_err(malformed),
            jiter::Peek::True | jiter::Peek::False => self
                .jiter
                .known_bool(peek)
                .map(Json::Bool)
                .map_err(malformed),
            jiter::Peek::String => text(self.jiter.known_str().map_err(malformed)?).map(Json::Text),
            jiter::Peek::Array => {
                let levels = deeper()?;
                let mut items = Vec::new();
                let mut next = self.jiter.known_array().map_err(malformed)?;
                while let Some(peek) = next {
                    items.push(self.value(peek, levels)?);
                    next = self.jiter.array_step().map_err(malformed)?;
                }
                Ok(Json::List(items))
            }
            jiter::Peek::Object => {
                let levels = deeper()?;
                let mut members = BTreeMap::new();
                let mut next = self.jiter.known_object().map_err(malformed)?.map(text);
                while let Some(name) = next {
                    let name = name?;
                    let peek = self.jiter.peek().map_err(malformed)?;
                    let value = self.value(peek, levels)?;
                    if members.contains_key(&name) {
                        return Err(Unreadable::Duplicate(name));
                    }
                    members.insert(name, value);
                    next = self.jiter.next_key().map_err(malformed)?.map(text);
                }
                Ok(Json::Object(members))
            }
            _ => match self.jiter.known_number(peek) {
                Ok(jiter::NumberAny::Int(jiter::NumberInt::Int(number))) => Ok(Json::Int(number)),
                Ok(_) => Err(Unreadable::NotAnInteger),
                Err(error) => match error.error_type {
                    jiter::JiterErrorType::JsonError(jiter::JsonErrorType::NumberOutOfRange) => {
                        Err(Unreadable::NotAnInteger)
                    }
                    _ => Err(malformed(error)),
                },
            },
        }
    }
}

fn text(text: &str) -> Result<String, Unreadable> {
    if is_nfc(text) {
        Ok(text.to_owned())
    } else {
        Err(Unreadable::NotNormalized)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json, Unreadable> {
        parse(text.as_bytes(), 8, 64)
    }

    #[test]
    fn the_canonical_form_is_olpcs() {
        let value =
            read(" {\"b\": [1, -2, true, null], \"a\\u0062\": \"\\n\\\"\\u00e9\"} ").unwrap();
        let canonical = String::from_utf8(value.canonical().unwrap()).unwrap();
        assert_eq!(canonical, "{\"ab\":\"\n\\\"é\",\"b\":[1,-2,true,null]}");
    }

    #[test]
    fn what_readers_disagree_on_is_refused() {
        for (text, error) in [
            (
                "{\"a\":1,\"\\u0061\":2}",
                Unreadable::Duplicate("a".to_owned()),
            ),
            ("1.0", Unreadable::NotAnInteger),
            ("1e3", Unreadable::NotAnInteger),
            ("9223372036854775808", Unreadable::NotAnInteger),
            ("\"e\u{301}\"", Unreadable::NotNormalized),
            ("[[[[[[[[[]]]]]]]]]", Unreadable::TooDeep(8)),
            (&format!("[{}1]", "1,".repeat(63)), Unreadable::TooMany(64)),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
        for text in [
            "",
            "\u{feff}1",
            "NaN",
            "-Infinity",
            "1 2",
            "{\"a\":1,}",
            "[1,]",
            "\"\\ud800\"",
            "'a'",
            "{a:1}",
            "01",
            "\"\u{1}\"",
            "[1] // x",
            "{\"a\"}",
            "nul",
        ] {
            assert!(
                matches!(read(text), Err(Unreadable::Malformed(_))),
                "{text}: {:?}",
                read(text)
            );
        }
        assert!(matches!(
            parse(b"\"\xff\"", 8, 64),
            Err(Unreadable::Malformed(_))
        ));
        assert_eq!(read("9223372036854775807"), Ok(Json::Int(i64::MAX)));
    }
}
