//! What a client must accept, and what it does on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Client, deletes};
use zen_edge_tuf::{
    ErrorKind, Find, Json, Limits, List, Next, Role, Stored, Trusted, UnixTime, Updater,
};
use zen_edge_tuf_testkit::{Case, Key, NOW, Repository, to_bytes};

fn start() -> (Repository, Client) {
    let case = Case::sound();
    (case.repository, Client::new(&case.trusted))
}

#[test]
fn files_are_asked_for_in_the_workflow_s_order_and_once() {
    let (repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    assert_eq!(
        client.asked,
        [
            "2.root.json",
            "timestamp.json",
            "1.snapshot.json",
            "1.targets.json"
        ]
    );
    client.update(&repository.metadata).unwrap();
    assert_eq!(client.asked, ["2.root.json", "timestamp.json"]);
}

#[test]
fn without_consistent_snapshots_names_have_no_version() {
    let (mut repository, _) = start();
    repository.signed("root")["consistent_snapshot"] = json!(false);
    repository.publish("root");
    let mut client = Client::new(&repository.stored());
    for role in ["snapshot", "targets"] {
        let bytes = repository.bytes(role);
        repository.metadata.insert(format!("{role}.json"), bytes);
    }
    client.stored.remove(&Role::Timestamp);
    client.stored.remove(&Role::Snapshot);
    client.stored.remove(&Role::Targets);
    let updater = client.update(&repository.metadata).unwrap();
    assert_eq!(
        client.asked,
        [
            "2.root.json",
            "timestamp.json",
            "snapshot.json",
            "targets.json"
        ]
    );
    let target = updater.into_trusted().find("hello").unwrap();
    assert_eq!(target.file_name(), "hello");
}

#[test]
fn custom_metadata_is_handed_on() {
    let (repository, mut client) = start();
    let mut trusted = client.update(&repository.metadata).unwrap().into_trusted();
    let target = trusted.find("hello").unwrap();
    assert_eq!(
        target
            .custom()
            .and_then(|custom| custom.get("project"))
            .and_then(Json::as_text),
        Some("hello")
    );
    assert_eq!(
        serde_json::to_value(target.custom()).unwrap(),
        json!({"project": "hello", "release": "1"})
    );
    assert_eq!(trusted.paths().collect::<Vec<_>>(), ["hello"]);
}

#[test]
fn bad_signatures_do_not_spoil_enough_good_ones() {
    let (mut repository, _) = start();
    let keys = ["a", "b", "c"].map(Key::named);
    repository.grant("timestamp", &keys, 2);
    repository.publish("root");
    let bytes = repository.bytes("timestamp");
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    document["signatures"][0]["sig"] = json!("00");
    document["signatures"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"keyid": "stranger", "sig": "not hexadecimal"}));
    repository.publish_bytes("timestamp", to_bytes(&document));
    let mut client = Client::new(&repository.stored());
    client.stored.remove(&Role::Timestamp);
    client.update(&repository.metadata).unwrap();
}

#[test]
fn a_chain_of_roots_is_followed_and_only_the_last_may_not_have_expired() {
    let (mut repository, mut client) = start();
    for (name, expires) in [
        ("a", "2025-01-01T00:00:00Z"),
        ("b", "2025-02-01T00:00:00Z"),
        ("c", "2026-02-01T00:00:00Z"),
    ] {
        let old = repository.signers("root").clone();
        repository.signed("root")["expires"] = json!(expires);
        repository.grant("root", &[Key::named(name)], 1);
        repository.rotate(&old);
    }
    client.update(&repository.metadata).unwrap();
    assert_eq!(client.version("root"), Some(4));
    assert_eq!(
        client.asked[..4],
        ["2.root.json", "3.root.json", "4.root.json", "5.root.json"]
    );
}

#[test]
fn a_long_chain_of_roots_is_followed_over_several_updates() {
    let (mut repository, mut client) = start();
    for _ in 0..5 {
        repository.rotate(&[]);
    }
    client.limits.root_updates = 2;
    for version in [3, 5, 6] {
        client.update(&repository.metadata).unwrap();
        assert_eq!(client.version("root"), Some(version));
    }
}

#[test]
fn rotation_undoes_a_fast_forward() {
    for role in ["timestamp", "snapshot", "targets"] {
        let (mut repository, mut client) = start();
        repository.signed(role)["version"] = json!(i64::MAX - 1);
        repository.release();
        client.update(&repository.metadata).unwrap();
        assert_eq!(client.version(role), Some(i64::MAX as u64));

        repository.signed(role)["version"] = json!(1);
        repository.release();
        let error = client.update(&repository.metadata).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rollback, "{error}");

        repository.grant("timestamp", &[Key::named("new timestamp")], 1);
        repository.grant("snapshot", &[Key::named("new snapshot")], 1);
        repository.rotate(&[]);
        repository.publish_rest();
        client.update(&repository.metadata).unwrap();
        assert_eq!(client.version(role), Some(2));
    }
}

