//! OpenAPI of the releases that were asked about last.

use crate::fault::Fault;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_openapi::{Bounds, describe};
use zen_edge_runtime::CompiledRelease;

/// How many descriptions are kept: making one takes as long as compiling its release.
const KEPT: usize = 2;
/// A longer one is made anew each time; a Worker's memory is worth more.
const BYTES: usize = 2 * 1024 * 1024;

/// Descriptions by digest and the project's name.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(Mutex<VecDeque<Description>>);

#[derive(Debug)]
struct Description {
    digest: String,
    project: String,
    json: Arc<[u8]>,
}

impl Descriptions {
    /// Describes a release. The project's name is what the bundle says, else what the caller does.
    pub(crate) fn of(&self, release: &CompiledRelease, project: &str) -> Result<Vec<u8>, Fault> {
        let is_it =
            |kept: &&Description| kept.digest == release.digest() && kept.project == project;
        if let Some(found) = self.kept().iter().find(is_it) {
            return Ok(found.json.to_vec());
        }
        // What went wrong may quote the bundle.
        let fault = |_: &dyn std::error::Error| Fault::internal("the release cannot be described");
        let bundle = release.read_bundle().map_err(|error| fault(&error))?;
        let json = describe(project, &bundle, &release.signatures(), &Bounds::default());
        let json = json.map_err(|error| fault(&error))?;
        if json.len() <= BYTES {
            let mut kept = self.kept();
            if kept.len() >= KEPT {
                kept.pop_front();
            }
            kept.push_back(Description {
                digest: release.digest().to_owned(),
                project: project.to_owned(),
                json: json.as_slice().into(),
            });
        }
        Ok(json)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Description>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
