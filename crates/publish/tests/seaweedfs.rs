//! Publishing into a real S3 server, and into one behind a proxy that misbehaves.
//!
//! One server for all: it takes seconds to start. Every scenario has a bucket of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use support::{key, now, pairs, served, upload};
use zen_edge_publish::keys::SigningKey;
use zen_edge_publish::store::Options;
use zen_edge_publish::{Environment, ErrorKind, Plan, Pointer, Publisher, Store, Upload, copy};
use zen_edge_store_testkit::{ADMIN, Action, PUBLIC_BUCKET, Proxy, READER, Request, Seaweed};

struct Site {
    server: Seaweed,
    keys: Vec<SigningKey>,
    root: Vec<u8>,
}

#[test]
fn a_real_s3_server() {
    // Read by the client of every address; set before there is another thread.
    let site_key = key();
    set("AWS_ACCESS_KEY_ID", ADMIN.0);
    set("AWS_SECRET_ACCESS_KEY", ADMIN.1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    let profile = |(id, secret): (&str, &str), name: &str| {
        format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
    };
    let text = profile(READER, "reader") + &profile(("admin", "wrong"), "wrong");
    std::fs::write(&path, text).unwrap();
    set("AWS_SHARED_CREDENTIALS_FILE", path.to_str().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let keys = vec![site_key];
        let plan = Plan::with_key(*keys[0].public());
        let root = plan.root("production", &keys, now()).await.unwrap();
        let site = Site {
            server: Seaweed::start(),
            keys,
            root: root.to_vec(),
        };
        site.publishes_and_reads().await;
        site.lets_racing_publishers_all_in().await;
        site.outlives_errors_that_pass().await;
        site.outlives_lost_answers().await;
        site.gives_up_on_errors_that_do_not_pass().await;
        site.refuses_a_store_that_ignores_conditions().await;
        site.names_a_bucket_that_does_not_exist().await;
        site.names_missing_rights().await;
        site.copies_to_another_bucket().await;
        site.takes_a_thousand_projects().await;
    });
}

#[allow(unsafe_code, reason = "no other thread is running yet")]
fn set(name: &str, value: &str) {
    unsafe { std::env::set_var(name, value) }
}

fn open(endpoint: &str, bucket: &str, more: &str) -> Store {
    let address =
        format!("s3://{bucket}/rules/production?endpoint={endpoint}&region=us-east-1{more}");
    let options = Options {
        retries: 3,
        timeout: std::time::Duration::from_secs(20),
    };
    Store::open(&address, &options).unwrap()
}

impl Site {
    fn store(&self, bucket: &str) -> Store {
        open(&self.server.endpoint(), bucket, "")
    }

    /// The same store behind a proxy.
    fn behind(
        &self,
        bucket: &str,
        decide: impl Fn(&Request) -> Action + Send + Sync + 'static,
    ) -> Store {
        let proxy = Proxy::start(self.server.port(), decide);
        open(&proxy.endpoint(), bucket, "")
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

    /// A bucket with an empty environment.
    async fn begin(&self, bucket: &str) -> Store {
        self.server.bucket(bucket);
        let store = self.store(bucket);
        let plan = Plan::with_key(*self.keys[0].public());
        self.publisher(&store).init(&plan).await.unwrap();
        store
    }

    async fn publish(&self, store: &Store, uploads: &[Upload]) -> zen_edge_publish::Result<()> {
        self.publisher(store)
            .publish(uploads, false)
            .await
            .map(|_| ())
    }

    async fn publishes_and_reads(&self) {
        let store = self.begin("plain").await;
        self.publish(&store, &[upload("a1", "1")]).await.unwrap();
        self.publish(&store, &[upload("a1", "2"), upload("b1", "1")])
            .await
            .unwrap();
        let expected = pairs(&[("a1", "2"), ("b1", "1")]);
        assert_eq!(served(&store, &self.root).await, expected);
        // The same bucket over plain HTTP: to read, not to write.
        let address = format!("{}/rules/production", self.server.http("plain"));
        let store = Store::open(&address, &Options::default()).unwrap();
        assert_eq!(served(&store, &self.root).await, expected);
        let error = self
            .publish(&store, &[upload("a1", "3")])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }

    async fn lets_racing_publishers_all_in(&self) {
        let store = self.begin("race").await;
        let uploads: Vec<_> = (0..5).map(|n| [upload(&format!("p{n}"), "1")]).collect();
        let all = uploads.iter().map(|uploads| self.publish(&store, uploads));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        assert_eq!(served(&store, &self.root).await.len(), 5);
        let environment = Environment::load(&store, &self.root, Some(now()))
            .await
            .unwrap();
        assert_eq!(environment.revision(), 6, "one revision each");
    }

    async fn outlives_errors_that_pass(&self) {
        self.begin("errors").await;
        let count = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&count);
        // Two of three requests fail, with one code or the other.
        let store = self.behind("errors", move |_| {
            match seen.fetch_add(1, Ordering::SeqCst) % 3 {
                0 => Action::Answer(503),
                1 => Action::Answer(500),
                _ => Action::Forward,
            }
        });
        self.publish(&store, &[upload("a1", "1")]).await.unwrap();
        assert_eq!(
            served(&self.store("errors"), &self.root).await,
            pairs(&[("a1", "1")])
        );
        assert!(count.load(Ordering::SeqCst) > 20);
    }

