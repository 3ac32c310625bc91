//! Ports for native hosts: what [`zen_edge_runtime::Runtime`] needs of the world outside.
//!
//! ```text
//! s3:// gs:// az:// https:// file:// ──ObjectStoreSource──┐
//!                        a folder ──FolderCache──┤
//!       the system ──SystemClock, SystemRandom──┴──▶ Runtime ◀──poll──
//! ```
//!
//! Everything here works within a tokio runtime with its timer (and its I/O for stores) enabled.

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
