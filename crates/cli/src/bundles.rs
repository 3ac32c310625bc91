//! Bundles on their way into an environment: read strictly, described, and tried.

use crate::error::CliError;
use crate::files;
use std::path::Path;
use zen_edge_bundle::{Bundle, Limits};
use zen_edge_publish::Upload;

/// A bundle that may be published.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) upload: Upload,
    pub(crate) bundle: Bundle,
}

/// Reads a bundle file. `project` stands in for the project's key where the bundle does not say it.
pub(crate) fn read(path: &Path, project: Option<&str>) -> Result<Ready, CliError> {
    let limits = Limits::default();
    let bytes = files::read(path, limits.bundle_bytes)?
        .ok_or_else(|| CliError::unavailable(format!("there is no file {}", path.display())))?;
    describe(bytes, project).map_err(|error| error.at(path.display()))
}

/// Reads a bundle's bytes.
pub(crate) fn describe(
    bytes: impl Into<bytes::Bytes>,
    project: Option<&str>,
) -> Result<Ready, CliError> {
    let bytes = bytes.into();
    let bundle = Bundle::read(&bytes, &Limits::default())?;
    let identity = bundle.identity();
    let key = match (identity.project.key.as_deref(), project) {
        (Some(key), Some(given)) if key != given => {
            return Err(CliError::invalid(format!(
                "it says that it is of the project `{}`, not `{given}`",
                key.escape_debug()
            )));
        }
        (Some(key), _) => key,
        (None, Some(given)) => given,
        (None, None) => {
            return Err(CliError::invalid(
                "it does not say of which project it is: name it with --project",
            ));
        }
    };
    let upload = Upload {
        project: key.to_owned(),
        environment: identity.environment.key.clone(),
        release: identity.release.id.clone(),
        version: identity.release.version.clone(),
        commit: identity.release.commit_id.clone(),
        bytes,
    };
    Ok(Ready { upload, bundle })
}
