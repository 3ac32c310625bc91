//! A zip, read so strictly that no two programs could read it differently.
//!
//! The entries must tile the file: local header, data and data descriptor of one after the other
//! from the first byte, then the central directory, then its end, and nothing else. So there are no
//! overlaps and no hidden bytes. Local headers must say what the central directory says.

mod end;
mod entry;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limit, Limits};
use crate::path;
use end::{END, End};
use entry::Entry;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter, ZipLocator};
use std::collections::BTreeMap;
use std::io::Write as _;

/// Reads a zip as strictly as that of a bundle; the contents of its files, folders left out, by path.
///
/// # Errors
/// Those of [`crate::Bundle::read`] that concern the zip.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>> {
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

/// Writes a zip of files that are compressed already: stored, in the order of their paths, always the
/// same bytes for the same files. Paths are not checked but repaired: whoever writes compares with
/// what [`read`] gives.
///
/// # Errors
/// `Malformed` for what a zip cannot hold.
pub fn write(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (path, content) in files {
        write_entry(
            &mut archive,
            path,
            CompressionMethod::STORE,
            content,
            content,
        )?;
    }
    archive.finish().map_err(not_written)
}

/// Writes an entry whose content was made into this data by this method.
pub(crate) fn write_entry(
    archive: &mut ZipArchiveWriter<Vec<u8>>,
    path: &str,
    method: CompressionMethod,
    data: &[u8],
    content: &[u8],
) -> Result<()> {
    // The earliest time a zip can say.
    let time = UtcDateTime::from_components(1980, 1, 1, 0, 0, 0, 0)
        .ok_or_else(|| Error::malformed("the zip's time cannot be written"))?;
    let (mut entry, _) = archive
        .new_file(path)
        .compression_method(method)
        .last_modified(time)
        .unix_permissions(0o100_644)
        .start()
        .map_err(not_written)?;
    entry
        .write_all(data)
        .map_err(|error| not_written(error.into()))?;
    let descriptor = DataDescriptorOutput::new(rawzip::crc32(content), content.len() as u64);
    entry.finish(descriptor).map_err(not_written)?;
    Ok(())
}

pub(crate) fn not_written(error: rawzip::Error) -> Error {
    Error::malformed(format!("the zip cannot be written: {error}"))
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

fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

fn broken(error: rawzip::Error) -> Error {
    Error::malformed(format!("the zip is damaged: {error}"))
}
