//! `revoke`: a release that must not be served, nor come back.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use crate::site::{Outcome, SiteArguments, wait};

/// Take a project's release out of an environment, and note in the signed metadata that its bytes
/// must not be published again.
///
/// To go on with another release, publish one, or roll back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge revoke pricing --reason 'wrong VAT' -e s3://rules/production -k production.pem
  zen-edge rollback pricing -e s3://rules/production -k production.pem")]
pub(crate) struct Arguments {
    /// The project's key.
    project: String,
    /// The SHA-256 of the release; the present one by default. One that is not the present one is
    /// only noted.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    /// Why, for whoever tries to publish it again. Readable in the bucket.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    site: SiteArguments,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let site = arguments.site.open()?;
    let outcome = wait(async {
        site.catch_up(output).await?;
        let (digest, reason) = (arguments.digest.as_deref(), arguments.reason.as_deref());
        let published = site
            .publisher()
            .revoke(&arguments.project, digest, reason)
            .await?;
        let copies = site.spread().await;
        Ok(Outcome::new(site.store.url(), &published, false, copies))
    })?;
    output.report(&outcome)?;
    Ok(outcome.exit())
}
