//! One entry: what the central directory and its local header say of it, and its contents.

use super::end::End;
use super::{broken, unsupported};
use crate::error::{Error, ErrorKind, Result};
use crate::inflate::{self, inflate};
use crate::limits::{Limit, Limits};
use crate::path;
use rawzip::extra_fields::{ExtraFieldId, ExtraFields};
use rawzip::{CompressionMethod, ZipFileHeaderRecord, ZipSliceArchive};

/// Bytes of a central directory header, without what is of variable length.
const CENTRAL: u64 = 46;
/// An entry may inflate to this much at any ratio.
const FREE: u64 = 1024 * 1024;
/// Info-ZIP's second name of an entry.
const UNICODE_PATH: u16 = 0x7075;
/// The bits of an entry's flags that change how it is read: encryption, data descriptor, patch,
/// strong encryption, UTF-8, masked header.
const FLAGS: u16 = 0x2869;

/// An entry, as the central directory has it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) path: String,
    pub(super) record: ZipFileHeaderRecord<'a>,
}

impl<'a> Entry<'a> {
    pub(super) fn read_all(
        archive: &'a ZipSliceArchive<&[u8]>,
        end: &End,
        limits: &Limits,
    ) -> Result<Vec<Self>> {
        let mut entries = Vec::new();
        let mut read_to = end.directory_offset;
        for record in archive.entries() {
            let record = record.map_err(broken)?;
            if entries.len() >= limits.entries {
                let limit = limits.entries;
                let message = format!("there are more than {limit} entries");
                return Err(Error::limit(Limit::Entries, message));
            }
            let extra = record.extra_fields().remaining_bytes().len();
            let variable = record.file_path().len() + extra + record.comment().as_bytes().len();
            read_to = read_to.saturating_add(CENTRAL + variable as u64);
            let path = path::check(record.file_path().as_bytes(), limits)?.to_owned();
            let entry = Self { path, record };
            entry.check().map_err(|error| error.at(&entry.path))?;
            entries.push(entry);
        }
        if entries.len() != usize::from(end.entries) || read_to != end.offset {
            return Err(Error::malformed(
                "the zip's central directory does not hold what its end announces",
            ));
        }
        Ok(entries)
    }

    /// Checks what the central directory says.
    fn check(&self) -> Result<()> {
        let record = &self.record;
        let flags = record.flags();
        let is_aes = record.compression_method() == CompressionMethod::AES;
        if flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked() || is_aes {
            return Err(unsupported("it is encrypted; pack it without a password"));
        }
        if !matches!(
            record.compression_method(),
            CompressionMethod::STORE | CompressionMethod::DEFLATE
        ) {
            let method = method_name(record.compression_method());
            return Err(unsupported(format!(
                "it is compressed by {method}; only deflate is supported"
            )));
        }
        if flags.bits() & FLAGS & 1 << 5 != 0 {
            return Err(unsupported("it is a patch"));
        }
        if !self.path.is_ascii() && !flags.is_utf8() && !has_unicode_path(record.extra_fields()) {
            return Err(Error::malformed(
                "its path is not marked as UTF-8, so others read it differently; pack it by a program that marks it",
            ));
        }
        check_unicode_path(record.extra_fields(), &self.path)?;
        let is_folder = self.path.ends_with('/');
        let kind = record.mode().value() & 0o170_000;
        let is_regular = match kind {
            0 | 0o100_000 => true,
            // A folder's bits are added to those of a regular file.
            0o040_000 | 0o140_000 => is_folder,
            _ => false,
        };
        if !is_regular {
            let message = "it is a link, a folder without a slash, or a device; only regular files are accepted";
            return Err(Error::new(ErrorKind::UnsafePath, message));
        }
        if is_folder && record.uncompressed_size_hint() != 0 {
            return Err(Error::malformed("it is a folder with contents"));
        }
        Ok(())
    }

