//! Where values are in a JSON text that is being written, for references from one place to another.

/// A longer path is not worth following. It also bounds what a hostile value's names can cost.
const LONGEST_PATH: usize = 256;

/// Shorter text may be shorter than the two paths of a reference.
const WORTH_REFERRING: usize = 2 * LONGEST_PATH;

/// What is noted beyond that is written again. A value within hundreds of others has as many places.
const MOST_NOTED: usize = 1 << 20;

/// Where the path to a value is among those that were noted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    end: usize,
}

/// One step from a container into what it holds.
enum Step {
    /// Into the member whose name is this part of the text, quotes included.
    Member { start: usize, end: usize },
    /// Into the item with this index.
    Item(usize),
}

/// The path to what is being written, paths that were noted, and references between them.
#[derive(Default)]
pub(crate) struct Places {
    path: Vec<Step>,
    noted: Vec<u8>,
    references: Vec<u8>,
}

impl Places {
    /// Goes into a member of an object.
    pub(crate) fn enter_member(&mut self, start: usize, end: usize) {
        self.path.push(Step::Member { start, end });
    }

    /// Goes into an item of an array.
    pub(crate) fn enter_item(&mut self, index: usize) {
        self.path.push(Step::Item(index));
    }

    /// Goes back out.
    pub(crate) fn leave(&mut self) {
        self.path.pop();
    }

    /// Notes where the value is that was just written with so many bytes, if it is worth referring to.
    pub(crate) fn note(&mut self, json: &[u8], bytes: usize) -> Option<Place> {
        if bytes < WORTH_REFERRING {
            return None;
        }
        let path = self.path(json)?;
        let start = self.noted.len();
        let end = start + path.len();
        if end > MOST_NOTED {
            return None;
        }
        self.noted.extend_from_slice(&path);
        Some(Place { start, end })
    }

    /// Refers from here to a place. Whether it could.
    pub(crate) fn refer(&mut self, json: &[u8], place: Place) -> bool {
        let (Some(from), Some(to)) = (self.noted.get(place.start..place.end), self.path(json))
        else {
            return false;
        };
        for path in [from, &to] {
            self.references.push(b',');
            self.references.extend_from_slice(path);
        }
        true
    }

    /// All references, each as `,FROM,TO`.
    pub(crate) fn references(self) -> Vec<u8> {
        self.references
    }

    /// The path to here as JSON text, unless it is too long. The whole has none.
    fn path(&self, json: &[u8]) -> Option<Vec<u8>> {
        let mut path = Vec::with_capacity(64);
        for step in &self.path {
            path.push(if path.is_empty() { b'[' } else { b',' });
            let mut digits = itoa::Buffer::new();
            let step = match *step {
                Step::Member { start, end } => json.get(start..end)?,
                Step::Item(index) => digits.format(index).as_bytes(),
            };
            if path.len() + step.len() >= LONGEST_PATH {
                return None;
            }
            path.extend_from_slice(step);
        }
        if path.is_empty() {
            return None;
        }
        path.push(b']');
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Encoder, to_json};
    use crate::{Limits, Result};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use zen_types::variable::Variable;

    /// A value as text with references, and them.
    fn referring(value: &Variable, limits: &Limits) -> Result<(String, Vec<Vec<Value>>)> {
        let mut json = Vec::new();
        let mut encoder = Encoder::new(limits, &mut json);
        encoder.refer();
        encoder.encode(value)?;
        let references = String::from_utf8(encoder.references()).unwrap();
        let paths = format!("[{}]", references.strip_prefix(',').unwrap_or_default());
        Ok((
            String::from_utf8(json).unwrap(),
            serde_json::from_str(&paths).unwrap(),
        ))
    }

