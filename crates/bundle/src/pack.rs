//! Packing: documents and identity in, the bytes of a bundle out, always the same ones.

use crate::access::Access;
use crate::archive;
use crate::bundle::Bundle;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{self, Identity};
use crate::limits::Limits;
use crate::path::{self, CONFIG, IDENTITY};
use miniz_oxide::deflate::compress_to_vec;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use std::collections::BTreeMap;

/// Of miniz_oxide, 0 to 10. Bundles are packed once and fetched often.
const LEVEL: u8 = 9;

/// Collects what a bundle is to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packer {
    /// What the bundle says it is.
    pub identity: Identity,
    /// Who may evaluate; written as hashes.
    pub access: Access,
    documents: BTreeMap<String, Vec<u8>>,
}

impl Packer {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything in a bundle, to be packed again: documents byte for byte, the identity with
    /// members we do not know, and access. What else is under `.config/` is left out.
    pub fn from_bundle(bundle: &Bundle) -> Self {
        Self {
            identity: bundle.identity().clone(),
            access: bundle.access().clone(),
            documents: bundle
                .documents()
                .map(|(_, document)| (document.path().to_owned(), document.json().to_owned()))
                .collect(),
        }
    }

    /// Reads `.config/project.json` as a folder or another zip has it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidIdentity`], and `LimitExceeded`.
    pub fn project_json(&mut self, text: &[u8], limits: &Limits) -> Result<()> {
        let said = identity::read(text, limits).map_err(|error| error.at(IDENTITY))?;
        (self.identity, self.access) = (said.identity, said.access);
        Ok(())
    }

    /// Adds a document; the last one with exactly this path counts.
    pub fn insert(&mut self, path: impl Into<String>, json: impl Into<Vec<u8>>) {
        self.documents.insert(path.into(), json.into());
    }

    /// Packs, and reads the result, so that what is packed can be read within the same limits.
    ///
    /// # Errors
    /// Those of [`Bundle::read`], and `UnsafePath` for a document under `.config/`.
    pub fn pack(&self, limits: &Limits) -> Result<(Vec<u8>, Bundle)> {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        let project = identity::write(&self.identity, &self.access)?;
        if let Some(text) = &project {
            write(&mut archive, IDENTITY, text, limits)?;
        }
        for (path, json) in &self.documents {
            check(path, limits)?;
            write(&mut archive, path, json, limits)?;
        }
        let bytes = archive.finish().map_err(archive::not_written)?;
        let bundle = Bundle::read(&bytes, limits)?;
        Ok((bytes, bundle))
    }
}

/// Checks a document's path before it is written, because the writer repairs paths.
fn check(path: &str, limits: &Limits) -> Result<()> {
    path::check(path.as_bytes(), limits)?;
    if path.starts_with(CONFIG) || path.ends_with('/') {
        let message = "it cannot be a document's path: it is a folder's, or under `.config/`";
        return Err(Error::new(ErrorKind::UnsafePath, message).at(path));
    }
    Ok(())
}

fn write(
    archive: &mut ZipArchiveWriter<Vec<u8>>,
    path: &str,
    content: &[u8],
    limits: &Limits,
) -> Result<()> {
    let deflated = compress_to_vec(content, LEVEL);
    // What deflates too well looks like a bomb to readers.
    let ratio = limits.ratio.saturating_mul(deflated.len() as u64);
    let (method, data) = if content.len() as u64 <= ratio {
        (CompressionMethod::DEFLATE, deflated.as_slice())
    } else {
        (CompressionMethod::STORE, content)
    };
    archive::write_entry(archive, path, method, data, content)
}
