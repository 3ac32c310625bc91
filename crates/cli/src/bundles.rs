//! Bundles on their way into an environment: read strictly, described, and tried.

use crate::decisions::Compiled;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::identity::printable;
use crate::output::Output;
use std::path::Path;
use zen_edge_bundle::{Bundle, Limits};
use zen_edge_eval::{OnFailure, TraceKind, run_case};
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

impl Ready {
    /// Compiles every decision.
    pub(crate) fn compile(&self) -> Result<Compiled, CliError> {
        Compiled::new(self.bundle.clone(), OnFailure::Refuse)
    }

    /// Compiles every decision and runs the cases that the bundle carries: what fails here is not
    /// published. A fault that an evaluation may never come upon is a warning, as for an Agent.
    pub(crate) fn try_out(&self, output: &Output) -> Result<(), CliError> {
        let compiled = self.compile()?;
        for warning in &compiled.decisions.report().warnings {
            output.warn(format_args!(
                "{}: {}: {}",
                printable(&self.upload.project),
                printable(&warning.key),
                printable(&warning.message)
            ));
        }
        let mut faults = Vec::new();
        for document in self.bundle.tests()? {
            for case in &document.cases {
                if document.disabled || case.disabled {
                    continue;
                }
                let ran = run_case(&compiled.decisions, &document, case, TraceKind::None, None);
                if let Some(fault) = pollster::block_on(ran).fault {
                    let name = case.name.as_ref().or(case.id.as_ref());
                    let name =
                        name.map_or_else(String::new, |name| format!(", {}", printable(name)));
                    faults.push(format!("{}{name}: {fault}", printable(&document.path)));
                }
            }
        }
        match faults.first() {
            None => Ok(()),
            Some(first) => {
                let count = faults.len();
                let message = format!("{count} of its test cases failed; the first: {first}");
                Err(CliError::new(Exit::Failed, message))
            }
        }
    }
}
