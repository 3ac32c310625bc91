//! `renew`: signatures that are about to expire.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{DIM, HEAD, Output, Report, WARN, paint};
use crate::site::{SiteArguments, Spread, wait};
use serde::Serialize;
use std::io::{self, Write};

/// Sign again what is about to expire: every role of which less than half of its time is left, as
/// far as the given keys go. Fit for a scheduled job; the timestamp's key is enough for most runs.
///
/// Exits with 0 if nothing is due any more, with 1 if something is and its key was not given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge renew -e s3://rules/production -k online.pem
  0 */6 * * *  zen-edge renew -e s3://rules/production -k /etc/zen-edge/online.pem --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: SiteArguments,
    /// Sign the timestamp again even if it is not due.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Renewed {
    environment: String,
    renewed: Vec<String>,
    /// Due, but without their keys.
    lacking: Vec<String>,
    revision: Option<u64>,
    expires: Option<String>,
    copies: Vec<Spread>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let site = arguments.site.open()?;
    let renewed = wait(async {
        site.catch_up(output).await?;
        let renewed = site.publisher().renew(arguments.force).await?;
        let committed = renewed.committed.as_ref();
        Ok(Renewed {
            environment: site.store.url().to_owned(),
            revision: committed.map(|committed| committed.revision),
            expires: committed.map(|committed| committed.expires.to_string()),
            renewed: renewed.roles,
            lacking: renewed.lacking,
            copies: site.spread().await,
        })
    })?;
    output.report(&renewed)?;
    Ok(match renewed.copies.iter().all(Spread::is_good) {
        false => Exit::Unavailable,
        true if renewed.lacking.is_empty() => Exit::Done,
        true => Exit::Failed,
    })
}

impl Report for Renewed {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "{}", paint(HEAD, &self.environment))?;
        if self.renewed.is_empty() && self.lacking.is_empty() {
            writeln!(to, "  {}", paint(DIM, "nothing is due"))?;
        }
        for role in &self.renewed {
            writeln!(to, "  {role} is signed again")?;
        }
        for role in &self.lacking {
            let text = format!("{role} is due, and its keys were not given");
            writeln!(to, "  {}", paint(WARN, text))?;
        }
        if let (Some(revision), Some(expires)) = (self.revision, &self.expires) {
            writeln!(to, "  revision {revision} is good until {expires}")?;
        }
        self.copies.iter().try_for_each(|copy| copy.text(to))
    }
}
