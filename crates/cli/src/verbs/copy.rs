//! `copy`: an environment to other buckets.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{HEAD, Output, Report, paint};
use crate::site::{ADDRESSES, RootArgument, Spread, store, wait};
use serde::Serialize;
use std::io::{self, Write};
use zen_edge_publish::Store;

/// Copy an environment to other buckets: content first, pointer last, and never backwards.
///
/// For stores that do not replicate, and to reconcile them after a failover. What is there is not
/// copied again; interrupted, it goes on where it stopped. No key is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge copy s3://eu/rules/production s3://us/rules/production --root production.root.json
  zen-edge copy s3://rules/production ./backup/production")]
pub(crate) struct Arguments {
    /// The environment to copy.
    #[arg(long_help = ADDRESSES)]
    source: String,
    /// Where to.
    #[arg(required = true)]
    destinations: Vec<String>,
    #[command(flatten)]
    root: RootArgument,
    /// Write to a store that ignores conditions on writes. Only if nobody else writes to it.
    #[arg(long)]
    allow_unconditional_writes: bool,
}

#[derive(Debug, Serialize)]
struct Copies {
    source: String,
    copies: Vec<Spread>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let source = store(&arguments.source)?;
    let root = arguments.root.read(source.environment())?;
    let destinations: Vec<Store> = arguments
        .destinations
        .iter()
        .map(|url| store(url))
        .collect::<Result<_, _>>()?;
    let mut results = Vec::new();
    wait(async {
        for destination in &destinations {
            let unconditional = arguments.allow_unconditional_writes;
            let result = zen_edge_publish::copy(&source, destination, &root, unconditional).await;
            results.push((destination, result));
        }
        Ok(())
    })?;
    let copies: Vec<Spread> = results
        .iter()
        .map(|(destination, result)| Spread::new(destination.url(), result))
        .collect();
    // With one destination, its error is the command's.
    if let [(_, Err(_))] = results.as_slice()
        && let Some((_, Err(error))) = results.pop()
    {
        return Err(error.into());
    }
    let good = copies.iter().all(Spread::is_good);
    output.report(&Copies {
        source: source.url().to_owned(),
        copies,
    })?;
    Ok(if good { Exit::Done } else { Exit::Failed })
}

impl Report for Copies {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "{}", paint(HEAD, &self.source))?;
        self.copies.iter().try_for_each(|copy| copy.text(to))
    }
}
