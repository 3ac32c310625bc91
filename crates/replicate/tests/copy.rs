//! Copies in the cases that a random test does not come to.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use support::{Buckets, Chaos, Fate, NOW, calm, message, read, run};
use zen_edge_replicate::{
    Content, Delivery, ErrorKind, Options, Pointer, Verdict, consume, copy_content, look, replicate,
};
use zen_edge_replicate::{Folder as _, Host as _};
use zen_edge_sync_testkit::{Bucket, Commit, Plan, Publisher};

const PRODUCTION: &str = "production";
const POINTER: &str = "production/metadata/timestamp.json";

struct World {
    publisher: Publisher,
    host: Buckets,
}

impl World {
    fn new() -> Self {
        let source = Bucket::new("source");
        let mut publisher = Publisher::new(PRODUCTION, source.clone(), NOW);
        publisher.publish(&[Plan::new("a", "1")], NOW, &Commit::default(), None);
        let roots = BTreeMap::from([(PRODUCTION.to_owned(), publisher.first_root())]);
        let host = Buckets {
            source,
            destinations: vec![Bucket::new("one"), Bucket::new("two")],
            roots,
            options: Options::default(),
            chaos: calm(),
            now: NOW + 90_000,
        };
        Self { publisher, host }
    }

    fn publish(&mut self, version: &str) {
        let plan = Plan::new("a", version);
        self.publisher
            .publish(&[plan], NOW, &Commit::default(), None);
    }

    fn consume(&self, keys: &[&str]) -> Vec<Verdict> {
        let batch: Vec<_> = keys
            .iter()
            .map(|key| Delivery {
                body: message("PutObject", key),
                attempts: 1,
            })
            .collect();
        let environments = [PRODUCTION.to_owned()];
        run(consume(&self.host, "", &environments, &batch)).verdicts
    }

    fn replicate(&self) -> Vec<Result<Pointer, ErrorKind>> {
        let outcomes = run(replicate(&self.host, PRODUCTION)).into_iter();
        let pointer = |result: Result<Option<zen_edge_replicate::Copied>, _>| match result {
            Ok(copied) => Ok(copied.unwrap().pointer),
            Err(error) => Err(zen_edge_replicate::Error::kind(&error)),
        };
        outcomes.map(|outcome| pointer(outcome.result)).collect()
    }

    fn revision(&self, destination: usize) -> Option<u64> {
        let root = self.publisher.first_root();
        read(&self.host.destinations[destination], PRODUCTION, &root).map(|(revision, _)| revision)
    }
}

/// Fails every request from the `after`-th on.
fn stopping(after: usize) -> (Chaos, Rc<RefCell<usize>>) {
    let count = Rc::new(RefCell::new(0));
    let counted = count.clone();
    let chaos = Rc::new(RefCell::new(move || {
        *counted.borrow_mut() += 1;
        match *counted.borrow() > after {
            true => Fate::Refused,
            false => Fate::Fine,
        }
    }));
    (chaos, count)
}

#[test]
fn a_rotation_that_revokes_the_pointers_key_is_completed_wherever_it_was_interrupted() {
    for after in 0.. {
        let mut world = World::new();
        assert_eq!(world.replicate(), [Ok(Pointer::Moved), Ok(Pointer::Moved)]);
        let roles = ["timestamp".to_owned()];
        world
            .publisher
            .rotate(&roles, false, NOW, &Commit::default());
        let (chaos, count) = stopping(after);
        world.host.chaos = chaos;
        run(replicate(&world.host, PRODUCTION));
        let done = *count.borrow() <= after;
        world.host.chaos = calm();
        for result in world.replicate() {
            result.unwrap();
        }
        let revision = Some(world.publisher.revision());
        assert_eq!((world.revision(0), world.revision(1)), (revision, revision));
        if done {
            assert!(after > 20, "nothing was interrupted");
            break;
        }
    }
}

