//! 5.7: targets, and the proof that bytes are one.

use crate::error::{At, ErrorKind, Result};
use crate::hash::{Hasher, Hashes};
use crate::json::Json;
use crate::limits::Limits;
use crate::metadata::TargetFile;
use crate::role::{Role, encode};

/// What trusted metadata says about a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    path: String,
    role: Role,
    file: TargetFile,
    consistent_snapshot: bool,
}

impl Target {
    pub(crate) fn new(path: &str, role: Role, file: TargetFile, consistent_snapshot: bool) -> Self {
        Self {
            path: path.to_owned(),
            role,
            file,
            consistent_snapshot,
        }
    }

    /// The target's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The role that lists it.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.file.length
    }

    /// Its SHA-256 in hexadecimal digits, if the metadata gives it.
    pub fn sha256(&self) -> Option<&str> {
        self.file.hashes.sha256.as_deref()
    }

    /// Its SHA-512 in hexadecimal digits, if the metadata gives it.
    pub fn sha512(&self) -> Option<&str> {
        self.file.hashes.sha512.as_deref()
    }

    /// What the repository says about it besides, an object.
    pub fn custom(&self) -> Option<&Json> {
        self.file.custom.as_ref()
    }

    /// Where it is below the repository's target URL, percent-encoded: with consistent snapshots
    /// the last segment begins with a hash.
    pub fn file_name(&self) -> String {
        let mut segments: Vec<_> = self.path.split('/').map(encode).collect();
        if let (true, Some(hash), Some(last)) = (
            self.consistent_snapshot,
            self.file.hashes.any(),
            segments.last_mut(),
        ) {
            *last = format!("{hash}.{last}");
        }
        segments.join("/")
    }

    /// Begins a download that is checked as it comes in.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if the target is longer than the limit.
    pub fn download(&self, limits: &Limits) -> Result<Download> {
        if self.file.length > limits.target_bytes {
            let (length, limit) = (self.file.length, limits.target_bytes);
            let path = &self.path;
            return Err(self.at().limit(format!(
                "the target `{path}` has {length} bytes; at most {limit} are accepted"
            )));
        }
        let hasher = Hasher::new(&self.file.hashes);
        Ok(Download {
            target: self.clone(),
            hasher,
            bytes: Vec::new(),
        })
    }

    /// Checks that these bytes are the target.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if length or hash differ, [`ErrorKind::LimitExceeded`] as in
    /// [`Self::download`].
    pub fn verify(&self, bytes: &[u8], limits: &Limits) -> Result<VerifiedTarget> {
        let mut download = self.download(limits)?;
        download.push(bytes)?;
        download.finish()
    }

    fn at(&self) -> At<'_> {
        At::new(&self.role, "5.7.3")
    }
}

/// A target that is coming in.
#[derive(Debug, Clone)]
pub struct Download {
    target: Target,
    hasher: Hasher,
    bytes: Vec<u8>,
}

impl Download {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] as soon as there is more than was announced.
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        let Target { path, file, .. } = &self.target;
        if (self.bytes.len() as u64).saturating_add(piece.len() as u64) > file.length {
            let message = format!(
                "the target `{path}` has more than the {} bytes announced",
                file.length
            );
            return Err(self.target.at().untrusted(message));
        }
        self.hasher.update(piece);
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Checks length and hashes.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if they are not those announced.
    pub fn finish(self) -> Result<VerifiedTarget> {
        let Self {
            target,
            hasher,
            bytes,
        } = self;
        let (found, announced) = (bytes.len(), target.file.length);
        if found as u64 != announced {
            let path = &target.path;
            return Err(target.at().untrusted(format!(
                "the target `{path}` has {found} bytes, and {announced} are announced"
            )));
        }
        hasher.finish(&target.file.hashes, target.at())?;
        Ok(VerifiedTarget { target, bytes })
    }
}

/// A target whose bytes are those that trusted metadata announces. There is no other way to make
/// one than [`Target::verify`] and [`Download::finish`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTarget {
    target: Target,
    bytes: Vec<u8>,
}

impl VerifiedTarget {
    /// What the metadata says about it.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, without their proof.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Checks the path of a target that is asked for: relative, and free of what a file system or a
/// URL would resolve to something else.
pub(crate) fn check_path(path: &str) -> Result<()> {
    let at = At::new(&Role::Targets, "5.7.1");
    let bad_segment = |segment| matches!(segment, "" | "." | "..");
    if path.split('/').any(bad_segment) || path.contains(|c: char| c == '\\' || c.is_control()) {
        let message = format!("`{}` is not the path of a target", path.escape_debug());
        return Err(at.refuse(ErrorKind::Invalid, message));
    }
    Ok(())
}

impl Hashes {
    /// Hashes of nothing in particular, for tests.
    #[cfg(test)]
    pub(crate) fn test(sha256: &str) -> Self {
        Self {
            sha256: Some(sha256.to_owned()),
            sha512: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256_hex;

    fn target(path: &str, consistent_snapshot: bool) -> Target {
        let file = TargetFile {
            length: 5,
            hashes: Hashes::test(&sha256_hex("hello")),
            custom: None,
        };
        Target::new(path, Role::Targets, file, consistent_snapshot)
    }

    #[test]
    fn only_the_announced_bytes_become_a_verified_target() {
        let limits = Limits::default();
        let target = target("a", true);
        assert_eq!(target.verify(b"hello", &limits).unwrap().bytes(), b"hello");
        for (bytes, message) in [
            (&b"hellp"[..], "announced"),
            (b"hell", "the target `a` has 4 bytes, and 5 are announced"),
            (
                b"hello!",
                "the target `a` has more than the 5 bytes announced",
            ),
            (b"", "the target `a` has 0 bytes, and 5 are announced"),
        ] {
            let error = target.verify(bytes, &limits).unwrap_err();
            assert_eq!(
                (error.kind(), error.step()),
                (ErrorKind::Untrusted, "5.7.3")
            );
            assert!(error.message().contains(message), "{error}");
        }
    }

    #[test]
    fn a_download_stops_at_the_announced_length() {
        let mut download = target("a", true).download(&Limits::default()).unwrap();
        download.push(b"hel").unwrap();
        assert!(download.clone().push(b"lo!").is_err());
        download.push(b"lo").unwrap();
        assert_eq!(download.finish().unwrap().into_bytes(), b"hello");
        let small = Limits {
            target_bytes: 4,
            ..Limits::default()
        };
        let error = target("a", true).download(&small).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }

    #[test]
    fn consistent_snapshots_put_the_hash_before_the_last_segment() {
        let hash = sha256_hex("hello");
        assert_eq!(
            target("a b/c?.zip", true).file_name(),
            format!("a%20b/{hash}.c%3F.zip")
        );
        assert_eq!(target("a b/c.zip", false).file_name(), "a%20b/c.zip");
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [
            "", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a\0", "a\nb",
        ] {
            assert!(check_path(path).is_err(), "{path:?}");
        }
        assert!(check_path("a/b..c/.d é").is_ok());
    }
}
