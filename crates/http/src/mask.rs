//! What must not be in a log.
//!
//! Places are masked by their paths. What stood in them may have gone elsewhere: a decision passes its
//! input through, greets by name, or fails and quotes what it could not read. So what was masked is
//! also looked for in everything else, text within text and in any case. Texts of one or two characters
//! are looked for as a whole only, booleans and null not at all: they say nothing by themselves. What a
//! decision has made of a value otherwise (a hash, a part, a sum) is not recognized: mask its place as
//! well.

use crate::options::OptionError;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What stands in the place of a masked value.
const MASK: &str = "***";
/// How many values are looked for; with more, whoever asks leaves out everything.
const SECRETS: usize = 256;
/// A shorter text is hidden only where it is all of a text: every text has an `a` in it.
const WORD: usize = 3;

/// The places that are masked.
#[derive(Debug, Default)]
pub(crate) struct Mask(Vec<Place>);

#[derive(Debug)]
struct Place {
    written: String,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Any,
    Named(String),
}

impl Mask {
    /// Reads places: JSON pointers, or dotted.
    pub(crate) fn parse(places: &[String]) -> Result<Self, OptionError> {
        let place = |written: &String| {
            let names: Vec<String> = match written.strip_prefix('/') {
                Some(pointer) => pointer
                    .split('/')
                    .map(|name| name.replace("~1", "/").replace("~0", "~"))
                    .collect(),
                None => written.split('.').map(str::to_owned).collect(),
            };
            if names.iter().any(String::is_empty) {
                return Err(OptionError(format!(
                    "`{written}` is no place to mask; write it like `/customer/card` or `customer.card`"
                )));
            }
            let step = |name: String| match name.as_str() {
                "*" => Step::Any,
                _ => Step::Named(name),
            };
            Ok(Place {
                written: written.clone(),
                steps: names.into_iter().map(step).collect(),
            })
        };
        Ok(Self(places.iter().map(place).collect::<Result<_, _>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Masks the places of a value, and notes what stood in them and which places there were.
    pub(crate) fn apply<'a>(
        &'a self,
        value: &mut Value,
        secrets: &mut Secrets,
        masked: &mut BTreeSet<&'a str>,
    ) {
        for place in &self.0 {
            if mask(value, &place.steps, secrets) {
                masked.insert(&place.written);
            }
        }
    }
}

/// Whether there was anything to mask.
fn mask(value: &mut Value, steps: &[Step], secrets: &mut Secrets) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        if value.as_str() != Some(MASK) {
            secrets.note(value);
            *value = MASK.into();
        }
        return true;
    };
    let mut found = false;
    match (value, step) {
        (Value::Object(members), Step::Any) => {
            for member in members.values_mut() {
                found |= mask(member, rest, secrets);
            }
        }
        (Value::Object(members), Step::Named(name)) => {
            if let Some(member) = members.get_mut(name) {
                found = mask(member, rest, secrets);
            }
        }
        (Value::Array(items), Step::Any) => {
            for item in items {
                found |= mask(item, rest, secrets);
            }
        }
        (Value::Array(items), Step::Named(name)) => {
            let index = name.parse::<usize>().ok();
            match index.and_then(|index| items.get_mut(index)) {
                Some(item) => found = mask(item, rest, secrets),
                None => {
                    for item in items {
                        found |= mask(item, steps, secrets);
                    }
                }
            }
        }
        _ => {}
    }
    found
}

/// What was masked.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Texts in lower case, and numbers as they are written.
    texts: BTreeSet<String>,
    numbers: Vec<f64>,
    overflow: bool,
}

impl Secrets {
    /// Whether everything that was masked is known here.
    pub(crate) fn are_complete(&self) -> bool {
        !self.overflow
    }

    fn note(&mut self, value: &Value) {
        if self.texts.len() + self.numbers.len() >= SECRETS {
            self.overflow = true;
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::String(text) => self.note_text(text),
            Value::Number(number) => {
                self.note_text(&number.to_string());
                // As a decision would write it.
                if let Some(number) = number.as_f64() {
                    self.note_text(&number.to_string());
                    if !self.numbers.contains(&number) {
                        self.numbers.push(number);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.note(item)),
            Value::Object(members) => members.values().for_each(|member| self.note(member)),
        }
    }

    fn note_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.texts.insert(text.to_lowercase());
        }
    }

    /// Masks what holds any of it.
    pub(crate) fn hide(&self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::String(text) if self.are_in(text) => *value = MASK.into(),
            Value::String(_) => {}
            Value::Number(number) => {
                let equal = |secret: &f64| number.as_f64() == Some(*secret);
                if self.numbers.iter().any(equal) || self.are_in(&number.to_string()) {
                    *value = MASK.into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide(item)),
            Value::Object(members) => {
                let hidden = |name: &String| self.are_in(name);
                if members.keys().any(hidden) {
                    let all = std::mem::take(members);
                    let named = |(name, member)| match hidden(&name) {
                        true => (MASK.to_owned(), member),
                        false => (name, member),
                    };
                    *members = all.into_iter().map(named).collect::<Map<_, _>>();
                }
                members.values_mut().for_each(|member| self.hide(member));
            }
        }
    }

    fn are_in(&self, text: &str) -> bool {
        if self.texts.is_empty() {
            return false;
        }
        let text = text.to_lowercase();
        let within = |secret: &String| match secret.chars().count() < WORD {
            true => text == *secret,
            false => text.contains(secret.as_str()),
        };
        self.texts.iter().any(within)
    }
}
