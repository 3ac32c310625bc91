//! What is answered from the cache, what is not, and what a bad cache does.

use crate::cache::{Map, Mood};
use crate::support::{Scripted, failure, found, get, ports};
use futures_util::future::{join, select};
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{
    BundleStore, Cached, CachedOptions, Clock, Freshness, Get, Got, List, NoCache, Object, Source,
    StoreError, StoreErrorKind,
};
use zen_edge_sync_testkit::ManualClock;

pub(super) const POINTER: &str = "production/metadata/timestamp.json";
const VERSIONED: &str = "production/metadata/3.targets.json";

pub(super) struct Place {
    pub(super) clock: ManualClock,
    pub(super) cache: Map,
    pub(super) store: Arc<Scripted>,
}

pub(super) type Answer = Result<Got, StoreError>;

impl Place {
    pub(super) fn new(script: Vec<Answer>) -> Self {
        let clock = ManualClock::at(1_700_000_000_000);
        let store = Scripted::new(&clock, script);
        let cache = Map::default();
        Self {
            clock,
            cache,
            store,
        }
    }

    pub(super) fn instance(&self, seed: u64) -> Cached {
        self.named("eu", seed)
    }

    pub(super) fn named(&self, name: &str, seed: u64) -> Cached {
        let source = Source {
            name: name.to_owned(),
            store: self.store.clone(),
        };
        let options = CachedOptions {
            jitter: 0,
            ..CachedOptions::default()
        };
        Cached::new(
            source,
            &ports(&self.clock, self.cache.clone(), seed),
            options,
        )
    }

    pub(super) fn get(&self, cached: &Cached, key: &str) -> Answer {
        self.clock.run(cached.get(get(key)))
    }

    pub(super) fn ask(&self, cached: &Cached, etag: Option<&str>, freshness: Freshness) -> Answer {
        let ask = Get {
            if_none_match: etag.map(str::to_owned),
            freshness,
            ..get(POINTER)
        };
        self.clock.run(cached.get(ask))
    }

    pub(super) fn pass(&self, milliseconds: u64) {
        self.clock.advance(Duration::from_millis(milliseconds));
    }

    /// The conditions under which the store was asked.
    pub(super) fn conditions(&self) -> Vec<Option<String>> {
        let log = self.store.log.lock().unwrap();
        log.iter()
            .map(|(_, get)| get.if_none_match.clone())
            .collect()
    }
}

pub(super) fn kept(text: &str, etag: Option<&str>) -> Answer {
    Ok(Got::Found(Object {
        bytes: text.as_bytes().to_vec(),
        etag: etag.map(str::to_owned),
        cached: true,
    }))
}

#[test]
fn versioned_metadata_is_asked_for_once() {
    let place = Place::new(vec![found("t", "1")]);
    assert_eq!(place.get(&place.instance(1), VERSIONED), found("t", "1"));
    place.pass(1_000_000_000);
    assert_eq!(place.get(&place.instance(2), VERSIONED), kept("t", None));
    assert_eq!(place.store.asked(), 1);
}

#[test]
fn sources_environments_and_objects_do_not_collide() {
    let place = Place::new(vec![
        found("a", "1"),
        found("b", "1"),
        found("c", "1"),
        found("d", "1"),
    ]);
    let (eu, us) = (place.named("eu", 1), place.named("us", 2));
    let staging = VERSIONED.replace("production", "staging");
    let other = VERSIONED.replace('3', "4");
    for _ in 0..2 {
        let texts = [
            place.get(&eu, VERSIONED),
            place.get(&us, VERSIONED),
            place.get(&eu, &staging),
            place.get(&eu, &other),
        ]
        .map(|answer| match answer {
            Ok(Got::Found(object)) => object.bytes,
            other => panic!("{other:?}"),
        });
        assert_eq!(texts, [b"a", b"b", b"c", b"d"]);
    }
    assert_eq!(place.store.asked(), 4);
}

#[test]
fn neither_absence_nor_failure_is_cached() {
    for key in [VERSIONED, POINTER] {
        let place = Place::new(vec![
            Ok(Got::Missing),
            failure(StoreErrorKind::Denied),
            found("t", "1"),
        ]);
        let cached = place.instance(1);
        assert_eq!(place.get(&cached, key), Ok(Got::Missing));
        assert_eq!(place.get(&cached, key), failure(StoreErrorKind::Denied));
        assert_eq!(place.get(&place.instance(2), key), found("t", "1"));
    }
}

