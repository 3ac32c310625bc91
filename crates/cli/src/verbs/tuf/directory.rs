//! Folders of files that are replaced as a whole or not at all.

use crate::files::{Error, failed, read, write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zen_edge_tuf::{Change, Limits, Role, Stored};

/// A folder.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(failed("create", path))?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// All metadata in the folder, of which nothing is verified yet. Files that are too long to be
    /// metadata are passed over.
    pub(super) fn load(&self, limits: &Limits) -> Result<Stored, Error> {
        let mut stored = Stored::default();
        for entry in fs::read_dir(&self.0).map_err(failed("list", &self.0))? {
            let path = entry.map_err(failed("list", &self.0))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let Some(role) = name.strip_suffix(".json").and_then(decode) else {
                continue;
            };
            let limit = match role {
                Role::Root => limits.root_bytes,
                Role::Timestamp => limits.timestamp_bytes,
                Role::Snapshot => limits.snapshot_bytes,
                Role::Targets | Role::Delegated(_) => limits.targets_bytes,
            };
            if let Some(bytes) = read(&path, limit)?
                && bytes.len() as u64 <= limit
            {
                stored.insert(role, bytes);
            }
        }
        Ok(stored)
    }

    /// Does what an update asks of storage.
    pub(super) fn apply(&self, change: &Change) -> Result<(), Error> {
        match change {
            Change::Store { role, bytes } => write(&self.file(&role.file_name()), bytes),
            Change::Delete { role } => {
                let path = self.file(&role.file_name());
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        Err(failed("delete", &path)(error))
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

/// The role whose metadata has this name without its `.json`.
fn decode(stem: &str) -> Option<Role> {
    let mut name = Vec::with_capacity(stem.len());
    let mut bytes = stem.bytes();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(name).ok().map(|name| Role::named(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stand_for_their_roles() {
        for name in ["root", "timestamp", "a", "../é?#", "%"] {
            let role = Role::named(name);
            let file_name = role.file_name();
            assert_eq!(decode(file_name.strip_suffix(".json").unwrap()), Some(role));
        }
        for bad in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(bad), None);
        }
    }
}
