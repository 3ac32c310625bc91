//! How large a value of the engine is.
//!
//! Values share their parts: one may hold another many times, so that a few bytes of memory are
//! endless as text, and by assignment one may even contain itself. The engine measures values as if
//! they were written out, and stops at the limit.

use crate::budget::{Budget, Exhausted, current};

/// The measure of one value; the budget that is entered says how large it may be.
#[derive(Debug)]
pub struct Measure {
    budget: Option<Budget>,
    max_depth: u32,
    max_bytes: u64,
    bytes: u64,
}

impl Measure {
    /// Starts with nothing measured.
    pub fn start() -> Self {
        let budget = current();
        let (max_depth, max_bytes) = budget
            .as_ref()
            .map_or((u32::MAX, u64::MAX), Budget::value_allowance);
        Self {
            budget,
            max_depth,
            max_bytes,
            bytes: 0,
        }
    }

    /// Adds a part of the value, `depth` levels down.
    ///
    /// # Errors
    /// [`Exhausted::ValueDepth`] or [`Exhausted::ValueBytes`].
    pub fn add(&mut self, depth: u32, bytes: usize) -> Result<(), Exhausted> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if depth <= self.max_depth && self.bytes <= self.max_bytes {
            return Ok(());
        }
        let too_deep = depth > self.max_depth;
        let kind = if too_deep {
            Exhausted::ValueDepth
        } else {
            Exhausted::ValueBytes
        };
        self.budget
            .as_ref()
            .map_or(Err(kind), |budget| budget.within(false, kind))
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        if let Some(budget) = &self.budget {
            budget.add_value(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Allowance, VALUES};

    #[test]
    fn a_value_is_measured_on_its_own_and_all_of_them_together() {
        let budget = Budget::new(Allowance {
            expression_steps: 0,
            expression_bytes: 0,
            function_steps: 0,
            function_bytes: 0,
            function_sleep_millis: 0,
            value_depth: 2,
            value_bytes: 100,
        });
        let _entered = budget.enter();
        assert_eq!(Measure::start().add(3, 0), Err(Exhausted::ValueDepth));
        let measure = |bytes| Measure::start().add(1, bytes);
        assert_eq!(measure(101), Err(Exhausted::ValueBytes));
        for _ in 0..VALUES - 2 {
            assert_eq!(measure(100), Ok(()));
        }
        assert_eq!(measure(100), Err(Exhausted::ValueBytes));
    }
}
