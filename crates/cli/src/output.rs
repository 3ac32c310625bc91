//! What people and programs see: the only place that writes to standard output and error.
//!
//! A verb's answer is written once, at its end: as text, with colour only on a terminal and not if
//! `NO_COLOR` is set, or as one JSON value. Everything on the way (notes, warnings, progress) goes
//! to standard error.

use crate::error::CliError;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Write};

/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something to look at.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub(crate) const HEAD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A verb's answer: what [`Serialize`] writes for programs, and this for people.
pub(crate) trait Report: Serialize {
    /// Writes text, with styles.
    fn text(&self, to: &mut dyn Write) -> io::Result<()>;
}

/// The answer of a verb that has nothing to say to people.
#[derive(Debug, Serialize)]
pub(crate) struct Nothing {}

impl Report for Nothing {
    fn text(&self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Why the command failed, for programs.
#[derive(Debug, Serialize)]
struct Failure<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Value>,
}

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes a verb's answer, its only one.
    pub(crate) fn report(&self, report: &impl Report) -> Result<(), CliError> {
        let mut stdout = anstream::stdout().lock();
        let result = if self.json {
            write_json(&mut stdout, report)
        } else {
            report.text(&mut stdout)
        };
        match result.and_then(|()| stdout.flush()) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| {
                CliError::unavailable(format!("cannot write to standard output: {error}"))
            }),
        }
    }

    /// Writes why the command failed.
    pub(crate) fn error(&self, error: &CliError) {
        // There is nowhere left to report a failure to.
        let _ = if self.json {
            let failure = Failure {
                kind: error.exit.name(),
                message: error.to_string(),
                detail: error.detail.as_ref(),
            };
            let report = json!({ "error": failure });
            write_json(&mut anstream::stdout().lock(), &report)
        } else {
            writeln!(
                anstream::stderr().lock(),
                "{} {error}",
                paint(BAD, "error:")
            )
        };
    }

    /// Says something worth a look that does not stop the work.
    pub(crate) fn warn(&self, message: impl fmt::Display) {
        let _ = writeln!(
            anstream::stderr().lock(),
            "{} {message}",
            paint(WARN, "warning:")
        );
    }

    /// A bar of this many steps on standard error; nothing unless that is a terminal.
    pub(crate) fn progress(&self, label: &'static str, steps: usize) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix:.bold} {bar:30} {pos}/{len} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.with_prefix(label)
    }
}

fn write_json(to: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, value)?;
    writeln!(to)
}