    /// The entry's contents, once its local header is checked. `end` is where the next one begins,
    /// and `left` how much may still be inflated.
    pub(super) fn extract(
        &self,
        archive: &ZipSliceArchive<&[u8]>,
        end: u64,
        left: u64,
        limits: &Limits,
    ) -> Result<Vec<u8>> {
        let (record, disagree) = (
            &self.record,
            "its local header contradicts the central directory",
        );
        let found = archive.get_entry(record.wayfinder()).map_err(broken)?;
        let (local, crc, length) = (
            found.local_header(),
            record.crc32(),
            record.uncompressed_size_hint(),
        );
        let stored = record.compressed_size_hint();
        let sizes = (
            local.crc32(),
            local.compressed_size_hint(),
            local.uncompressed_size_hint(),
        );
        let announced_later = record.flags().has_data_descriptor() && sizes == (0, 0, 0);
        if local.file_path().as_bytes() != record.file_path().as_bytes()
            || local.compression_method() != record.compression_method()
            || (local.flags().bits() ^ record.flags().bits()) & FLAGS != 0
            || !(announced_later || sizes == (crc, stored, length))
        {
            return Err(Error::malformed(disagree));
        }
        check_unicode_path(local.extra_fields(), &self.path)?;
        self.check_gap(archive.get_ref(), found.compressed_data_range().1, end)?;
        let content = expand(found.data(), record, left, limits)?;
        if content.len() as u64 != length {
            let found = content.len();
            return Err(Error::malformed(format!(
                "it is said to have {length} bytes, and has {found}"
            )));
        }
        if rawzip::crc32(&content) != crc {
            return Err(Error::malformed("it is damaged: its checksum is wrong"));
        }
        Ok(content)
    }

    /// Between the data and the next entry there is a data descriptor if one is announced, which
    /// says the same again, and nothing else.
    fn check_gap(&self, bytes: &[u8], start: u64, end: u64) -> Result<()> {
        let gap = usize::try_from(start)
            .ok()
            .zip(usize::try_from(end).ok())
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or_else(|| Error::malformed("it overlaps what follows it"))?;
        let record = &self.record;
        if !record.flags().has_data_descriptor() {
            return match gap {
                [] => Ok(()),
                _ => Err(Error::malformed(
                    "there are bytes behind it that belong to no entry",
                )),
            };
        }
        let (crc, stored, length) = (
            record.crc32().to_le_bytes(),
            record.compressed_size_hint().to_le_bytes(),
            record.uncompressed_size_hint().to_le_bytes(),
        );
        let short = |size: [u8; 8]| size.into_iter().take(4);
        let narrow: Vec<u8> = crc
            .into_iter()
            .chain(short(stored))
            .chain(short(length))
            .collect();
        let wide: Vec<u8> = crc.into_iter().chain(stored).chain(length).collect();
        let bare = gap.strip_prefix(b"PK\x07\x08").unwrap_or(gap);
        if bare == narrow || bare == wide {
            return Ok(());
        }
        Err(Error::malformed(
            "its data descriptor contradicts the central directory",
        ))
    }
}

/// Inflates within every bound.
fn expand(
    data: &[u8],
    record: &ZipFileHeaderRecord<'_>,
    left: u64,
    limits: &Limits,
) -> Result<Vec<u8>> {
    let by_ratio = limits.ratio.saturating_mul(data.len() as u64).max(FREE);
    let (bound, limit, message) = [
        (
            limits.entry_bytes,
            Limit::EntryBytes,
            format!(
                "it has more than the {} bytes that are accepted",
                limits.entry_bytes
            ),
        ),
        (
            left,
            Limit::TotalBytes,
            format!(
                "all entries together have more than the {} bytes that are accepted",
                limits.total_bytes
            ),
        ),
        (
            by_ratio,
            Limit::Ratio,
            format!("it inflates to more than {} times its size", limits.ratio),
        ),
    ]
    .into_iter()
    .min_by_key(|(bound, ..)| *bound)
    .unwrap_or((0, Limit::EntryBytes, String::new()));
    let too_long = || Error::limit(limit, message);
    let bound = usize::try_from(bound).unwrap_or(usize::MAX);
    if record.compression_method() == CompressionMethod::STORE {
        return if data.len() <= bound {
            Ok(data.to_owned())
        } else {
            Err(too_long())
        };
    }
    inflate(data, bound).map_err(|failure| match failure {
        inflate::Failure::TooLong => too_long(),
        other => Error::malformed(other.to_string()),
    })
}

fn has_unicode_path(mut fields: ExtraFields<'_>) -> bool {
    fields.any(|(id, _)| is_unicode_path(id))
}

fn is_unicode_path(id: ExtraFieldId) -> bool {
    id.as_u16() == UNICODE_PATH
}

/// Info-ZIP writes a path that is not ASCII a second time; both must be the same.
fn check_unicode_path(fields: ExtraFields<'_>, path: &str) -> Result<()> {
    // A byte for the version and four for a checksum come first.
    let differs = |field: &[u8]| field.get(5..) != Some(path.as_bytes());
    for (id, field) in fields {
        if is_unicode_path(id) && differs(field) {
            return Err(Error::malformed(
                "it has a second path, which is another one",
            ));
        }
    }
    Ok(())
}

fn method_name(method: CompressionMethod) -> String {
    let name = match method.as_u16() {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 | 93 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        other => return format!("method {other}"),
    };
    name.to_owned()
}