#[test]
fn a_destination_whose_pointer_ran_far_ahead_comes_back_once_its_key_is_revoked() {
    let mut world = World::new();
    // Somebody had the timestamp's key, and access to one destination.
    let mut thief = Publisher::new(PRODUCTION, world.host.destinations[0].clone(), NOW);
    let amend = serde_json::json!({"version": 4_000_000_000_u64});
    let commit = Commit {
        amend: BTreeMap::from([("timestamp".to_owned(), amend)]),
        ..Commit::default()
    };
    thief.renew(&["timestamp".to_owned()], NOW, &commit, None);
    assert_eq!(world.replicate()[0], Ok(Pointer::Ahead));
    let roles = ["timestamp".to_owned()];
    world
        .publisher
        .rotate(&roles, false, NOW, &Commit::default());
    let look_before = run(look(&world.host, PRODUCTION));
    assert_eq!(look_before[0].standing.lag_seconds, Some(90));
    assert_eq!(world.replicate(), [Ok(Pointer::Moved), Ok(Pointer::Moved)]);
    assert_eq!(world.revision(0), Some(world.publisher.revision()));
}

#[test]
fn a_pointer_that_was_torn_is_replaced_unless_there_is_newer_metadata_beside_it() {
    type Tear = fn(&[u8]) -> Vec<u8>;
    let torn: [Tear; 3] = [
        |_| Vec::new(),
        |pointer| pointer[..pointer.len() / 2].to_vec(),
        |pointer| vec![0; pointer.len()],
    ];
    for tear in torn {
        let mut world = World::new();
        assert_eq!(world.replicate(), [Ok(Pointer::Moved), Ok(Pointer::Moved)]);
        let one = world.host.destinations[0].clone();
        let pointer = one.get(POINTER).unwrap();
        one.put(POINTER, tear(&pointer));
        let standing = run(look(&world.host, PRODUCTION))[0].standing.clone();
        assert_eq!(
            (standing.destination, standing.lag_seconds),
            (None, Some(90))
        );
        assert_eq!(world.replicate(), [Ok(Pointer::Moved), Ok(Pointer::Same)]);
        assert_eq!(world.revision(0), Some(world.publisher.revision()));
        // It may have led to what the source does not have: who knows which of them is right?
        for role in ["root", "snapshot"] {
            world.publish("2");
            assert_eq!(world.replicate(), [Ok(Pointer::Moved), Ok(Pointer::Moved)]);
            let torn = tear(&pointer);
            let number = |number: &str| format!("{PRODUCTION}/metadata/{number}.{role}.json");
            let newer = number(&(world.host.source.keys(&number("*")).len() + 1).to_string());
            one.put(POINTER, torn.clone());
            one.put(&newer, b"{}".to_vec());
            assert_eq!(world.replicate()[0], Err(ErrorKind::Untrusted), "{newer}");
            assert_eq!(*one.get(POINTER).unwrap(), *torn);
            one.delete(&newer);
        }
    }
    // Whatever else is there and is not signed, somebody has written it.
    for other in ["{}", "not signed by anybody"] {
        let world = World::new();
        world.host.destinations[0].put(POINTER, other.as_bytes());
        assert_eq!(world.replicate()[0], Err(ErrorKind::Untrusted), "{other}");
    }
}

#[test]
fn a_source_that_was_put_back_takes_nobody_back() {
    let mut world = World::new();
    world.publish("2");
    world.replicate();
    let newest = world.publisher.revision();
    world.publisher.replay(newest - 1, &world.host.source);
    assert_eq!(world.replicate(), [Ok(Pointer::Ahead), Ok(Pointer::Ahead)]);
    assert_eq!(world.revision(0), Some(newest));
    let looks = run(look(&world.host, PRODUCTION));
    assert_eq!(looks[0].standing.source, Some(newest - 1));
    assert_eq!(looks[0].standing.destination, Some(newest));
    assert_eq!(looks[0].standing.lag_seconds, Some(0));
}

