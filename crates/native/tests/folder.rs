//! The folder as a cache: whole entries, whatever happens, and no way out of the folder.

#![allow(
    clippy::unwrap_used,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use zen_edge_native::FolderCache;
use zen_edge_sync::EdgeCache as _;

const MAX: u64 = 1024 * 1024;

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}

#[tokio::test]
async fn entries_are_kept_replaced_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FolderCache::open(folder.path()).unwrap();
    assert_eq!(cache.get("a", MAX).await, Ok(None));
    cache.put("a", b"one").await.unwrap();
    cache.put("a", b"two").await.unwrap();
    cache.put("b", b"").await.unwrap();
    assert_eq!(cache.get("a", MAX).await, Ok(Some(b"two".to_vec())));
    // As a process does that begins later.
    let cache = FolderCache::open(folder.path()).unwrap();
    assert_eq!(cache.get("a", MAX).await, Ok(Some(b"two".to_vec())));
    assert_eq!(cache.get("b", MAX).await, Ok(Some(Vec::new())));
    cache.delete("a").await.unwrap();
    cache.delete("a").await.unwrap();
    assert_eq!(cache.get("a", MAX).await, Ok(None));
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn an_entry_that_is_too_long_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FolderCache::open(folder.path()).unwrap();
    cache.put("a", &[7; 100]).await.unwrap();
    assert_eq!(cache.get("a", 100).await, Ok(Some(vec![7; 100])));
    assert_eq!(cache.get("a", 99).await, Ok(None));
    assert_eq!(cache.get("a", 0).await, Ok(None));
}

#[tokio::test]
async fn keys_stay_in_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("cache");
    let cache = FolderCache::open(&folder).unwrap();
    let long = "x".repeat(100_000);
    let keys = [
        "../outside",
        "/etc/passwd",
        "production/bundles/a",
        "production\\bundles\\a",
        "",
        ".",
        "..",
        "a\0b",
        "new-1",
        "CON",
        "case",
        "Case",
        "ä",
        "a\u{308}",
        &long,
    ];
    for key in keys {
        cache.put(key, key.as_bytes()).await.unwrap();
    }
    for key in keys {
        let found = cache.get(key, MAX).await.unwrap();
        assert_eq!(found.as_deref(), Some(key.as_bytes()), "{key:.20}");
    }
    let found = files(&folder);
    assert_eq!(found.len(), keys.len());
    let is_name =
        |name: &String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(found.iter().all(is_name), "{found:?}");
    assert_eq!(files(outer.path()), BTreeSet::from(["cache".to_owned()]));
}

#[tokio::test]
async fn what_a_dead_process_left_is_removed_and_what_a_live_one_writes_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FolderCache::open(folder.path()).unwrap();
    cache.put("a", b"whole").await.unwrap();
    fs::write(folder.path().join("new-dead"), "who").unwrap();
    let alive = fs::File::create(folder.path().join("new-alive")).unwrap();
    alive.lock().unwrap();
    let cache = FolderCache::open(folder.path()).unwrap();
    let found = files(folder.path());
    assert!(!found.contains("new-dead") && found.contains("new-alive"));
    assert_eq!(cache.get("a", MAX).await, Ok(Some(b"whole".to_vec())));
    drop(alive);
    FolderCache::open(folder.path()).unwrap();
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_whole_entries_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |writer: u8, round: usize| vec![writer; 1 + (round * 7_919) % 20_000];
    let writers = (0..4_u8).map(|writer| {
        // As four processes do.
        let cache = FolderCache::open(folder.path()).unwrap();
        tokio::spawn(async move {
            for round in 0..25 {
                cache.put("shared", &entry(writer, round)).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let reader = FolderCache::open(folder.path()).unwrap();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        if let Some(bytes) = reader.get("shared", MAX).await.unwrap() {
            let (first, length) = (bytes[0], bytes.len());
            assert!(bytes.iter().all(|byte| *byte == first), "a mixture");
            assert!((0..25).any(|round| entry(first, round).len() == length));
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(files(folder.path()).len(), 1, "nothing is left over");
}

#[tokio::test]
async fn changes_land_in_the_order_in_which_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FolderCache::open(folder.path()).unwrap();
    let puts = (0..20_u8).map(|round| {
        let cache = cache.clone();
        async move { cache.put("a", &[round]).await.unwrap() }
    });
    futures_util::future::join_all(puts).await;
    assert_eq!(cache.get("a", MAX).await, Ok(Some(vec![19])));
}

#[tokio::test]
async fn what_is_no_file_is_no_entry_and_a_folder_that_is_none_says_so() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("cache");
    let cache = FolderCache::open(&folder).unwrap();
    cache.put("a", b"x").await.unwrap();
    let name = files(&folder).pop_first().unwrap();
    fs::remove_file(folder.join(&name)).unwrap();
    fs::create_dir(folder.join(&name)).unwrap();
    assert_eq!(cache.get("a", MAX).await, Ok(None));
    assert!(cache.put("a", b"x").await.is_err());
    fs::write(outer.path().join("file"), "").unwrap();
    let error = FolderCache::open(outer.path().join("file")).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
    // The folder goes while it is used: a failure, not a panic.
    fs::remove_dir_all(&folder).unwrap();
    assert!(cache.put("a", b"x").await.is_err());
    assert_eq!(cache.get("a", MAX).await, Ok(None));
}
