//! Instances that share a cache, in any order of events.

use crate::cached::{Answer, POINTER, Place};
use crate::support::{failure, found, get};
use futures_util::future::select;
use proptest::prelude::*;
use std::time::Duration;
use zen_edge_sync::{BundleStore, Cached, Clock, Got, StoreErrorKind};

#[derive(Debug, Clone, Copy)]
enum Step {
    /// An instance asks.
    Ask(usize),
    /// An instance asks and is cancelled while the store is silent.
    Cancel(usize),
    Publish,
    Fail,
    Recover,
    Evict,
    Garble,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_usize..4).prop_map(Step::Ask),
        1 => (0_usize..4).prop_map(Step::Cancel),
        1 => Just(Step::Publish),
        1 => Just(Step::Fail),
        1 => Just(Step::Recover),
        1 => Just(Step::Evict),
        1 => Just(Step::Garble),
        4 => (0_u64..6_000).prop_map(Step::Pass),
    ]
}

/// What the store says while it is well.
fn version(number: u64, etag: Option<&str>) -> Answer {
    match etag == Some(number.to_string().as_str()) {
        true => Ok(Got::NotModified),
        false => found(&number.to_string(), &number.to_string()),
    }
}

proptest! {
    /// Four instances, one cache: no answer is older than time to live and claim together, and a
    /// store that fails is never passed off as one that answers for longer than that.
    #[test]
    fn no_answer_is_older_than_allowed(steps in proptest::collection::vec(step(), 1..120)) {
        let place = Place::new(vec![found("0", "0")]);
        let instances: Vec<_> = (0..4).map(|seed| place.instance(seed)).collect();
        let (mut current, mut well) = (0, true);
        // When each version was replaced; and since when the store fails.
        let mut replaced = vec![];
        let mut failing = None;
        let oldest = 10_000 + 3_000;
        for step in steps {
            let now = place.clock.ticks();
            match step {
                Step::Publish => {
                    replaced.push(now);
                    current += 1;
                }
                Step::Fail => {
                    well = false;
                    failing = failing.or(Some(now));
                }
                Step::Recover => (well, failing) = (true, None),
                Step::Evict => place.cache.clear(),
                Step::Garble => {
                    if !place.cache.names("store/pointer/").is_empty() {
                        place.cache.change("store/pointer/", |bytes| bytes.truncate(7));
                    }
                }
                Step::Pass(milliseconds) => place.pass(milliseconds),
                Step::Cancel(instance) => {
                    place.store.tell(vec![(60_000, found("never", "never"))]);
                    let patience = place.clock.sleep(Duration::from_millis(1));
                    drop(place.clock.run(select(instances[instance].get(get(POINTER)), patience)));
                }
                Step::Ask(instance) => {
                    let asked = place.store.asked();
                    // The store honours the condition, which is only known when it is asked.
                    let known = place.conditional(&instances[instance], current, well);
                    let was_asked = place.store.asked() > asked;
                    match known {
                        Ok(Got::Found(object)) => {
                            let number: u64 = String::from_utf8(object.bytes).unwrap().parse().unwrap();
                            prop_assert!(object.cached || number == current);
                            prop_assert!(!was_asked || number == current);
                            if number < current {
                                prop_assert!(now - replaced[number as usize] < oldest);
                            }
                            if let Some(since) = failing {
                                prop_assert!(!was_asked && now - since < oldest);
                            }
                        }
                        other => {
                            prop_assert!(was_asked && !well);
                            prop_assert_eq!(other, failure(StoreErrorKind::Unavailable));
                        }
                    }
                }
            }
        }
    }
}

impl Place {
    /// Asks while the store has this version, and answers to the condition as stores do.
    fn conditional(&self, cached: &Cached, current: u64, well: bool) -> Answer {
        self.store.answer(move |get| match well {
            true => version(current, get.if_none_match.as_deref()),
            false => failure(StoreErrorKind::Unavailable),
        });
        self.get(cached, POINTER)
    }
}
