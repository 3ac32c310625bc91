//! The API over the real engine and simulated buckets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod agent;
mod beyond;
mod bundle;
mod cors;
mod decision_log;
mod hostile;
mod refreshing;
mod refusals;
mod support;
