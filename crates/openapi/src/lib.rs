//! Describes a release as OpenAPI 3.0.3, as GoRules' Agent does.
//!
//! [`describe()`] writes one path per decision, named and shaped like the Agent's
//! (gorules/agent-public 1.28, `src/rules_spec.rs`), so that what was generated from an Agent's
//! description fits this one. Where the Agent writes what OpenAPI 3.0.3 does not know, or what is
//! not true of every answer, this crate writes something that is:
//!
//! - JSON Schemas are converted to OpenAPI's dialect ([`convert()`]): the result accepts whatever the
//!   schema accepted, and is as strict as the dialect allows;
//! - derived schemas neither require members nor forbid others;
//! - the answers to bad requests are described, too;
//! - an example that its own schema refuses is left out.
//!
//! The text is the same for the same release, and of bounded size.

mod bounds;
mod convert;
mod derive;
mod describe;
mod document;
mod error;
mod example;
mod meta;
mod operation;

pub use bounds::Bounds;
pub use convert::{Converted, convert};
pub use describe::describe;
pub use error::{Error, Result};
