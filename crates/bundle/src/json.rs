//! A look over JSON text: that it is valid, how deep and how much it is, and what it is about.
//!
//! Nothing is built here, so this costs no memory to speak of. Refused beyond what JSON itself
//! forbids: two members with one name in one object, of which different readers take different
//! ones, and a byte order mark.

use crate::limits::{Limit, Limits};
use jiter::{Jiter, JiterError, JiterResult, Peek};
use serde::Deserialize;
use std::ops::Range;

/// Parsers recurse once per level of nesting; this many levels fit every stack.
const DEEPEST: usize = 256;

/// Bytes of a document's version. BRMS writes UUIDs; it is kept as long as the release is.
const LONGEST_VERSION: usize = 256;

/// What a document's outermost members say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) is_object: bool,
    pub(crate) content_type: Option<String>,
    pub(crate) has_blocks: bool,
    pub(crate) has_nodes: bool,
    /// Items of the lists `tests` and `testCases`.
    pub(crate) cases: usize,
    /// `meta.versionId`, unless it is longer than anybody's.
    pub(crate) version_id: Option<String>,
    /// Values, all told.
    pub(crate) values: usize,
}

/// Why a text was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    #[error("it is not valid JSON: {0}")]
    Malformed(String),
    #[error("an object has two members with the name `{0}`")]
    Duplicate(String),
    #[error("it nests more than {0} levels deep")]
    TooDeep(usize),
    #[error("there are more than {0} values")]
    TooMany(usize),
}

impl Unreadable {
    /// The limit that was reached, if it is one.
    pub(crate) fn limit(&self) -> Option<Limit> {
        match self {
            Self::TooDeep(_) => Some(Limit::JsonDepth),
            Self::TooMany(_) => Some(Limit::JsonValues),
            _ => None,
        }
    }
}

/// Looks over one JSON text. `values` is how many it may hold.
pub(crate) fn outline(text: &[u8], values: usize, limits: &Limits) -> Result<Outline, Unreadable> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(Unreadable::ByteOrderMark);
    }
    let mut reader = Reader {
        jiter: Jiter::new(text),
        names: Vec::new(),
        ranges: Vec::new(),
        outline: Outline::default(),
        values,
        values_limit: limits.json_values,
        depth: limits.json_depth.min(DEEPEST),
    };
    let peek = reader.jiter.peek().map_err(malformed)?;
    reader.value(peek, 0)?;
    reader.jiter.finish().map_err(malformed)?;
    Ok(reader.outline)
}

fn malformed(error: JiterError) -> Unreadable {
    Unreadable::Malformed(format!("{} at byte {}", error.error_type, error.index))
}

struct Reader<'a> {
    jiter: Jiter<'a>,
    /// Names of the members of all objects that are open, one after the other.
    names: Vec<u8>,
    /// Where each of them is in `names`.
    ranges: Vec<Range<usize>>,
    outline: Outline,
    values: usize,
    values_limit: usize,
    depth: usize,
}

/// The outermost members that say what a document is.
enum Member {
    ContentType,
    Cases,
    Meta,
    Other,
}

