//! `init`: an environment.

mod parse;

use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::identity::line;
use crate::output::{Output, Report};
use crate::site::{Site, SiteArguments, wait};
use parse::{Delegated, Expiry, RoleKey, Threshold};
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zen_edge_publish::keys::PublicKey;
use zen_edge_publish::{Committed, Delegation, Grant, Plan};

/// Make an environment: its keys and roles, and how long signatures last.
///
/// Without more, every role is signed with the keys given by --key, and one of them is enough. The
/// first root is written to a file (NAME.root.json): what clients are given to trust. Interrupted,
/// it is completed by running it again with that file there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge keygen production.pem
  zen-edge init -e s3://rules/production -k production.pem

  # The root offline with two of three keys, a key for scheduled renewals, a team's own projects
  zen-edge init -e s3://rules/production -k a.pem -k b.pem -k online.pem \\
    --role-key root=a.pem.pub --role-key root=b.pem.pub --role-key root=c.pem.pub \\
    --threshold root=2 --role-key timestamp=online.pem.pub --role-key snapshot=online.pem.pub \\
    --role-key targets=a.pem.pub --expires timestamp=3 --delegate 'team-a=a-*,pricing:team.pem.pub'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: SiteArguments,
    /// A public key (a file, or 64 hexadecimal digits) of root, targets, snapshot or timestamp.
    #[arg(long, value_name = "ROLE=KEY")]
    role_key: Vec<RoleKey>,
    /// How many of a role's keys must sign.
    #[arg(long, value_name = "ROLE=NUMBER")]
    threshold: Vec<Threshold>,
    /// How many days a role's signatures last (root, targets and snapshot 365, timestamp 7).
    #[arg(long, value_name = "ROLE=DAYS")]
    expires: Vec<Expiry>,
    /// A role of its own for some projects, which only its key's owner publishes.
    #[arg(long, value_name = "ROLE=PROJECTS:KEYS")]
    delegate: Vec<Delegated>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    environment: String,
    root: PathBuf,
    revision: u64,
    expires: String,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let mut site = arguments.site.open_without_root()?;
    let plan = arguments.plan(&site)?;
    let path = arguments.site.root_path(&site);
    let (committed, copies) = wait(async {
        site.root = root(&path, &plan, &site).await?;
        let committed: Committed = site.publisher().init(&plan).await?;
        Ok((committed, site.spread().await))
    })?;
    output.report(&Made {
        environment: site.store.url().to_owned(),
        root: path,
        revision: committed.revision,
        expires: committed.expires.to_string(),
    })?;
    for copy in copies.iter().filter(|copy| !copy.is_good()) {
        output.warn(copy.problem());
    }
    match copies.iter().all(crate::site::Spread::is_good) {
        true => Ok(Exit::Done),
        false => Ok(Exit::Unavailable),
    }
}

/// The first root: that of an interrupted run, or a new one, kept before anything is written to the
/// store.
async fn root(path: &Path, plan: &Plan, site: &Site) -> Result<Vec<u8>, CliError> {
    const LONGEST: u64 = 512 * 1024;
    if let Some(root) = files::read(path, LONGEST)? {
        return Ok(root);
    }
    let root = plan
        .root(site.store.environment(), &site.keys, site.now)
        .await?;
    files::write(path, &root)?;
    Ok(root.to_vec())
}

impl Arguments {
    fn plan(&self, site: &Site) -> Result<Plan, CliError> {
        let given: Vec<PublicKey> = site.keys.iter().map(|key| *key.public()).collect();
        let first = given
            .first()
            .ok_or_else(|| CliError::usage("give a key with --key; `keygen` makes one"))?;
        let grant = |role: &str| {
            let own: Vec<PublicKey> = self
                .role_key
                .iter()
                .filter(|it| it.role == role)
                .map(|it| it.key)
                .collect();
            let threshold = self.threshold.iter().rfind(|it| it.role == role);
            Grant {
                keys: if own.is_empty() { given.clone() } else { own },
                threshold: threshold.map_or(1, |it| it.number),
            }
        };
        let mut plan = Plan::with_key(*first);
        plan.root = grant("root");
        plan.targets = grant("targets");
        plan.snapshot = grant("snapshot");
        plan.timestamp = grant("timestamp");
        for Expiry { role, days } in &self.expires {
            let policy = &mut plan.policy;
            let field = match role.as_str() {
                "root" => &mut policy.root,
                "targets" => &mut policy.targets,
                "snapshot" => &mut policy.snapshot,
                _ => &mut policy.timestamp,
            };
            *field = *days;
        }
        plan.delegations = self
            .delegate
            .iter()
            .map(|delegated| Delegation {
                name: delegated.role.clone(),
                patterns: delegated.patterns.clone(),
                grant: Grant {
                    keys: delegated.keys.clone(),
                    threshold: 1,
                },
            })
            .collect();
        Ok(plan)
    }
}

impl Report for Made {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let text = |text: &str| Some(text.to_owned());
        let revision = Some(format!("revision {}", self.revision));
        let until = Some(format!("good until {}", self.expires));
        line(to, "made", [&text(&self.environment), &revision, &until])?;
        let root = Some(self.root.display().to_string());
        line(
            to,
            "root",
            [&root, &text("what clients must be given to trust"), &None],
        )
    }
}
