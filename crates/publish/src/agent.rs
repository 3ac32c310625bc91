//! A bundle as GoRules' Agent reads it: with access tokens in plain text.

use crate::error::{Result, invalid};
use bytes::Bytes;
use serde_json::Value;
use std::io::Write as _;
use zen_edge_bundle::Bundle;

/// Where a bundle says what it is.
const IDENTITY: &str = ".config/project.json";

/// A zip with the documents and the identity of a bundle and these access tokens, which whoever can
/// read the bucket can read.
///
/// # Errors
/// [`crate::ErrorKind::Invalid`] if it cannot be written.
pub fn agent_copy(bundle: &Bundle, tokens: &[&str]) -> Result<Bytes> {
    let unwritable =
        |error: serde_json::Error| invalid("the identity cannot be written as JSON").because(error);
    let mut identity = serde_json::to_value(bundle.identity()).map_err(unwritable)?;
    if let Value::Object(members) = &mut identity {
        members.insert("accessTokens".to_owned(), Value::from(tokens.to_vec()));
    }
    let identity = serde_json::to_vec(&identity).map_err(unwritable)?;
    let mut archive = rawzip::ZipArchiveWriter::new(Vec::new());
    write(&mut archive, IDENTITY, &identity)?;
    for (_, document) in bundle.documents() {
        write(&mut archive, document.path(), document.json())?;
    }
    Ok(archive.finish().map_err(failed)?.into())
}

fn write(
    archive: &mut rawzip::ZipArchiveWriter<Vec<u8>>,
    path: &str,
    content: &[u8],
) -> Result<()> {
    let (mut entry, config) = archive
        .new_file(path)
        .compression_method(rawzip::CompressionMethod::STORE)
        .start()
        .map_err(failed)?;
    let mut writer = config.wrap(&mut entry);
    writer
        .write_all(content)
        .map_err(|error| failed(error.into()))?;
    let (_, descriptor) = writer.finish().map_err(failed)?;
    entry.finish(descriptor).map_err(failed)?;
    Ok(())
}

fn failed(error: rawzip::Error) -> crate::Error {
    invalid("the zip for GoRules' Agents cannot be written").because(error)
}