#[test]
fn bundles_listings_and_long_keys_pass_through() {
    let place = Place::new(vec![found("t", "1")]);
    let cached = place.instance(1);
    let long = format!("{}/metadata/timestamp.json", "a".repeat(2_000));
    for key in ["production/targets/00.pricing", "production/pricing", &long] {
        for _ in 0..2 {
            assert_eq!(place.get(&cached, key), found("t", "1"));
        }
    }
    let list = List {
        prefix: "production/".to_owned(),
        after: None,
    };
    assert!(place.clock.run(cached.list(list)).is_ok());
    assert_eq!((place.store.asked(), place.cache.used()), (7, 0));
}

#[test]
fn a_pointer_is_answered_for_its_time_then_confirmed() {
    let place = Place::new(vec![found("t", "\"1\""), Ok(Got::NotModified)]);
    let (first, second) = (place.instance(1), place.instance(2));
    assert_eq!(place.get(&first, POINTER), found("t", "\"1\""));
    place.pass(9_999);
    assert_eq!(place.get(&second, POINTER), kept("t", Some("\"1\"")));
    // Who has it already is told so.
    let same = place.ask(&second, Some("\"1\""), Freshness::Cached);
    assert_eq!(same, Ok(Got::NotModified));
    assert_eq!(place.store.asked(), 1);
    place.pass(1);
    // The condition is the record's, whatever the caller has.
    let other = place.ask(&second, Some("\"0\""), Freshness::Cached);
    assert_eq!(other, kept("t", Some("\"1\"")));
    assert_eq!(place.conditions(), [None, Some("\"1\"".to_owned())]);
    // That renewed the record.
    place.pass(9_999);
    assert_eq!(place.get(&first, POINTER), kept("t", Some("\"1\"")));
    assert_eq!(place.store.asked(), 2);
    place.pass(1);
    let same = place.ask(&first, Some("\"1\""), Freshness::Cached);
    assert_eq!((same, place.store.asked()), (Ok(Got::NotModified), 3));
}

#[test]
fn a_new_pointer_replaces_the_record() {
    let place = Place::new(vec![found("t", "1"), found("u", "2")]);
    let cached = place.instance(1);
    assert_eq!(place.get(&cached, POINTER), found("t", "1"));
    place.pass(10_000);
    assert_eq!(place.get(&cached, POINTER), found("u", "2"));
    assert_eq!(place.get(&place.instance(2), POINTER), kept("u", Some("2")));
    // The same as the caller's, though not as the record's.
    place.store.tell(vec![(0, found("v", "3"))]);
    place.pass(10_000);
    let same = place.ask(&cached, Some("3"), Freshness::Cached);
    assert_eq!(same, Ok(Got::NotModified));
    assert_eq!(place.get(&cached, POINTER), kept("v", Some("3")));
}

#[test]
fn a_store_that_fails_fails_here_too() {
    let place = Place::new(vec![found("t", "1"), failure(StoreErrorKind::Unavailable)]);
    let cached = place.instance(1);
    place.get(&cached, POINTER).unwrap();
    place.pass(10_000);
    for _ in 0..3 {
        let error = failure(StoreErrorKind::Unavailable);
        assert_eq!(place.get(&cached, POINTER), error);
        assert_eq!(place.get(&place.instance(2), POINTER), error);
    }
}

#[test]
fn one_instance_asks_and_the_others_answer_meanwhile() {
    let place = Place::new(vec![found("t", "1")]);
    let instances: Vec<_> = (0..20).map(|seed| place.instance(seed)).collect();
    place.get(&instances[0], POINTER).unwrap();
    place.pass(10_000);
    place.store.tell(vec![(1_000, found("u", "2"))]);
    let (first, others) = instances.split_first().unwrap();
    let others = async {
        for other in others {
            place.clock.sleep(Duration::from_millis(50)).await;
            assert_eq!(other.get(get(POINTER)).await, kept("t", Some("1")));
        }
    };
    let (answer, ()) = place.clock.run(join(first.get(get(POINTER)), others));
    assert_eq!((answer, place.store.asked()), (found("u", "2"), 2));
    assert_eq!(place.get(&instances[1], POINTER), kept("u", Some("2")));
}

