//! The publishing verbs as processes, on local files and on a real S3 server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod agent;
mod bake;
mod files;
mod keys;
mod python;
mod s3;
mod support;
