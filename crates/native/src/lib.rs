//! Ports for native hosts: what [`zen_edge_runtime::Runtime`] needs of the world outside.
//!
//! ```text
//! s3:// gs:// az:// https:// file:// ──ObjectStoreSource──┐
//!                        a folder ──FolderCache──┤
//!       the system ──SystemClock, SystemRandom──┴──▶ Runtime ◀──poll──
//! ```
//!
//! Everything here works within a tokio runtime with its timer (and its I/O for stores) enabled.
//!
//! ```no_run
//! use std::sync::Arc;
//! use zen_edge_native::{FolderCache, ObjectStoreSource, poll, ports};
//! use zen_edge_runtime::sync::{ClientOptions, Source, TrustOptions, TufOptions};
//! use zen_edge_runtime::{EnvironmentOptions, Request, Runtime, eval::EvaluateOptions};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let source = |name: &str, address: &str| -> Result<Source, Box<dyn std::error::Error>> {
//!     Ok(Source { name: name.into(), store: Arc::new(ObjectStoreSource::open(address)?) })
//! };
//! let sources = vec![
//!     source("eu", "s3://eu/rules/production")?,
//!     source("us", "s3://us/rules/production")?,
//! ];
//! let trust = TrustOptions::Tuf(TufOptions {
//!     trusted_root: std::fs::read("production.root.json")?,
//!     revision_floor: 0,
//! });
//! let environment = EnvironmentOptions::new(ClientOptions::new("production", trust, sources));
//! let runtime = Runtime::new(vec![environment], ports(FolderCache::open("/var/cache/rules")?))?;
//!
//! // In one task:
//! poll(&runtime, |environment, report| println!("{environment}: {:?}", report.outcome)).await;
//!
//! // In others:
//! let answer = runtime.evaluate_sync(&Request {
//!     environment: None,
//!     project: "pricing",
//!     pin: None,
//!     key: "main",
//!     context: br#"{"quantity": 1000}"#,
//!     options: EvaluateOptions::default(),
//! })?;
//! println!("{}", String::from_utf8(answer.to_json()?)?);
//! # Ok(())
//! # }
//! ```

mod clock;
mod folder;
mod poll;
mod random;
mod source;
mod store_error;

pub use clock::SystemClock;
pub use folder::FolderCache;
pub use poll::poll;
pub use random::SystemRandom;
pub use source::ObjectStoreSource;

use std::sync::Arc;
use zen_edge_sync::{EdgeCache, Ports};

/// The ports of this system, with this cache.
pub fn ports(cache: impl EdgeCache + 'static) -> Ports {
    Ports {
        cache: Arc::new(cache),
        clock: Arc::new(SystemClock::new()),
        random: Arc::new(SystemRandom),
    }
}
