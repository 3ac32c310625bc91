//! `man`: manual pages.

use super::completions::Text;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use clap::CommandFactory as _;
use clap_mangen::Man;

/// Write a manual page.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge man | man -l -
  zen-edge man pack > ~/.local/share/man/man1/zen-edge-pack.1")]
pub(crate) struct Arguments {
    /// The verb; without it, the page of the command as a whole.
    verb: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let mut command = crate::Arguments::command();
    // Gives every verb its full name and the global flags.
    command.build();
    let command = match &arguments.verb {
        None => command,
        Some(verb) => command
            .find_subcommand(verb)
            .cloned()
            .ok_or_else(|| CliError::usage(format!("there is no verb `{verb}`")))?,
    };
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(CliError::unavailable)?;
    let text = String::from_utf8_lossy(&page).into_owned();
    output.report(&Text { text })?;
    Ok(Exit::Done)
}
