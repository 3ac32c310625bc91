//! An environment's repository in a bucket: written, promoted, renewed, copied.
//!
//! ```text
//! bundles ──publish──▶ content, then metadata, then the pointer ──▶ Store
//! Store ──Environment::load──▶ verified by zen-edge-tuf ──▶ promote, roll back, renew, copy …
//! ```
//!
//! Metadata is read by our own TUF client, and changed, brought into canonical form and signed by
//! `tough`'s schema types and signers. `tough`'s repository editor is not used: it signs targets,
//! snapshot and timestamp together (a scheduled renewal must do with the timestamp's key), writes
//! into folders only (not with a condition into a bucket), takes no care of numbers that others
//! used, and cannot change a root.

mod agent;
mod bake;
mod commit;
mod copy;
mod environment;
mod error;
mod history;
mod init;
pub mod keys;
mod names;
mod note;
mod publish;
mod renew;
mod rotate;
mod sign;
mod status;
pub mod store;

pub use agent::agent_copy;
pub use bake::{Baked, bake};
pub use commit::{Committed, Publisher};
pub use copy::{Copied, Pointer, copy};
pub use environment::{Environment, Listed, Signature};
pub use error::{Error, ErrorKind, Result};
pub use history::{Found, location};
pub use init::{Delegation, Grant, Plan};
pub use names::check_project;
pub use note::{Policy, Release, Revoked};
pub use publish::{Change, Published, Upload};
pub use renew::Renewed;
pub use rotate::Rotated;
pub use status::{Standing, verify};
pub use store::Store;
