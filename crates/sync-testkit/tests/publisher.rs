//! What the publisher writes is what a TUF client accepts, and what it breaks is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::json;
use std::collections::BTreeMap;
use zen_edge_sync_testkit::{Bucket, Commit, Deployer, Plan, Publisher};
use zen_edge_tuf::{ErrorKind, Find, Limits, Next, Stored, Target, UnixTime, Updater};

const NOW: i64 = 1_767_225_600_000;

/// Updates from a bucket and looks a project up; the metadata that is trusted then.
fn update(
    stored: &mut Stored,
    bucket: &Bucket,
    project: &str,
) -> Result<Target, zen_edge_tuf::Error> {
    let now = UnixTime(NOW / 1_000);
    let mut updater = Updater::new(stored.clone(), now, Limits::default())?;
    let found = loop {
        let request = match updater.advance()? {
            Next::Fetch(request) => request,
            Next::Done => match updater.find(project)? {
                Find::Found(target) => break target,
                Find::Fetch(request) => request,
            },
        };
        match bucket.get(&format!("production/metadata/{}", request.file_name())) {
            Some(bytes) => updater.provide(bytes)?,
            None => updater.missing()?,
        }
    };
    *stored = updater.into_trusted().stored().clone();
    Ok(found)
}

fn begin() -> (Publisher, Bucket, Stored) {
    let bucket = Bucket::new("near");
    let publisher = Publisher::new("production", bucket.clone(), NOW);
    let stored = Stored::with_root(publisher.first_root());
    (publisher, bucket, stored)
}

fn version(target: &Target) -> &str {
    target
        .custom()
        .unwrap()
        .get("version")
        .unwrap()
        .as_text()
        .unwrap()
}

#[test]
fn releases_are_published_rolled_back_and_rotated_past() {
    let (mut publisher, bucket, mut stored) = begin();
    let sound = Commit::default();
    for number in ["1", "2", "1"] {
        publisher.publish(&[Plan::new("pricing", number)], NOW, &sound, None);
        let target = update(&mut stored, &bucket, "pricing").unwrap();
        assert_eq!(version(&target), number);
        let bytes = bucket.get(&format!("production/targets/{}", target.file_name()));
        target.verify(&bytes.unwrap(), &Limits::default()).unwrap();
    }
    for roles in [&["timestamp"][..], &["targets", "snapshot"], &["root"]] {
        let roles: Vec<_> = roles.iter().map(|role| (*role).to_owned()).collect();
        for both in [false, true] {
            publisher.rotate(&roles, both, NOW, &sound);
            update(&mut stored, &bucket, "pricing").unwrap();
        }
    }
    publisher.delegate("team", &["ship*"], NOW);
    publisher.publish(&[Plan::new("shipping", "7")], NOW, &sound, None);
    let target = update(&mut stored, &bucket, "shipping").unwrap();
    assert_eq!((version(&target), target.role().name()), ("7", "team"));
    publisher.remove(&["pricing".to_owned()], NOW, &sound);
    let error = update(&mut stored, &bucket, "pricing").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn what_is_broken_on_purpose_is_refused() {
    let signed_by = |role: &str, names: &[&str]| Commit {
        sign_with: BTreeMap::from([(
            role.to_owned(),
            names.iter().map(|name| (*name).to_owned()).collect(),
        )]),
        ..Commit::default()
    };
    for (commit, kind) in [
        (
            signed_by("timestamp", &["a stranger"]),
            ErrorKind::Untrusted,
        ),
        (signed_by("targets", &[]), ErrorKind::Untrusted),
        (
            Commit {
                forge: BTreeMap::from([(
                    "timestamp".to_owned(),
                    json!({"signed": {"version": 9}}),
                )]),
                ..Commit::default()
            },
            ErrorKind::Untrusted,
        ),
        (
            Commit {
                amend: BTreeMap::from([("timestamp".to_owned(), json!({"version": 1}))]),
                ..Commit::default()
            },
            ErrorKind::Rollback,
        ),
    ] {
        let (mut publisher, bucket, mut stored) = begin();
        let sound = Commit::default();
        publisher.publish(&[Plan::new("pricing", "1")], NOW, &sound, None);
        update(&mut stored, &bucket, "pricing").unwrap();
        publisher.publish(&[Plan::new("pricing", "2")], NOW, &commit, None);
        let error = update(&mut stored, &bucket, "pricing").unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
fn who_is_interrupted_leaves_the_environment_as_it_was() {
    for writes in 0..3 {
        let (mut publisher, bucket, mut stored) = begin();
        publisher.publish(&[Plan::new("pricing", "1")], NOW, &Commit::default(), None);
        let interrupted = Commit {
            interrupted_after: Some(writes),
            ..Commit::default()
        };
        publisher.publish(&[Plan::new("pricing", "2")], NOW, &interrupted, None);
        let target = update(&mut stored, &bucket, "pricing").unwrap();
        assert_eq!(version(&target), "1");
        publisher.publish(&[Plan::new("pricing", "2")], NOW, &Commit::default(), None);
        let target = update(&mut stored, &bucket, "pricing").unwrap();
        assert_eq!(version(&target), "2");
    }
}

#[test]
fn the_layout_of_gorules_is_one_object_per_project() {
    let bucket = Bucket::new("near");
    let mut deployer = Deployer::new("production", bucket.clone());
    for (number, day) in [("1", 0), ("2", 1)] {
        let now = NOW + day * 86_400_000;
        deployer.deploy(&[Plan::new("pricing", number)], now, None);
    }
    assert_eq!(bucket.keys("*"), ["production/pricing"]);
    let deployed = |bucket: &Bucket| {
        let bytes = bucket.get("production/pricing").unwrap();
        let bundle = zen_edge_bundle::Bundle::read(&bytes, &zen_edge_bundle::Limits::default());
        let identity = bundle.unwrap().identity().clone();
        assert_eq!(identity.environment.key.as_deref(), Some("production"));
        identity.deployment.created_at.unwrap()
    };
    assert_eq!(deployed(&bucket), "2026-01-02T00:00:00Z");
    deployer.replay("pricing", "1", &bucket);
    assert_eq!(deployed(&bucket), "2026-01-01T00:00:00Z");
    deployer.remove(&["pricing".to_owned()]);
    assert!(bucket.keys("*").is_empty());
}
