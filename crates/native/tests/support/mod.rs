//! An environment on a real S3 server, published by a real publisher.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests"
)]

use bytes::Bytes;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_native::{FolderCache, ObjectStoreSource, SystemClock, ports};
use zen_edge_publish::keys::{SigningKey, generate};
use zen_edge_publish::store::Options;
use zen_edge_publish::{Environment, Plan, Publisher, Store, Upload};
use zen_edge_runtime::sync::{
    ClientOptions, Clock as _, FailoverOptions, RetryOptions, ScheduleOptions, Source,
    TrustOptions, TufOptions,
};
use zen_edge_runtime::{EnvironmentOptions, Runtime};
use zen_edge_store_testkit::{PUBLIC_BUCKET, Seaweed};
use zen_edge_sync_testkit::{Content, Plan as Release};

pub const ENVIRONMENT: &str = "production";
pub const PROJECT: &str = "pricing";

/// An environment in a bucket that everybody may use, so that no test needs the process's variables.
#[derive(Clone)]
pub struct Site {
    address: String,
    keys: Arc<Vec<SigningKey>>,
    root: Bytes,
}

impl Site {
    pub async fn new(server: &Seaweed) -> Self {
        server.bucket(PUBLIC_BUCKET);
        let endpoint = server.endpoint();
        let address = format!(
            "s3://{PUBLIC_BUCKET}/rules/{ENVIRONMENT}?endpoint={endpoint}&region=us-east-1&skip_signature=true"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        generate(&path, None).unwrap();
        let key = SigningKey::read(path.to_str().unwrap(), &|_| None).unwrap();
        let plan = Plan::with_key(*key.public());
        let keys = vec![key];
        let root = plan.root(ENVIRONMENT, &keys, now()).await.unwrap();
        let site = Self {
            address,
            keys: Arc::new(keys),
            root,
        };
        site.publisher(&site.store()).init(&plan).await.unwrap();
        site
    }

    /// A client of its own: connections end with the executor that opened them.
    fn store(&self) -> Store {
        let options = Options {
            retries: 2,
            timeout: Duration::from_secs(5),
        };
        Store::open(&self.address, &options).unwrap()
    }

    fn publisher<'a>(&'a self, store: &'a Store) -> Publisher<'a> {
        Publisher {
            store,
            trusted_root: &self.root,
            keys: &self.keys,
            now: now(),
            unconditional: false,
        }
    }

    /// Publishes the release of this version: again and again until it is there, as whoever publishes
    /// does whose store goes away meanwhile.
    pub async fn publish(&self, version: u64) {
        let version = version.to_string();
        let release = Release {
            content: Content::SmokePassing,
            ..Release::new(PROJECT, &version)
        };
        let upload = Upload {
            bytes: release.pack(None).into(),
            project: PROJECT.to_owned(),
            environment: None,
            release: Some(release.id()),
            version: Some(version),
            commit: None,
        };
        let uploads = [upload];
        let store = self.store();
        while self
            .publisher(&store)
            .publish(&uploads, false)
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The newest revision in the bucket.
    pub async fn revision(&self) -> u64 {
        let environment = Environment::load(&self.store(), &self.root, Some(now())).await;
        environment.unwrap().revision()
    }

    /// A host that keeps what it has in a folder, and is in a hurry.
    pub fn host(&self, folder: &Path) -> Runtime {
        let source = Source {
            name: "seaweedfs".to_owned(),
            store: Arc::new(ObjectStoreSource::open(&self.address).unwrap()),
        };
        let trust = TrustOptions::Tuf(TufOptions {
            trusted_root: self.root.to_vec(),
            revision_floor: 0,
        });
        let ms = Duration::from_millis;
        let client = ClientOptions {
            schedule: ScheduleOptions {
                interval: ms(100),
                floor: ms(50),
                retry: ms(100),
                cap: ms(300),
                full_interval: ms(1_000),
                ..ScheduleOptions::default()
            },
            retry: RetryOptions {
                attempts: 2,
                ..RetryOptions::default()
            },
            failover: FailoverOptions {
                deadline: ms(1_000),
                ..FailoverOptions::default()
            },
            ..ClientOptions::new(ENVIRONMENT, trust, vec![source])
        };
        let ports = ports(FolderCache::open(folder).unwrap());
        Runtime::new(vec![EnvironmentOptions::new(client)], ports).unwrap()
    }
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(SystemClock::new().now()).unwrap()
}