    async fn outlives_lost_answers(&self) {
        self.begin("lost").await;
        let count = Arc::new(AtomicU32::new(0));
        // Every write arrives, and every second answer does not.
        let store = self.behind("lost", move |request| {
            match request.is_write() && count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                true => Action::ForwardAndCut,
                false => Action::Forward,
            }
        });
        self.publish(&store, &[upload("a1", "1"), upload("b1", "1")])
            .await
            .unwrap();
        let store = self.store("lost");
        assert_eq!(served(&store, &self.root).await.len(), 2);
        let environment = Environment::load(&store, &self.root, Some(now()))
            .await
            .unwrap();
        assert_eq!(environment.revision(), 2, "it knew its own writes again");
    }

    async fn gives_up_on_errors_that_do_not_pass(&self) {
        let own = self.begin("down").await;
        let store = self.behind("down", |request| match request.is_write() {
            true => Action::Answer(503),
            false => Action::Forward,
        });
        let error = self
            .publish(&store, &[upload("a1", "1")])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert_eq!(served(&own, &self.root).await, []);
    }

    async fn refuses_a_store_that_ignores_conditions(&self) {
        let own = self.begin(PUBLIC_BUCKET).await;
        for header in [&["if-none-match"][..], &["if-match"]] {
            let header: &'static [&'static str] = header;
            let proxy = Proxy::start(self.server.port(), move |_| Action::ForwardWithout(header));
            // Conditions are signed with the rest, so nothing is.
            let store = open(&proxy.endpoint(), PUBLIC_BUCKET, "&skip_signature=true");
            let error = self
                .publish(&store, &[upload("a1", "1")])
                .await
                .unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Unconditional,
                "{header:?}: {error}"
            );
        }
        assert_eq!(served(&own, &self.root).await, []);
    }

    async fn names_a_bucket_that_does_not_exist(&self) {
        let store = self.store("nowhere");
        let error = self
            .publish(&store, &[upload("a1", "1")])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(
            error.to_string().contains("s3://nowhere/rules/production"),
            "{error}"
        );
    }

    async fn names_missing_rights(&self) {
        let own = self.begin("rights").await;
        for name in ["reader", "wrong", "missing"] {
            let store = open(
                &self.server.endpoint(),
                "rights",
                &format!("&profile={name}"),
            );
            let error = self
                .publish(&store, &[upload("a1", "1")])
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied, "{name}: {error}");
            assert!(!error.to_string().contains(READER.1), "{error}");
            if name == "reader" {
                assert_eq!(served(&store, &self.root).await, []);
            }
        }
        assert_eq!(served(&own, &self.root).await, []);
    }

    async fn copies_to_another_bucket(&self) {
        let own = self.begin("one").await;
        self.publish(&own, &[upload("a1", "1")]).await.unwrap();
        self.server.bucket("two");
        let other = self.store("two");
        let done = copy(&own, &other, &self.root, false).await.unwrap();
        assert_eq!((done.pointer, done.before), (Pointer::Moved, None));
        assert_eq!(served(&other, &self.root).await, pairs(&[("a1", "1")]));
    }

    async fn takes_a_thousand_projects(&self) {
        let store = self.begin("thousand").await;
        let uploads: Vec<_> = (0..1000)
            .map(|n| upload(&format!("p{n:04}"), "1"))
            .collect();
        self.publish(&store, &uploads).await.unwrap();
        self.publish(&store, &[upload("p0500", "2")]).await.unwrap();
        let served = served(&store, &self.root).await;
        assert_eq!((served.len(), served[500].1.as_str()), (1000, "2"));
    }
}
