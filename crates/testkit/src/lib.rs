//! What tests and tools share. Not published.
//!
//! [`fixture`] reads ZEN's fixture form (a decision with its test cases inside) and runs it;
//! [`compare`] compares JSON to the last digit.

pub mod compare;
pub mod fixture;
