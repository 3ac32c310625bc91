//! What tests and tools share. Not published.
//!
//! [`fixture`] reads ZEN's fixture form (a decision with its test cases inside) and runs it;
//! [`compare`] is the evaluator's comparison of JSON. [`Runtimes`] is the runtime as scenarios test it.

pub mod fixture;
mod subject;

pub use subject::Runtimes;
pub use zen_edge_eval::{compare, millis};
