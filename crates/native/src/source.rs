//! Buckets, and whatever else `object_store` reads.

use crate::store_error::{body_error, store_error};
use futures_util::future::FutureExt as _;
use object_store::list::PaginatedListOptions;
use object_store::path::Path;
use object_store::{Error, GetOptions, ListResult};
use std::time::Duration;
use zen_edge_publish::Store;
use zen_edge_publish::store::{Bucket, Options, read};
use zen_edge_sync::{
    BundleStore, Get, Got, List, Listed, Object, Page, PortFuture, StoreError, StoreErrorKind,
};

/// What a store may take for one request; sync's deadlines are shorter, and end it by dropping it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A bucket of S3, GCS or Azure, a folder, or a web server.
///
/// A request is sent once: sync itself repeats what may pass. `object_store` knows no `Retry-After`,
/// and cannot ask a cache of the network between (a CDN before an `https` address) to step aside, so
/// [`Get::freshness`] changes nothing.
#[derive(Debug, Clone)]
pub struct ObjectStoreSource {
    bucket: Bucket,
}

impl ObjectStoreSource {
    /// The source that an environment's address names: `s3://bucket/prefix/production`, `gs://…`,
    /// `az://…`, `https://…`, `file:///folder/production` or a folder's path, with credentials and
    /// endpoints from the variables that the stores' own tools read, as `zen-edge publish` takes
    /// them. Its keys begin with the environment's name.
    ///
    /// # Errors
    /// `Invalid` if the address is none of these. Nothing is requested yet.
    pub fn open(address: &str) -> zen_edge_publish::Result<Self> {
        let options = Options {
            retries: 0,
            timeout: TIMEOUT,
        };
        Ok(Self::of(&Store::open(address, &options)?))
    }

    /// The source that a publisher's store is in.
    pub fn of(store: &Store) -> Self {
        Self {
            bucket: store.bucket(),
        }
    }

    async fn read(&self, get: Get) -> Result<Got, StoreError> {
        let what = format!("reading `{}`", get.key);
        let options = GetOptions::new().with_if_none_match(get.if_none_match);
        let path = self.bucket.path(&get.key);
        let answer = match self.bucket.client.get_opts(&path, options).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return Ok(Got::Missing),
            Err(Error::NotModified { .. }) => return Ok(Got::NotModified),
            Err(error) => return Err(store_error(&error, &what)),
        };
        let (etag, size) = (answer.meta.e_tag.clone(), answer.meta.size);
        let body = read(answer, get.max_bytes).await;
        let body = body.map_err(|error| body_error(&error, &what))?;
        let Some(bytes) = body else {
            let message = format!("{what} failed: it is longer than {} bytes", get.max_bytes);
            return Err(StoreError::new(StoreErrorKind::TooLarge, message));
        };
        if bytes.len() as u64 != size {
            let message = format!("{what} failed: {} of {size} bytes came", bytes.len());
            return Err(StoreError::new(StoreErrorKind::Interrupted, message));
        }
        Ok(Got::Found(Object {
            bytes: bytes.into(),
            etag,
            cached: false,
        }))
    }

    async fn page(&self, list: List) -> Result<Page, StoreError> {
        let what = format!("listing `{}`", list.prefix);
        let folder = self.bucket.path(list.prefix.trim_end_matches('/'));
        let failed = |error| list_error(&error, &what);
        let Some(pages) = &self.bucket.pages else {
            let whole = self.bucket.client.list_with_delimiter(Some(&folder)).await;
            return Ok(Page {
                objects: self.listed(whole.map_err(failed)?),
                next: None,
            });
        };
        let prefix = match folder.as_ref() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let options = PaginatedListOptions {
            delimiter: Some("/".into()),
            page_token: list.after,
            ..PaginatedListOptions::default()
        };
        let page = pages.list_paginated(Some(&prefix), options).await;
        let page = page.map_err(failed)?;
        Ok(Page {
            objects: self.listed(page.result),
            next: page.page_token,
        })
    }

    fn listed(&self, found: ListResult) -> Vec<Listed> {
        let objects = found.objects.into_iter();
        let listed = objects.filter_map(|object| {
            Some(Listed {
                key: self.key(&object.location)?,
                etag: object.e_tag,
                length: object.size,
            })
        });
        listed.collect()
    }

    /// An object's key below the prefix.
    fn key(&self, location: &Path) -> Option<String> {
        let parts: Vec<_> = location.prefix_match(&self.bucket.prefix)?.collect();
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        Some(parts.join("/"))
    }
}

/// A web server that does not list says so by a status.
fn list_error(error: &Error, what: &str) -> StoreError {
    let error = store_error(error, what);
    match error.message.rsplit(' ').next() {
        Some("405" | "501") => StoreError::new(StoreErrorKind::Unsupported, error.message),
        _ => error,
    }
}

impl BundleStore for ObjectStoreSource {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        self.read(get).boxed()
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        self.page(list).boxed()
    }
}
