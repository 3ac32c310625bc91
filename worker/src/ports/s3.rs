//! A bucket behind the S3 interface, over the platform's `fetch`.

use super::fetch::{Outgoing, object};
use super::s3_request::S3Bucket;
use super::store_error::{failed, no_answer};
use super::{WorkerClock, key, port};
use zen_edge_sync::{
    BundleStore, Clock as _, Get, Got, List, Page, PortFuture, StoreError, StoreErrorKind,
};

/// How long a page of a listing may be: a thousand of the longest keys, and what is said of each.
const PAGE_BYTES: u64 = 8 * 1024 * 1024;

/// A bucket, below one prefix.
#[derive(Debug)]
pub(super) struct S3Store {
    bucket: S3Bucket,
    clock: WorkerClock,
}

impl S3Store {
    pub(super) fn new(bucket: S3Bucket, clock: WorkerClock) -> Self {
        Self { bucket, clock }
    }

    async fn read(&self, get: Get) -> Result<Got, StoreError> {
        key::check(&get.key)?;
        let url = self.bucket.object(&get.key, self.clock.now());
        let outgoing = Outgoing::get(url.as_str(), get.if_none_match.as_deref());
        object(&outgoing, get.max_bytes, &format!("reading `{}`", get.key)).await
    }

    async fn page(&self, list: List) -> Result<Page, StoreError> {
        let what = format!("listing `{}`", list.prefix);
        let now = self.clock.now();
        let url = self
            .bucket
            .listing(&list.prefix, list.after.as_deref(), now);
        let answer = Outgoing::get(url.as_str(), None).send().await;
        let answer = answer.map_err(|thrown| no_answer(&thrown, &what))?;
        if answer.status() != 200 {
            return Err(answer.refusal(&what));
        }
        let body = answer.whole(PAGE_BYTES, &what).await?;
        self.bucket.page(&body).map_err(|words| {
            let words = format!("the answer is no listing: {words}");
            failed(StoreErrorKind::Invalid, &what, &words)
        })
    }
}

impl BundleStore for S3Store {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        port(self.read(get))
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        port(self.page(list))
    }
}
