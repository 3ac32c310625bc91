//! Decisions with their test cases inside, ZEN's own fixture form.
//!
//! A fixture is a document with `"tests": [{"input", "output"}]`. Two members are ours: `"now"` (RFC
//! 3339, beside `tests`) fixes the clock, and `"error"` in a case, instead of `output`, is what the
//! engine's error JSON must contain.

use crate::compare::{contains, difference, redact_timings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use zen_edge_eval::{
    CompileOptions, CompiledBundle, Documents, EvaluateOptions, OnFailure, TraceKind, api, compile,
    millis,
};

/// One test case of a fixture.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// The fixture's decision key.
    pub key: String,
    /// The case's name, or its position.
    pub name: String,
    /// The context, as JSON text.
    pub input: String,
    /// The clock in milliseconds since 1970, if the fixture fixes it.
    pub now: Option<i64>,
    /// What must come out.
    #[serde(skip)]
    pub expected: Expected,
}

/// What must come out of a case.
#[derive(Debug, Clone)]
pub enum Expected {
    /// This result.
    Output(Value),
    /// An error whose JSON contains this.
    Error(Value),
}

/// What came out of a case, in a form that every runtime can write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The fixture's decision key.
    pub key: String,
    /// The case's name.
    pub name: String,
    /// `{"performance", "result", "trace"}` or `{"error"}` as JSON text, numbers as written.
    pub answer: String,
}

/// A folder of fixtures.
#[derive(Debug)]
pub struct Fixtures {
    /// Every document in it.
    pub documents: Documents,
    /// Every test case, in the order of keys.
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
struct FixtureFile {
    now: Option<String>,
    #[serde(default)]
    tests: Vec<CaseFile>,
}

#[derive(Deserialize)]
struct CaseFile {
    name: Option<String>,
    #[serde(default)]
    input: Value,
    output: Option<Value>,
    error: Option<Value>,
}

impl Fixtures {
    /// Reads a folder. `now` (milliseconds since 1970) is the clock of fixtures that fix none.
    ///
    /// # Errors
    /// In words, with the file at fault.
    pub fn read(folder: &Path, now: Option<i64>) -> Result<Self, String> {
        let documents = Documents::from_folder(folder).map_err(|error| error.to_string())?;
        let mut cases = Vec::new();
        for (key, json) in documents.iter() {
            let file: FixtureFile =
                serde_json::from_slice(json).map_err(|error| format!("{key}: {error}"))?;
            let now = match &file.now {
                Some(text) => {
                    Some(millis(text).ok_or_else(|| format!("{key}: `{text}` is no time"))?)
                }
                None => now,
            };
            for (index, case) in file.tests.into_iter().enumerate() {
                let expected = match (case.output, case.error) {
                    (_, Some(error)) => Expected::Error(error),
                    // A decision may well answer null, and serde reads that as no output.
                    (output, None) => Expected::Output(output.unwrap_or(Value::Null)),
                };
                let name = case.name.unwrap_or_else(|| format!("case {}", index + 1));
                cases.push(Case {
                    key: key.to_owned(),
                    name,
                    input: case.input.to_string(),
                    now,
                    expected,
                });
            }
        }
        Ok(Self { documents, cases })
    }

    /// Compiles every document; those that fail are left out, and their cases fail.
    ///
    /// # Errors
    /// In words.
    pub fn compile(&self) -> Result<CompiledBundle, String> {
        let options = CompileOptions {
            on_failure: OnFailure::Exclude,
            ..CompileOptions::default()
        };
        compile(&self.documents, options).map_err(|error| error.to_string())
    }

    /// Evaluates every case natively, traced.
    pub fn run(&self, bundle: &CompiledBundle) -> Vec<Outcome> {
        self.cases.iter().map(|case| case.run(bundle)).collect()
    }
}

impl Case {
    /// Evaluates the case natively, traced.
    pub fn run(&self, bundle: &CompiledBundle) -> Outcome {
        let options = EvaluateOptions {
            trace: TraceKind::Default,
            now: self.now,
            ..Default::default()
        };
        let answer = match api::evaluate_sync(bundle, &self.key, self.input.as_bytes(), options) {
            Ok(json) => String::from_utf8_lossy(&json).into_owned(),
            Err(error) => json!({ "error": error.to_json() }).to_string(),
        };
        Outcome {
            key: self.key.clone(),
            name: self.name.clone(),
            answer,
        }
    }

    /// What is wrong with an outcome of this case, if anything is.
    pub fn fault(&self, outcome: &Outcome) -> Option<String> {
        let answer: Value = match serde_json::from_str(&outcome.answer) {
            Ok(answer) => answer,
            Err(error) => return Some(format!("the answer is not JSON: {error}")),
        };
        match (&self.expected, answer.get("result"), answer.get("error")) {
            (Expected::Output(expected), Some(actual), _) => {
                difference(expected, actual).map(|found| format!("expected, actual: {found}"))
            }
            (Expected::Error(expected), _, Some(actual)) if contains(actual, expected) => None,
            (Expected::Error(expected), _, _) => {
                Some(format!("expected the error {expected}: {}", cut(&answer)))
            }
            (Expected::Output(_), _, _) => Some(format!("failed: {}", cut(&answer))),
        }
    }
}

/// Where two runtimes answer a case differently, timings aside.
pub fn disagreement(left: &Outcome, right: &Outcome) -> Option<String> {
    let parse = |outcome: &Outcome| -> Result<Value, String> {
        let mut answer =
            serde_json::from_str(&outcome.answer).map_err(|error| error.to_string())?;
        redact_timings(&mut answer);
        Ok(answer)
    };
    match (parse(left), parse(right)) {
        (Ok(left), Ok(right)) => difference(&left, &right),
        (left, right) => Some(format!("{:?}, {:?}", left.err(), right.err())),
    }
}

fn cut(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}
