//! Spreading moments, so that many instances do not do the same at once. All in milliseconds.

use std::time::Duration;

/// A duration in whole milliseconds, as ticks count.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Evenly from `low` to `high`, both included; `low` if `high` is below it.
pub(crate) fn between(low: u64, high: u64, random: u64) -> u64 {
    let span = u128::from(high.saturating_sub(low)) + 1;
    // The upper 64 bits of the product are evenly below `span`, which is at most 2⁶⁴.
    let offset = (span * u128::from(random)) >> 64;
    low.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
}

/// `middle`, up to this share of it less or more; no share is above 100 %.
pub(crate) fn around(middle: u64, percent: u8, random: u64) -> u64 {
    let part = u128::from(middle) * u128::from(percent.min(100)) / 100;
    let part = u64::try_from(part).unwrap_or(u64::MAX);
    between(middle - part, middle.saturating_add(part), random)
}

/// `base`, doubled this many times, but never above `cap`.
pub(crate) fn doubled(base: u64, times: u32, cap: u64) -> u64 {
    let factor = 1_u64.checked_shl(times).unwrap_or(u64::MAX);
    base.saturating_mul(factor).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_ends_are_reached() {
        assert_eq!(between(3, 7, 0), 3);
        assert_eq!(between(3, 7, u64::MAX), 7);
        assert_eq!(between(0, u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(between(7, 3, u64::MAX), 7);
        assert_eq!(around(1_000, 20, 0), 800);
        assert_eq!(around(1_000, 20, u64::MAX), 1_200);
        assert_eq!(around(1_000, 255, 0), 0);
        assert_eq!(doubled(100, 3, 2_000), 800);
        assert_eq!(doubled(100, 200, 2_000), 2_000);
        assert_eq!(doubled(0, 200, 2_000), 0);
    }

    proptest! {
        #[test]
        fn nothing_leaves_its_bounds(low: u64, high: u64, percent: u8, random: u64) {
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!((low..=high).contains(&between(low, high, random)));
            let part = u128::from(high) * u128::from(percent.min(100)) / 100;
            let spread = u128::from(around(high, percent, random));
            prop_assert!(spread.abs_diff(u128::from(high)) <= part);
        }
    }
}
