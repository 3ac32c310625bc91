//! Copying one object: a bundle, by the digest that is part of its name, or a numbered file, which
//! nothing refers to yet or any more.

use crate::copy::put_content;
use crate::environment::Options;
use crate::error::{Error, ErrorKind};
use crate::folder::{Created, Destination, Folder};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// It was written; its length in bytes.
    Copied(u64),
    /// It was there already.
    Present,
    /// The source does not have it any more.
    Gone,
}

/// Copies the bundle `file` (`<sha256>.<project>`), wherever it is announced: a bundle is safe to
/// write before anything announces it, because its name is the hash of its bytes.
///
/// # Errors
/// [`ErrorKind::TooLarge`] if it is longer than is accepted, [`ErrorKind::Untrusted`] if its bytes
/// are not those of its name; and what the ports say.
pub async fn copy_content<F: Folder, D: Destination<Error = F::Error>>(
    source: &F,
    destination: &D,
    file: &str,
    options: &Options,
) -> Result<Content, F::Error> {
    let label = source.label();
    let name = format!("targets/{file}");
    let digest = file.split('.').next().unwrap_or_default();
    let Some(at_source) = source.stat(&name).await? else {
        return Ok(Content::Gone);
    };
    let max_bytes = options.limits.target_bytes;
    if at_source.length > max_bytes {
        let message = format!(
            "{label}: {name} has {} bytes; at most {max_bytes} are accepted",
            at_source.length
        );
        return Err(Error::new(ErrorKind::TooLarge, message).into());
    }
    if let Some(there) = destination.stat(&name).await? {
        let same = match there.sha256.as_deref() {
            Some(found) => found == digest,
            None => there.length == at_source.length,
        };
        if same {
            return Ok(Content::Present);
        }
    }
    let Some(object) = source.get(&name, max_bytes).await? else {
        return Ok(Content::Gone);
    };
    if sha256(&object.bytes) != digest {
        let message = format!("{label}: {name} does not hold the bytes of its name");
        return Err(Error::new(ErrorKind::Untrusted, message).into());
    }
    put_content(destination, &name, &object.bytes).await?;
    Ok(Content::Copied(object.bytes.len() as u64))
}

/// Copies numbered metadata, unless something of its name is there. What the pointer leads to is copied
/// verified, with it, and replaces what this has brought too early; what remains is history, from which
/// a publisher rolls back, and which is verified when it is read.
///
/// # Errors
/// What the ports say.
pub async fn copy_numbered<F: Folder, D: Destination<Error = F::Error>>(
    source: &F,
    destination: &D,
    file: &str,
    options: &Options,
) -> Result<Content, F::Error> {
    let name = format!("metadata/{file}");
    if destination.stat(&name).await?.is_some() {
        return Ok(Content::Present);
    }
    let limits = &options.limits;
    let max_bytes = limits.targets_bytes.max(limits.snapshot_bytes);
    let Some(object) = source.get(&name, max_bytes).await? else {
        return Ok(Content::Gone);
    };
    Ok(match destination.create(&name, &object.bytes).await? {
        Created::New => Content::Copied(object.bytes.len() as u64),
        Created::Same | Created::Other => Content::Present,
    })
}

/// The SHA-256 in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
