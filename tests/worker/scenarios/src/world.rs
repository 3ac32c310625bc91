//! The simulated buckets and cache, as HTTP requests see them.

use std::collections::BTreeMap;
use zen_edge_sync::{EdgeCache as _, Freshness, Get, Got, List, StoreError, StoreErrorKind};
use zen_edge_sync_testkit::{SimulatedCache, SimulatedStore};

/// A request, without what nobody asks for.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Decoded.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What is sent.
pub(crate) enum Answered {
    /// An answer like any other.
    Whole {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The connection ends within the body.
    CutOff,
    /// A body that does not end.
    Endless,
    /// The connection ends before anything is said.
    Nothing,
}

/// What is behind the server.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) stores: BTreeMap<String, SimulatedStore>,
    pub(crate) cache: SimulatedCache,
}

fn status(status: u16) -> Answered {
    whole(status, Vec::new())
}

fn whole(status: u16, body: Vec<u8>) -> Answered {
    Answered::Whole {
        status,
        headers: Vec::new(),
        body,
    }
}

impl World {
    /// A bucket's objects are at `/{bucket}/{key}`, as in S3; the cache's entries at `/{name}`.
    pub(crate) fn answer(&self, asked: &Asked) -> Answered {
        let path = asked.path.trim_start_matches('/');
        let (first, key) = path.split_once('/').unwrap_or((path, ""));
        match self.stores.get(first) {
            Some(store) if key.is_empty() => list(store, asked),
            Some(store) => get(store, key, asked),
            None => self.cached(path, asked),
        }
    }

    fn cached(&self, name: &str, asked: &Asked) -> Answered {
        let cache = &self.cache;
        let done = match asked.method.as_str() {
            "PUT" => pollster::block_on(cache.put(name, &asked.body)).map(|()| status(204)),
            "DELETE" => pollster::block_on(cache.delete(name)).map(|()| status(204)),
            _ => pollster::block_on(cache.get(name, u64::MAX))
                .map(|entry| entry.map_or_else(|| status(404), |bytes| whole(200, bytes))),
        };
        done.unwrap_or_else(|_| status(500))
    }
}

fn get(store: &SimulatedStore, key: &str, asked: &Asked) -> Answered {
    let got = pollster::block_on(zen_edge_sync::BundleStore::get(
        store,
        Get {
            key: key.to_owned(),
            max_bytes: u64::MAX,
            if_none_match: asked.if_none_match.clone(),
            freshness: Freshness::Origin,
        },
    ));
    match got {
        Ok(Got::Found(object)) => Answered::Whole {
            status: 200,
            headers: object.etag.map(|etag| ("etag", etag)).into_iter().collect(),
            body: object.bytes,
        },
        Ok(Got::NotModified) => status(304),
        Ok(Got::Missing) => status(404),
        Err(error) => failed(&error),
    }
}

fn failed(error: &StoreError) -> Answered {
    let seconds = error.retry_after.map(|wait| wait.as_secs().to_string());
    let headers = seconds.map(|seconds| ("retry-after", seconds));
    let of_status = |status| Answered::Whole {
        status,
        headers: headers.into_iter().collect(),
        body: Vec::new(),
    };
    match error.kind {
        StoreErrorKind::Denied => of_status(403),
        StoreErrorKind::Throttled => of_status(429),
        StoreErrorKind::Unavailable => of_status(500),
        StoreErrorKind::Interrupted => Answered::CutOff,
        StoreErrorKind::TooLarge => Answered::Endless,
        // There is no name service, no certificate and no closed port here.
        _ => Answered::Nothing,
    }
}

/// `ListObjectsV2`, one level.
fn list(store: &SimulatedStore, asked: &Asked) -> Answered {
    let list = List {
        prefix: asked.query.get("prefix").cloned().unwrap_or_default(),
        after: asked.query.get("continuation-token").cloned(),
    };
    let page = match pollster::block_on(zen_edge_sync::BundleStore::list(store, list)) {
        Ok(page) => page,
        Err(error) => return failed(&error),
    };
    let mut body = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#,
    );
    for object in &page.objects {
        let etag = object
            .etag
            .as_deref()
            .unwrap_or_default()
            .replace('"', "&quot;");
        body += &format!(
            "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>{etag}</ETag><Size>{}</Size></Contents>",
            object.key, object.length
        );
    }
    body += &format!(
        "<KeyCount>{}</KeyCount><MaxKeys>1000</MaxKeys>",
        page.objects.len()
    );
    body += &format!("<IsTruncated>{}</IsTruncated>", page.next.is_some());
    if let Some(next) = page.next {
        body += &format!("<NextContinuationToken>{next}</NextContinuationToken>");
    }
    body += "</ListBucketResult>";
    whole(200, body.into_bytes())
}
