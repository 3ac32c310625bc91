//! All of it together, as a region puts it together: failover over caches over retries over stores.

use crate::cache::Map;
use crate::support::{Scripted, failure, found, get, ports};
use std::sync::Arc;
use zen_edge_sync::{
    Cached, CachedOptions, Clock, Failover, FailoverOptions, Freshness, Get, Got, NoCache, Retry,
    RetryOptions, Source, StoreErrorKind,
};
use zen_edge_sync_testkit::ManualClock;

const POINTER: &str = "production/metadata/timestamp.json";

fn region(clock: &ManualClock, stores: &[&Arc<Scripted>], cache: &Map) -> Failover {
    let ports = ports(clock, cache.clone(), 1);
    let sources = stores.iter().zip(["own", "replica"]).map(|(store, name)| {
        let retry = Retry::new((*store).clone(), &ports, RetryOptions::default());
        let source = Source {
            name: name.to_owned(),
            store: Arc::new(retry),
        };
        let cached = Cached::new(source, &ports, CachedOptions::default());
        Source {
            name: name.to_owned(),
            store: Arc::new(cached),
        }
    });
    Failover::new(sources.collect(), &ports, FailoverOptions::default())
}

#[test]
fn a_bucket_that_is_lost_costs_its_retries_once() {
    let clock = ManualClock::at(1_700_000_000_000);
    let own = Scripted::new(&clock, vec![failure(StoreErrorKind::Refused)]);
    let replica = Scripted::new(&clock, vec![found("t", "1")]);
    let region = region(&clock, &[&own, &replica], &Map::default());
    let mut asking = region.ask(None, |_, store| store.get(get(POINTER)));
    assert!(clock.run(asking.next()).unwrap().result.is_err());
    let answer = clock.run(asking.next()).unwrap();
    assert_eq!((answer.source, answer.result), (1, found("t", "1")));
    assert_eq!((own.asked(), replica.asked()), (3, 1));
    assert!(clock.ticks() <= 300, "{}", clock.ticks());

    let mut asking = region.ask(None, |_, store| store.get(get(POINTER)));
    let answer = clock.run(asking.next()).unwrap();
    assert_eq!(answer.source, 1);
    assert!(matches!(answer.result, Ok(Got::Found(object)) if object.cached));
    assert_eq!((own.asked(), replica.asked()), (3, 1));
}

#[test]
fn what_a_poisoned_cache_gave_is_asked_for_again_at_its_source() {
    let clock = ManualClock::at(1_700_000_000_000);
    let own = Scripted::new(&clock, vec![found("t", "1")]);
    let cache = Map::default();
    let region = region(&clock, &[&own], &cache);
    let ask = |freshness| {
        let get = Get {
            freshness,
            ..get("production/metadata/1.root.json")
        };
        let mut asking = region.ask(Some(0), move |_, store| store.get(get.clone()));
        clock.run(asking.next()).unwrap().result
    };
    assert_eq!(ask(Freshness::Cached), found("t", "1"));
    cache.change("store/metadata/", |bytes| *bytes = b"evil".to_vec());
    assert!(matches!(ask(Freshness::Cached), Ok(Got::Found(object)) if object.bytes == b"evil"));
    assert_eq!(ask(Freshness::Origin), found("t", "1"));
    assert!(matches!(ask(Freshness::Cached), Ok(Got::Found(object)) if object.bytes == b"t"));
}

#[test]
fn a_deadline_includes_the_retries() {
    let clock = ManualClock::at(0);
    let script = vec![(3_000, failure(StoreErrorKind::Interrupted))];
    let own = Scripted::slow(&clock, script);
    let ports = ports(&clock, NoCache, 1);
    let retry = Retry::new(own.clone(), &ports, RetryOptions::default());
    let source = Source {
        name: "own".to_owned(),
        store: Arc::new(retry),
    };
    let region = Failover::new(vec![source], &ports, FailoverOptions::default());
    let mut asking = region.ask(None, |_, store| store.get(get("a")));
    let error = clock.run(asking.next()).unwrap().result.unwrap_err();
    assert_eq!(
        (error.kind, clock.ticks()),
        (StoreErrorKind::Timeout, 5_000)
    );
    assert_eq!(own.asked(), 2);
    assert!(clock.run(asking.next()).is_none());
}
