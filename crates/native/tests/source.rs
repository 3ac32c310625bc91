//! Object stores as sources: in memory, in a folder, on a real S3 server and over plain HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

use bytes::Bytes;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zen_edge_native::ObjectStoreSource;
use zen_edge_publish::Store;
use zen_edge_publish::store::Options;
use zen_edge_store_testkit::{ADMIN, Action, Proxy, READER, Seaweed};
use zen_edge_sync::{BundleStore as _, Freshness, Get, Got, List, Object, StoreErrorKind};

fn get(key: &str, max_bytes: u64, if_none_match: Option<&str>) -> Get {
    Get {
        key: key.to_owned(),
        max_bytes,
        if_none_match: if_none_match.map(str::to_owned),
        freshness: Freshness::Cached,
    }
}

async fn object(source: &ObjectStoreSource, key: &str) -> Object {
    match source.get(get(key, 1_000_000, None)).await {
        Ok(Got::Found(object)) => object,
        other => panic!("{key}: {other:?}"),
    }
}

async fn kind(source: &ObjectStoreSource, get: Get) -> StoreErrorKind {
    let error = source.get(get).await.unwrap_err();
    assert!(!error.message.contains(ADMIN.1), "{error}");
    error.kind
}

/// All keys below a prefix, and how many pages they came in.
async fn keys(source: &ObjectStoreSource, prefix: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut pages, mut after) = (BTreeSet::new(), 0, None);
    loop {
        let prefix = prefix.to_owned();
        let page = source.list(List { prefix, after }).await.unwrap();
        pages += 1;
        for object in page.objects {
            assert!(object.length > 0);
            assert!(found.insert(object.key), "twice");
        }
        after = page.next;
        if after.is_none() {
            return (found, pages);
        }
    }
}

/// Objects below the folder `rules` of a bucket.
async fn fill(store: &dyn ObjectStore) {
    for (key, content) in [
        ("rules/production/pricing", "zip"),
        ("rules/production/fraud", "another zip"),
        ("rules/production/metadata/timestamp.json", "{}"),
        ("rules/staging/pricing", "not this one"),
        ("elsewhere", "nor this"),
    ] {
        let content = Bytes::from_static(content.as_bytes());
        store.put(&Path::from(key), content.into()).await.unwrap();
    }
}

/// What every store must do, once it is filled.
async fn behaves(source: &ObjectStoreSource) {
    let key = "production/metadata/timestamp.json";
    let found = object(source, key).await;
    assert_eq!((found.bytes.as_slice(), found.cached), (&b"{}"[..], false));
    let etag = found.etag.unwrap();
    let again = source.get(get(key, 10, Some(&etag))).await;
    assert_eq!(again, Ok(Got::NotModified));
    let other = source.get(get(key, 10, Some("\"another\""))).await.unwrap();
    assert!(matches!(other, Got::Found(_)));
    assert!(source.get(get(key, 2, None)).await.is_ok());
    assert_eq!(
        kind(source, get(key, 1, None)).await,
        StoreErrorKind::TooLarge
    );
    for missing in ["production/nothing", "production/../staging/pricing", "x"] {
        let found = source.get(get(missing, 10, None)).await;
        assert_eq!(found, Ok(Got::Missing), "{missing}");
    }
}

async fn lists(source: &ObjectStoreSource) {
    let expected = ["production/fraud", "production/pricing"].map(str::to_owned);
    let (found, _) = keys(source, "production/").await;
    assert_eq!(found, BTreeSet::from(expected));
    assert_eq!(keys(source, "nothing/").await.0, BTreeSet::new());
}

#[tokio::test]
async fn in_memory() {
    let memory = Arc::new(InMemory::new());
    fill(memory.as_ref()).await;
    let store = Store::new(memory, "rules/production", "memory:").unwrap();
    let source = ObjectStoreSource::of(&store);
    behaves(&source).await;
    lists(&source).await;
}

#[tokio::test]
async fn in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let local = object_store::local::LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    fill(&local).await;
    let path = folder.path().join("rules/production");
    for address in [
        path.to_str().unwrap().to_owned(),
        format!("file://{}", path.display()),
    ] {
        let source = ObjectStoreSource::open(&address).unwrap();
        behaves(&source).await;
        lists(&source).await;
    }
}

#[tokio::test]
async fn nothing_answers_there() {
    let unused = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let open = |address: &str| ObjectStoreSource::open(address).unwrap();
    let refused = open(&format!("http://127.0.0.1:{port}/production"));
    let asked = kind(&refused, get("production/a", 10, None)).await;
    assert_eq!(asked, StoreErrorKind::Refused);
    let unknown = open("https://no-such-host.invalid/production");
    let asked = kind(&unknown, get("production/a", 10, None)).await;
    assert_eq!(asked, StoreErrorKind::Dns);
}

#[tokio::test]
async fn no_secure_connection() {
    // What listens there says nothing of TLS.
    let proxy = Proxy::start(1, |_| Action::Answer(200));
    let address = proxy.endpoint().replace("http://", "https://");
    let source = ObjectStoreSource::open(&format!("{address}/production")).unwrap();
    let asked = kind(&source, get("production/a", 10, None)).await;
    assert_eq!(asked, StoreErrorKind::Tls);
}

