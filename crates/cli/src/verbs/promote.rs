//! `promote`: releases from one environment to another, byte for byte.

use crate::agent::AgentArguments;
use crate::bundles;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::Output;
use crate::site::{LONGEST_ROOT, SiteArguments, store, wait};
use std::path::PathBuf;
use zen_edge_publish::{Environment, Upload};

/// Publish what one environment has in another one: the same bytes, so the same digests.
///
/// The first environment is verified as a client does, and its bundles are read, compiled and tested
/// as `publish` does it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge promote --from s3://rules/staging -e s3://rules/production -k production.pem
  zen-edge promote pricing --from s3://rules/staging -e s3://rules/production -k production.pem")]
pub(crate) struct Arguments {
    /// The projects; all of them if none is named.
    projects: Vec<String>,
    /// The environment to take them from.
    #[arg(long, value_name = "URL")]
    from: String,
    /// The root to trust there; NAME.root.json by default.
    #[arg(long, value_name = "FILE")]
    from_root: Option<PathBuf>,
    #[command(flatten)]
    site: SiteArguments,
    /// Do everything but the writing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    agent: AgentArguments,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let source = store(&arguments.from)?;
    let root = arguments.root(source.environment())?;
    let site = arguments.site.open()?;
    let outcome = wait(async {
        let environment = Environment::load(&source, &root, Some(site.now)).await?;
        let projects = match arguments.projects.as_slice() {
            [] => environment.releases()?.into_keys().collect(),
            named => named.to_vec(),
        };
        let progress = output.progress("checking", projects.len());
        let mut uploads = Vec::new();
        let mut agent_copies = Vec::new();
        for project in &projects {
            let listed = environment.release(project)?;
            let bytes = environment.download(&source, project, &listed).await?;
            let at = |error: CliError| error.at(format_args!("the bundle of `{project}`"));
            let ready = bundles::describe(bytes, Some(project)).map_err(at)?;
            ready.try_out(output).map_err(at)?;
            let one = std::slice::from_ref(&ready);
            agent_copies.extend(arguments.agent.prepare(one, output)?);
            // As it was described where it comes from.
            uploads.push(Upload {
                release: listed.release.release,
                version: listed.release.version,
                commit: listed.release.commit,
                ..ready.upload
            });
            progress.inc(1);
        }
        progress.finish_and_clear();
        if !arguments.dry_run {
            site.catch_up(output).await?;
        }
        site.publish(&uploads, &agent_copies, arguments.dry_run)
            .await
    })?;
    output.report(&outcome)?;
    Ok(outcome.exit())
}

impl Arguments {
    fn root(&self, environment: &str) -> Result<Vec<u8>, CliError> {
        let default = || PathBuf::from(format!("{environment}.root.json"));
        let path = self.from_root.clone().unwrap_or_else(default);
        files::read(&path, LONGEST_ROOT)?.ok_or_else(|| {
            CliError::unavailable(format!(
                "there is no root to trust at {}: name it with --from-root",
                path.display()
            ))
        })
    }
}
