//! What tests of `zen-edge-sync` and of everything above it need instead of a network and a clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it"
)]

mod clock;

pub use clock::{ManualClock, SeededRandom};
