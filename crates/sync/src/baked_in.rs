//! A release that is part of the deployment, and how it is packed for that.

use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zen_edge_bundle::{Limits, read_archive, write_archive};

/// What says what the files are, beside them.
const LABEL: &str = "baked-in.json";
/// Where the files are.
const FILES: &str = "files/";
/// The version of all this.
const FORMAT: u32 = 1;
/// How many bytes all files may have: what leaves a Worker room (64 MiB with everything).
const MAX_BYTES: u64 = 48 * 1024 * 1024;

/// A release that is part of the deployment: files of the environment as they were in the bucket. It
/// is verified like any other, and as hostile.
#[derive(Clone, Default)]
pub struct BakedIn {
    /// The files by their keys below the environment: `metadata/timestamp.json`,
    /// `metadata/7.snapshot.json`, `targets/<sha256>.<project>`, …; for an unsigned environment, each
    /// project's bundle under the project's key.
    pub files: BTreeMap<String, Vec<u8>>,
    /// When they were fetched, in milliseconds since 1970: what the age of the release is counted
    /// from.
    pub fetched_at: i64,
}

impl fmt::Debug for BakedIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BakedIn")
            .field("files", &self.files.len())
            .field("fetched_at", &self.fetched_at)
            .finish()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Label {
    format: u32,
    environment: String,
    fetched_at: i64,
}

impl BakedIn {
    /// Packs the files of an environment into one, a zip.
    ///
    /// # Errors
    /// `Bundle` or `Invalid` if they are too large, or too many, or a key cannot be packed.
    pub fn pack(&self, environment: &str) -> Result<Vec<u8>> {
        let label = Label {
            format: FORMAT,
            environment: environment.to_owned(),
            fetched_at: self.fetched_at,
        };
        let label = serde_json::to_vec(&label);
        let label = label.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))?;
        let files = self.files.iter();
        let mut files: BTreeMap<_, _> = files
            .map(|(key, bytes)| (format!("{FILES}{key}"), bytes.clone()))
            .collect();
        files.insert(LABEL.to_owned(), label);
        let packed = write_archive(&files)?;
        if Self::read(&packed, environment)?.files != self.files {
            let message = "a file has a key that cannot be packed: one with an empty segment, `.`, `..` or a backslash";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(packed)
    }

    /// Reads what [`Self::pack`] made, within limits. Nothing in it is believed by that.
    ///
    /// # Errors
    /// `Bundle` or `Invalid` if it is not that; `WrongEnvironment` if it is another environment's.
    pub fn read(packed: &[u8], environment: &str) -> Result<Self> {
        let limits = Limits {
            bundle_bytes: MAX_BYTES,
            total_bytes: MAX_BYTES,
            entry_bytes: MAX_BYTES,
            path_bytes: 1024,
            ..Limits::default()
        };
        let mut entries = read_archive(packed, &limits)?;
        let invalid = |message: &str| Error::new(ErrorKind::Invalid, message);
        let label = entries.remove(LABEL);
        let label = label.ok_or_else(|| invalid("it has no `baked-in.json`"))?;
        let label = serde_json::from_slice::<Label>(&label);
        let label = label.map_err(|_| invalid("its `baked-in.json` cannot be read"))?;
        if label.format != FORMAT {
            let message = format!(
                "its format is {}, and this program reads {FORMAT}: bake it again",
                label.format
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        if label.environment != environment {
            let found = label.environment.escape_debug();
            let message = format!("it is of the environment `{found}`, not of `{environment}`");
            return Err(Error::new(ErrorKind::WrongEnvironment, message));
        }
        let mut files = BTreeMap::new();
        for (path, bytes) in entries {
            let Some(key) = path.strip_prefix(FILES) else {
                let message = format!("it has `{}`, which is not ours", path.escape_debug());
                return Err(Error::new(ErrorKind::Invalid, message));
            };
            files.insert(key.to_owned(), bytes);
        }
        Ok(Self {
            files,
            fetched_at: label.fetched_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn baked(files: &[(&str, &[u8])]) -> BakedIn {
        let files = files
            .iter()
            .map(|(key, bytes)| ((*key).to_owned(), bytes.to_vec()));
        BakedIn {
            files: files.collect(),
            fetched_at: 1_700_000_000_123,
        }
    }

    #[test]
    fn what_is_packed_is_read() {
        let baked = baked(&[
            ("metadata/timestamp.json", b"{}"),
            ("metadata/1.root.json", b""),
            ("targets/ab.pricing", &[0; 100_000]),
            ("baked-in.json", b"a project of this name"),
        ]);
        let packed = baked.pack("production").unwrap();
        let read = BakedIn::read(&packed, "production").unwrap();
        assert_eq!(read.files, baked.files);
        assert_eq!(read.fetched_at, baked.fetched_at);
        assert_eq!(baked.pack("production").unwrap(), packed);
    }

    #[test]
    fn another_environments_is_refused() {
        let packed = baked(&[]).pack("staging").unwrap();
        let error = BakedIn::read(&packed, "production").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongEnvironment);
        assert_eq!(
            error.message(),
            "it is of the environment `staging`, not of `production`"
        );
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let entries = |entries: &[(&str, &str)]| {
            let entries = entries.iter();
            let entries = entries.map(|(path, text)| ((*path).to_owned(), (*text).into()));
            write_archive(&entries.collect()).unwrap()
        };
        let label =
            |format| format!("{{\"format\":{format},\"environment\":\"a\",\"fetchedAt\":1}}");
        for (packed, expected) in [
            (entries(&[]), "it has no `baked-in.json`"),
            (
                entries(&[(LABEL, "{}")]),
                "its `baked-in.json` cannot be read",
            ),
            (
                entries(&[(LABEL, &label(2))]),
                "its format is 2, and this program reads 1: bake it again",
            ),
            (
                entries(&[(LABEL, &label(1)), ("a", "")]),
                "it has `a`, which is not ours",
            ),
        ] {
            let error = BakedIn::read(&packed, "a").unwrap_err();
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::Invalid, expected)
            );
        }
        let none = BakedIn::read(b"", "a").unwrap_err();
        assert_eq!(none.kind(), ErrorKind::Bundle);
    }

    #[test]
    fn a_key_that_leads_elsewhere_is_not_packed() {
        for key in ["../a", "/a", "a//b", "a\\b"] {
            assert!(baked(&[(key, b"")]).pack("a").is_err(), "{key}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(at in 0..200_usize, value: u8, cut in 0..300_usize) {
            let mut packed = baked(&[("metadata/timestamp.json", b"{}")]).pack("a").unwrap();
            if let Some(byte) = packed.get_mut(at) {
                *byte = value;
            }
            packed.truncate(cut);
            let _ = BakedIn::read(&packed, "a");
        }
    }
}
