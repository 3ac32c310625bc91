//! Settings for every evaluation of this process or wasm instance, as upstream's `overrideConfig`.

use std::sync::atomic::Ordering::Relaxed;
use zen_engine::ZEN_CONFIG;

/// What upstream allows a function by its clock, in milliseconds, if nobody says otherwise.
const DEFAULT_MILLIS: u64 = 5_000;

/// Sets what is given; the rest stays as it is.
///
/// `nodes_in_context` (true by default) says whether expressions and functions see `$nodes`.
/// `function_timeout_millis` (5 000 by default) is no time here, because evaluations do not depend on
/// clocks: it scales [`crate::Limits::function_steps`], so that twice the milliseconds are twice the
/// steps.
pub fn override_config(nodes_in_context: Option<bool>, function_timeout_millis: Option<u64>) {
    if let Some(shown) = nodes_in_context {
        ZEN_CONFIG.nodes_in_context.store(shown, Relaxed);
    }
    if let Some(millis) = function_timeout_millis {
        ZEN_CONFIG.function_timeout_millis.store(millis, Relaxed);
    }
}

/// The steps that functions have of those that the limits say.
pub(crate) fn function_steps(limit: u64) -> u64 {
    let millis = ZEN_CONFIG.function_timeout_millis.load(Relaxed);
    if millis == DEFAULT_MILLIS {
        return limit;
    }
    let scaled = u128::from(limit) * u128::from(millis) / u128::from(DEFAULT_MILLIS);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test, because the settings are the whole process'.
    #[test]
    fn milliseconds_are_steps() {
        assert_eq!(function_steps(100), 100);
        for (millis, limit, steps) in [
            (10_000, 100, 200),
            (50, 100, 1),
            (0, 100, 0),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            override_config(None, Some(millis));
            assert_eq!(function_steps(limit), steps);
        }
        override_config(Some(true), Some(DEFAULT_MILLIS));
        assert_eq!(function_steps(7), 7);
    }
}
