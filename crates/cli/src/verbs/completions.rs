//! `completions`: what a shell needs to complete the command.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Output, Report};
use clap::CommandFactory as _;
use clap_complete::Shell;
use serde::Serialize;
use std::io::{self, Write};

/// Write a shell's completions.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge completions bash > ~/.local/share/bash-completion/completions/zen-edge
  zen-edge completions zsh > ~/.zfunc/_zen-edge
  zen-edge completions fish > ~/.config/fish/completions/zen-edge.fish")]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

/// Text that is written as it is.
#[derive(Debug, Serialize)]
pub(super) struct Text {
    pub(super) text: String,
}

impl Report for Text {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(self.text.as_bytes())
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    let mut command = crate::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "zen-edge", &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    output.report(&Text { text })?;
    Ok(Exit::Done)
}