#[test]
fn a_claim_whose_owner_died_ends_by_itself() {
    let place = Place::new(vec![found("t", "1"), found("u", "2")]);
    let (first, second) = (place.instance(1), place.instance(2));
    place.get(&first, POINTER).unwrap();
    place.pass(10_000);
    place.store.tell(vec![(60_000, found("u", "2"))]);
    let patience = place.clock.sleep(Duration::from_millis(1));
    drop(place.clock.run(select(first.get(get(POINTER)), patience)));
    assert_eq!(place.get(&second, POINTER), kept("t", Some("1")));
    place.store.tell(vec![(0, found("u", "2"))]);
    // It keeps others away, not its owner.
    assert_eq!(place.get(&place.instance(1), POINTER), found("u", "2"));

    place.pass(10_000);
    place.store.tell(vec![(60_000, found("v", "3"))]);
    let patience = place.clock.sleep(Duration::from_millis(1));
    drop(place.clock.run(select(first.get(get(POINTER)), patience)));
    place.store.tell(vec![(0, found("v", "3"))]);
    place.pass(2_998);
    assert_eq!(place.get(&second, POINTER), kept("u", Some("2")));
    place.pass(1);
    assert_eq!(place.get(&second, POINTER), found("v", "3"));
}

#[test]
fn a_claim_is_no_reason_to_answer_what_is_old() {
    for (age, expected) in [(12_998, kept("t", Some("1"))), (12_999, found("u", "2"))] {
        let place = Place::new(vec![found("t", "1"), found("u", "2")]);
        let (first, second) = (place.instance(1), place.instance(2));
        place.get(&first, POINTER).unwrap();
        place.pass(age);
        place.store.tell(vec![(60_000, found("u", "2"))]);
        let patience = place.clock.sleep(Duration::from_millis(1));
        drop(place.clock.run(select(first.get(get(POINTER)), patience)));
        place.store.tell(vec![(0, found("u", "2"))]);
        assert_eq!(place.get(&second, POINTER), expected);
    }
}

#[test]
fn what_was_refused_is_replaced_from_the_origin() {
    for key in [POINTER, VERSIONED] {
        let place = Place::new(vec![found("t", "1"), found("u", "2")]);
        let cached = place.instance(1);
        place.get(&cached, key).unwrap();
        let origin = Get {
            freshness: Freshness::Origin,
            ..get(key)
        };
        assert_eq!(place.clock.run(cached.get(origin)), found("u", "2"));
        let Ok(Got::Found(object)) = place.get(&place.instance(2), key) else {
            panic!("nothing found");
        };
        assert_eq!((object.bytes, object.cached), (b"u".to_vec(), true));
        assert_eq!(place.store.asked(), 2);
    }
}

#[test]
fn what_the_origin_does_not_give_leaves_the_cache() {
    for (key, kind) in [(POINTER, "store/pointer/"), (VERSIONED, "store/metadata/")] {
        for answer in [Got::Missing, Got::NotModified] {
            let place = Place::new(vec![found("t", "1"), Ok(answer.clone())]);
            let cached = place.instance(1);
            place.get(&cached, key).unwrap();
            assert_eq!(place.cache.names(kind).len(), 1);
            let origin = Get {
                freshness: Freshness::Origin,
                if_none_match: Some("1".to_owned()),
                ..get(key)
            };
            assert_eq!(place.clock.run(cached.get(origin)), Ok(answer));
            assert_eq!(place.cache.names(kind), [""; 0]);
            assert_eq!(place.conditions()[1].as_deref(), Some("1"));
        }
    }
}

