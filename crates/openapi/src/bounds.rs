//! What a description may use.

/// Bounds on a description, each with the attack it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the description. It is held in memory while it is written, and sent to whoever asks.
    pub bytes: usize,
    /// Decisions.
    pub decisions: usize,
    /// Parts of one converted schema, those that it refers to included: schemas, and values such as
    /// those of an `enum`. What is over it is left open.
    pub schema_parts: usize,
    /// How deeply one schema nests. What is deeper is left open.
    pub schema_depth: usize,
    /// Bytes of one example. Longer ones are left out.
    pub example_bytes: usize,
    /// How deeply one example nests. Most readers of JSON stop at 128 levels, of which the
    /// description has some of its own.
    pub example_depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            decisions: 10_000,
            schema_parts: 5_000,
            schema_depth: 24,
            example_bytes: 16 * 1024,
            example_depth: 64,
        }
    }
}
