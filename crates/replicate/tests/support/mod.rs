//! Buckets in memory that fail on purpose and take turns, and a reader that trusts nothing.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "for tests, each of which uses some of it"
)]

use bytes::Bytes;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use zen_edge_replicate::{
    Created, Destination, Error, ErrorKind, Folder, Host, Object, Options, Stat,
};
use zen_edge_sync_testkit::Bucket;
use zen_edge_tuf::{Find, Limits, List, Next, Stored, UnixTime, Updater};

/// 2026-01-01T00:00:00Z in milliseconds.
pub const NOW: i64 = 1_767_225_600_000;

/// When requests fail: chosen for each request by whoever drives the test.
pub type Chaos = Rc<RefCell<dyn FnMut() -> Fate>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// It was not done.
    Refused,
    /// It was done, and nobody was told.
    Unheard,
}

pub fn calm() -> Chaos {
    Rc::new(RefCell::new(|| Fate::Fine))
}

/// An environment's folder in a bucket.
#[derive(Clone)]
pub struct Memory {
    pub bucket: Bucket,
    pub environment: String,
    pub label: String,
    pub chaos: Chaos,
}

impl Memory {
    pub fn new(bucket: &Bucket, environment: &str, chaos: &Chaos) -> Self {
        Self {
            bucket: bucket.clone(),
            environment: environment.to_owned(),
            label: format!("memory:{environment}"),
            chaos: chaos.clone(),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.environment)
    }

    /// One request: others may come in between before it and after it.
    async fn request<T>(&self, what: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        turn().await;
        let fate = (self.chaos.borrow_mut())();
        let failed = || Error::new(ErrorKind::Unavailable, "the bucket was told to fail");
        if fate == Fate::Refused {
            return Err(failed());
        }
        let done = what();
        turn().await;
        if fate == Fate::Unheard {
            return Err(failed());
        }
        done
    }
}

impl Folder for Memory {
    type Error = Error;
    type Version = String;

    fn label(&self) -> &str {
        &self.label
    }

    fn environment(&self) -> &str {
        &self.environment
    }

    async fn get(&self, name: &str, max_bytes: u64) -> Result<Option<Object<String>>, Error> {
        self.request(|| {
            let Some(bytes) = self.bucket.get(&self.key(name)) else {
                return Ok(None);
            };
            if bytes.len() as u64 > max_bytes {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("{name} is too long"),
                ));
            }
            Ok(Some(Object {
                version: self.bucket.etag(&bytes),
                bytes: Bytes::copy_from_slice(&bytes),
                written: Some(NOW),
            }))
        })
        .await
    }

    async fn stat(&self, name: &str) -> Result<Option<Stat>, Error> {
        self.request(|| {
            let found = self.bucket.get(&self.key(name));
            Ok(found.map(|bytes| Stat {
                length: bytes.len() as u64,
                sha256: None,
            }))
        })
        .await
    }
}

impl Destination for Memory {
    async fn create(&self, name: &str, bytes: &Bytes) -> Result<Created, Error> {
        self.request(|| {
            let key = self.key(name);
            Ok(match self.bucket.get(&key) {
                None => {
                    self.bucket.put(&key, bytes.to_vec());
                    Created::New
                }
                Some(found) if *found == **bytes => Created::Same,
                Some(_) => Created::Other,
            })
        })
        .await
    }

    async fn swap(
        &self,
        name: &str,
        bytes: &Bytes,
        seen: Option<&Object<String>>,
    ) -> Result<bool, Error> {
        self.request(|| {
            let key = self.key(name);
            let found = self.bucket.get(&key);
            let etag = found.as_ref().map(|found| self.bucket.etag(found));
            if etag.as_ref() == seen.map(|seen| &seen.version) {
                self.bucket.put(&key, bytes.to_vec());
                return Ok(true);
            }
            Ok(found.is_some_and(|found| *found == **bytes))
        })
        .await
    }

    async fn replace(&self, name: &str, bytes: &Bytes) -> Result<(), Error> {
        self.request(|| {
            self.bucket.put(&self.key(name), bytes.to_vec());
            Ok(())
        })
        .await
    }
}

/// A host with one source and some destinations.
pub struct Buckets {
    pub source: Bucket,
    pub destinations: Vec<Bucket>,
    pub roots: BTreeMap<String, Vec<u8>>,
    pub options: Options,
    pub chaos: Chaos,
    pub now: i64,
}

impl Host for Buckets {
    type Source = Memory;
    type Destination = Memory;

    fn source(&self, environment: &str) -> Memory {
        Memory::new(&self.source, environment, &self.chaos)
    }

    fn destinations(&self, environment: &str) -> Vec<Memory> {
        let folder = |bucket| Memory::new(bucket, environment, &self.chaos);
        self.destinations.iter().map(folder).collect()
    }

    fn trusted_root(&self, environment: &str) -> &[u8] {
        &self.roots[environment]
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn now(&self) -> i64 {
        self.now
    }
}

/// Lets the others go on.
pub async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| match std::mem::replace(&mut waited, true) {
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        true => Poll::Ready(()),
    })
    .await;
}

/// Runs one future to its end. Nothing here waits for anything but its turn.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(result) = step(&mut future) {
            return result;
        }
    }
}

/// Lets a future go on once.
pub fn step<T>(future: &mut Pin<Box<impl Future<Output = T> + ?Sized>>) -> Poll<T> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// What a client that has only the first root gets from a bucket: its revision and every bundle it
/// announces, all of it verified. None if there is no pointer.
///
/// # Panics
/// If anything does not hold.
pub fn read(bucket: &Bucket, environment: &str, root: &[u8]) -> Option<(u64, Vec<String>)> {
    let limits = Limits::default();
    let get = |name: &str| bucket.get(&format!("{environment}/{name}"));
    get("metadata/timestamp.json")?;
    let stored = Stored::with_root(root);
    let mut updater = Updater::new(stored, UnixTime(NOW / 1_000), limits.clone()).unwrap();
    let answer = |updater: &mut Updater, request: &zen_edge_tuf::Request| {
        match get(&format!("metadata/{}", request.file_name())) {
            Some(bytes) => updater.provide(bytes),
            None => updater.missing(),
        }
        .unwrap_or_else(|error| panic!("{}: {error}", request.file_name()));
    };
    while let Next::Fetch(request) = updater.advance().unwrap() {
        answer(&mut updater, &request);
    }
    let none = Default::default();
    let paths = loop {
        match updater.list(&none).unwrap() {
            List::All(paths) => break paths,
            List::Fetch(request) => answer(&mut updater, &request),
        }
    };
    let mut read = Vec::new();
    for path in paths {
        let target = loop {
            match updater.find(&path).unwrap() {
                Find::Found(target) => break target,
                Find::Fetch(request) => answer(&mut updater, &request),
            }
        };
        let name = format!("targets/{}", target.file_name());
        let bytes = get(&name).unwrap_or_else(|| panic!("{name} is not there"));
        target.verify(&bytes, &limits).unwrap();
        read.push(name);
    }
    Some((updater.trusted().timestamp_version().unwrap(), read))
}

/// An event notification, as R2 writes it.
pub fn message(action: &str, key: &str) -> String {
    format!(
        r#"{{"account":"a","action":"{action}","bucket":"source","object":{{"key":"{key}","size":1,"eTag":"e"}},"eventTime":"2026-01-01T00:00:00.000Z"}}"#
    )
}
