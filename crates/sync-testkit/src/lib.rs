//! What tests of `zen-edge-sync` and of everything above it need instead of a network and a clock.
//!
//! - [`World`] is a simulated host: [`SimulatedStore`]s over [`Bucket`]s, which fail as [`Rule`]s say,
//!   a [`SimulatedCache`] and a [`ManualClock`];
//! - [`Publisher`] publishes environments into buckets, sound ones and broken ones ([`Plan`] packs
//!   releases whose answers name them); [`Deployer`] does it in the layout of GoRules;
//! - [`Scenario`] is a file of `tests/scenarios`, played on a [`Subject`];
//! - [`run_model`] is the random test of a [`Subject`].
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
mod commit;
pub mod damage;
mod expect;
mod fault;
mod gorules;
mod log;
mod model;
mod publisher;
mod release;
mod scenario;
mod store;
mod subject;
mod truth;

pub use bucket::{Bucket, Replication};
pub use cache::{SimulatedCache, Trouble};
pub use clock::{ManualClock, SeededRandom};
pub use commit::Commit;
pub use expect::{Requests, difference};
pub use fault::{Fault, Rule, When};
pub use gorules::Deployer;
pub use log::{Request, RequestLog, Totals};
pub use model::{Statistics, Violation, run_model};
pub use publisher::Publisher;
pub use release::{Content, Plan, graph};
pub use scenario::{
    CacheStep, Environment, Evaluate, Failure, Refresh, Scenario, Step, Tamper, With,
};
pub use store::SimulatedStore;
pub use subject::{
    EnvironmentSettings, EvaluateRequest, Policy, Settings, Subject, Subjects, Trust, World,
};
pub use truth::{Said, check_answer, check_status};