#[test]
fn a_poisoned_record_is_ignored_or_given_as_cached() {
    type Poison = fn(&mut Vec<u8>);
    let ignored: [Poison; 7] = [
        Vec::clear,
        |bytes| bytes.truncate(10),
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.push(b'x'),
        |bytes| *bytes = vec![b'['; 100_000],
        |bytes| {
            *bytes = b"{\"etag\":\"1\\r\\nx: y\",\"stored\":0,\"ttl\":1,\"length\":0}\n".to_vec()
        },
        // From the future.
        |bytes| {
            *bytes = b"{\"etag\":null,\"stored\":1700000000001,\"ttl\":1,\"length\":0}\n".to_vec()
        },
    ];
    for poison in ignored {
        let place = Place::new(vec![found("t", "1"), found("u", "2")]);
        place.get(&place.instance(1), POINTER).unwrap();
        place.cache.change("store/pointer/", poison);
        place.cache.set(Mood::Excessive);
        assert_eq!(place.get(&place.instance(2), POINTER), found("u", "2"));
        assert_eq!(place.conditions(), [None, None]);
    }
    // One that asks to be kept for ever is not.
    let place = Place::new(vec![found("t", "1"), Ok(Got::NotModified), found("u", "2")]);
    let cached = place.instance(1);
    place.get(&cached, POINTER).unwrap();
    place.cache.change("store/pointer/", |bytes| {
        let record = "{\"etag\":\"1\",\"stored\":1700000000000,\"ttl\":18446744073709551615,\"length\":1}\nx";
        *bytes = record.as_bytes().to_vec();
    });
    place.pass(9_999);
    assert_eq!(place.get(&cached, POINTER), kept("x", Some("1")));
    place.pass(1);
    // The store confirms the tag, not the bytes: these are the cache's, and said to be.
    assert_eq!(place.get(&cached, POINTER), kept("x", Some("1")));
    assert_eq!(place.store.asked(), 2);
    let origin = place.ask(&cached, None, Freshness::Origin);
    assert_eq!(origin, found("u", "2"));
}

#[test]
fn poisoned_metadata_is_no_longer_than_allowed() {
    let place = Place::new(vec![found("t", "1"), found("u", "2")]);
    let cached = place.instance(1);
    place.get(&cached, VERSIONED).unwrap();
    place.cache.set(Mood::Excessive);
    place
        .cache
        .change("store/metadata/", |bytes| bytes.resize(1_000, 0));
    assert!(matches!(
        place.get(&cached, VERSIONED),
        Ok(Got::Found(Object { cached: true, .. }))
    ));
    place
        .cache
        .change("store/metadata/", |bytes| bytes.resize(1_001, 0));
    assert_eq!(place.get(&cached, VERSIONED), found("u", "2"));
}

#[test]
fn a_cache_that_fails_costs_requests_only() {
    for mood in [Mood::NoGet, Mood::NoPut, Mood::Hangs] {
        let place = Place::new(vec![found("t", "1"), found("t", "1"), Ok(Got::NotModified)]);
        place.cache.set(mood);
        let cached = place.instance(1);
        assert_eq!(place.get(&cached, VERSIONED), found("t", "1"));
        assert_eq!(place.get(&cached, POINTER), found("t", "1"));
        // Polls are conditional even so.
        assert_eq!(place.get(&cached, POINTER), kept("t", Some("1")));
        let same = place.ask(&cached, Some("1"), Freshness::Cached);
        assert_eq!(same, Ok(Got::NotModified));
        assert_eq!(
            place.conditions()[2..],
            [Some("1".to_owned()), Some("1".to_owned())]
        );
    }
}

#[test]
fn a_cache_that_hangs_is_left_alone() {
    let place = Place::new(vec![found("t", "1")]);
    place.cache.set(Mood::Hangs);
    let cached = place.instance(1);
    for _ in 0..10 {
        assert_eq!(place.get(&cached, VERSIONED), found("t", "1"));
    }
    assert_eq!((place.clock.ticks(), place.cache.used()), (200, 1));
    place.cache.set(Mood::Well);
    place.pass(10_000);
    assert_eq!(place.get(&cached, VERSIONED), found("t", "1"));
    assert_eq!(place.get(&cached, VERSIONED), kept("t", None));
}

#[test]
fn without_a_cache_polls_are_conditional() {
    let clock = ManualClock::at(0);
    let store = Scripted::new(&clock, vec![found("t", "1"), Ok(Got::NotModified)]);
    let source = Source {
        name: "eu".to_owned(),
        store: store.clone(),
    };
    let cached = Cached::new(source, &ports(&clock, NoCache, 1), CachedOptions::default());
    assert_eq!(clock.run(cached.get(get(POINTER))), found("t", "1"));
    assert_eq!(clock.run(cached.get(get(POINTER))), kept("t", Some("1")));
    assert_eq!(
        store.log.lock().unwrap()[1].1.if_none_match.as_deref(),
        Some("1")
    );
}

