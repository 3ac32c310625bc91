//! Regions of an evaluator on one machine: the demo, and the disaster-recovery drill.

fn main() {}