impl Reader<'_> {
    /// Counts one value inside `level` others, before it is read.
    fn count(&mut self, peek: Peek, level: usize) -> Result<(), Unreadable> {
        self.outline.values += 1;
        if self.outline.values > self.values {
            return Err(Unreadable::TooMany(self.values_limit));
        }
        if matches!(peek, Peek::Array | Peek::Object) && level >= self.depth {
            return Err(Unreadable::TooDeep(self.depth));
        }
        Ok(())
    }

    /// Passes over one value inside `level` others.
    fn value(&mut self, peek: Peek, level: usize) -> Result<(), Unreadable> {
        self.count(peek, level)?;
        match peek {
            Peek::Null => self.jiter.known_null().map_err(malformed),
            Peek::True | Peek::False => self.jiter.known_bool(peek).map(drop).map_err(malformed),
            Peek::String => self.jiter.known_str().map(drop).map_err(malformed),
            Peek::Array => self.array(level).map(drop),
            Peek::Object => self.object(level),
            number => self
                .jiter
                .known_number_bytes(number)
                .map(drop)
                .map_err(malformed),
        }
    }

    /// Passes over an array; the number of its items.
    fn array(&mut self, level: usize) -> Result<usize, Unreadable> {
        let mut items = 0;
        let mut next = self.jiter.known_array().map_err(malformed)?;
        while let Some(peek) = next {
            self.value(peek, level + 1)?;
            items += 1;
            next = self.jiter.array_step().map_err(malformed)?;
        }
        Ok(items)
    }

    fn object(&mut self, level: usize) -> Result<(), Unreadable> {
        let (first_name, first_range) = (self.names.len(), self.ranges.len());
        self.outline.is_object |= level == 0;
        let mut next = note(self.jiter.known_object(), &mut self.names)?;
        while let Some(range) = next {
            let member = if level == 0 {
                self.outermost(&range)
            } else {
                Member::Other
            };
            self.ranges.push(range);
            let peek = self.jiter.peek().map_err(malformed)?;
            match (member, peek) {
                (Member::ContentType, Peek::String) => {
                    self.count(peek, level + 1)?;
                    let text = self.jiter.known_str().map_err(malformed)?;
                    self.outline.content_type = Some(text.to_owned());
                }
                (Member::Cases, Peek::Array) => {
                    self.count(peek, level + 1)?;
                    self.outline.cases += self.array(level + 1)?;
                }
                (Member::Meta, Peek::Object) => {
                    let start = self.jiter.current_index();
                    self.value(peek, level + 1)?;
                    let meta = self.jiter.slice_to_current(start);
                    self.outline.version_id = version_id(meta);
                }
                (_, peek) => self.value(peek, level + 1)?,
            }
            next = note(self.jiter.next_key(), &mut self.names)?;
        }
        let names = &self.names;
        let name = |range: &Range<usize>| names.get(range.clone()).unwrap_or_default();
        let ranges = self.ranges.get_mut(first_range..).unwrap_or_default();
        ranges.sort_unstable_by(|a, b| name(a).cmp(name(b)));
        for pair in ranges.windows(2) {
            if let [a, b] = pair
                && name(a) == name(b)
            {
                return Err(Unreadable::Duplicate(crate::error::quoted(name(a))));
            }
        }
        self.ranges.truncate(first_range);
        self.names.truncate(first_name);
        Ok(())
    }

    /// Notes an outermost member by its name.
    fn outermost(&mut self, range: &Range<usize>) -> Member {
        match self.names.get(range.clone()).unwrap_or_default() {
            b"contentType" => return Member::ContentType,
            b"tests" | b"testCases" => return Member::Cases,
            b"meta" => return Member::Meta,
            b"blocks" => self.outline.has_blocks = true,
            b"nodes" => self.outline.has_nodes = true,
            _ => {}
        }
        Member::Other
    }
}

/// The version of a document as GoRules names it in its `meta`; nothing if it is no name.
fn version_id(meta: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta {
        version_id: Option<String>,
    }
    let found = serde_json::from_slice::<Meta>(meta).ok()?.version_id;
    found.filter(|version| version.len() <= LONGEST_VERSION)
}

