//! What publishing is tested against: SeaweedFS as a real S3 server ([`Seaweed`]), and a proxy that
//! stands before it and answers, cuts off or changes requests as a test wants it ([`Proxy`]).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests"
)]

mod proxy;
mod seaweed;

pub use proxy::{Action, Proxy, Request};
pub use seaweed::{ADMIN, PUBLIC_BUCKET, READER, Seaweed, free_ports, tied};
