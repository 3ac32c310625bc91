//! The record at the very end of a zip, which says where its directory is.

use super::unsupported;
use crate::error::{Error, Result};

/// Bytes of the record that ends the central directory, without a comment.
pub(super) const END: usize = 22;
/// Bytes of the record before it in a zip64.
const LOCATOR: usize = 20;

/// The record at the very end of a zip.
#[derive(Debug)]
pub(super) struct End {
    pub(super) offset: u64,
    pub(super) directory_offset: u64,
    pub(super) entries: u16,
}

impl End {
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let (front, record) = bytes
            .len()
            .checked_sub(END)
            .and_then(|offset| bytes.split_at_checked(offset))
            .filter(|(_, record)| record.starts_with(b"PK\x05\x06") && record.ends_with(&[0, 0]))
            .ok_or_else(|| {
                Error::malformed(
                    "it is not a zip, it is cut off, or something follows the zip's end, such as a comment",
                )
            })?;
        let word = |at: usize| match record.get(at..at + 2) {
            Some([low, high]) => u16::from_le_bytes([*low, *high]),
            _ => u16::MAX,
        };
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 2)) << 16;
        let (this_disk, directory_disk, here, entries) = (word(4), word(6), word(8), word(10));
        let (size, directory_offset) = (long(12), long(16));
        if (this_disk, directory_disk) != (0, 0) || here != entries {
            return Err(unsupported("the zip is one of several parts"));
        }
        let locator = front
            .len()
            .checked_sub(LOCATOR)
            .and_then(|at| front.get(at..));
        if entries == u16::MAX || locator.is_some_and(|found| found.starts_with(b"PK\x06\x07")) {
            return Err(unsupported(
                "the zip is a zip64, which nothing within the limits needs",
            ));
        }
        let offset = front.len() as u64;
        if directory_offset + size != offset {
            return Err(Error::malformed(
                "the zip's central directory is not where it is said to be",
            ));
        }
        Ok(Self {
            offset,
            directory_offset,
            entries,
        })
    }
}
