//! `rotate`: other keys for a role.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{HEAD, Output, Report, paint};
use crate::site::{SiteArguments, Spread, wait};
use serde::Serialize;
use std::io::{self, Write};
use zen_edge_publish::Grant;
use zen_edge_publish::keys::PublicKey;

/// Give a role other keys: root, targets, snapshot, timestamp, or one to which projects are
/// delegated.
///
/// Needed with --key are the keys of the root, and the old and the new keys of whatever has to be
/// signed again: the timestamp, for snapshot and targets also the snapshot, for targets the targets.
/// Metadata is signed with the old and the new keys before the root changes, so readers are served
/// throughout. With --lost the old keys need not sign; until it is done readers then keep what they
/// have.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge keygen online-2.pem
  zen-edge rotate timestamp --new-key online-2.pem.pub -e s3://rules/production \\
    -k root.pem -k online.pem -k online-2.pem
  zen-edge rotate targets --lost --new-key new.pem.pub -e s3://rules/production \\
    -k root.pem -k online.pem -k new.pem")]
pub(crate) struct Arguments {
    /// The role.
    role: String,
    /// A key that the role has from now on: a public key's file, or 64 hexadecimal digits. Name
    /// every one, also of those that stay.
    #[arg(long, value_name = "KEY", required = true)]
    new_key: Vec<String>,
    /// How many of them must sign.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    threshold: u16,
    /// The role's old keys are lost, or not to be used any more.
    #[arg(long)]
    lost: bool,
    #[command(flatten)]
    site: SiteArguments,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated {
    environment: String,
    role: String,
    root_version: u64,
    revision: u64,
    copies: Vec<Spread>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let site = arguments.site.open()?;
    let keys = arguments.new_key.iter().map(|key| PublicKey::read(key));
    let grant = Grant {
        keys: keys.collect::<Result<_, _>>()?,
        threshold: arguments.threshold,
    };
    let rotated = wait(async {
        site.catch_up(output).await?;
        let role = &arguments.role;
        let rotated = site
            .publisher()
            .rotate(role, &grant, arguments.lost)
            .await?;
        Ok(Rotated {
            environment: site.store.url().to_owned(),
            role: role.clone(),
            root_version: rotated.root_version,
            revision: rotated.revision,
            copies: site.spread().await,
        })
    })?;
    output.report(&rotated)?;
    Ok(match rotated.copies.iter().all(Spread::is_good) {
        true => Exit::Done,
        false => Exit::Unavailable,
    })
}

impl Report for Rotated {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let Self {
            role,
            root_version,
            revision,
            ..
        } = self;
        writeln!(
            to,
            "{}: {role} has its new keys; root version {root_version}, revision {revision}",
            paint(HEAD, &self.environment)
        )?;
        self.copies.iter().try_for_each(|copy| copy.text(to))
    }
}
