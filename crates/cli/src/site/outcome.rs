//! What verbs that change an environment have to say.

use crate::exit::Exit;
use crate::identity::printable;
use crate::output::{BAD, DIM, GOOD, HEAD, Report, WARN, paint};
use serde::Serialize;
use std::io::{self, Write};
use zen_edge_publish::{Change, Copied, Listed, Pointer, Published};

/// What became of an environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    environment: String,
    dry_run: bool,
    revision_before: u64,
    /// None if nothing was written.
    revision: Option<u64>,
    expires: Option<String>,
    changes: Vec<Changed>,
    copies: Vec<Spread>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    project: String,
    before: Option<Shown>,
    after: Option<Shown>,
}

/// A release, as metadata describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    release: Option<String>,
    version: Option<String>,
    commit: Option<String>,
    sha256: String,
    bytes: u64,
    role: String,
}

impl Shown {
    pub(crate) fn new(listed: &Listed) -> Self {
        let release = listed.release.clone();
        Self {
            release: release.release,
            version: release.version,
            commit: release.commit,
            sha256: listed.sha256.clone(),
            bytes: listed.length,
            role: listed.role.clone(),
        }
    }

    /// One line for people.
    pub(crate) fn line(&self) -> String {
        let version = self.version.as_deref().or(self.release.as_deref());
        let version = version.map(|version| printable(version).to_string());
        format!(
            "{} {}",
            version.as_deref().unwrap_or("-"),
            paint(DIM, short(&self.sha256))
        )
    }
}

/// What became of a copy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spread {
    url: String,
    /// `moved`, `same`, `ahead` or `failed`.
    state: &'static str,
    revision: Option<u64>,
    objects: u64,
    bytes: u64,
    error: Option<String>,
}

impl Spread {
    pub(crate) fn new(url: &str, result: &zen_edge_publish::Result<Copied>) -> Self {
        let copied = result.as_ref().ok();
        Self {
            url: url.to_owned(),
            state: match copied.map(|copied| copied.pointer) {
                Some(Pointer::Moved) => "moved",
                Some(Pointer::Same) => "same",
                Some(Pointer::Ahead) => "ahead",
                None => "failed",
            },
            revision: copied.map(|copied| match copied.pointer {
                Pointer::Ahead => copied.before.unwrap_or(copied.revision),
                Pointer::Moved | Pointer::Same => copied.revision,
            }),
            objects: copied.map_or(0, |copied| copied.objects),
            bytes: copied.map_or(0, |copied| copied.bytes),
            error: result.as_ref().err().map(ToString::to_string),
        }
    }

    /// Whether it has all that the source has.
    pub(crate) fn is_good(&self) -> bool {
        matches!(self.state, "moved" | "same")
    }

    /// What is wrong with it, for people.
    pub(crate) fn problem(&self) -> String {
        match &self.error {
            Some(error) => error.clone(),
            None => format!("{} is {}", self.url, self.state),
        }
    }

    pub(crate) fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let style = if self.is_good() { GOOD } else { BAD };
        write!(to, "  {:<7} {}", paint(style, self.state), self.url)?;
        match (&self.error, self.revision) {
            (Some(error), _) => writeln!(to, "\n          {error}"),
            (None, revision) => {
                let revision = revision.unwrap_or_default();
                let counts = format!("revision {revision}, {} objects written", self.objects);
                writeln!(to, "  {}", paint(DIM, counts))
            }
        }
    }
}

impl Outcome {
    pub(crate) fn new(
        url: &str,
        published: &Published,
        dry_run: bool,
        copies: Vec<Spread>,
    ) -> Self {
        let committed = published.committed.as_ref();
        let changed = |change: &Change| Changed {
            project: change.project.clone(),
            before: change.before.as_ref().map(Shown::new),
            after: change.after.as_ref().map(Shown::new),
        };
        Self {
            environment: url.to_owned(),
            dry_run,
            revision_before: published.revision_before,
            revision: committed.map(|committed| committed.revision),
            expires: committed.map(|committed| committed.expires.to_string()),
            changes: published.changes.iter().map(changed).collect(),
            copies,
        }
    }

    /// Done, if the copies are as well.
    pub(crate) fn exit(&self) -> Exit {
        match self.copies.iter().all(Spread::is_good) {
            true => Exit::Done,
            false => Exit::Unavailable,
        }
    }
}

impl Report for Outcome {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        for change in &self.changes {
            let line = |shown: &Option<Shown>| shown.as_ref().map(Shown::line);
            let (mark, style) = match (&change.before, &change.after) {
                (None, _) => ("+", GOOD),
                (Some(_), None) => ("-", BAD),
                (Some(_), Some(_)) => ("~", WARN),
            };
            write!(to, "{} {}", paint(style, mark), change.project)?;
            if let Some(before) = line(&change.before) {
                write!(to, "  {before}")?;
            }
            match line(&change.after) {
                Some(after) if change.before.is_some() => writeln!(to, " → {after}")?,
                Some(after) => writeln!(to, "  {after}")?,
                None => writeln!(to)?,
            }
        }
        let state = match (self.revision, self.dry_run, self.changes.is_empty()) {
            (Some(revision), _, _) => format!(
                "is at revision {revision}, good until {}",
                self.expires.as_deref().unwrap_or_default()
            ),
            (None, true, false) => "would change; nothing was written".to_owned(),
            (None, _, _) => format!("is at revision {} already", self.revision_before),
        };
        writeln!(to, "{} {state}", paint(HEAD, &self.environment))?;
        self.copies.iter().try_for_each(|copy| copy.text(to))
    }
}

/// The beginning of a digest.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
