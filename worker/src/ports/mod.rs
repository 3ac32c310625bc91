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
//! Clock, randomness and errors are those of every JavaScript host (`zen-edge-js`).

mod body;
mod cache_api;
mod decision_sink;
mod entry;
mod env;
mod fetch;
mod folder_cache;
mod https;
mod key;
mod open;
mod r2;
mod rules_sync;
mod s3;
mod s3_request;
mod store_error;

pub(crate) use body::BodyError;
pub use decision_sink::{DecisionSink, NotSent};
pub(crate) use fetch::Outgoing;
pub use open::{Configured, OpenError, configure};
pub use zen_edge_js::{JsClock as WorkerClock, JsRandom as WorkerRandom};
pub(crate) use zen_edge_js::{Thrown, port, sleep};

use zen_edge_eval::set_timer;

/// Gives `console.sleep` in function nodes the platform's timer. Once per instance.
pub fn install_timer() {
    set_timer(|duration| port(sleep(duration)));
}
