//! Replication of environments between buckets: verified, content first, pointer last, never
//! backwards. No I/O of its own: a host brings [`Folder`]s.
//!
//! ```text
//! Folder ──Environment::load──▶ verified by zen-edge-tuf ──copy_to──▶ Destination
//! messages of a queue ──consume──▶ bundles, then environments, and a verdict per message
//! ```
//!
//! - [`Environment`] is what a copy consists of; [`Environment::copy_to`] is the copy;
//! - [`consume`] deals with event notifications, [`replicate`] with an environment as a whole,
//!   [`look`] says how far copies are behind;
//! - [`Settings`] is the replicator's configuration.

mod batch;
mod content;
mod copy;
mod environment;
mod error;
mod event;
mod folder;
mod replicator;
mod report;
mod settings;

pub use batch::{Delivery, Handled, Verdict, consume};
pub use content::{Content, copy_content, copy_numbered};
pub use copy::{Copied, Pointer};
pub use environment::{Environment, Options};
pub use error::{Error, ErrorKind};
pub use event::{Event, EventObject, Subject};
pub use folder::{Created, Destination, Folder, Object, Stat};
pub use replicator::{Host, Look, Outcome, Standing, look, replicate};
pub use report::{Measure, dead_letter, measures, status};
pub use settings::Settings;
