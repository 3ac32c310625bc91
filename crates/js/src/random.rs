//! Randomness for jitter.

use js_sys::Math;
use zen_edge_sync::Random;

/// The platform's `Math.random`. It is not for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsRandom;

impl Random for JsRandom {
    fn next(&self) -> u64 {
        // A number has 53 random bits: two of them, 32 each.
        let half = || (Math::random() * f64::from(u32::MAX) + Math::random()) as u64;
        half() << 32 | half() & u64::from(u32::MAX)
    }
}
