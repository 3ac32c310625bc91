//! `init`: trust a root.

use super::Arguments;
use super::directory::Directory;
use crate::error::AnyError;
use crate::files;
use std::path::Path;
use zen_edge_tuf::{Change, Limits, Role, Stored, UnixTime, Updater};

pub(super) fn run(arguments: &Arguments, trusted_root: &Path) -> Result<(), AnyError> {
    let limits = Limits::default();
    let bytes = files::read(trusted_root, limits.root_bytes)?
        .ok_or_else(|| format!("there is no file {}", trusted_root.display()))?;
    // The root must hold by its own keys; it may have expired, since newer ones can follow it.
    Updater::new(Stored::with_root(bytes.clone()), UnixTime(0), limits)?;
    let directory = Directory::create(&arguments.metadata_dir)?;
    directory.apply(&Change::Store {
        role: Role::Root,
        bytes: bytes.into(),
    })?;
    Ok(())
}
