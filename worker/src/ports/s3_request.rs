//! Requests of the S3 interface and its listings, without sending anything.

use crate::configuration::S3Configuration;
use jiff::Timestamp;
use rusty_s3::actions::{ListObjectsV2, S3Action as _};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use std::time::Duration;
use worker::Url;
use zen_edge_sync::{Listed, Page};

/// For how long a signed address is good: as long as S3 accepts a signature in headers, so that a
/// clock may be as wrong.
const SIGNED_FOR: Duration = Duration::from_mins(15);

/// A bucket whose requests are signed (AWS Signature Version 4, in the address: nothing but the
/// host is signed, so that a platform may add headers).
#[derive(Debug)]
pub(super) struct S3Bucket {
    bucket: Bucket,
    credentials: Option<Credentials>,
    prefix: String,
}

impl S3Bucket {
    /// # Errors
    /// In words, if the endpoint and the bucket's name make no address.
    pub(super) fn new(configuration: &S3Configuration) -> Result<Self, String> {
        let style = match configuration.path_style {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let bucket = Bucket::new(
            configuration.endpoint.clone(),
            style,
            configuration.bucket.clone(),
            configuration.region.clone(),
        );
        let credentials = configuration.credentials.as_ref().map(|credentials| {
            let (id, key) = (
                credentials.access_key_id.expose(),
                credentials.secret_access_key.expose(),
            );
            match &credentials.session_token {
                Some(token) => Credentials::new_with_token(id, key, token.expose()),
                None => Credentials::new(id, key),
            }
        });
        Ok(Self {
            bucket: bucket.map_err(|error| error.to_string())?,
            credentials,
            prefix: configuration.prefix.clone(),
        })
    }

    /// The address of an object, signed as of this moment (milliseconds since 1970).
    pub(super) fn object(&self, key: &str, now: i64) -> Url {
        let key = format!("{}{key}", self.prefix);
        let get = self.bucket.get_object(self.credentials.as_ref(), &key);
        get.sign_with_time(SIGNED_FOR, &moment(now))
    }

    /// The address of a page of a listing: of one level, as [`zen_edge_sync::BundleStore::list`]
    /// asks.
    pub(super) fn listing(&self, prefix: &str, after: Option<&str>, now: i64) -> Url {
        let mut list = self.bucket.list_objects_v2(self.credentials.as_ref());
        list.with_prefix(format!("{}{prefix}", self.prefix));
        list.with_delimiter("/");
        if let Some(after) = after {
            list.with_continuation_token(after);
        }
        list.sign_with_time(SIGNED_FOR, &moment(now))
    }

    /// Reads a page of a listing.
    ///
    /// # Errors
    /// In words, if it is not one.
    pub(super) fn page(&self, body: &[u8]) -> Result<Page, String> {
        let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
        // The parser takes the end of the text for the end of all elements: what was cut short would be
        // a shorter listing.
        if !text.trim_end().ends_with("</ListBucketResult>") {
            return Err("it has no end".to_owned());
        }
        if nests_too_deep(text) {
            return Err("its elements are nested too deep".to_owned());
        }
        let found = ListObjectsV2::parse_response(text).map_err(|error| error.to_string())?;
        let objects = found.contents.into_iter().filter_map(|object| {
            Some(Listed {
                key: object.key.strip_prefix(&self.prefix)?.to_owned(),
                etag: object.etag,
                length: object.size.unwrap_or(0),
            })
        });
        Ok(Page {
            objects: objects.collect(),
            next: found.next_continuation_token,
        })
    }
}

/// What a wrong clock says is a moment, too.
fn moment(now: i64) -> Timestamp {
    Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How deep a listing's elements are nested: `ListBucketResult/Contents/Owner/ID`, and room for what
/// a store adds.
const MAX_DEPTH: usize = 16;

/// Whether elements are nested deeper than the parser, which calls itself for each, should go. It
/// counts tags without understanding them: what it takes for a tag within a comment only makes it
/// stricter.
fn nests_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    for part in text.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or(part);
        match tag.as_bytes().first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') => {}
            _ if tag.ends_with('/') => {}
            _ => depth += 1,
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
