//! What the runtime needs of the world outside, from a Worker's platform.
//!
//! ```text
//! R2 binding ───────────R2Store──┐
//! S3 over fetch ────────S3Store──┤
//! web server over fetch HttpsStore┼──▶ Runtime ◀── FunctionHttp ── fetch
//! BRMS over fetch ──BrmsRulesSync┤
//! Cache API ───────────CacheApi──┤
//! disk service ─────FolderCache──┤
//! Date, performance, Math ───────┘
//! ```
//!
//! A Worker's instance has one thread: what JavaScript gives is wrapped (`send_wrapper`) where a port
//! asks for `Send`, and never meets another thread.

mod body;
mod cache_api;
mod clock;
mod decision_sink;
mod entry;
mod env;
mod fetch;
mod folder_cache;
mod https;
mod key;
mod open;
mod r2;
mod random;
mod rules_sync;
mod s3;
mod s3_request;
mod store_error;
mod thrown;

pub(crate) use body::BodyError;
pub(crate) use clock::sleep;
pub use clock::{WorkerClock, install_timer};
pub use decision_sink::{DecisionSink, NotSent};
pub(crate) use fetch::Outgoing;
pub use open::{Configured, OpenError, configure};
pub use random::WorkerRandom;
pub(crate) use thrown::Thrown;

use send_wrapper::SendWrapper;
use zen_edge_sync::PortFuture;

/// A future of JavaScript's as the ports ask for it.
fn port<'a, T>(future: impl Future<Output = T> + 'a) -> PortFuture<'a, T> {
    Box::pin(SendWrapper::new(future))
}
