//! `test`: do decisions answer as they must, and what do the cases cover?

use crate::coverage::{Count, Coverage, DocumentCoverage};
use crate::decisions::{Compiled, clock};
use crate::error::CliError;
use crate::exit::Exit;
use crate::identity::printable;
use crate::output::{BAD, DIM, GOOD, HEAD, Output, Report, paint};
use crate::source;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zen_edge_bundle::{Limits, TestDocument};
use zen_edge_eval::{OnFailure, TraceKind, run_case};

/// Run test cases against a bundle or a folder, and show what they cover.
///
/// Cases are those inside decisions (`tests`), those of test documents (`contentType: test`), and
/// those of a folder of such documents. A case without an expected answer is right unless it fails.
/// Exits with 1 if a case fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge test rules/
  zen-edge test pricing.zip --cases acceptance/ --now 2026-03-15T09:30:00Z
  zen-edge test pricing.zip --smoke --json | jq .failed")]
pub(crate) struct Arguments {
    /// A bundle, or a folder that could become one.
    bundle: PathBuf,
    /// A folder of more cases: test documents, or decisions with cases inside.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Run smoke cases only.
    #[arg(long)]
    smoke: bool,
    /// The clock of cases that fix none, in RFC 3339; without it, the system's.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

/// How all cases went.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
    passed: usize,
    failed: usize,
    skipped: usize,
    cases: Vec<Case>,
    coverage: Vec<DocumentCoverage>,
}

/// How one case went.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    /// The document that holds it.
    path: String,
    decision: String,
    name: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Passed,
    Failed,
    Skipped,
}

/// The test documents of a folder.
pub(super) fn read_cases(folder: &Path) -> Result<Vec<TestDocument>, CliError> {
    let at = |error: zen_edge_bundle::Error| CliError::from(error).at(folder.display());
    source::open(folder, &Limits::default())?
        .tests()
        .map_err(at)
}

/// A case's name, or its position.
pub(super) fn name(case: &zen_edge_bundle::TestCase, index: usize) -> String {
    let named = case.name.as_ref().or(case.id.as_ref());
    named.map_or_else(|| format!("case {}", index + 1), |name| printable(name))
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let now = clock(arguments.now.as_deref())?;
    let compiled = Compiled::open(&arguments.bundle, OnFailure::Exclude)?;
    let mut documents = compiled.bundle.tests()?;
    if let Some(folder) = &arguments.cases {
        documents.extend(read_cases(folder)?);
    }
    let mut coverage = Coverage::new(&compiled.bundle);
    let mut cases = Vec::new();
    let progress = output.progress(
        "testing",
        documents.iter().map(|tests| tests.cases.len()).sum(),
    );
    for document in &documents {
        for (index, case) in document.cases.iter().enumerate() {
            progress.inc(1);
            if arguments.smoke && !case.smoke {
                continue;
            }
            let (mut status, mut fault) = (Status::Skipped, None);
            if !document.disabled && !case.disabled {
                let ran = run_case(&compiled.decisions, document, case, TraceKind::Default, now);
                let outcome = pollster::block_on(ran);
                coverage.add(&document.file_path, &outcome.answer);
                fault = outcome.fault;
                status = if fault.is_some() {
                    Status::Failed
                } else {
                    Status::Passed
                };
            }
            cases.push(Case {
                path: document.path.clone(),
                decision: document.file_path.clone(),
                name: name(case, index),
                status,
                fault,
            });
        }
    }
    progress.finish_and_clear();
    let count = |status| cases.iter().filter(|case| case.status == status).count();
    let tested = Tested {
        passed: count(Status::Passed),
        failed: count(Status::Failed),
        skipped: count(Status::Skipped),
        coverage: coverage.documents(),
        cases,
    };
    output.report(&tested)?;
    Ok(if tested.failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

impl Report for Tested {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        for case in self
            .cases
            .iter()
            .filter(|case| case.status == Status::Failed)
        {
            let fault = printable(case.fault.as_deref().unwrap_or_default());
            writeln!(
                to,
                "{} {}: {}",
                paint(BAD, "failed"),
                printable(&case.decision),
                case.name
            )?;
            writeln!(to, "       {fault}")?;
        }
        writeln!(to, "{}", paint(HEAD, "coverage     nodes       rows"))?;
        for document in &self.coverage {
            let (nodes, rows) = (share(document.nodes), share(document.rows));
            writeln!(
                to,
                "        {nodes:>10} {rows:>10}  {}",
                printable(&document.path)
            )?;
            for missed in &document.missed {
                writeln!(
                    to,
                    "{:31}{}",
                    "",
                    paint(DIM, format_args!("missed: {}", printable(missed)))
                )?;
            }
        }
        let style = if self.failed == 0 { GOOD } else { BAD };
        let counts = format!(
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        );
        writeln!(to, "{}", paint(style, counts))
    }
}

fn share(count: Count) -> String {
    if count.total == 0 {
        return "-".to_owned();
    }
    format!("{}/{}", count.covered, count.total)
}
