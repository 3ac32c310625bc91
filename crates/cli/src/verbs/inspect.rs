//! `inspect`: what is in a bundle.

use crate::error::CliError;
use crate::exit::Exit;
use crate::identity::{self, Shown, printable};
use crate::output::{DIM, HEAD, Output, Report, paint};
use crate::source;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use zen_edge_bundle::{Bundle, Limits, TestDocument};

/// Show what is in a bundle: identity, digest, documents and tests.
///
/// Nothing proves what a bundle says it is but the signature over its digest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge inspect pricing.zip
  zen-edge inspect pricing.zip --json | jq -r .digest")]
pub(crate) struct Arguments {
    /// A bundle, or a folder that could become one.
    bundle: PathBuf,
}

/// What is in a bundle.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspected {
    file: PathBuf,
    digest: String,
    bytes: u64,
    identity: Shown,
    documents: Vec<Document>,
    tests: Vec<Tests>,
    limits: Limits,
}

#[derive(Debug, Serialize)]
struct Document {
    key: String,
    path: String,
    kind: &'static str,
    bytes: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tests {
    path: String,
    file_path: String,
    cases: usize,
    smoke: usize,
    disabled: usize,
}

impl Tests {
    fn new(tests: TestDocument) -> Self {
        let off = tests.disabled;
        let cases = &tests.cases;
        Self {
            cases: cases.len(),
            smoke: cases.iter().filter(|case| case.smoke).count(),
            disabled: cases.iter().filter(|case| off || case.disabled).count(),
            path: tests.path,
            file_path: tests.file_path,
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let limits = Limits::default();
    let bundle: Bundle = source::open(&arguments.bundle, &limits)?;
    let documents = bundle.documents().map(|(key, document)| Document {
        key: key.to_owned(),
        path: document.path().to_owned(),
        kind: document.kind().name(),
        bytes: document.json().len(),
    });
    let tests = bundle
        .tests()
        .map_err(|error| CliError::from(error).at(arguments.bundle.display()))?;
    output.report(&Inspected {
        file: arguments.bundle.clone(),
        digest: bundle.digest().to_owned(),
        bytes: bundle.length(),
        identity: Shown::new(&bundle),
        documents: documents.collect(),
        tests: tests.into_iter().map(Tests::new).collect(),
        limits,
    })?;
    Ok(Exit::Done)
}

impl Report for Inspected {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let (file, bytes) = (self.file.display().to_string(), self.bytes);
        identity::line(
            to,
            "bundle",
            [&Some(file), &Some(format!("{bytes} bytes")), &None],
        )?;
        identity::line(to, "sha256", [&Some(self.digest.clone()), &None, &None])?;
        self.identity.text(to)?;
        writeln!(
            to,
            "\n{}",
            paint(HEAD, format_args!("{} documents", self.documents.len()))
        )?;
        for document in &self.documents {
            let Document {
                path, kind, bytes, ..
            } = document;
            writeln!(
                to,
                "  {} {bytes:>9}  {}",
                paint(DIM, format_args!("{kind:<6}")),
                printable(path)
            )?;
        }
        let cases: usize = self.tests.iter().map(|tests| tests.cases).sum();
        writeln!(to, "\n{}", paint(HEAD, format_args!("{cases} test cases")))?;
        for tests in &self.tests {
            let Tests {
                cases,
                smoke,
                disabled,
                ..
            } = tests;
            let counts = format!("{cases} cases, {smoke} smoke, {disabled} off");
            write!(to, "  {}", printable(&tests.path))?;
            if tests.path != tests.file_path {
                write!(to, " of {}", printable(&tests.file_path))?;
            }
            writeln!(to, "  {}", paint(DIM, counts))?;
        }
        writeln!(to, "\n{}", paint(HEAD, "limits"))?;
        let limits = serde_json::to_value(&self.limits)?;
        for (name, value) in limits.as_object().into_iter().flatten() {
            writeln!(to, "  {} {value}", paint(DIM, format_args!("{name:<14}")))?;
        }
        Ok(())
    }
}
