//! `check`: what is wrong with decisions before anybody runs them.

use crate::decisions::Compiled;
use crate::error::CliError;
use crate::exit::Exit;
use crate::identity::printable;
use crate::output::{BAD, DIM, GOOD, Output, Report, WARN, paint};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use zen_edge_eval::{Documents, FailureKind, OnFailure, lint};

/// Check a bundle or a folder: compile errors, the engine's lints, broken references.
///
/// Exits with 1 if there are errors, or warnings with --strict. Lints are what GoRules' editor marks
/// as errors, warnings and hints: a decision whose types do not fit may still answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge check rules/
  zen-edge check pricing.zip --strict --json")]
pub(crate) struct Arguments {
    /// A bundle, or a folder that could become one.
    bundle: PathBuf,
    /// Take warnings for errors.
    #[arg(long)]
    strict: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    documents: usize,
    errors: usize,
    warnings: usize,
    problems: Vec<Problem>,
}

/// One thing that was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    path: String,
    severity: Severity,
    /// Where it comes from: `compile`, `test`, or the engine's code for a lint.
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_id: Option<String>,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
enum Severity {
    Error,
    Warning,
    Hint,
}

impl Severity {
    fn named(name: &str) -> Self {
        match name {
            "error" => Self::Error,
            "warning" => Self::Warning,
            _ => Self::Hint,
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let compiled = Compiled::open(&arguments.bundle, OnFailure::Exclude)?;
    let mut problems = BTreeSet::new();
    for finding in lint(
        &Documents::from(&compiled.bundle),
        compiled.decisions.limits(),
    ) {
        problems.insert(Problem {
            path: finding.key,
            severity: Severity::named(&finding.severity),
            code: finding.code,
            node_id: finding.block_id,
            message: finding.message,
        });
    }
    compilation(&compiled, &mut problems);
    tests(&compiled, &mut problems);
    let count = |severity| {
        problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let checked = Checked {
        documents: compiled.bundle.documents().count(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        problems: problems.into_iter().collect(),
    };
    output.report(&checked)?;
    let failed = checked.errors > 0 || arguments.strict && checked.warnings > 0;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// What compilation found, and references to decisions that do not exist.
fn compilation(compiled: &Compiled, problems: &mut BTreeSet<Problem>) {
    let report = compiled.decisions.report();
    for failure in &report.failures {
        let is_error =
            |problem: &Problem| problem.path == failure.key && problem.severity == Severity::Error;
        // The engine's lints say the same of a policy, and where; likewise below.
        if failure.kind == FailureKind::Policy && problems.iter().any(is_error) {
            continue;
        }
        problems.insert(Problem {
            path: failure.key.clone(),
            severity: Severity::Error,
            code: "compile".to_owned(),
            node_id: None,
            message: failure.message.clone(),
        });
    }
    for warning in &report.warnings {
        let is_known = |problem: &Problem| {
            problem.path == warning.key
                && problem.node_id == warning.node_id
                && problem.severity == Severity::Error
        };
        if problems.iter().any(is_known) {
            continue;
        }
        // Without a node it is about a policy that is only good for being imported.
        let severity = match &warning.node_id {
            Some(_) => Severity::Error,
            None => Severity::Hint,
        };
        problems.insert(Problem {
            path: warning.key.clone(),
            severity,
            code: "compile".to_owned(),
            node_id: warning.node_id.clone(),
            message: warning.message.clone(),
        });
    }
}

/// Tests that cannot be read, or that test what does not exist.
fn tests(compiled: &Compiled, problems: &mut BTreeSet<Problem>) {
    let mut problem = |path: &str, message: String| {
        problems.insert(Problem {
            path: path.to_owned(),
            severity: Severity::Error,
            code: "test".to_owned(),
            node_id: None,
            message,
        });
    };
    match compiled.bundle.tests() {
        Err(error) => problem(error.path().unwrap_or_default(), error.message().to_owned()),
        Ok(documents) => {
            for document in documents {
                if compiled.bundle.document(&document.file_path).is_none() {
                    let message =
                        format!("it tests `{}`, which does not exist", document.file_path);
                    problem(&document.path, message);
                }
            }
        }
    }
}

impl Report for Checked {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        for problem in &self.problems {
            let (style, label) = match problem.severity {
                Severity::Error => (BAD, "error  "),
                Severity::Warning => (WARN, "warning"),
                Severity::Hint => (DIM, "hint   "),
            };
            write!(to, "{} {}", paint(style, label), printable(&problem.path))?;
            if let Some(node) = &problem.node_id {
                write!(to, " at `{}`", printable(node))?;
            }
            let code = paint(DIM, format_args!("[{}]", problem.code));
            writeln!(to, ": {} {code}", printable(&problem.message))?;
        }
        let style = if self.errors == 0 { GOOD } else { BAD };
        let counts = format!(
            "{} documents: {} errors, {} warnings",
            self.documents, self.errors, self.warnings
        );
        writeln!(to, "{}", paint(style, counts))
    }
}
