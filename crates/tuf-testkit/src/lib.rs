//! TUF repositories for tests: sound ones by [`Repository`], broken ones by [`defects()`].
//!
//! Everything is made from names, so the same call gives the same bytes on every machine. Nothing
//! here uses `zen-edge-tuf`: what makes repositories and what verifies them share no code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests"
)]

mod case;
mod defects;
mod key;
mod repository;

pub use case::{Case, Expected};
pub use defects::defects;
pub use key::Key;
pub use repository::{Files, NOW, Repository, sha256, to_bytes};
