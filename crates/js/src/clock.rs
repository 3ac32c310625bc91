//! The platform's clocks.

use crate::port;
use js_sys::{Date, Function, Promise};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use zen_edge_sync::{Clock, PortFuture};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// `Date`, `performance` and `setTimeout`. Both clocks stand still during CPU work on Cloudflare.
#[derive(Debug, Clone, Default)]
pub struct JsClock {
    ticks: Arc<Mutex<Ticks>>,
}

/// Time that only passes: on some platforms `performance` follows the wall clock, which may be set
/// back. Then the time from there on counts, not that until it is where it was.
#[derive(Debug, Default)]
struct Ticks {
    /// What `performance` said last, in milliseconds.
    last: f64,
    /// All steps forward, in milliseconds.
    total: f64,
}

impl Ticks {
    fn advance(&mut self, now: f64) -> u64 {
        // Not a number is no step either.
        self.total += (now - self.last).max(0.0);
        if now.is_finite() {
            self.last = now;
        }
        self.total as u64
    }
}

impl Clock for JsClock {
    fn now(&self) -> i64 {
        // Milliseconds since 1970 are whole, and far below 2⁵³.
        Date::now() as i64
    }

    fn ticks(&self) -> u64 {
        // Nothing panics while the lock is held; the state would be whole if it did.
        let mut ticks = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        ticks.advance(performance_now())
    }

    fn sleep(&self, duration: Duration) -> PortFuture<'static, ()> {
        port(sleep(duration))
    }
}

/// The longest wait that `setTimeout` has: more would be none at all.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits; dropped before the time is over, the timer is taken back.
pub async fn sleep(duration: Duration) {
    let millis = duration.min(LONGEST).as_secs_f64() * 1000.0;
    let mut handle = JsValue::UNDEFINED;
    let promise = Promise::new(&mut |resolve, _| handle = set_timeout(&resolve, millis));
    let _timer = Timer(handle);
    let _ = JsFuture::from(promise).await;
}

/// A timer that nobody waits for any more is taken back.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_never_fall_and_go_on_after_a_step_back() {
        let mut ticks = Ticks::default();
        let told =
            [1_000.4, 1_000.9, 1_002.0, 10.0, 15.0, f64::NAN, 16.5].map(|now| ticks.advance(now));
        assert_eq!(told, [1_000, 1_000, 1_002, 1_002, 1_007, 1_007, 1_008]);
    }
}
