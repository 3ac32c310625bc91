//! No change of a metadata file is worse than a refusal: every flipped bit, every truncation, and
//! random damage are refused or make no difference, on the wire and in storage.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use std::ops::Range;
use std::sync::LazyLock;
use support::Client;
use zen_edge_tuf::{Error, Find, Next, Trusted, Updater};
use zen_edge_tuf_testkit::{Case, Files, Key};

/// A repository with a rotated root and a delegated role, of which a client has seen the start.
static CASE: LazyLock<Case> = LazyLock::new(|| {
    let mut case = Case::sound();
    case.seen();
    case.repository
        .grant("timestamp", &[Key::named("new timestamp")], 1);
    case.repository.rotate(&[]);
    case.repository.delegate("targets", "team", &["team/*"]);
    case.repository.add("team", "team/hello", b"hello, team\n");
    case.repository.release();
    case
});

const FILES: [&str; 5] = [
    "2.root.json",
    "timestamp.json",
    "2.snapshot.json",
    "2.targets.json",
    "1.team.json",
];

/// Runs a client against changed files. If it accepts them, all must be as if nothing had changed.
fn run(stored: &Files, metadata: &Files) -> Result<(), Error> {
    let mut client = Client::new(stored);
    let target = client.run(metadata, &CASE.repository.targets, Some("team/hello"))?;
    assert_eq!(target.expect("a target").bytes(), b"hello, team\n");
    let versions =
        ["root", "timestamp", "snapshot", "targets", "team"].map(|role| client.version(role));
    assert_eq!(versions, [Some(2), Some(2), Some(2), Some(2), Some(1)]);
    Ok(())
}

fn served(name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    let mut metadata = CASE.repository.metadata.clone();
    metadata.insert(name.to_owned(), bytes);
    run(&CASE.trusted, &metadata)
}

/// Checks every truncation and, of every byte, each of these bits flipped. Returns how many flips
/// were accepted.
fn flips_and_truncations(
    bytes: &[u8],
    bits: impl Fn(usize) -> Range<usize>,
    mut check: impl FnMut(Vec<u8>) -> Result<(), Error>,
) -> usize {
    let mut accepted = 0;
    for index in 0..bytes.len() {
        for bit in bits(index) {
            let mut changed = bytes.to_vec();
            changed[index] ^= 1 << bit;
            accepted += usize::from(check(changed).is_ok());
        }
        check(bytes[..index].to_vec()).ok();
    }
    accepted
}

/// An updater that asks for this file next.
fn asking_for(file: &str) -> Updater {
    let client = Client::new(&CASE.trusted);
    let mut updater = Updater::new(client.stored, client.now, client.limits).unwrap();
    loop {
        let request = match updater.advance().unwrap() {
            Next::Fetch(request) => request,
            Next::Done => match updater.find("team/hello").unwrap() {
                Find::Fetch(request) => request,
                Find::Found(_) => panic!("{file} is not asked for"),
            },
        };
        if request.file_name() == file {
            return updater;
        }
        match CASE.repository.metadata.get(&request.file_name()) {
            Some(bytes) => updater.provide(bytes.clone()).unwrap(),
            None => updater.missing().unwrap(),
        }
    }
}

fn flips_on_the_wire(file: &str) {
    let bytes = &CASE.repository.metadata[file];
    let asking = asking_for(file);
    let accepted = flips_and_truncations(
        bytes,
        |_| 0..8,
        |changed| {
            // What is accepted here must hold in a whole update too.
            asking.clone().provide(changed.clone())?;
            served(file, changed)
        },
    );
    // What makes no difference: the case of hexadecimal digits, and the kind of white space.
    assert!(
        accepted < bytes.len(),
        "{accepted} of {} flips were accepted",
        bytes.len() * 8
    );
}

#[test]
fn flips_in_a_served_root() {
    flips_on_the_wire(FILES[0]);
}

#[test]
fn flips_in_a_served_timestamp() {
    flips_on_the_wire(FILES[1]);
}

#[test]
fn flips_in_a_served_snapshot() {
    flips_on_the_wire(FILES[2]);
}

#[test]
fn flips_in_served_targets() {
    flips_on_the_wire(FILES[3]);
}

#[test]
fn flips_in_a_served_delegated_role() {
    flips_on_the_wire(FILES[4]);
}

#[test]
fn flips_in_storage_never_stop_an_update_but_for_the_root() {
    for role in ["timestamp", "snapshot", "targets"] {
        let name = format!("{role}.json");
        let bytes = CASE.trusted[&name].clone();
        let all = flips_and_truncations(
            &bytes,
            |index| index % 8..index % 8 + 1,
            |changed| {
                let mut stored = CASE.trusted.clone();
                stored.insert(name.clone(), changed);
                run(&stored, &CASE.repository.metadata)
            },
        );
        assert_eq!(all, bytes.len());
    }
}

#[test]
fn flips_in_storage_are_seen_without_a_network() {
    let stored = CASE.repository.stored();
    for name in stored.keys() {
        flips_and_truncations(
            &stored[name],
            |index| index % 8..index % 8 + 1,
            |changed| {
                let mut stored = stored.clone();
                stored.insert(name.clone(), changed);
                let client = Client::new(&stored);
                let mut trusted = Trusted::reload(client.stored, client.limits.clone())?;
                let target = trusted.find("team/hello")?;
                target.verify(b"hello, team\n", &client.limits).map(|_| ())
            },
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_damage(file in 0..FILES.len(), cuts in prop::collection::vec((any::<u16>(), 0_usize..9, prop::collection::vec(any::<u8>(), 0..9)), 1..4)) {
        let mut bytes = CASE.repository.metadata[FILES[file]].clone();
        for (at, remove, insert) in cuts {
            let at = usize::from(at) % bytes.len();
            let end = (at + remove).min(bytes.len());
            bytes.splice(at..end, insert);
        }
        let _ = served(FILES[file], bytes);
    }

    #[test]
    fn random_bytes(file in 0..FILES.len(), bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(served(FILES[file], bytes).is_err());
    }

    #[test]
    fn random_json(file in 0..FILES.len(), text in r#"[\[\]{}:,"a-e0-9\\u.eE+ -]{0,200}"#) {
        prop_assert!(served(FILES[file], text.into_bytes()).is_err());
    }

    #[test]
    fn members_of_other_types(file in 0..FILES.len(), at in any::<u16>(), value in r#"null|true|-1|0|9223372036854775807|"x"|\[\]|\{\}"#) {
        // Changed and signed again: only reading can refuse it.
        let role = ["root", "timestamp", "snapshot", "targets", "team"][file];
        let mut repository = CASE.repository.clone();
        let value = serde_json::from_str(&value).unwrap();
        let mut places = Vec::new();
        pointers(repository.signed(role), String::new(), &mut places);
        let place = &places[usize::from(at) % places.len()];
        *repository.signed(role).pointer_mut(place).unwrap() = value;
        let bytes = repository.bytes(role);
        let mut metadata = CASE.repository.metadata.clone();
        metadata.insert(FILES[file].to_owned(), bytes);
        let mut client = Client::new(&CASE.trusted);
        let _ = client.run(&metadata, &CASE.repository.targets, Some("team/hello"));
    }
}

/// All places in a value, as JSON pointers.
fn pointers(value: &serde_json::Value, here: String, places: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(value, format!("{here}/{name}"), places);
            }
        }
        serde_json::Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, format!("{here}/{index}"), places);
            }
        }
        _ => {}
    }
    if !here.is_empty() {
        places.push(here);
    }
}