/// Keeps the name of the next member, if there is one.
fn note(
    next: JiterResult<Option<&str>>,
    names: &mut Vec<u8>,
) -> Result<Option<Range<usize>>, Unreadable> {
    let Some(name) = next.map_err(malformed)? else {
        return Ok(None);
    };
    let start = names.len();
    names.extend_from_slice(name.as_bytes());
    Ok(Some(start..names.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Outline, Unreadable> {
        outline(text.as_bytes(), 1000, &Limits::default())
    }

    #[test]
    fn the_outermost_members_say_what_a_document_is() {
        let text = r#"{"contentType":"graph","nodes":[{"contentType":"x","blocks":[]}],"tests":[1,{"a":2}]}"#;
        let found = read(text).unwrap();
        assert_eq!(found.content_type.as_deref(), Some("graph"));
        assert_eq!(
            (found.is_object, found.has_nodes, found.has_blocks),
            (true, true, false)
        );
        assert_eq!(found.cases, 2);
        assert!(!read("[{\"nodes\":1}]").unwrap().has_nodes);
        assert_eq!(read("{\"contentType\":1}").unwrap().content_type, None);
    }

    #[test]
    fn a_version_is_found_in_meta_only() {
        let version = |text: &str| read(text).unwrap().version_id;
        let text = r#"{"a":{"meta":{"versionId":"x"}},"meta": {"b":[{}],"versionId":"3a\u0035b"},"nodes":[]}"#;
        assert_eq!(version(text).as_deref(), Some("3a5b"));
        let long = format!("{{\"meta\":{{\"versionId\":\"{}\"}}}}", "x".repeat(257));
        for text in [
            r#"{"versionId":"x"}"#,
            r#"[{"meta":{"versionId":"x"}}]"#,
            r#"{"meta":[{"versionId":"x"}]}"#,
            r#"{"meta":{"versionId":1}}"#,
            r#"{"meta":{"versionId":null}}"#,
            &long,
        ] {
            assert_eq!(version(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "{\"a\"}",
            "[1,]",
            "01",
            "NaN",
            "1 2",
            "'a'",
            "\"\u{1}\"",
            "tru",
        ] {
            assert!(
                matches!(read(text), Err(Unreadable::Malformed(_))),
                "{text}"
            );
        }
        assert_eq!(read("\u{feff}{}"), Err(Unreadable::ByteOrderMark));
        let bytes = outline(b"\"\xff\"", 10, &Limits::default());
        assert!(matches!(bytes, Err(Unreadable::Malformed(_))));
    }

    #[test]
    fn a_name_may_occur_once_in_each_object() {
        let twice = Err(Unreadable::Duplicate("a".to_owned()));
        assert_eq!(
            read(r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#).map(|_| ()),
            Ok(())
        );
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":{"c":1,"a":1,"d":{"x":1},"a":1}}"#,
            r#"[[{"a":1,"\u0061":1}]]"#,
        ] {
            assert_eq!(read(text), twice, "{text}");
        }
    }

    #[test]
    fn nesting_and_number_of_values_are_bounded() {
        let limits = Limits {
            json_depth: 3,
            ..Limits::default()
        };
        assert!(outline(b"[{\"a\":[1]}]", 100, &limits).is_ok());
        for text in ["[{\"a\":[[]]}]", "[[[{}]]]"] {
            let found = outline(text.as_bytes(), 100, &limits);
            assert_eq!(found, Err(Unreadable::TooDeep(3)));
        }
        assert!(outline(b"[1,2]", 3, &limits).is_ok());
        assert!(matches!(
            outline(b"[1,2]", 2, &limits),
            Err(Unreadable::TooMany(_))
        ));
        let boundless = Limits {
            json_depth: usize::MAX,
            ..Limits::default()
        };
        let deep = "[".repeat(1_000_000);
        assert_eq!(
            outline(deep.as_bytes(), usize::MAX, &boundless),
            Err(Unreadable::TooDeep(DEEPEST))
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(5000))]

        /// What is accepted here can be read by the parsers that come after.
        #[test]
        fn whoever_reads_it_next_agrees(
            text in r#"[ \[\]{}",:.eE0-9+-]{0,12}|"(\\(u[d0][89abcdef0][0-9a]{2}|[nu"/x])|[a é]){0,6}"|-?[0-9]{1,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,4})?"#,
        ) {
            if read(&text).is_ok() {
                let value = serde_json::from_str::<serde_json::Value>(&text);
                proptest::prop_assert!(value.is_ok(), "{text}: {value:?}");
            }
        }
    }
}
