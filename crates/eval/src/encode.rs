//! Encodes the engine's values as JSON text, within limits.
//!
//! The text is the one that serde_json writes for them with `arbitrary_precision` (zen-types,
//! `variable/ser.rs`), number by number; a test compares the two. Written out by hand because it
//! must stop at a limit: a value may hold another one many times, and a few dozen of them
//! inside each other are small in memory and endless as text.
//!
//! A trace shows most values several times over, and they are shared in memory: what was written once
//! is copied from there, or referred to for a reader who shares values, too.

use crate::error::{Error, Result};
use crate::limits::{Limit, Limits};
use crate::places::{Place, Places};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use zen_edge_hash::HashMap;
use zen_types::variable::{Variable, VariableMap};

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
    Encoder::new(limits, json).encode(value)
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

/// Shorter text is written again sooner than it is found.
const WORTH_COPYING: usize = 64;

/// Writes values one after the other into one text, which only it may change meanwhile.
pub(crate) struct Encoder<'a> {
    pub(crate) json: &'a mut Vec<u8>,
    pub(crate) max_depth: usize,
    max_bytes: usize,
    /// By address; none of them is changed or freed while this lives.
    written: HashMap<*const (), Written>,
    /// Set if what comes again is referred to instead of copied.
    places: Option<Places>,
    /// How much longer the text would be without references.
    spared: usize,
}

/// Where a value is in the text, how many levels it nests, and how long it is without references.
#[derive(Clone, Copy)]
struct Written {
    start: usize,
    end: usize,
    levels: usize,
    bytes: usize,
    place: Option<Place>,
}

impl Written {
    /// Whether there are no references in the text, so that it holds everywhere.
    fn is_whole(&self) -> bool {
        self.bytes == self.end - self.start
    }
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(limits: &Limits, json: &'a mut Vec<u8>) -> Self {
        Self {
            json,
            max_depth: limits.json_depth,
            max_bytes: limits.result_bytes,
            written: HashMap::default(),
            places: None,
            spared: 0,
        }
    }

    /// From here on a large value that comes again is `null`, and [`Encoder::references`] says which one
    /// belongs there. Nothing that was written before is referred to.
    pub(crate) fn refer(&mut self) {
        self.written.clear();
        self.places = Some(Places::default());
    }

    /// Every reference as `,FROM,TO`: where the value is and where else it belongs, as paths of member
    /// names and indices. They are to be followed in this order.
    pub(crate) fn references(self) -> Vec<u8> {
        self.places.map(Places::references).unwrap_or_default()
    }

    /// Appends a value. Values that share parts with it must live as long as the encoder.
    pub(crate) fn encode(&mut self, value: &Variable) -> Result<()> {
        self.value(value, 0).map(drop)
    }

    /// Appends a value that lies `depth` levels deep; how many levels it has itself.
    fn value(&mut self, value: &Variable, depth: usize) -> Result<usize> {
        let mut levels = 0;
        match value {
            Variable::Null => self.json.extend_from_slice(b"null"),
            Variable::Bool(true) => self.json.extend_from_slice(b"true"),
            Variable::Bool(false) => self.json.extend_from_slice(b"false"),
            Variable::Number(number) => self.number(number),
            Variable::String(text) => encode_str(text, self.json),
            Variable::Dynamic(dynamic) => encode_str(&dynamic.to_string(), self.json),
            Variable::Array(items) => levels = self.shared(items, depth, Self::array)?,
            Variable::Object(members) => levels = self.shared(members, depth, Self::object)?,
        }
        self.check_size()?;
        Ok(levels)
    }

