//! Who signed what is trusted, as people are told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::Client;
use zen_edge_tuf::{Find, Role, Signer, UnixTime};
use zen_edge_tuf_testkit::{Case, Key, Repository, to_bytes};

/// Targets with four keys, of which one has signed, one has signed wrongly, one has not, and one can
/// do nothing here; and a delegated role.
fn repository() -> (Repository, Vec<Key>) {
    let mut repository = Case::sound().repository;
    let keys: Vec<_> = ["good", "wrong", "absent", "unusable"]
        .map(Key::named)
        .into();
    repository.grant("targets", &keys, 1);
    repository.signed("root")["keys"][keys[3].id()]["scheme"] = json!("none");
    repository.delegate("targets", "team", &["team-*"]);
    repository.add("team", "team-a", b"bytes");
    repository.bump("root");
    repository.publish("root");
    *repository.signers("targets") = vec![keys[0].clone(), keys[1].clone(), keys[3].clone()];
    repository.release();
    repository.publish("team");
    let mut targets: Value = serde_json::from_slice(&repository.bytes("targets")).unwrap();
    targets["signatures"][1]["sig"] = targets["signatures"][0]["sig"].clone();
    repository.publish_bytes("targets", to_bytes(&targets));
    repository.publish("snapshot");
    repository.publish("timestamp");
    (repository, keys)
}

#[test]
fn every_key_of_every_trusted_role_is_told() {
    let (repository, keys) = repository();
    let mut client = Client::new(&Case::sound().trusted);
    let mut updater = client.update(&repository.metadata).unwrap();
    let roles = updater.trusted().roles().unwrap();
    let names: Vec<_> = roles.iter().map(|role| role.role.clone()).collect();
    assert_eq!(
        names,
        [Role::Root, Role::Timestamp, Role::Snapshot, Role::Targets]
    );
    for role in &roles[..3] {
        assert!(role.keys.values().all(|signer| *signer == Signer::Signed));
        assert!(role.expires > UnixTime(zen_edge_tuf_testkit::NOW));
    }
    assert_eq!(roles[0].version, 2);
    let targets = &roles[3];
    assert_eq!(targets.threshold, 1);
    let told = keys.iter().map(|key| targets.keys[&key.id()]);
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            Signer::Signed,
            Signer::Wrong,
            Signer::Absent,
            Signer::Unusable
        ]
    );

    // A delegated role is told of once it is trusted.
    let Find::Fetch(request) = updater.find("team-a").unwrap() else {
        panic!("the delegated role is not there yet");
    };
    updater
        .provide(repository.metadata[&request.file_name()].clone())
        .unwrap();
    let roles = updater.trusted().roles().unwrap();
    assert_eq!(roles[4].role, Role::named("team"));
    assert_eq!(
        roles[4].keys.values().collect::<Vec<_>>(),
        [&Signer::Signed]
    );
}

#[test]
fn what_was_refused_is_not_told() {
    let (mut repository, _) = repository();
    *repository.published("snapshot") = b"{}".to_vec();
    let mut client = Client::new(&Case::sound().trusted);
    client.update(&repository.metadata).unwrap_err();
    let trusted =
        zen_edge_tuf::Updater::new(client.stored.clone(), client.now, client.limits.clone())
            .unwrap()
            .into_trusted();
    let roles = trusted.roles().unwrap();
    assert_eq!(roles.len(), 1);
    assert_eq!(roles[0].role, Role::Root);
}
