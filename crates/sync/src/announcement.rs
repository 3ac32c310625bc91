//! Step 4: what verified metadata announces, for which environment.

use crate::error::{Error, ErrorKind, Result};
use crate::options::Projects;
use crate::supply::Supply;
use std::collections::{BTreeMap, BTreeSet};
use zen_edge_tuf::{Find, Json, List, Role, Target, Trusted, Updater};

/// The member of root and targets metadata in which zen-edge's publisher writes.
const NOTE: &str = "x-zen-edge";

/// What an environment announces.
#[derive(Debug)]
pub(crate) struct Announcement {
    /// The release of each project that is served here, or why it cannot be told.
    pub(crate) projects: BTreeMap<String, Result<Announced>>,
    /// Digests that must not be served any more.
    pub(crate) revoked: BTreeSet<String>,
}

/// An announced release.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) target: Target,
    /// The bundle's SHA-256 in hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) id: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) commit: Option<String>,
}

/// Checks that metadata is this environment's. What was signed for staging is not production,
/// whatever bucket it is in.
pub(crate) fn check_environment(trusted: &Trusted, role: &Role, environment: &str) -> Result<()> {
    let note = trusted.extension(role, NOTE);
    let found = note.and_then(|note| note.get("environment"));
    match found.and_then(Json::as_text) {
        Some(found) if found == environment => Ok(()),
        Some(found) => Err(Error::new(
            ErrorKind::WrongEnvironment,
            format!("the {role} is signed for the environment `{found}`, not `{environment}`"),
        )),
        None => Err(Error::new(
            ErrorKind::WrongEnvironment,
            format!(
                "the {role} does not say in `{NOTE}.environment` for which environment it is signed; publish with zen-edge"
            ),
        )),
    }
}

/// Reads what an update announces, fetching the metadata of delegated roles where needed. `served` are
/// the projects of which something is to be said even if nobody lists them.
///
/// # Errors
/// `WrongEnvironment`, and what the search for targets refuses as a whole. What is wrong with one
/// project is that project's.
pub(crate) async fn announcement(
    updater: &mut Updater,
    supply: &Supply<'_>,
    environment: &str,
    projects: &Projects,
    served: BTreeSet<String>,
) -> Result<Announcement> {
    check_environment(updater.trusted(), &Role::Root, environment)?;
    check_environment(updater.trusted(), &Role::Targets, environment)?;
    let names = match projects {
        Projects::Listed(names) => names.clone(),
        Projects::All => {
            let mut names = served;
            names.extend(list(updater, supply).await?);
            names
        }
    };
    let mut found = BTreeMap::new();
    for project in names {
        match find(updater, supply, environment, &project).await {
            Err(error) if is_absent(&error) => {}
            result => drop(found.insert(project, result)),
        }
    }
    Ok(Announcement {
        projects: found,
        revoked: revoked(updater.trusted()),
    })
}

fn is_absent(error: &Error) -> bool {
    error.kind() == ErrorKind::Tuf(zen_edge_tuf::ErrorKind::NotFound)
}

/// All targets. A delegated role whose metadata cannot be had, or was refused, keeps nobody else's
/// targets from being listed; whoever looks for its own is told why.
async fn list(updater: &mut Updater, supply: &Supply<'_>) -> Result<Vec<String>> {
    let mut passed_over = BTreeSet::new();
    loop {
        match updater.list(&passed_over)? {
            List::All(paths) => return Ok(paths),
            List::Fetch(request) => {
                if supply.answer(updater, &request).await.is_err() {
                    passed_over.insert(request.role);
                }
            }
        }
    }
}

async fn find(
    updater: &mut Updater,
    supply: &Supply<'_>,
    environment: &str,
    project: &str,
) -> Result<Announced> {
    let target = loop {
        match updater.find(project)? {
            Find::Found(target) => break target,
            Find::Fetch(request) => supply.answer(updater, &request).await?,
        }
    };
    let said = |name: &str| {
        let custom = target.custom()?;
        custom.get(name)?.as_text().map(str::to_owned)
    };
    if let Some(found) = said("environment").filter(|found| found != environment) {
        return Err(Error::new(
            ErrorKind::WrongEnvironment,
            format!(
                "the release of `{project}` is signed for the environment `{found}`, not `{environment}`"
            ),
        ));
    }
    if let Some(found) = said("project").filter(|found| found != project) {
        return Err(Error::new(
            ErrorKind::WrongProject,
            format!("the target `{project}` is signed as a release of the project `{found}`"),
        ));
    }
    let digest = target
        .sha256()
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| {
            let kind = ErrorKind::Tuf(zen_edge_tuf::ErrorKind::Invalid);
            Error::new(
                kind,
                format!("the target `{project}` is listed without its SHA-256"),
            )
        })?;
    Ok(Announced {
        digest,
        id: said("release"),
        version: said("version"),
        commit: said("commit"),
        target,
    })
}

/// The digests that the targets role has revoked.
fn revoked(trusted: &Trusted) -> BTreeSet<String> {
    let note = trusted.extension(&Role::Targets, NOTE);
    let Some(Json::List(entries)) = note.and_then(|note| note.get("revoked")) else {
        return BTreeSet::new();
    };
    let digests = entries.iter().filter_map(|entry| entry.get("sha256"));
    digests
        .filter_map(|digest| digest.as_text().map(str::to_ascii_lowercase))
        .collect()
}