#[test]
fn one_destination_that_is_wrong_keeps_no_other_back_and_is_put_aside() {
    let world = World::new();
    let one = &world.host.destinations[0];
    one.put(
        "production/metadata/timestamp.json",
        *b"not signed by anybody",
    );
    let verdicts = world.consume(&["production/metadata/timestamp.json", "staging/x"]);
    let Verdict::Dead(error) = &verdicts[0] else {
        panic!("{verdicts:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(verdicts[1], Verdict::Done);
    assert_eq!(world.revision(1), Some(world.publisher.revision()));
}

#[test]
fn what_the_source_announces_and_does_not_have_is_waited_for() {
    let world = World::new();
    let source = &world.host.source;
    let content = source.keys("production/targets/*").remove(0);
    let bytes = source.get(&content).unwrap();
    source.delete(&content);
    let pointer = "production/metadata/timestamp.json";
    let verdicts = world.consume(&[pointer, &content]);
    let Verdict::Retry(_, error) = &verdicts[0] else {
        panic!("{verdicts:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert_eq!(verdicts[1], Verdict::Done, "it is gone");
    assert_eq!(world.revision(0), None);
    source.put(&content, bytes);
    assert_eq!(world.consume(&[pointer]), [Verdict::Done]);
    assert_eq!(world.revision(0), Some(2));
    // Before there is any pointer there is nothing to do.
    source.delete(pointer);
    assert_eq!(
        world.consume(&["production/metadata/1.root.json"]),
        [Verdict::Done]
    );
}

#[test]
fn bundles_are_what_their_names_say_and_within_the_limit() {
    let mut world = World::new();
    let key = world.host.source.keys("production/targets/*").remove(0);
    let file = key.rsplit('/').next().unwrap().to_owned();
    let bytes = world.host.source.get(&key).unwrap();
    let copy = |world: &World| {
        let source = world.host.source(PRODUCTION);
        let destination = world.host.destinations(PRODUCTION).remove(0);
        run(copy_content(
            &source,
            &destination,
            &file,
            &world.host.options,
        ))
        .map_err(|error| error.kind())
    };
    let one = world.host.destinations[0].clone();
    one.put(&key, *b"damaged");
    let length = bytes.len() as u64;
    assert_eq!(copy(&world), Ok(Content::Copied(length)));
    assert_eq!(one.get(&key), Some(bytes.clone()));
    assert_eq!(copy(&world), Ok(Content::Present));
    one.delete(&key);
    world.host.options.limits.target_bytes = length;
    assert_eq!(copy(&world), Ok(Content::Copied(length)));
    one.delete(&key);
    world.host.options.limits.target_bytes = length - 1;
    assert_eq!(copy(&world), Err(ErrorKind::TooLarge));
    assert!(matches!(&world.consume(&[&key])[0], Verdict::Dead(_)));
    world.host.options.limits.target_bytes = length;
    let mut other = bytes.to_vec();
    other[0] ^= 1;
    world.host.source.put(&key, other);
    assert_eq!(copy(&world), Err(ErrorKind::Untrusted));
    assert_eq!(one.get(&key), None);
    world.host.source.delete(&key);
    assert_eq!(copy(&world), Ok(Content::Gone));
}

#[test]
fn what_is_signed_for_another_environment_is_not_copied() {
    let mut world = World::new();
    let source = world.host.source.clone();
    for key in source.keys("production/*") {
        let bytes = source.get(&key).unwrap();
        source.put(&key.replace("production", "staging"), bytes);
    }
    let root = world.publisher.first_root();
    world.host.roots.insert("staging".to_owned(), root);
    let outcomes = run(replicate(&world.host, "staging"));
    assert_eq!(outcomes[0].destination, "memory:staging");
    let error = outcomes[0].result.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEnvironment);
    assert!(world.host.destinations[0].keys("*").is_empty());
    assert_eq!(world.host.source("x").environment(), "x");
}
