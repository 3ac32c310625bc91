//! An R2 bucket that is bound to the Worker.

use super::body::{self, BodyError};
use super::store_error::{cut_short, failed, r2, too_large};
use super::{Thrown, port};
use send_wrapper::SendWrapper;
use worker::{Bucket, Conditional, ResponseBody};
use zen_edge_sync::{
    BundleStore, Get, Got, List, Listed, Object, Page, PortFuture, StoreError, StoreErrorKind,
};

/// An R2 bucket, below one prefix. What it answers is R2's own, never a cache's.
#[derive(Debug)]
pub(super) struct R2Store {
    bucket: SendWrapper<Bucket>,
    prefix: String,
}

impl R2Store {
    /// The bucket below a prefix that is empty or has a `/` at its end.
    pub(super) fn new(bucket: Bucket, prefix: String) -> Self {
        Self {
            bucket: SendWrapper::new(bucket),
            prefix,
        }
    }

    async fn read(&self, get: Get) -> Result<Got, StoreError> {
        let what = format!("reading `{}`", get.key);
        let mut request = self.bucket.get(format!("{}{}", self.prefix, get.key));
        let condition = get.if_none_match.as_deref().and_then(bare);
        let conditional = condition.is_some();
        if let Some(etag) = condition {
            request = request.only_if(Conditional {
                etag_does_not_match: Some(etag.to_owned()),
                ..Conditional::default()
            });
        }
        let found = request.execute().await;
        let Some(found) = found.map_err(|error| thrown(&error, &what))? else {
            return Ok(Got::Missing);
        };
        let Some(body) = found.body() else {
            if conditional {
                return Ok(Got::NotModified);
            }
            let words = "R2 gave no body";
            return Err(failed(StoreErrorKind::Invalid, &what, words));
        };
        if found.size() > get.max_bytes {
            return Err(too_large(get.max_bytes, &what));
        }
        let body = body.response_body();
        let bytes = match body.map_err(|error| thrown(&error, &what))? {
            ResponseBody::Stream(stream) => body::read(&stream, get.max_bytes).await,
            _ => Ok(Vec::new()),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(BodyError::TooLong) => return Err(too_large(get.max_bytes, &what)),
            Err(BodyError::Broken(thrown)) => return Err(cut_short(&thrown, &what)),
        };
        if bytes.len() as u64 != found.size() {
            let words = format!("{} of {} bytes came", bytes.len(), found.size());
            return Err(failed(StoreErrorKind::Interrupted, &what, &words));
        }
        Ok(Got::Found(Object {
            bytes,
            etag: Some(found.http_etag()),
            cached: false,
        }))
    }

    async fn page(&self, list: List) -> Result<Page, StoreError> {
        let what = format!("listing `{}`", list.prefix);
        let request = self.bucket.list();
        let mut request = request
            .prefix(format!("{}{}", self.prefix, list.prefix))
            .delimiter("/");
        if let Some(after) = list.after {
            request = request.cursor(after);
        }
        let found = request.execute().await;
        let found = found.map_err(|error| thrown(&error, &what))?;
        let objects = found.objects().into_iter().filter_map(|object| {
            Some(Listed {
                key: object.key().strip_prefix(&self.prefix)?.to_owned(),
                etag: Some(object.http_etag()),
                length: object.size(),
            })
        });
        Ok(Page {
            objects: objects.collect(),
            next: found.cursor().filter(|_| found.truncated()),
        })
    }
}

/// An `ETag` as R2's conditions want it: without quotes. One that is not R2's own is no condition.
fn bare(etag: &str) -> Option<&str> {
    let etag = etag.strip_prefix('"')?.strip_suffix('"')?;
    (!etag.is_empty() && !etag.contains('"')).then_some(etag)
}

fn thrown(error: &worker::Error, what: &str) -> StoreError {
    r2(&Thrown::words(&error.to_string()), what)
}

impl BundleStore for R2Store {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        port(self.read(get))
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        port(self.page(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_no_quotes() {
        assert_eq!(bare("\"abc\""), Some("abc"));
        for etag in ["abc", "W/\"abc\"", "\"\"", "\"", "\"a\"b\"", ""] {
            assert_eq!(bare(etag), None, "{etag}");
        }
    }
}
