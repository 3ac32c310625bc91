//! Refreshes, activates and evaluates releases: what a host depends on.
//!
//! ```text
//! sources ──zen-edge-sync──▶ VerifiedBundle ──prepare──▶ CompiledRelease ──activate──▶ answers
//! ```
//!
//! [`Runtime`] is the façade. Whatever a refresh meets, an answer is never worse for it: a release
//! becomes active after it has compiled and passed its smoke cases, all of it in one swap, and what
//! is being evaluated finishes on the release it began with.

mod active;
mod answer;
mod circuit;
mod environment;
mod error;
mod guard;
mod options;
mod pin;
mod prepare;
mod release;
mod residency;
mod runtime;
mod selection;
mod shadow;
mod status;
mod take_back;

pub use active::Active;
pub use answer::Answer;
pub use circuit::{CircuitOptions, TrapReport};
pub use error::{Error, Result};
pub use options::EnvironmentOptions;
pub use pin::{Pin, PinProblem, Resident};
pub use release::CompiledRelease;
pub use residency::ResidencyLimits;
pub use runtime::{Request, Runtime};
pub use selection::Selection;
pub use shadow::{Candidate, Contexts, ShadowOptions, ShadowReport, ShadowRun, ShadowSample};
pub use status::{EnvironmentState, ProjectState, Status};
pub use zen_edge_eval as eval;
pub use zen_edge_sync as sync;
