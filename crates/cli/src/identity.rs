//! What a bundle says it is, as people and programs see it: members that we know, and no tokens.

use crate::output::{DIM, paint};
use serde::Serialize;
use std::io::{self, Write};
use zen_edge_bundle::{Access, Bundle};

/// Identity and access of a bundle.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    project: Project,
    release: Release,
    environment: Project,
    access: Shut,
}

/// A project or an environment.
#[derive(Debug, Serialize)]
struct Project {
    id: Option<String>,
    key: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    id: Option<String>,
    version: Option<String>,
    name: Option<String>,
    status: Option<String>,
    commit_id: Option<String>,
}

/// Who may evaluate.
#[derive(Debug, Serialize)]
struct Shut {
    /// Whether the bundle says anything about it.
    stated: bool,
    /// How many tokens let somebody in.
    tokens: usize,
}

impl Shown {
    pub(crate) fn new(bundle: &Bundle) -> Self {
        let identity = bundle.identity().clone();
        let (project, release, environment) =
            (identity.project, identity.release, identity.environment);
        Self {
            project: Project {
                id: project.id,
                key: project.key,
                name: project.name,
            },
            release: Release {
                id: release.id,
                version: release.version,
                name: release.name,
                status: release.status,
                commit_id: release.commit_id,
            },
            environment: Project {
                id: environment.id,
                key: environment.key,
                name: environment.name,
            },
            access: match bundle.access() {
                Access::Unstated => Shut {
                    stated: false,
                    tokens: 0,
                },
                Access::Tokens(tokens) => Shut {
                    stated: true,
                    tokens: tokens.len(),
                },
            },
        }
    }

    /// Writes a line for each part that is known.
    pub(crate) fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let (project, release, environment) = (&self.project, &self.release, &self.environment);
        line(to, "project", [&project.key, &project.name, &project.id])?;
        line(
            to,
            "release",
            [&release.version, &release.name, &release.id],
        )?;
        line(to, "commit", [&release.commit_id, &release.status, &None])?;
        line(
            to,
            "environment",
            [&environment.key, &environment.name, &environment.id],
        )?;
        let access = match &self.access {
            Shut { stated: false, .. } => {
                "not stated: nobody, unless a host is configured otherwise".to_owned()
            }
            Shut { tokens: 0, .. } => "nobody: the list of tokens is empty".to_owned(),
            Shut { tokens: 1, .. } => "1 token".to_owned(),
            Shut { tokens, .. } => format!("{tokens} tokens"),
        };
        line(to, "access", [&Some(access), &None, &None])
    }
}

/// Writes what is known of three parts, the first one plainly.
pub(crate) fn line(to: &mut dyn Write, label: &str, parts: [&Option<String>; 3]) -> io::Result<()> {
    let mut known = parts.into_iter().flatten().map(|part| printable(part));
    let Some(first) = known.next() else {
        return Ok(());
    };
    write!(
        to,
        "{:<12} {first}",
        paint(DIM, format_args!("{label:<12}"))
    )?;
    for part in known {
        write!(to, "  {}", paint(DIM, part))?;
    }
    writeln!(to)
}

/// Text from a bundle, fit for a line on a terminal.
pub(crate) fn printable(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(plain).collect()
}
