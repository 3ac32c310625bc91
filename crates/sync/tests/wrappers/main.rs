//! What lies between a client and its stores: the rhythm of polls, retries, failover and caching, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod failover;
mod retry;
mod schedule;
mod support;
