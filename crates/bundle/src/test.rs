//! Tests: contexts, and how decisions must answer them.
//!
//! Three forms are read. BRMS writes documents of their own, with contexts and no answers. ZEN's
//! fixtures carry cases inside the graph or policy they test, with the answer expected; `now` there
//! fixes the clock. The members `smoke` (of a document or of a case) and `error` are ours.

use crate::document::{Document, DocumentKind};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Test cases for one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestDocument {
    /// The document that holds the cases.
    pub path: String,
    /// The decision that they test, as the document names it: look it up whatever its case.
    pub file_path: String,
    /// Whether its author has switched all of it off.
    pub disabled: bool,
    /// The clock of its cases (RFC 3339), if it fixes one.
    pub now: Option<String>,
    /// The cases.
    pub cases: Vec<TestCase>,
}

/// One test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// Its id in BRMS.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The context, as JSON text; `null` if there is none.
    pub input: String,
    /// Whether its author has switched it off.
    pub disabled: bool,
    /// Whether it is a smoke case: one that every region runs before it serves a release. Written
    /// as `"smoke": true` in the case, or in the document for all of its cases.
    pub smoke: bool,
    /// What must come out; without it, whatever is not an error is right.
    pub expected: Option<Expected>,
}

/// What must come out of a test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This result.
    Output(Value),
    /// An error whose JSON form contains this.
    Error(Value),
}

/// A document of type `test`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestFile {
    file_path: Option<String>,
    disabled: Option<bool>,
    smoke: Option<bool>,
    now: Option<String>,
    test_cases: Option<Vec<CaseFile>>,
}

/// A graph or policy with cases inside.
#[derive(Deserialize)]
struct Fixture {
    smoke: Option<bool>,
    now: Option<String>,
    tests: Option<Vec<CaseFile>>,
}

#[derive(Deserialize)]
struct CaseFile {
    id: Option<String>,
    name: Option<String>,
    input: Option<Box<RawValue>>,
    disabled: Option<bool>,
    smoke: Option<bool>,
    /// A decision may well answer null.
    #[serde(default, deserialize_with = "present")]
    output: Option<Value>,
    error: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads the cases of a document; none if it has no list of them.
pub(crate) fn read(document: &Document) -> Result<Option<TestDocument>> {
    let invalid =
        |message: String| Error::new(ErrorKind::InvalidDocument, message).at(document.path());
    let malformed = |error: serde_json::Error| {
        invalid(format!("its tests are not in the form expected: {error}"))
    };
    let (file_path, disabled, smoke, now, cases) = match document.kind() {
        DocumentKind::Test => {
            let file: TestFile = serde_json::from_slice(document.json()).map_err(malformed)?;
            let path = file.file_path.ok_or_else(|| {
                invalid("it has no `filePath`, the decision that it tests".to_owned())
            })?;
            (path, file.disabled, file.smoke, file.now, file.test_cases)
        }
        DocumentKind::Graph | DocumentKind::Policy => {
            let file: Fixture = serde_json::from_slice(document.json()).map_err(malformed)?;
            (
                document.path().to_owned(),
                None,
                file.smoke,
                file.now,
                file.tests,
            )
        }
        DocumentKind::Other => return Ok(None),
    };
    let Some(cases) = cases else {
        return Ok(None);
    };
    let smoke = smoke.unwrap_or_default();
    Ok(Some(TestDocument {
        path: document.path().to_owned(),
        file_path,
        disabled: disabled.unwrap_or_default(),
        now,
        cases: cases.into_iter().map(|case| case.read(smoke)).collect(),
    }))
}

impl CaseFile {
    fn read(self, smoke: bool) -> TestCase {
        let expected = match (self.output, self.error) {
            (_, Some(error)) => Some(Expected::Error(error)),
            (Some(output), None) => Some(Expected::Output(output)),
            (None, None) => None,
        };
        TestCase {
            id: self.id,
            name: self.name,
            input: self
                .input
                .map_or_else(|| "null".to_owned(), |input| input.get().to_owned()),
            disabled: self.disabled.unwrap_or_default(),
            smoke: self.smoke.unwrap_or(smoke),
            expected,
        }
    }
}
