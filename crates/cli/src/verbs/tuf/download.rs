//! `download`: fetch targets that are not there yet.

use super::directory::Directory;
use super::{Arguments, refresh, required};
use crate::error::AnyError;
use crate::files;
use crate::output::Output;
use zen_edge_tuf::encode;

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<(), AnyError> {
    let base_url = required(arguments.target_base_url.as_deref(), "--target-base-url")?;
    let target_dir = Directory::create(required(arguments.target_dir.as_deref(), "--target-dir")?)?;
    if arguments.target_name.is_empty() {
        return Err("--target-name is needed for this".into());
    }
    let mut session = refresh::run(arguments, output)?;
    for path in &arguments.target_name {
        let target = session.find(path)?;
        let file = target_dir.file(&encode(path));
        let kept = files::read(&file, target.length())?;
        if kept.is_some_and(|bytes| target.verify(&bytes, &session.limits).is_ok()) {
            continue;
        }
        // Refused here if it is too long, before anything is fetched.
        let mut download = target.download(&session.limits)?;
        let bytes = session
            .client
            .get(base_url, &target.file_name(), target.length())?
            .ok_or_else(|| format!("the repository does not have the target `{path}`"))?;
        download.push(&bytes)?;
        files::write(&file, download.finish()?.bytes())?;
    }
    Ok(())
}
