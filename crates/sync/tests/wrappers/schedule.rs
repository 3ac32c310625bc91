//! Many instances together.

use proptest::prelude::*;
use std::collections::BTreeMap;
use zen_edge_sync::{Random, Schedule, ScheduleOptions};
use zen_edge_sync_testkit::SeededRandom;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// A thousand instances that start in one moment have spread after ten minutes, whether their
    /// polls succeed or fail.
    #[test]
    fn polls_of_many_instances_spread(seed: u64, healthy: bool) {
        let random = SeededRandom::new(seed);
        let mut seconds = BTreeMap::<u64, u32>::new();
        for _ in 0..1_000 {
            let mut schedule = Schedule::new(ScheduleOptions::default(), 0);
            let mut ticks = 0;
            while ticks < 600_000 {
                match healthy {
                    true => schedule.succeeded(ticks, random.next()),
                    false => schedule.failed(ticks, random.next()),
                }
                ticks += u64::try_from(schedule.wait(ticks).as_millis()).unwrap();
            }
            *seconds.entry(ticks / 1_000).or_default() += 1;
        }
        let worst = seconds.values().max().copied().unwrap_or_default();
        prop_assert!(worst < 100, "{worst} of 1000 polls within one second");
    }
}
