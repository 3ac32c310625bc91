//! A bundle: one release of a project as GoRules packs it, a zip of JSON documents.
//!
//! Bytes in, documents and identity out; there is no I/O and no clock here. Reading is strict: a
//! zip that two programs could read differently is refused, and [`Limits`] bounds what it may cost.
//! Packing is deterministic: the same documents and identity give the same bytes.
//!
//! - [`Bundle::read`] reads and checks a whole bundle (`archive.rs` for the zip, `json.rs` for what
//!   is inside);
//! - [`Identity`] and [`Access`] are what `.config/project.json` says;
//! - [`TestDocument`] is what a document says about how decisions must answer;
//! - [`Packer`] makes bundles, and never writes an access token.

mod access;
mod archive;
mod bundle;
mod digest;
mod document;
mod error;
mod identity;
mod inflate;
mod json;
mod limits;
mod pack;
mod path;
mod test;

pub use access::{Access, Tokens};
pub use archive::{read as read_archive, write as write_archive};
pub use bundle::Bundle;
pub use document::{Document, DocumentKind};
pub use error::{Error, ErrorKind, Result};
pub use identity::{Deployment, Environment, Identity, Project, Release};
pub use limits::{Limit, Limits};
pub use pack::Packer;
pub use test::{Expected, TestCase, TestDocument};
