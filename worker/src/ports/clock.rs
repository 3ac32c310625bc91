//! The platform's clocks.

use js_sys::{Date, Function, Promise};
use send_wrapper::SendWrapper;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use zen_edge_eval::set_timer;
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
pub struct WorkerClock {
    /// The latest that was told: whatever the platform does between requests, ticks never fall.
    latest: Arc<AtomicU64>,
}

impl Clock for WorkerClock {
    fn now(&self) -> i64 {
        // Milliseconds since 1970 are whole, and far below 2⁵³.
        Date::now() as i64
    }

    fn ticks(&self) -> u64 {
        let ticks = performance_now().max(0.0) as u64;
        self.latest.fetch_max(ticks, Ordering::Relaxed).max(ticks)
    }

    fn sleep(&self, duration: Duration) -> PortFuture<'static, ()> {
        Box::pin(SendWrapper::new(sleep(duration)))
    }
}

/// Gives `console.sleep` in function nodes the platform's timer. Once per instance.
pub fn install_timer() {
    set_timer(|duration| Box::pin(SendWrapper::new(sleep(duration))));
}

/// The longest wait that `setTimeout` has: more would be none at all.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

async fn sleep(duration: Duration) {
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