#[test]
fn rotation_undoes_a_fast_forward_even_if_the_root_that_rotates_has_expired() {
    let (mut repository, mut client) = start();
    repository.signed("timestamp")["version"] = json!(1_000);
    // A second key that stays, so that the old timestamp would still verify.
    let keys = [Key::named("stays"), Key::named("goes")];
    repository.grant("timestamp", &keys, 1);
    repository.rotate(&[]);
    repository.publish_rest();
    client.update(&repository.metadata).unwrap();

    repository.grant("timestamp", &keys[..1], 1);
    repository.signed("timestamp")["version"] = json!(1);
    repository.release();
    repository.signed("root")["expires"] = json!("2025-12-31T00:00:00Z");
    repository.rotate(&[]);
    assert_eq!(
        client.update(&repository.metadata).unwrap_err().kind(),
        ErrorKind::Expired
    );
    repository.signed("root")["expires"] = json!("2026-02-01T00:00:00Z");
    repository.rotate(&[]);
    client.update(&repository.metadata).unwrap();
    assert_eq!(client.version("timestamp"), Some(2));
}

#[test]
fn adding_a_key_forgets_nothing() {
    let (mut repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    let keys = [
        repository.signers("timestamp")[0].clone(),
        Key::named("another"),
    ];
    repository.grant("timestamp", &keys, 1);
    repository.rotate(&[]);
    let mut updater = Updater::new(client.stored.clone(), client.now, Limits::default()).unwrap();
    updater.advance().unwrap();
    updater
        .provide(repository.metadata["2.root.json"].clone())
        .unwrap();
    assert!(!deletes(&updater.changes()));
}

#[test]
fn a_refusal_changes_nothing_and_another_source_can_be_asked() {
    let (mut repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    let old = repository.metadata.clone();
    repository.release();
    let mut updater = Updater::new(client.stored.clone(), client.now, Limits::default()).unwrap();
    updater.missing().unwrap();
    // A lagging replica, a missing file, a page; then one that is up to date.
    for (role, file) in [
        ("timestamp", "timestamp.json"),
        ("snapshot", "2.snapshot.json"),
        ("targets", "2.targets.json"),
    ] {
        let Next::Fetch(request) = updater.advance().unwrap() else {
            panic!("{role} is not asked for")
        };
        assert_eq!(request.file_name(), file);
        updater.provide(b"<html>".to_vec()).unwrap_err();
        if role != "timestamp" {
            updater
                .provide(old[&format!("1.{role}.json")].clone())
                .unwrap_err();
        }
        assert_eq!(
            updater.missing().unwrap_err().kind(),
            ErrorKind::Unavailable
        );
        assert_eq!(updater.changes(), []);
        updater.provide(repository.metadata[file].clone()).unwrap();
        assert_eq!(updater.changes().len(), 1);
    }
    assert_eq!(updater.advance().unwrap(), Next::Done);
    assert_eq!(updater.trusted().timestamp_version(), Some(2));
}

#[test]
fn nothing_is_taken_that_was_not_asked_for() {
    let (repository, mut client) = start();
    let mut updater = client.update(&repository.metadata).unwrap();
    assert!(
        updater
            .provide(repository.metadata["1.targets.json"].clone())
            .is_err()
    );
    let mut unfinished =
        Updater::new(client.stored.clone(), client.now, Limits::default()).unwrap();
    assert_eq!(
        unfinished.find("hello").unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[test]
fn the_same_timestamp_version_with_other_content_changes_nothing() {
    let (mut repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    let stored = client.stored.clone();
    repository.bump("snapshot");
    repository.publish("snapshot");
    repository.publish("timestamp");
    client.update(&repository.metadata).unwrap();
    assert_eq!(client.stored, stored);
}

#[test]
fn poisoned_storage_is_passed_over() {
    let (repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    let other = Repository::new("staging");
    for (role, name) in [
        (Role::Timestamp, "timestamp.json"),
        (Role::Snapshot, "1.snapshot.json"),
        (Role::Targets, "1.targets.json"),
    ] {
        let mut poisoned = client.clone();
        poisoned
            .stored
            .insert(role.clone(), other.metadata[name].clone());
        poisoned.update(&repository.metadata).unwrap();
        assert_eq!(poisoned.stored, client.stored, "{role}");
        assert_eq!(poisoned.ignored, usize::from(role != Role::Targets));
    }
}

#[test]
fn what_is_stored_is_served_without_a_network() {
    let (mut repository, mut client) = start();
    repository.delegate("targets", "team", &["team/*"]);
    repository.add("team", "team/hello", b"hello, team\n");
    repository.release();
    client
        .run(
            &repository.metadata,
            &repository.targets,
            Some("team/hello"),
        )
        .unwrap();

    let mut trusted = Trusted::reload(client.stored.clone(), Limits::default()).unwrap();
    assert_eq!(trusted.timestamp_version(), Some(2));
    assert_eq!(
        trusted.expires(),
        UnixTime::parse("2026-02-01T00:00:00Z").unwrap()
    );
    trusted
        .find("team/hello")
        .unwrap()
        .verify(b"hello, team\n", &Limits::default())
        .unwrap();
    assert_eq!(
        trusted.find("missing").unwrap_err().kind(),
        ErrorKind::NotFound
    );

    client.stored.remove(&Role::named("team"));
    let mut trusted = Trusted::reload(client.stored.clone(), Limits::default()).unwrap();
    assert_eq!(
        trusted.find("team/hello").unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    client.stored.remove(&Role::Snapshot);
    assert_eq!(
        Trusted::reload(client.stored, Limits::default())
            .unwrap_err()
            .kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(
        Trusted::reload(Stored::default(), Limits::default())
            .unwrap_err()
            .kind(),
        ErrorKind::Unavailable
    );
}

#[test]
fn stored_metadata_that_does_not_fit_together_is_refused() {
    let (mut repository, mut client) = start();
    client.update(&repository.metadata).unwrap();
    let mut mixed = client.stored.clone();
    repository.release();
    mixed.insert(
        Role::Timestamp,
        repository.metadata["timestamp.json"].clone(),
    );
    let error = Trusted::reload(mixed, Limits::default()).unwrap_err();
    assert_eq!(
        (error.kind(), error.step()),
        (ErrorKind::Untrusted, "5.5.4")
    );
}

#[test]
fn one_name_under_two_delegators_is_two_roles() {
    let (mut repository, _) = start();
    // `a` and `b` both delegate to `shared`, `b` with a key that does not sign it.
    repository.delegate("targets", "a", &["a/*"]);
    repository.delegate("targets", "b", &["b/*"]);
    repository.delegate("a", "shared", &["a/*"]);
    repository.delegate("b", "shared", &["b/*"]);
    let stranger = Key::named("stranger");
    let delegations = &mut repository.signed("b")["delegations"];
    delegations["keys"][stranger.id()] = stranger.listed();
    delegations["roles"][0]["keyids"] = json!([stranger.id()]);
    repository.add("shared", "a/hello", b"a");
    repository.add("shared", "b/hello", b"b");
    repository.release();

    let case = Case::sound();
    let mut client = Client::new(&case.trusted);
    client
        .run(&repository.metadata, &repository.targets, Some("a/hello"))
        .unwrap();
    let error = client
        .run(&repository.metadata, &repository.targets, Some("b/hello"))
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.step()),
        (ErrorKind::Untrusted, "5.6.3")
    );
    // In one session too, and not from storage either.
    let mut updater = client.update(&repository.metadata).unwrap();
    assert!(matches!(updater.find("a/hello"), Ok(Find::Found(_))));
    assert!(matches!(updater.find("b/hello"), Ok(Find::Fetch(_))));
}

#[test]
fn a_floor_lets_newer_timestamps_pass() {
    let (mut repository, mut client) = start();
    repository.release();
    client.floor = 2;
    client.update(&repository.metadata).unwrap();
}

#[test]
fn time_is_fixed_for_an_update() {
    let (repository, mut client) = start();
    client.now = UnixTime(NOW + 30 * 24 * 60 * 60);
    client.update(&repository.metadata).unwrap();
    client.now = UnixTime(i64::MIN);
    client.update(&repository.metadata).unwrap();
    client.now = UnixTime(i64::MAX);
    assert_eq!(
        client.update(&repository.metadata).unwrap_err().kind(),
        ErrorKind::Expired
    );
}

/// The delegated roles that are asked for when nothing lists the target.
fn visited(delegations: &[(&str, &str, bool)]) -> Vec<String> {
    let (mut repository, mut client) = start();
    for (delegator, name, terminating) in delegations {
        repository.delegate(delegator, name, &["*"])["terminating"] = json!(terminating);
    }
    repository.release();
    let error = client.run(&repository.metadata, &repository.targets, Some("missing"));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    client.asked[4..]
        .iter()
        .map(|file| file[2..].replace(".json", ""))
        .collect()
}

#[test]
fn delegations_are_searched_depth_first_in_their_order() {
    let two_levels = [
        ("targets", "a", false),
        ("targets", "b", false),
        ("a", "c", false),
        ("a", "d", false),
    ];
    assert_eq!(visited(&two_levels), ["a", "c", "d", "b"]);
    let cycle = [
        ("targets", "a", false),
        ("a", "b", false),
        ("b", "a", false),
    ];
    assert_eq!(visited(&cycle), ["a", "b"]);
}

#[test]
fn a_terminating_delegation_ends_the_search_further_up_too() {
    let nested = [
        ("targets", "a", false),
        ("targets", "b", false),
        ("a", "c", true),
        ("a", "d", false),
        ("c", "e", false),
    ];
    assert_eq!(visited(&nested), ["a", "c", "e"]);
}

#[test]
fn what_has_expired_in_storage_is_asked_for_again() {
    let (mut repository, mut client) = start();
    repository.delegate("targets", "team", &["team/*"]);
    repository.add("team", "team/hello", b"hello, team\n");
    for role in ["snapshot", "targets", "team"] {
        repository.signed(role)["expires"] = json!("2026-01-02T00:00:00Z");
    }
    repository.release();
    client
        .run(
            &repository.metadata,
            &repository.targets,
            Some("team/hello"),
        )
        .unwrap();
    client.now = UnixTime(NOW + 2 * 24 * 60 * 60);
    for (role, step) in [
        ("snapshot", "5.5.6"),
        ("targets", "5.6.5"),
        ("team", "5.6.5"),
    ] {
        let error = client
            .run(
                &repository.metadata,
                &repository.targets,
                Some("team/hello"),
            )
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.role().name(), error.step()),
            (ErrorKind::Expired, role, step)
        );
        repository.signed(role)["expires"] = json!("2026-02-01T00:00:00Z");
        repository.release();
    }
    client
        .run(
            &repository.metadata,
            &repository.targets,
            Some("team/hello"),
        )
        .unwrap();
}

#[test]
fn a_delegated_role_that_has_expired_in_storage_is_not_used() {
    let (mut repository, mut client) = start();
    repository.delegate("targets", "team", &["team/*"]);
    repository.add("team", "team/hello", b"hello, team\n");
    repository.signed("team")["expires"] = json!("2026-01-02T00:00:00Z");
    repository.release();
    let mut run = |now| {
        client.now = UnixTime(now);
        client.run(
            &repository.metadata,
            &repository.targets,
            Some("team/hello"),
        )
    };
    run(NOW).unwrap();
    let error = run(NOW + 2 * 24 * 60 * 60).unwrap_err();
    assert_eq!((error.kind(), error.step()), (ErrorKind::Expired, "5.6.5"));
}

#[test]
fn members_beyond_the_specification_are_handed_on() {
    let (mut repository, mut client) = start();
    repository.signed("targets")["x-note"] = json!({"environment": "production"});
    repository.signed("targets")["other"] = json!(1);
    repository.release();
    let trusted = client.update(&repository.metadata).unwrap().into_trusted();
    let note = trusted.extension(&Role::Targets, "x-note").unwrap();
    assert_eq!(
        note.get("environment").and_then(Json::as_text),
        Some("production")
    );
    assert_eq!(trusted.extension(&Role::Targets, "other"), None);
    assert_eq!(trusted.extension(&Role::Root, "x-note"), None);
}

#[test]
fn every_role_s_targets_are_listed_within_its_delegation() {
    let (mut repository, mut client) = start();
    repository.delegate("targets", "team", &["team/*"]);
    repository.delegate("team", "deep", &["team/deep-*"]);
    repository.add("team", "team/a", b"a");
    repository.add("team", "elsewhere", b"e");
    repository.add("deep", "team/deep-b", b"b");
    repository.release();
    let mut updater = client.update(&repository.metadata).unwrap();
    let mut asked = Vec::new();
    let none = BTreeSet::new();
    let paths = loop {
        match updater.list(&none).unwrap() {
            List::All(paths) => break paths,
            List::Fetch(request) => {
                let name = request.file_name();
                updater.provide(repository.metadata[&name].clone()).unwrap();
                asked.push(name);
            }
        }
    };
    assert_eq!(paths, ["hello", "team/a", "team/deep-b"]);
    assert_eq!(asked, ["1.team.json", "1.deep.json"]);
    let without = BTreeSet::from([Role::named("deep")]);
    let paths = ["hello", "team/a"].map(str::to_owned).to_vec();
    assert_eq!(updater.list(&without), Ok(List::All(paths)));
    let small = Limits {
        delegations: 2,
        ..Limits::default()
    };
    client.limits = small;
    let mut updater = client.update(&repository.metadata).unwrap();
    while let Ok(List::Fetch(request)) = updater.list(&none) {
        let bytes = repository.metadata[&request.file_name()].clone();
        updater.provide(bytes).unwrap();
    }
    assert_eq!(
        updater.list(&none).unwrap_err().kind(),
        ErrorKind::LimitExceeded
    );
}
