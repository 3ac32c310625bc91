//! What is kept of a pointer in the cache: hostile, and bounded before it is read.

use serde::{Deserialize, Serialize};

/// The longest header, in bytes: an `ETag` of quotes only, escaped, and the rest.
const MAX_HEADER: usize = 2048;
/// The longest `ETag` that is kept, in bytes.
const MAX_ETAG: usize = 512;
/// The longest claim, in bytes.
pub(super) const MAX_CLAIM: u64 = 64;

/// A pointer as a store gave it, when, and for how long it may be answered from the cache.
///
/// Its bytes are a header in JSON, a line feed, and the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) etag: Option<String>,
    /// The wall clock when it was stored or confirmed, in milliseconds since 1970.
    pub(super) stored: i64,
    /// In milliseconds.
    pub(super) ttl: u64,
    pub(super) bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    etag: Option<String>,
    stored: i64,
    ttl: u64,
    /// Of the object, so that a record that was cut short is noticed.
    length: u64,
}

impl Record {
    /// An `ETag`, if it is one that is kept. A pointer with another one is not asked for on condition.
    pub(super) fn etag(etag: Option<&String>) -> Option<String> {
        etag.filter(|etag| is_etag(etag)).cloned()
    }

    /// How many bytes a record has at most if its object has so many.
    pub(super) fn bound(max_bytes: u64) -> u64 {
        max_bytes.saturating_add(MAX_HEADER as u64)
    }

    /// The bytes of an entry; none if it could not be read again.
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let header = Header {
            etag: self.etag.clone(),
            stored: self.stored,
            ttl: self.ttl,
            length: self.bytes.len() as u64,
        };
        let mut entry = serde_json::to_vec(&header).ok()?;
        entry.push(b'\n');
        if entry.len() > MAX_HEADER {
            return None;
        }
        entry.extend_from_slice(&self.bytes);
        Some(entry)
    }

    /// Reads an entry; none if it is not a record of an object of at most so many bytes.
    pub(super) fn read(entry: &[u8], max_bytes: u64) -> Option<Self> {
        let header = entry.get(..entry.len().min(MAX_HEADER))?;
        let end = header.iter().position(|byte| *byte == b'\n')?;
        let (header, bytes) = (entry.get(..end)?, entry.get(end + 1..)?);
        let header: Header = serde_json::from_slice(header).ok()?;
        let length = bytes.len() as u64;
        let sound = length == header.length
            && length <= max_bytes
            && header.etag.as_deref().is_none_or(is_etag);
        sound.then(|| Self {
            etag: header.etag,
            stored: header.stored,
            ttl: header.ttl,
            bytes: bytes.to_vec(),
        })
    }

    /// How old it is in milliseconds; none if it is from the future.
    pub(super) fn age(&self, now: i64) -> Option<u64> {
        age(self.stored, now)
    }
}

/// Whether an `ETag` may go back into a request: hostile until then, it could end the header.
/// RFC 9110 8.8.3, without the bytes above ASCII.
fn is_etag(etag: &str) -> bool {
    etag.len() <= MAX_ETAG && etag.bytes().all(|byte| byte.is_ascii_graphic())
}

fn age(then: i64, now: i64) -> Option<u64> {
    u64::try_from(now.checked_sub(then)?).ok()
}

/// That an instance is asking the store just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// The wall clock, in milliseconds since 1970.
    pub(super) at: i64,
    /// Which instance.
    pub(super) instance: u64,
}

impl Claim {
    pub(super) fn write(self) -> String {
        format!("{} {:016x}", self.at, self.instance)
    }

    /// Reads an entry; none if it is not a claim.
    pub(super) fn read(entry: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(entry).ok()?;
        let (at, instance) = text.split_once(' ')?;
        let at = at.parse().ok()?;
        let instance = u64::from_str_radix(instance, 16).ok()?;
        Some(Self { at, instance })
    }

    /// How old it is in milliseconds; none if it is from the future.
    pub(super) fn age(self, now: i64) -> Option<u64> {
        age(self.at, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(bytes: &[u8], etag: Option<&str>) -> Record {
        Record {
            etag: etag.map(str::to_owned),
            stored: 1_700_000_000_000,
            ttl: 5_000,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_record_that_was_cut_or_does_not_fit_is_none() {
        let entry = record(b"{\n}", Some("\"1\"")).write().unwrap();
        assert!(Record::read(&entry, 3).is_some());
        assert_eq!(Record::read(&entry, 2), None);
        for length in 0..entry.len() {
            assert_eq!(Record::read(&entry[..length], 3), None, "{length}");
        }
        let longer = [&entry[..], b"x"].concat();
        assert_eq!(Record::read(&longer, 9), None);
    }

    #[test]
    fn the_longest_header_is_read() {
        let etag = "\"".repeat(MAX_ETAG);
        let sound = Record {
            stored: i64::MIN,
            ttl: u64::MAX,
            ..record(b"", Some(&etag))
        };
        assert_eq!(Record::read(&sound.write().unwrap(), 0), Some(sound));
        assert_eq!(Record::etag(Some(&etag)), Some(etag));
        assert_eq!(Record::etag(Some(&"x".repeat(MAX_ETAG + 1))), None);
    }

    #[test]
    fn an_etag_that_would_end_the_header_is_none() {
        for etag in ["\"1\"\r\nx: y", "a b", "é", "\0"] {
            assert_eq!(Record::etag(Some(&etag.to_owned())), None);
            let entry = record(b"", Some(etag)).write().unwrap();
            assert_eq!(Record::read(&entry, 9), None);
        }
    }

    #[test]
    fn what_is_from_the_future_has_no_age() {
        let record = record(b"", None);
        assert_eq!(record.age(record.stored + 3), Some(3));
        assert_eq!(record.age(record.stored - 1), None);
        assert_eq!(age(i64::MIN, i64::MAX), None);
        assert_eq!(age(0, i64::MAX), Some(i64::MAX as u64));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            bytes: Vec<u8>,
            etag in proptest::option::of("[!-~]{0,100}"),
            stored: i64,
            ttl: u64,
        ) {
            let record = Record { etag, stored, ttl, bytes };
            let entry = record.write().unwrap();
            let bound = record.bytes.len() as u64;
            prop_assert!(entry.len() as u64 <= Record::bound(bound));
            prop_assert_eq!(Record::read(&entry, bound), Some(record));
        }

        #[test]
        fn claims_are_read_as_written(at: i64, instance: u64) {
            let claim = Claim { at, instance };
            let text = claim.write();
            prop_assert!(text.len() as u64 <= MAX_CLAIM);
            prop_assert_eq!(Claim::read(text.as_bytes()), Some(claim));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, max_bytes: u64, now: i64) {
            if let Some(record) = Record::read(&bytes, max_bytes) {
                record.age(now);
            }
            if let Some(claim) = Claim::read(&bytes) {
                claim.age(now);
            }
        }
    }
}
