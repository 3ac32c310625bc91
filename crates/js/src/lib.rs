//! What every JavaScript host gives: clocks, timers, randomness, and errors in words that may be told.
//!
//! A host's instance has one thread: what JavaScript gives is wrapped (`send_wrapper`) where a port
//! asks for `Send`, and never meets another thread.

mod clock;
mod random;
mod thrown;

pub use clock::{JsClock, sleep};
pub use random::JsRandom;
pub use thrown::Thrown;

use send_wrapper::SendWrapper;
use zen_edge_sync::PortFuture;

/// A future of JavaScript's as the ports ask for it.
pub fn port<'a, T>(future: impl Future<Output = T> + 'a) -> PortFuture<'a, T> {
    Box::pin(SendWrapper::new(future))
}
