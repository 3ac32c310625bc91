//! What people and programs see: the only place that writes to standard output and error.

use anstyle::{AnsiColor, Style};
use std::fmt;
use std::io::{self, Write};

/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// A heading.
pub(crate) const HEAD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A result, on standard output. Whoever does not listen any more does not hear it.
pub(crate) fn say(text: impl fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
    let _ = io::stdout().flush();
}

/// What goes on, on standard error.
pub(crate) fn note(text: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