#[test]
fn not_modified_without_a_condition_is_a_failure() {
    let tagless = Got::Found(Object {
        bytes: b"t".to_vec(),
        etag: None,
        cached: false,
    });
    let place = Place::new(vec![
        Ok(Got::NotModified),
        Ok(tagless),
        Ok(Got::NotModified),
    ]);
    let cached = place.instance(1);
    let error = place.get(&cached, POINTER).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert!(error.message.contains(POINTER), "{error}");
    // Nor is there a condition if the record has no tag.
    place.get(&cached, POINTER).unwrap();
    place.pass(10_000);
    assert_eq!(place.get(&cached, POINTER), Err(error));
    assert_eq!(place.conditions(), [None, None, None]);
}

#[test]
fn an_evicted_record_is_put_back_when_it_is_confirmed() {
    let place = Place::new(vec![found("t", "1"), Ok(Got::NotModified)]);
    let cached = place.instance(1);
    place.get(&cached, POINTER).unwrap();
    place.cache.clear();
    assert_eq!(place.get(&cached, POINTER), kept("t", Some("1")));
    assert_eq!(place.get(&place.instance(2), POINTER), kept("t", Some("1")));
    assert_eq!(place.store.asked(), 2);
}

#[test]
fn no_clock_keeps_a_pointer_fresh_for_ever() {
    // The wall clock stands still.
    let place = Place::new(vec![found("t", "1"), found("u", "2"), found("v", "3")]);
    let cached = place.instance(1);
    place.get(&cached, POINTER).unwrap();
    place.clock.freeze(true);
    place.pass(9_999);
    assert_eq!(place.get(&cached, POINTER), kept("t", Some("1")));
    place.pass(1);
    assert_eq!(place.get(&cached, POINTER), found("u", "2"));
    assert_eq!(place.get(&cached, POINTER), kept("u", Some("2")));
    // It goes back by a day.
    place.clock.freeze(false);
    place.clock.set(place.clock.now() - 86_400_000);
    assert_eq!(place.get(&cached, POINTER), found("v", "3"));
    assert_eq!(place.get(&cached, POINTER), kept("v", Some("3")));
}

#[test]
fn a_body_above_the_bound_is_not_cached() {
    let place = Place::new(vec![found(&"x".repeat(1_001), "1"), found("t", "1")]);
    for key in [VERSIONED, POINTER] {
        let place = Place::new(vec![found(&"x".repeat(1_001), "1"), found("t", "1")]);
        place.get(&place.instance(1), key).unwrap();
        assert_eq!(place.get(&place.instance(2), key), found("t", "1"));
    }
    // Nor is one answered to somebody who accepts less.
    place.store.tell(vec![
        (0, found(&"x".repeat(500), "1")),
        (0, found("t", "2")),
    ]);
    let cached = place.instance(1);
    place.get(&cached, POINTER).unwrap();
    let less = Get {
        max_bytes: 499,
        ..get(POINTER)
    };
    assert_eq!(place.clock.run(cached.get(less)), found("t", "2"));
}

#[test]
fn data_centres_that_fetched_together_come_back_apart() {
    let mut moments: Vec<_> = (0..100)
        .map(|seed| {
            let clock = ManualClock::at(0);
            let store = Scripted::new(&clock, vec![found("t", "1")]);
            let source = Source {
                name: "eu".to_owned(),
                store: store.clone(),
            };
            let ports = ports(&clock, Map::default(), seed);
            let cached = Cached::new(source, &ports, CachedOptions::default());
            while store.asked() < 2 {
                clock.run(cached.get(get(POINTER))).unwrap();
                clock.advance(Duration::from_millis(10));
            }
            store.asked_at()[1]
        })
        .collect();
    moments.sort_unstable();
    assert!(moments[0] >= 8_000 && moments[99] <= 12_010, "{moments:?}");
    assert!(moments[10] < 9_000 && moments[90] > 11_000, "{moments:?}");
}
