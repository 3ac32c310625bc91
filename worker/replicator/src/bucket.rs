//! An environment's folder in an R2 bucket.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use worker::{Bucket, Conditional};
use zen_edge_replicate::{Created, Destination, Error, ErrorKind, Folder, Object, Stat};

/// A folder in a bucket. What is written gets its SHA-256 along, which R2 checks and remembers.
pub(crate) struct R2Folder {
    bucket: Bucket,
    base: String,
    label: String,
    environment: String,
}

impl R2Folder {
    /// The folder `base`, with a `/` at its end, of the bucket with this binding.
    pub(crate) fn new(bucket: Bucket, base: &str, binding: &str, environment: &str) -> Self {
        Self {
            bucket,
            base: base.to_owned(),
            label: binding.to_owned(),
            environment: environment.to_owned(),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }

    fn failed(&self, verb: &str, name: &str, error: &worker::Error) -> Error {
        let message = format!(
            "cannot {verb} {}{name} in {}: {error}",
            self.base, self.label
        );
        Error::new(ErrorKind::Unavailable, message)
    }

    /// Writes an object; answers whether the condition held.
    async fn put(
        &self,
        name: &str,
        bytes: &Bytes,
        condition: Option<Conditional>,
    ) -> Result<bool, Error> {
        let digest = Sha256::digest(bytes).to_vec();
        let mut put = self
            .bucket
            .put(self.key(name), bytes.to_vec())
            .sha256(digest);
        if let Some(condition) = condition {
            put = put.only_if(condition);
        }
        let written = put.execute().await;
        let written = written.map_err(|error| self.failed("write", name, &error))?;
        Ok(written.is_some())
    }

    /// Whether there is an object with these bytes; none if there is no object.
    async fn holds(&self, name: &str, bytes: &Bytes) -> Result<Option<bool>, Error> {
        let length = bytes.len() as u64;
        match self.stat(name).await? {
            None => Ok(None),
            Some(stat) if stat.length != length => Ok(Some(false)),
            Some(_) => {
                let found = self.get(name, length).await?;
                Ok(found.map(|object| object.bytes == *bytes))
            }
        }
    }
}

/// Nothing of that name may be there.
fn absent() -> Conditional {
    Conditional {
        etag_does_not_match: Some("*".to_owned()),
        ..Conditional::default()
    }
}

impl Folder for R2Folder {
    type Error = Error;
    /// The `ETag`, without quotes.
    type Version = String;

    fn label(&self) -> &str {
        &self.label
    }

    fn environment(&self) -> &str {
        &self.environment
    }

    async fn get(&self, name: &str, max_bytes: u64) -> Result<Option<Object<String>>, Error> {
        let found = self.bucket.get(self.key(name)).execute().await;
        let found = found.map_err(|error| self.failed("read", name, &error))?;
        let Some(object) = found else { return Ok(None) };
        if object.size() > max_bytes {
            let message = format!(
                "{}{name} in {} has {} bytes; at most {max_bytes} are accepted",
                self.base,
                self.label,
                object.size()
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let Some(body) = object.body() else {
            let message = format!("{}{name} in {} came without a body", self.base, self.label);
            return Err(Error::new(ErrorKind::Unavailable, message));
        };
        let bytes = body.bytes().await;
        let bytes = bytes.map_err(|error| self.failed("read", name, &error))?;
        Ok(Some(Object {
            bytes: bytes.into(),
            version: object.etag(),
            written: i64::try_from(object.uploaded().as_millis()).ok(),
        }))
    }

    async fn stat(&self, name: &str) -> Result<Option<Stat>, Error> {
        let found = self.bucket.head(self.key(name)).await;
        let found = found.map_err(|error| self.failed("look up", name, &error))?;
        Ok(found.map(|object| Stat {
            length: object.size(),
            sha256: object.checksum().sha256.map(|digest| hex(&digest)),
        }))
    }
}

impl Destination for R2Folder {
    async fn create(&self, name: &str, bytes: &Bytes) -> Result<Created, Error> {
        if self.put(name, bytes, Some(absent())).await? {
            return Ok(Created::New);
        }
        match self.holds(name, bytes).await? {
            Some(true) => Ok(Created::Same),
            Some(false) => Ok(Created::Other),
            None => {
                let message = format!("{}{name} in {} comes and goes", self.base, self.label);
                Err(Error::new(ErrorKind::Busy, message))
            }
        }
    }

    async fn swap(
        &self,
        name: &str,
        bytes: &Bytes,
        seen: Option<&Object<String>>,
    ) -> Result<bool, Error> {
        let condition = match seen {
            None => absent(),
            Some(object) => Conditional {
                etag_matches: Some(object.version.clone()),
                ..Conditional::default()
            },
        };
        if self.put(name, bytes, Some(condition)).await? {
            return Ok(true);
        }
        Ok(self.holds(name, bytes).await? == Some(true))
    }

    async fn replace(&self, name: &str, bytes: &Bytes) -> Result<(), Error> {
        self.put(name, bytes, None).await.map(drop)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
