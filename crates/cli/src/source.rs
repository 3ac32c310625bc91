//! What people name on the command line: a bundle, or a folder that could become one.

use crate::error::CliError;
use crate::files;
use std::fs;
use std::path::{Path, PathBuf};
use zen_edge_bundle::{Bundle, Limits, Packer};

/// Where a folder keeps the identity, as a bundle does.
const IDENTITY: &str = ".config/project.json";

/// A folder of documents, ready to be packed.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub(crate) packer: Packer,
    /// Files that are not documents by their names, and links.
    pub(crate) skipped: Vec<String>,
}

/// Reads a bundle file, or packs a folder in memory: what holds for the one holds for the other.
pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Bundle, CliError> {
    if path.is_dir() {
        let (_, bundle) = read_folder(path, limits)?
            .packer
            .pack(limits)
            .map_err(|error| CliError::from(error).at(path.display()))?;
        return Ok(bundle);
    }
    let bytes = files::read(path, limits.bundle_bytes)?
        .ok_or_else(|| CliError::unavailable(format!("there is no file {}", path.display())))?;
    Bundle::read(&bytes, limits).map_err(|error| CliError::from(error).at(path.display()))
}

/// Reads every document below a folder: files that end in `.json` or have no extension, by their
/// paths with `/`. What is hidden is left out, but for the identity.
pub(crate) fn read_folder(root: &Path, limits: &Limits) -> Result<Folder, CliError> {
    let mut folder = Folder::default();
    let identity = root.join(IDENTITY);
    if let Some(text) = files::read(&identity, limits.identity_bytes as u64)? {
        folder
            .packer
            .project_json(&text, limits)
            .map_err(|error| CliError::from(error).at(root.display()))?;
    }
    let mut left = limits.total_bytes;
    let mut folders = vec![root.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).map_err(files::failed("list", &current))? {
            let entry = entry.map_err(files::failed("list", &current))?;
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry.file_type().map_err(files::failed("look at", &path))?;
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let key = key(root, &path)?;
            if !kind.is_file() || path.extension().is_some_and(|end| end != "json") {
                folder.skipped.push(key);
                continue;
            }
            let bytes = files::read(&path, left)?.unwrap_or_default();
            left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                CliError::invalid(format!(
                    "{} has more than the {} bytes that a bundle may hold",
                    root.display(),
                    limits.total_bytes
                ))
            })?;
            folder.packer.insert(key, bytes);
        }
    }
    folder.skipped.sort();
    Ok(folder)
}

/// A file's path below a folder, with `/`.
fn key(root: &Path, path: &Path) -> Result<String, CliError> {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).to_owned();
    let names: Option<Vec<&str>> = below.iter().map(|name| name.to_str()).collect();
    let names = names
        .ok_or_else(|| CliError::invalid(format!("{} is not a name in UTF-8", path.display())))?;
    Ok(names.join("/"))
}
