//! What a run of the random test comes to.

use std::fmt;

/// Something that must always be true was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The seed with which it happens again.
    pub seed: u64,
    /// The step's number, from 1.
    pub step: usize,
    /// What was not true.
    pub message: String,
    /// The last steps, the one at fault last.
    pub last: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.last.join("\n  ");
        let (seed, step, message) = (self.seed, self.step, &self.message);
        write!(formatter, "seed {seed}, step {step}: {message}\n  {last}")
    }
}

/// What happened in a run, to see that something did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Refreshes that brought something new.
    pub updated: usize,
    /// Refreshes that failed or were refused something.
    pub failed: usize,
    /// Evaluations that were answered.
    pub answered: usize,
    /// Evaluations that were not, where that was right.
    pub unanswered: usize,
    /// Starts.
    pub starts: usize,
    /// Falls of the revision, after the timestamp's key was revoked.
    pub falls: usize,
    /// Times of calm.
    pub calms: usize,
}
