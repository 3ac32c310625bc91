//! `diff`: what changes from one release to the next, in documents and in answers.

use super::test::{name, read_cases};
use crate::decisions::{Compiled, clock};
use crate::error::CliError;
use crate::exit::Exit;
use crate::identity::printable;
use crate::output::{BAD, DIM, GOOD, HEAD, Output, Report, WARN, paint};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use zen_edge_bundle::{Document, TestCase, TestDocument};
use zen_edge_eval::compare::difference;
use zen_edge_eval::{OnFailure, TraceKind, run_case};

/// Compare two bundles or folders: documents, and the decisions that answer differently.
///
/// Decisions are compared on the contexts of the test cases of both, or of a folder of cases. Exits
/// with 1 if anything differs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge diff pricing-1.4.0.zip pricing-1.5.0.zip
  zen-edge diff production.zip rules/ --inputs recorded/ --now 2026-03-15T09:30:00Z")]
pub(crate) struct Arguments {
    /// A bundle, or a folder that could become one.
    before: PathBuf,
    /// Another one.
    after: PathBuf,
    /// A folder of cases whose contexts are used instead.
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// The clock of cases that fix none, in RFC 3339; without it, the system's.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

/// What differs.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Compared {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<Changed>,
    /// Contexts that were tried.
    inputs: usize,
    decisions: Vec<Answered>,
}

/// A document that changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    path: String,
    /// The first place that differs; none if only white space or the order of members does.
    difference: Option<String>,
}

/// A decision that answers differently.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    decision: String,
    case: String,
    input: Value,
    before: Value,
    after: Value,
    difference: String,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let now = clock(arguments.now.as_deref())?;
    let before = Compiled::open(&arguments.before, OnFailure::Exclude)?;
    let after = Compiled::open(&arguments.after, OnFailure::Exclude)?;
    let mut compared = Compared::default();
    compared.documents(&before, &after);

    let documents = match &arguments.inputs {
        Some(folder) => read_cases(folder)?,
        None => [before.bundle.tests()?, after.bundle.tests()?].concat(),
    };
    let inputs = inputs(&documents);
    compared.inputs = inputs.len();
    let progress = output.progress("comparing", inputs.len());
    for (document, case, index) in inputs {
        progress.inc(1);
        let answer = |compiled: &Compiled| {
            let ran = run_case(&compiled.decisions, document, case, TraceKind::None, now);
            shown(pollster::block_on(ran).answer)
        };
        let (before, after) = (answer(&before), answer(&after));
        if let Some(difference) = difference(&before, &after) {
            compared.decisions.push(Answered {
                decision: document.file_path.clone(),
                case: name(case, index),
                input: serde_json::from_str(&case.input).unwrap_or_default(),
                before,
                after,
                difference,
            });
        }
    }
    progress.finish_and_clear();
    output.report(&compared)?;
    Ok(if compared.is_same() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The cases that differ in decision, context or clock, with their positions.
fn inputs(documents: &[TestDocument]) -> Vec<(&TestDocument, &TestCase, usize)> {
    let mut seen = BTreeSet::new();
    let mut inputs = Vec::new();
    for document in documents.iter().filter(|document| !document.disabled) {
        let cases = document.cases.iter().enumerate();
        for (index, case) in cases.filter(|(_, case)| !case.disabled) {
            let decision = document.file_path.to_lowercase();
            if seen.insert((decision, &document.now, &case.input)) {
                inputs.push((document, case, index));
            }
        }
    }
    inputs
}

/// What counts of an answer: the result, or the error without what came before it.
fn shown(mut answer: Value) -> Value {
    if let Some(error) = answer.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("trace");
    }
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("performance");
    }
    answer
}

impl Compared {
    fn documents(&mut self, before: &Compiled, after: &Compiled) {
        for (key, document) in before.bundle.documents() {
            let Some(other) = after.bundle.document(key) else {
                self.removed.push(document.path().to_owned());
                continue;
            };
            if other.json() != document.json() {
                self.changed.push(Changed {
                    path: other.path().to_owned(),
                    difference: place(document, other),
                });
            }
        }
        let added = after
            .bundle
            .documents()
            .filter(|(key, _)| before.bundle.document(key).is_none());
        self.added = added
            .map(|(_, document)| document.path().to_owned())
            .collect();
    }

    fn is_same(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.decisions.is_empty()
    }
}

/// The first place where two documents differ.
fn place(before: &Document, after: &Document) -> Option<String> {
    let parse = |document: &Document| serde_json::from_slice::<Value>(document.json());
    match (parse(before), parse(after)) {
        (Ok(before), Ok(after)) => difference(&before, &after),
        _ => Some("it nests too deeply to be compared".to_owned()),
    }
}

/// Text that fits a line.
fn cut(text: &str) -> String {
    const LONGEST: usize = 160;
    let mut shown: String = printable(text).chars().take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}

impl Report for Compared {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        for path in &self.removed {
            writeln!(to, "{} {}", paint(BAD, "removed"), printable(path))?;
        }
        for path in &self.added {
            writeln!(to, "{} {}", paint(GOOD, "added  "), printable(path))?;
        }
        for Changed { path, difference } in &self.changed {
            let difference = difference.as_deref().unwrap_or("only white space or order");
            let difference = paint(DIM, cut(difference));
            writeln!(
                to,
                "{} {}  {difference}",
                paint(WARN, "changed"),
                printable(path)
            )?;
        }
        for answer in &self.decisions {
            let Answered { decision, case, .. } = answer;
            writeln!(
                to,
                "{} {}: {case}",
                paint(WARN, "answers"),
                printable(decision)
            )?;
            writeln!(
                to,
                "        {} {}",
                paint(BAD, "-"),
                cut(&answer.before.to_string())
            )?;
            writeln!(
                to,
                "        {} {}",
                paint(GOOD, "+"),
                cut(&answer.after.to_string())
            )?;
        }
        let (added, removed, changed) = (self.added.len(), self.removed.len(), self.changed.len());
        let counts = format!(
            "{added} added, {removed} removed, {changed} changed; {} of {} answers differ",
            self.decisions.len(),
            self.inputs
        );
        writeln!(to, "{}", paint(HEAD, counts))
    }
}
