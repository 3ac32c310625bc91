//! The TUF 1.0.34 client workflow, sans-I/O.
//!
//! Bytes and one fixed time in; trusted metadata, "fetch this next" or a named refusal out. There
//! is no clock, no network, no file and no thread here, so the same code runs in a Worker, in a
//! browser and natively, and every step of it can be tested as a function.
//!
//! - [`Updater`] is the workflow (`update.rs`, in the specification's numbered steps);
//! - [`Trusted`] is what it arrives at, and what is verified again from [`Stored`] bytes;
//! - [`Target`] turns the bytes it announces into a [`VerifiedTarget`], and nothing else does;
//! - [`Limits`] bounds everything that comes from outside;
//! - [`Error`] names what was refused, for which role and at which step.

mod delegation;
mod error;
mod hash;
mod json;
mod key;
mod limits;
mod metadata;
mod pattern;
mod role;
mod stored;
mod target;
mod time;
mod trusted;
mod update;
mod verify;

pub use error::{Error, ErrorKind, Result};
pub use json::Json;
pub use limits::Limits;
pub use role::{Request, Role, encode};
pub use stored::{Change, Stored};
pub use target::{Download, Target, VerifiedTarget};
pub use time::UnixTime;
pub use trusted::{Signer, Trusted, TrustedRole};
pub use update::{Find, List, Next, Updater};
