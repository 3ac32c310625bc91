//! What tests of `zen-edge-sync` and of everything above it need instead of a network and a clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it"
)]

mod bucket;
mod cache;
mod clock;
pub mod damage;
mod fault;
mod gorules;
mod publisher;
mod release;
mod store;

pub use bucket::{Bucket, Replication};
pub use cache::{SimulatedCache, Trouble};
pub use clock::{ManualClock, SeededRandom};
pub use fault::{Fault, Rule, When};
pub use gorules::Deployer;
pub use publisher::{Commit, Publisher};
pub use release::{Content, Plan, graph};
pub use store::{Request, RequestLog, SimulatedStore};
