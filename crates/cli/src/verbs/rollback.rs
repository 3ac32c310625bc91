//! `rollback`: old content under a new revision.

use crate::agent::AgentArguments;
use crate::bundles;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Output;
use crate::site::{SiteArguments, wait};
use zen_edge_publish::Upload;

/// Publish an earlier release of a project again, under a new revision.
///
/// Revisions only grow, so clients take it as they take any other release. What was revoked is
/// refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge rollback pricing -e s3://rules/production -k production.pem
  zen-edge rollback pricing --to 1.3.0 -e s3://rules/production -k production.pem")]
pub(crate) struct Arguments {
    /// The project's key.
    project: String,
    /// The release's version, its id, or the beginning of its digest; the one before the present
    /// one by default.
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
    #[command(flatten)]
    site: SiteArguments,
    /// Do everything but the writing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    agent: AgentArguments,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let site = arguments.site.open()?;
    let project = &arguments.project;
    let outcome = wait(async {
        if !arguments.dry_run {
            site.catch_up(output).await?;
        }
        let publisher = site.publisher();
        let environment = publisher.load().await?;
        let found = publisher
            .find_old(&environment, project, arguments.to.as_deref())
            .await?;
        let ready = bundles::describe(found.bytes, Some(project))?;
        // Its tests passed when it was published; a clock must not stand in the way now.
        ready.compile()?;
        let agent_copies = arguments
            .agent
            .prepare(std::slice::from_ref(&ready), output)?;
        let release = found.listed.release;
        let upload = Upload {
            release: release.release,
            version: release.version,
            commit: release.commit,
            ..ready.upload
        };
        site.publish(&[upload], &agent_copies, arguments.dry_run)
            .await
    })?;
    output.report(&outcome)?;
    Ok(outcome.exit())
}
