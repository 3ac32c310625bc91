//! What lies between a client and its stores: retries, failover and caching; and the rhythm of polls, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod breaker;
mod cache;
mod cached;
mod cached_model;
mod failover;
mod retry;
mod schedule;
mod stack;
mod support;