    fn at<'v>(value: &'v mut Value, path: &[Value]) -> &'v mut Value {
        path.iter().fold(value, |value, step| match step {
            Value::String(name) => value.get_mut(name).unwrap(),
            index => value
                .get_mut(usize::try_from(index.as_u64().unwrap()).unwrap())
                .unwrap(),
        })
    }

    /// How many references the text has, once they were followed and have made the value whole.
    fn references(value: &Variable) -> usize {
        let (text, paths) = referring(value, &Limits::default()).unwrap();
        let mut json: Value = serde_json::from_str(&text).unwrap();
        for pair in paths.chunks(2) {
            let shared = at(&mut json, &pair[0]).clone();
            let place = at(&mut json, &pair[1]);
            assert_eq!(place.take(), Value::Null);
            *place = shared;
        }
        let plain = to_json(value, &Limits::default()).unwrap();
        assert_eq!(json, serde_json::from_slice::<Value>(&plain).unwrap());
        paths.len() / 2
    }

    fn object(members: &[(&str, &Variable)]) -> Variable {
        let members = members
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).clone()));
        Variable::from_object(members.collect())
    }

    fn large() -> Variable {
        json!({ "text": "x".repeat(WORTH_REFERRING) }).into()
    }

    #[test]
    fn large_values_that_come_again_are_referred_to() {
        let (large, small) = (large(), Variable::from(json!(["x".repeat(100)])));
        let list = Variable::from_array(vec![small.clone(), large.clone(), large.clone()]);
        assert_eq!(references(&list), 1);
        let names = ["", "a\"\\\n", "__proto__", "0", "zażółć", "constructor"];
        let members: Vec<_> = names.iter().map(|name| (*name, &list)).collect();
        assert_eq!(references(&object(&members)), 1 + names.len() - 1);
        assert_eq!(references(&Variable::from_array(vec![small; 20])), 0);
        assert_eq!(references(&large), 0);
    }

    #[test]
    fn a_value_with_references_in_it_is_referred_to_itself() {
        let large = large();
        let outer = object(&[("once", &large), ("again", &large)]);
        let around = Variable::from_array(vec![outer.clone(), large, outer.clone()]);
        assert_eq!(
            references(&object(&[("a", &around), ("b", &outer), ("c", &around)])),
            5
        );
    }

    #[test]
    fn where_names_are_too_long_the_value_is_written_again() {
        let (large, long) = (large(), "n".repeat(LONGEST_PATH));
        let twice = object(&[("a", &large), ("b", &large)]);
        assert_eq!(references(&object(&[("c", &twice), (&long, &twice)])), 1);
        assert_eq!(references(&object(&[(&long, &twice), ("c", &twice)])), 0);
        assert_eq!(references(&object(&[(&long, &twice)])), 0);
    }

    #[test]
    fn limits_count_what_is_referred_to() {
        let large = large();
        let value = Variable::from_array(vec![large.clone(), Variable::from_array(vec![large])]);
        let bytes = to_json(&value, &Limits::default()).unwrap().len();
        for (result_bytes, json_depth, fits) in
            [(bytes, 3, true), (bytes - 1, 3, false), (bytes, 2, false)]
        {
            let limits = Limits {
                result_bytes,
                json_depth,
                ..Limits::default()
            };
            assert_eq!(to_json(&value, &limits).is_ok(), fits);
            assert_eq!(referring(&value, &limits).is_ok(), fits);
        }
        let mut endless = value;
        for _ in 0..60 {
            endless = Variable::from_array(vec![endless.clone(), endless]);
        }
        assert!(referring(&endless, &Limits::default()).is_err());
    }

    #[test]
    fn what_is_noted_is_bounded() {
        let mut places = Places::default();
        for index in 0..MOST_NOTED {
            places.enter_item(index);
            let noted = places.note(b"", WORTH_REFERRING).is_some();
            places.leave();
            assert!(places.noted.len() <= MOST_NOTED);
            if !noted {
                return;
            }
        }
        panic!("everything was noted");
    }

    proptest! {
        /// Each step makes a list or an object of values that were made before.
        #[test]
        fn any_value_is_whole_once_references_are_followed(
            steps in proptest::collection::vec(
                (any::<bool>(), proptest::collection::vec((any::<proptest::sample::Index>(), ".{0,3}"), 1..4)),
                1..24,
            ),
        ) {
            let mut values = vec![large(), Variable::from(json!(["x".repeat(200)])), Variable::Null];
            for (list, parts) in steps {
                let parts = parts.iter().map(|(at, name)| (name.as_str(), at.get(&values)));
                let value = match list {
                    true => Variable::from_array(parts.map(|(_, value)| value.clone()).collect()),
                    false => object(&parts.collect::<Vec<_>>()),
                };
                values.push(value);
            }
            let limits = Limits { result_bytes: 50_000, ..Limits::default() };
            let value = values.last().filter(|value| to_json(value, &limits).is_ok());
            value.map(references);
        }
    }
}
