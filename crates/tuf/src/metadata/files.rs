//! Timestamp and snapshot metadata: which version of which file is current.

use super::{Fields, Header, Metadata};
use crate::error::{At, Result};
use crate::hash::Hashes;
use crate::json::Json;
use std::collections::BTreeMap;

/// What is announced of a metadata file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MetaFile {
    pub(crate) version: u64,
    pub(crate) length: Option<u64>,
    pub(crate) hashes: Option<Hashes>,
}

impl MetaFile {
    fn read(fields: &Fields<'_>) -> Result<Self> {
        let length = match fields.optional("length") {
            None => None,
            Some(_) => Some(fields.count("length")?),
        };
        let hashes = match fields.optional("hashes") {
            None => None,
            Some(_) => Some(Hashes::read(&fields.object("hashes")?)?),
        };
        Ok(Self {
            version: fields.positive("version")?,
            length,
            hashes,
        })
    }

    /// Where to stop reading the file.
    pub(crate) fn max_bytes(&self, limit: u64) -> u64 {
        self.length.unwrap_or(limit).min(limit)
    }

    /// Checks that these are the bytes that `announcer` announced.
    pub(crate) fn check(&self, bytes: &[u8], announcer: &str, at: At<'_>) -> Result<()> {
        if let Some(length) = self.length
            && length != bytes.len() as u64
        {
            let found = bytes.len();
            return Err(at.untrusted(format!(
                "it has {found} bytes, and the {announcer} announces {length}"
            )));
        }
        match &self.hashes {
            Some(hashes) => hashes.check(bytes, at),
            None => Ok(()),
        }
    }

    /// Checks the version of the metadata that was announced.
    pub(crate) fn check_version(&self, header: Header, announcer: &str, at: At<'_>) -> Result<()> {
        if header.version == self.version {
            return Ok(());
        }
        let (found, wanted) = (header.version, self.version);
        Err(at.untrusted(format!(
            "its version is {found}, and the {announcer} announces {wanted}"
        )))
    }
}

/// Timestamp metadata.
#[derive(Debug, Clone)]
pub(crate) struct Timestamp {
    header: Header,
    pub(crate) snapshot: MetaFile,
}

impl Metadata for Timestamp {
    fn read(signed: &Json, at: At<'_>) -> Result<Self> {
        let fields = Fields::of(signed, "", at)?;
        let header = Header::read(&fields, at)?;
        let meta = fields.object("meta")?;
        Ok(Self {
            header,
            snapshot: MetaFile::read(&meta.object("snapshot.json")?)?,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

/// Snapshot metadata.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    header: Header,
    /// By file name, as in `targets.json`.
    pub(crate) meta: BTreeMap<String, MetaFile>,
}

impl Metadata for Snapshot {
    fn read(signed: &Json, at: At<'_>) -> Result<Self> {
        let fields = Fields::of(signed, "", at)?;
        let header = Header::read(&fields, at)?;
        let meta = fields
            .object("meta")?
            .objects()
            .map(|entry| {
                entry.and_then(|(name, file)| Ok((name.to_owned(), MetaFile::read(&file)?)))
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        if !meta.contains_key("targets.json") {
            return Err(at.invalid("it has no `meta.targets.json`"));
        }
        Ok(Self { header, meta })
    }

    fn header(&self) -> Header {
        self.header
    }
}