    /// Writes an array or object by `write`, or copies what was written of it before.
    fn shared<T>(
        &mut self,
        container: &Rc<RefCell<T>>,
        depth: usize,
        write: fn(&mut Self, &T, usize) -> Result<usize>,
    ) -> Result<usize> {
        let may_come_again = Rc::strong_count(container) > 1;
        let address = Rc::as_ptr(container).cast();
        if may_come_again
            && let Some(&written) = self.written.get(&address)
            && self.again(&written)
        {
            self.check_depth(depth + written.levels)?;
            return Ok(written.levels);
        }
        self.check_depth(depth + 1)?;
        let (start, spared) = (self.json.len(), self.spared);
        let levels = 1 + write(self, &container.borrow(), depth)?;
        let end = self.json.len();
        let bytes = end - start + self.spared - spared;
        if may_come_again && bytes >= WORTH_COPYING {
            let places = self.places.as_mut();
            let place = places.and_then(|places| places.note(self.json, bytes));
            let written = Written {
                start,
                end,
                levels,
                bytes,
                place,
            };
            if place.is_some() || written.is_whole() {
                self.written.insert(address, written);
            }
        }
        Ok(levels)
    }

    /// Refers to what was written before, or copies it. Whether it could.
    fn again(&mut self, written: &Written) -> bool {
        const PLACEHOLDER: &[u8] = b"null";
        if let (Some(place), Some(places)) = (written.place, &mut self.places)
            && places.refer(self.json, place)
        {
            self.json.extend_from_slice(PLACEHOLDER);
            self.spared += written.bytes - PLACEHOLDER.len();
            return true;
        }
        if written.is_whole() {
            self.json.extend_from_within(written.start..written.end);
        }
        written.is_whole()
    }

    #[allow(clippy::ptr_arg, reason = "`shared` passes what the container holds")]
    fn array(&mut self, items: &Vec<Variable>, depth: usize) -> Result<usize> {
        let mut levels = 0;
        self.json.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            if let Some(places) = &mut self.places {
                places.enter_item(index);
            }
            levels = levels.max(self.value(item, depth + 1)?);
            if let Some(places) = &mut self.places {
                places.leave();
            }
        }
        self.json.push(b']');
        Ok(levels)
    }

    fn object(&mut self, members: &VariableMap, depth: usize) -> Result<usize> {
        let mut levels = 0;
        self.json.push(b'{');
        for (index, (name, member)) in members.iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            let start = self.json.len();
            encode_str(name, self.json);
            if let Some(places) = &mut self.places {
                places.enter_member(start, self.json.len());
            }
            self.json.push(b':');
            levels = levels.max(self.value(member, depth + 1)?);
            if let Some(places) = &mut self.places {
                places.leave();
            }
        }
        self.json.push(b'}');
        Ok(levels)
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
        if depth <= self.max_depth {
            return Ok(());
        }
        let message = format!("the result nests deeper than {} levels", self.max_depth);
        Err(Error::limit(Limit::JsonDepth, message))
    }

    fn check_size(&self) -> Result<()> {
        if self.json.len() + self.spared <= self.max_bytes {
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
    fn a_value_that_comes_again_is_written_the_same() {
        let part: Variable =
            json!({ "items": [[1, 2], ["a", { "b": "c".repeat(WORTH_COPYING) }]] }).into();
        let shared = Variable::from_array(vec![part.clone(), part.clone(), Variable::Bool(true)]);
        let whole = Variable::from_array(vec![shared.clone(), part.clone(), shared]);
        let apart: Variable = serde_json::to_value(&whole).unwrap().into();
        assert_eq!(encoded(&whole), encoded(&apart));
    }

    #[test]
    fn nesting_is_bounded_where_a_value_comes_again_deeper() {
        let part: Variable = json!([["x".repeat(WORTH_COPYING)]]).into();
        let whole = Variable::from_array(vec![part.clone(), Variable::from_array(vec![part])]);
        let limits = |json_depth| Limits {
            json_depth,
            ..Limits::default()
        };
        assert!(to_json(&whole, &limits(4)).is_ok());
        let error = to_json(&whole, &limits(3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded(Limit::JsonDepth));
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
