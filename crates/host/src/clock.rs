//! Time: the one module that asks the platform for it.

use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static PINNED: Cell<Option<i64>> = const { Cell::new(None) };
}

/// A point on the monotonic clock, with the part of `std::time::Instant` that the engine uses.
///
/// On wasm it reads `performance.now()`, which every host of ours has. In Cloudflare Workers that
/// clock stands still during CPU work: never decide by it, only report it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Instant(platform::Monotonic);

impl Instant {
    /// The present point.
    pub fn now() -> Self {
        Self(platform::monotonic())
    }

    /// Time since this point; zero if the clock went backwards.
    pub fn elapsed(&self) -> Duration {
        platform::since(self.0)
    }
}

/// Makes `now` (milliseconds since 1970-01-01T00:00:00Z) the wall clock of everything evaluated on
/// this thread until the guard is dropped; `None` leaves the platform's clock in place.
pub fn pin(now: Option<i64>) -> Pinned {
    Pinned(PINNED.replace(now))
}

/// The pinned wall clock in milliseconds since 1970-01-01T00:00:00Z, if there is one.
pub fn pinned() -> Option<i64> {
    PINNED.get()
}

/// Restores the clock that was in place before.
#[derive(Debug)]
pub struct Pinned(Option<i64>);

impl Drop for Pinned {
    fn drop(&mut self) {
        PINNED.set(self.0);
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod platform {
    use std::time::Duration;

    pub(super) type Monotonic = std::time::Instant;

    #[allow(clippy::disallowed_methods, reason = "the module that wraps it")]
    pub(super) fn monotonic() -> Monotonic {
        std::time::Instant::now()
    }

    pub(super) fn since(start: Monotonic) -> Duration {
        start.elapsed()
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod platform {
    use std::time::Duration;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn performance_now() -> f64;
    }

    /// Milliseconds since the host's time origin.
    pub(super) type Monotonic = f64;

    pub(super) fn monotonic() -> Monotonic {
        performance_now()
    }

    pub(super) fn since(start: Monotonic) -> Duration {
        Duration::try_from_secs_f64((monotonic() - start) / 1000.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_lasts_as_long_as_its_guard() {
        assert_eq!(pinned(), None);
        {
            let _outer = pin(Some(1));
            {
                let _inner = pin(Some(2));
                assert_eq!(pinned(), Some(2));
            }
            assert_eq!(pinned(), Some(1));
        }
        assert_eq!(pinned(), None);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let start = Instant::now();
        assert!(start.elapsed() <= start.elapsed());
    }
}
