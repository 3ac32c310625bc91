//! A zip, read so strictly that no two programs could read it differently.
//!
//! The entries must tile the file: local header, data and data descriptor of one after the other
//! from the first byte, then the central directory, then its end, and nothing else. So there are no
//! overlaps and no hidden bytes. Local headers must say what the central directory says.

use crate::error::{Error, ErrorKind, Result};
use crate::inflate::{self, inflate};
use crate::limits::{Limit, Limits};
use crate::path;
use rawzip::extra_fields::{ExtraFieldId, ExtraFields};
use rawzip::{CompressionMethod, ZipFileHeaderRecord, ZipLocator, ZipSliceArchive};
use std::collections::BTreeMap;

/// Bytes of the record that ends the central directory, without a comment.
const END: usize = 22;
/// Bytes of the record before it in a zip64.
const LOCATOR: usize = 20;
/// Bytes of a central directory header, without what is of variable length.
const CENTRAL: u64 = 46;
/// An entry may inflate to this much at any ratio.
const FREE: u64 = 1024 * 1024;
/// Info-ZIP's second name of an entry.
const UNICODE_PATH: u16 = 0x7075;
/// The bits of an entry's flags that change how it is read: encryption, data descriptor, patch,
/// strong encryption, UTF-8, masked header.
const FLAGS: u16 = 0x2869;

/// Reads a zip; the contents of its files, folders left out, by path.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>> {
    if bytes.len() as u64 > limits.bundle_bytes {
        let (length, limit) = (bytes.len(), limits.bundle_bytes);
        let message = format!("the bundle has {length} bytes; at most {limit} are accepted");
        return Err(Error::limit(Limit::BundleBytes, message));
    }
    let end = End::read(bytes)?;
    let archive = ZipLocator::new()
        .max_search_space(END as u64)
        .locate_in_slice(bytes)
        .map_err(|(_, error)| broken(error))?;
    let directory = end.directory_offset;
    if archive.eocd_offset() != end.offset || archive.directory_offset() != directory {
        return Err(Error::malformed(
            "the zip's central directory is not where it is said to be",
        ));
    }
    let mut entries = Entry::read_all(&archive, &end, limits)?;
    check_names(&entries)?;
    entries.sort_by_key(|entry| entry.record.local_header_offset());
    // A local header begins where the entry before it ends, and the directory after the last one.
    let starts = entries
        .iter()
        .map(|entry| entry.record.local_header_offset());
    let ends: Vec<u64> = starts.clone().skip(1).chain([directory]).collect();
    if starts.clone().next().unwrap_or(directory) != 0 {
        return Err(Error::malformed(
            "there are bytes before the zip's first entry",
        ));
    }
    let mut files = BTreeMap::new();
    let mut left = limits.total_bytes;
    for (entry, end) in entries.iter().zip(ends) {
        let content = entry
            .extract(&archive, end, left, limits)
            .map_err(|error| error.at(&entry.path))?;
        left = left.saturating_sub(content.len() as u64);
        if !entry.path.ends_with('/') {
            files.insert(entry.path.clone(), content);
        }
    }
    Ok(files)
}

/// The record at the very end of a zip.
#[derive(Debug)]
struct End {
    offset: u64,
    directory_offset: u64,
    entries: u16,
}

impl End {
    fn read(bytes: &[u8]) -> Result<Self> {
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

/// An entry, as the central directory has it.
#[derive(Debug)]
struct Entry<'a> {
    path: String,
    record: ZipFileHeaderRecord<'a>,
}

impl<'a> Entry<'a> {
    fn read_all(
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
                "its path is not marked as UTF-8, so others read it differently",
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
    fn extract(
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

/// Refuses names that somebody takes for the same.
fn check_names(entries: &[Entry<'_>]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for entry in entries {
        if let Some(other) = seen.insert(path::fold(&entry.path), entry) {
            let message = if other.path == entry.path {
                "two entries have this path".to_owned()
            } else {
                let other = crate::error::quoted(other.path.as_bytes());
                format!("its path differs from `{other}` only in case or Unicode form")
            };
            return Err(Error::new(ErrorKind::DuplicateName, message).at(&entry.path));
        }
    }
    Ok(())
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

fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

fn broken(error: rawzip::Error) -> Error {
    Error::malformed(format!("the zip is damaged: {error}"))
}
