//! Damaged bytes, wherever they come from, cost freshness and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use support::Region;
use zen_edge_sync::Outcome;
use zen_edge_sync_testkit::damage;

/// The keys of everything that a refresh from 1 to 2 fetches, the pointer last.
fn fetched(region: &Region) -> Vec<String> {
    let bucket = region.world.store("eu").bucket();
    let digest = region.publisher.digest("pricing", "2").unwrap();
    ["metadata/3.snapshot.json", "metadata/3.targets.json"]
        .into_iter()
        .map(str::to_owned)
        .chain([
            format!("targets/{digest}.pricing"),
            "metadata/timestamp.json".to_owned(),
        ])
        .map(|key| format!("production/{key}"))
        .inspect(|key| assert!(bucket.get(key).is_some(), "{key}"))
        .collect()
}

fn region() -> Region {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.updated();
    region.publish("pricing", "2");
    region
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A flipped bit or a missing end of any file: what serves goes on, and the release comes once
    /// the file is whole.
    #[test]
    fn a_damaged_object_is_refused_and_the_release_before_serves(
        file in 0..4_usize,
        place: prop::sample::Index,
        bit in 0..8_u8,
        cut: bool,
    ) {
        let region = region();
        let bucket = region.world.store("eu").bucket().clone();
        let key = &fetched(&region)[file];
        let sound = bucket.get(key).unwrap();
        let at = place.index(sound.len());
        let broken = match cut {
            true => damage::truncated(&sound, at),
            false => damage::flipped(&sound, at, bit),
        };
        bucket.put(key, broken);
        let report = region.refresh();
        // White space in metadata may change without a change of what is signed, where only a
        // signature says what it must be.
        if report.outcome != Outcome::Updated {
            prop_assert_eq!(report.outcome, Outcome::Failed);
            prop_assert_eq!(region.version("pricing"), Some("1".to_owned()));
        } else {
            prop_assert!(key.ends_with("timestamp.json"), "{}", key);
        }
        bucket.put(key, sound);
        region.pass(600);
        region.refresh();
        prop_assert_eq!(region.version("pricing"), Some("2".to_owned()));
    }

    /// Whatever became of the cache: nothing that is not verified is served, and a store heals it.
    #[test]
    fn a_damaged_cache_is_never_believed(
        entry: prop::sample::Index,
        place: prop::sample::Index,
        bit in 0..8_u8,
        cut: bool,
    ) {
        let mut region = region();
        region.updated();
        let entries = region.world.cache.entries();
        let key = entry.get(&entries.keys().cloned().collect::<Vec<_>>()).clone();
        let pattern = glob::Pattern::new(&key).unwrap();
        region.world.cache.change(&pattern, |bytes| {
            let at = place.index(bytes.len());
            match cut {
                true => damage::truncated(bytes, at),
                false => damage::flipped(bytes, at, bit),
            }
        });
        region.restart();
        region.load();
        let version = region.version("pricing");
        prop_assert!(matches!(version.as_deref(), None | Some("1" | "2")), "{:?}", version);
        region.refresh();
        prop_assert_eq!(region.version("pricing"), Some("2".to_owned()));
    }
}

#[test]
fn every_truncation_of_the_kept_metadata_is_survived() {
    let mut region = region();
    region.updated();
    let entries = region.world.cache.entries();
    let key = "production/last-known-good.json";
    for length in (0..entries[key].len()).step_by(97) {
        let mut damaged = entries.clone();
        damaged.insert(key.to_owned(), entries[key][..length].to_vec());
        region.world.cache.restore(damaged);
        region.restart();
        region.load();
        assert_eq!(region.version("pricing"), None);
    }
    region.world.cache.restore(entries);
    region.restart();
    region.load();
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
}
