//! A folder as the cache in which last-known-good outlives a restart.

use sha2::{Digest as _, Sha256};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;
use zen_edge_sync::{CacheError, CacheResult, EdgeCache, PortFuture};

/// What the names of files begin with that are being written.
const UNFINISHED: &str = "new-";

/// A folder with one file per entry, named by the SHA-256 of the entry's key: no key leads out of the
/// folder, is too long for it, or differs from another one by case only.
///
/// An entry is written beside, brought to the disk (`fsync`), and then renamed: whatever ends the
/// process or the machine, a reader sees the old bytes or the new ones. What was left unfinished is
/// removed when the folder is opened again. Several processes may share a folder.
#[derive(Debug, Clone)]
pub struct FolderCache {
    folder: Arc<PathBuf>,
    /// One change at a time, in the order in which they were asked for: one that nobody waits for
    /// any more must not land after one that was asked for later.
    changing: Arc<Mutex<()>>,
}

impl FolderCache {
    /// Opens a folder, makes it if it is not there, and removes what a process left unfinished.
    ///
    /// # Errors
    /// What the file system says, with the folder's name.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        let named = |error: io::Error| {
            let message = format!("cannot use the folder {}: {error}", folder.display());
            io::Error::new(error.kind(), message)
        };
        fs::create_dir_all(&folder).map_err(named)?;
        sweep(&folder).map_err(named)?;
        Ok(Self {
            folder: Arc::new(folder),
            changing: Arc::default(),
        })
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join(hex::encode(Sha256::digest(key)))
    }

    /// Changes something on a thread that may wait for the disk.
    async fn change(
        &self,
        change: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
    ) -> CacheResult<()> {
        let turn = self.changing.clone().lock_owned().await;
        let folder = self.folder.clone();
        let changed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            change(&folder)
        });
        changed.await.map_err(failed)?.map_err(failed)
    }
}

impl EdgeCache for FolderCache {
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        let file = self.file(key);
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(move || read(&file, max_bytes));
            read.await.map_err(failed)?.map_err(failed)
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        let (file, bytes) = (self.file(key), bytes.to_vec());
        Box::pin(self.change(move |folder| write(folder, &file, &bytes)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>> {
        let file = self.file(key);
        Box::pin(self.change(move |_| unless_missing(fs::remove_file(&file))))
    }
}

fn failed(error: impl Display) -> CacheError {
    CacheError(error.to_string())
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn read(path: &Path, max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Anything but a file, a pipe for one, might never end.
    if !found.is_file() || found.len() > max_bytes {
        return Ok(None);
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    // It may be another file by now.
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max_bytes).then_some(bytes))
}

fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Another process that opens the folder may take the file for a dead one's, between its making
    // and its lock: then there is nothing to be renamed, and a second one is made.
    match write_once(folder, path, bytes) {
        Err(error) if error.kind() == ErrorKind::NotFound => write_once(folder, path, bytes),
        other => other,
    }
}

fn write_once(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)?;
    // Held until the file is closed, however the process ends: it tells who sweeps that we live.
    file.as_file().lock()?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Removes what nobody is writing any more.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        if file.try_lock().is_ok() {
            unless_missing(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

/// Brings a rename to the disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Only Unix opens folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