/// A server that answers every request with this head, and then never comes to an end.
fn endless(head: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 4_096]);
            let _ = write!(client, "HTTP/1.1 {head}\r\n\r\n");
            // Until the client has had enough.
            while client.write_all(&[b' '; 65_536]).is_ok() {}
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn what_never_ends_is_not_read_to_its_end() {
    let object = "200 OK\r\nContent-Length: 9000000000000\r\nETag: \"a\"";
    let source = ObjectStoreSource::open(&format!("{}/production", endless(object))).unwrap();
    let asked = kind(&source, get("production/a", 1_000, None)).await;
    assert_eq!(asked, StoreErrorKind::TooLarge);
    for head in [
        "503 Service Unavailable\r\nContent-Length: 9000000000000",
        "403 Forbidden\r\nConnection: close",
    ] {
        let source = ObjectStoreSource::open(&format!("{}/production", endless(head))).unwrap();
        let asked = kind(&source, get("production/a", 1_000, None)).await;
        assert_eq!(asked, StoreErrorKind::Invalid, "{head}");
    }
    let endpoint = endless("200 OK\r\nConnection: close");
    let source = open(&endpoint, "&skip_signature=true");
    let listed = source.list(List {
        prefix: "production/".to_owned(),
        after: None,
    });
    assert_eq!(listed.await.unwrap_err().kind, StoreErrorKind::Invalid);
}

#[tokio::test]
async fn addresses_that_are_none() {
    for address in ["ftp://host/production", "s3://key:secret@bucket/production"] {
        assert!(ObjectStoreSource::open(address).is_err());
    }
}

#[test]
fn on_a_real_s3_server() {
    // Read by the client of every address; set before there is another thread.
    set("AWS_ACCESS_KEY_ID", ADMIN.0);
    set("AWS_SECRET_ACCESS_KEY", ADMIN.1);
    let folder = tempfile::tempdir().unwrap();
    let profiles = folder.path().join("credentials");
    let profile = |name: &str, (id, secret): (&str, &str)| {
        format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
    };
    let text = profile("reader", READER) + profile("wrong", (ADMIN.0, "wrong")).as_str();
    std::fs::write(&profiles, text).unwrap();
    set("AWS_SHARED_CREDENTIALS_FILE", profiles.to_str().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = Seaweed::start();
        server.bucket("rules");
        let writer = Store::open(&address(&server.endpoint(), ""), &Options::default()).unwrap();
        fill(writer.bucket().client.as_ref()).await;
        let own = open(&server.endpoint(), "");
        behaves(&own).await;
        lists(&own).await;
        lists(&open(&server.endpoint(), "&profile=reader")).await;
        pages(&server).await;
        refuses(&server).await;
        fails_once(&server).await;
        over_http(&server).await;
    });
}

#[allow(unsafe_code, reason = "no other thread of this test is running yet")]
fn set(name: &str, value: &str) {
    unsafe { std::env::set_var(name, value) }
}

fn address(endpoint: &str, more: &str) -> String {
    format!("s3://rules/rules/production?endpoint={endpoint}&region=us-east-1{more}")
}

fn open(endpoint: &str, more: &str) -> ObjectStoreSource {
    ObjectStoreSource::open(&address(endpoint, more)).unwrap()
}

async fn pages(server: &Seaweed) {
    let store = Store::open(&address(&server.endpoint(), ""), &Options::default()).unwrap();
    let client = store.bucket().client;
    let puts = (0..1_100).map(|n| {
        let (client, path) = (client.clone(), Path::from(format!("rules/many/p{n:04}")));
        async move { client.put(&path, "zip".into()).await.unwrap() }
    });
    use futures_util::StreamExt as _;
    let puts = futures_util::stream::iter(puts).buffer_unordered(32);
    puts.for_each(|_| async {}).await;
    let (found, pages) = keys(&open(&server.endpoint(), ""), "many/").await;
    assert_eq!((found.len(), pages), (1_100, 2));
}

async fn refuses(server: &Seaweed) {
    let key = "production/pricing";
    let wrong = open(&server.endpoint(), "&profile=wrong");
    assert_eq!(
        kind(&wrong, get(key, 10, None)).await,
        StoreErrorKind::Denied
    );
    let nobody = open(&server.endpoint(), "&profile=nobody");
    assert_eq!(
        kind(&nobody, get(key, 10, None)).await,
        StoreErrorKind::Denied
    );
    let anonymous = open(&server.endpoint(), "&skip_signature=true");
    assert_eq!(
        kind(&anonymous, get(key, 10, None)).await,
        StoreErrorKind::Denied
    );
}

/// Each failure is one request, and has its kind.
async fn fails_once(server: &Seaweed) {
    let cases = [
        (Action::Answer(500), StoreErrorKind::Unavailable),
        (Action::Answer(503), StoreErrorKind::Throttled),
        (Action::Answer(429), StoreErrorKind::Throttled),
        (Action::Answer(504), StoreErrorKind::Timeout),
        (Action::Answer(403), StoreErrorKind::Denied),
        (Action::Answer(400), StoreErrorKind::Invalid),
        (Action::Cut, StoreErrorKind::Interrupted),
        (Action::ForwardAndCut, StoreErrorKind::Interrupted),
    ];
    for (action, expected) in cases {
        let count = Arc::new(AtomicU32::new(0));
        let seen = count.clone();
        let proxy = Proxy::start(server.port(), move |_| {
            seen.fetch_add(1, Ordering::SeqCst);
            action
        });
        let source = open(&proxy.endpoint(), "");
        let asked = kind(&source, get("production/pricing", 10, None)).await;
        assert_eq!(asked, expected, "{action:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{action:?}");
    }
}

async fn over_http(server: &Seaweed) {
    let address = format!("{}/rules/production", server.http("rules"));
    let source = ObjectStoreSource::open(&address).unwrap();
    behaves(&source).await;
    let prefix = "production/".to_owned();
    let listed = source.list(List {
        prefix,
        after: None,
    });
    // SeaweedFS answers what it does not understand in ways of its own.
    assert!(listed.await.is_err());
}
