//! What tests and tools share. Not published.
//!
//! [`fixture`] reads ZEN's fixture form (a decision with its test cases inside) and runs it;
//! [`compare`] is the evaluator's comparison of JSON.

pub mod fixture;

pub use zen_edge_eval::{compare, millis};
