//! The lock that one writer at a time holds on an environment in local files.

use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How often, and how long apart, a lock that somebody holds is asked for again: a minute.
const TRIES: u32 = 1_200;
const PAUSE: Duration = Duration::from_millis(50);

/// A lock. The operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "held, not read")] File);

impl Lock {
    pub(super) async fn take(folder: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let kind = match error.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    ErrorKind::Denied
                }
                _ => ErrorKind::Unavailable,
            };
            let message = format!("cannot lock {} for writing", folder.display());
            Error::new(kind, message).because(error)
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".lock"))
            .map_err(failed)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        let message = format!("another publisher is writing to {}", folder.display());
        Err(Error::new(ErrorKind::Conflict, message))
    }
}
