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
pub mod expect;
mod fault;
mod gorules;
mod model;
mod publisher;
mod release;
mod scenario;
mod store;
mod subject;

pub use bucket::{Bucket, Replication};
pub use cache::{SimulatedCache, Trouble};
pub use clock::{ManualClock, SeededRandom};
pub use fault::{Fault, Rule, When};
pub use gorules::Deployer;
pub use model::{Statistics, Violation, run_model};
pub use publisher::{Commit, Publisher};
pub use release::{Content, Plan, graph};
pub use scenario::{
    CacheStep, Environment, Evaluate, Failure, Refresh, Scenario, Step, Tamper, With,
};
pub use store::{Request, RequestLog, SimulatedStore};
pub use subject::{
    EnvironmentSettings, EvaluateRequest, Policy, Settings, Subject, Subjects, Trust, World,
};
