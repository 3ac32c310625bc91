//! `publish`: bundles into an environment.

use crate::agent::AgentArguments;
use crate::bundles::{self, Ready};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use crate::site::{SiteArguments, wait};
use std::path::PathBuf;
use zen_edge_publish::Upload;

/// Publish bundles into an environment: all of them in one revision, or none.
///
/// Before anything is written every bundle is read strictly, compiled, and its tests are run. Then
/// bundles come first, metadata next, and the pointer last, so readers see the whole old environment
/// or the whole new one; interrupted, it is completed by running it again. What is there already is
/// left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge publish pricing.zip -e s3://rules/production -k production.pem
  zen-edge publish *.zip -e s3://eu/rules/production -e s3://us/rules/production -k env:KEY
  zen-edge publish pricing.zip -e ./out/staging -k staging.pem --dry-run --json")]
pub(crate) struct Arguments {
    /// Bundles, as `pack` writes them or BRMS exports them.
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    site: SiteArguments,
    /// The project's key, for a bundle that does not say it.
    #[arg(long, value_name = "KEY")]
    project: Option<String>,
    /// Do everything but the writing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    agent: AgentArguments,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    if arguments.project.is_some() && arguments.bundles.len() > 1 {
        return Err(CliError::usage("--project is for one bundle"));
    }
    let site = arguments.site.open()?;
    let progress = output.progress("checking", arguments.bundles.len());
    let mut ready: Vec<Ready> = Vec::new();
    for path in &arguments.bundles {
        let bundle = bundles::read(path, arguments.project.as_deref())?;
        let tried = bundle.try_out(output);
        tried.map_err(|error| error.at(path.display()))?;
        ready.push(bundle);
        progress.inc(1);
    }
    progress.finish_and_clear();
    let agent_copies = arguments.agent.prepare(&ready, output)?;
    let uploads: Vec<Upload> = ready.into_iter().map(|ready| ready.upload).collect();
    let outcome = wait(async {
        if !arguments.dry_run {
            site.catch_up(output).await?;
        }
        site.publish(&uploads, &agent_copies, arguments.dry_run)
            .await
    })?;
    output.report(&outcome)?;
    Ok(outcome.exit())
}
