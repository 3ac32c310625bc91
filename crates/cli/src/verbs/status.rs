//! `status`: copies of an environment side by side.

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{BAD, DIM, GOOD, HEAD, Output, Report, WARN, paint};
use crate::site::{ADDRESSES, RootArgument, Shown, now, store, wait};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use zen_edge_publish::{Standing, Store};

/// Show every copy of an environment side by side: revisions, releases, what is missing, what
/// expires.
///
/// Exits with 1 if a copy cannot be read, is behind, lacks a bundle, has expired, or has other releases
/// under the same revision than another copy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge status s3://eu/rules/production s3://us/rules/production
  zen-edge status s3://rules/production --json | jq '.copies[].expires'")]
pub(crate) struct Arguments {
    /// The environment's addresses.
    #[arg(value_name = "URL", required = true, env = "ZEN_EDGE_ENVIRONMENT", long_help = ADDRESSES)]
    environments: Vec<String>,
    #[command(flatten)]
    root: RootArgument,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// The highest revision of all.
    revision: Option<u64>,
    copies: Vec<Copy>,
}

/// One copy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Copy {
    url: String,
    error: Option<String>,
    revision: Option<u64>,
    /// How many revisions it is behind.
    behind: Option<u64>,
    /// Whether another copy has other releases under the same revision: two publishers wrote at once
    /// in two places.
    diverged: bool,
    /// When the first of its roles expires.
    expires: Option<String>,
    expired: bool,
    roles: Vec<Role>,
    releases: BTreeMap<String, Shown>,
    missing: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Role {
    role: String,
    version: u64,
    expires: String,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let stores: Vec<Store> = arguments
        .environments
        .iter()
        .map(|url| store(url))
        .collect::<Result<_, _>>()?;
    let now = now()?;
    let mut standings = Vec::new();
    wait(async {
        for store in &stores {
            let root = arguments.root.read(store.environment())?;
            standings.push((store, Standing::of(store, &root).await));
        }
        Ok(())
    })?;
    let revisions = standings
        .iter()
        .filter_map(|(_, result)| result.as_ref().ok());
    let revision = revisions.map(|standing| standing.revision).max();
    let copies = standings
        .iter()
        .map(|(store, result)| Copy::new(store, result, revision.unwrap_or_default(), now));
    let mut status = Status {
        revision,
        copies: copies.collect(),
    };
    status.compare();
    output.report(&status)?;
    Ok(match status.copies.iter().all(Copy::is_good) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

impl Copy {
    fn new(
        store: &Store,
        result: &zen_edge_publish::Result<Standing>,
        newest: u64,
        now: Timestamp,
    ) -> Self {
        let standing = result.as_ref().ok();
        let first = standing.and_then(Standing::expires);
        let role = |it: &zen_edge_publish::Signature| Role {
            role: it.role.clone(),
            version: it.version,
            expires: it.expires.to_string(),
        };
        Self {
            url: store.url().to_owned(),
            error: result.as_ref().err().map(ToString::to_string),
            revision: standing.map(|standing| standing.revision),
            behind: standing.map(|standing| newest.saturating_sub(standing.revision)),
            diverged: false,
            expires: first.map(|first| first.expires.to_string()),
            expired: first.is_some_and(|first| first.expires <= now),
            roles: standing.map_or_else(Vec::new, |standing| {
                standing.signatures.iter().map(role).collect()
            }),
            releases: standing.map_or_else(BTreeMap::new, |standing| {
                let releases = standing.releases.iter();
                releases
                    .map(|(project, listed)| (project.clone(), Shown::new(listed)))
                    .collect()
            }),
            missing: standing.map_or_else(Vec::new, |standing| standing.missing.clone()),
        }
    }

    fn is_good(&self) -> bool {
        let current = self.behind == Some(0) && !self.diverged && !self.expired;
        self.error.is_none() && current && self.missing.is_empty()
    }
}

impl Report for Status {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        for copy in &self.copies {
            let style = if copy.is_good() { GOOD } else { BAD };
            writeln!(to, "{} {}", paint(style, "●"), paint(HEAD, &copy.url))?;
            if let Some(error) = &copy.error {
                writeln!(to, "  {error}")?;
                continue;
            }
            let behind = match copy.behind.unwrap_or_default() {
                0 => String::new(),
                behind => format!(", {}", paint(WARN, format_args!("{behind} behind"))),
            };
            writeln!(
                to,
                "  revision {}{behind}",
                copy.revision.unwrap_or_default()
            )?;
            if copy.diverged {
                let text = "another copy has other releases under this revision: publish once more to one of them, and copy it to the others";
                writeln!(to, "  {}", paint(BAD, text))?;
            }
            let word = if copy.expired {
                "expired at"
            } else {
                "good until"
            };
            let expires = copy.expires.as_deref().unwrap_or_default();
            writeln!(to, "  {word} {expires}")?;
            for Role {
                role,
                version,
                expires,
            } in &copy.roles
            {
                let text = format!("{role} {version} until {expires}");
                writeln!(to, "    {}", paint(DIM, text))?;
            }
            for missing in &copy.missing {
                writeln!(to, "  {} {missing}", paint(BAD, "missing"))?;
            }
        }
        self.releases(to)
    }
}

impl Status {
    /// Finds copies that say different things of one revision.
    fn compare(&mut self) {
        let said = |copy: &Copy| Some((copy.revision?, copy.releases.clone()));
        let all: Vec<_> = self.copies.iter().filter_map(said).collect();
        for copy in &mut self.copies {
            copy.diverged = all.iter().any(|(revision, releases)| {
                copy.revision == Some(*revision) && copy.releases != *releases
            });
        }
    }

    /// A line for every project, and in it what each copy has.
    fn releases(&self, to: &mut dyn Write) -> io::Result<()> {
        let copies = || self.copies.iter().filter(|copy| copy.error.is_none());
        let projects: BTreeSet<&String> = copies().flat_map(|copy| copy.releases.keys()).collect();
        for project in projects {
            write!(to, "  {project}")?;
            for copy in copies() {
                match copy.releases.get(project) {
                    Some(release) => write!(to, "  {}", release.line())?,
                    None => write!(to, "  {}", paint(WARN, "not there"))?,
                }
            }
            writeln!(to)?;
        }
        Ok(())
    }
}
