//! Work and memory, counted.
//!
//! One [`Budget`] belongs to one evaluation. It is entered whenever that evaluation is polled
//! ([`Budget::enter`]) and left when the poll returns, so interleaved evaluations on one thread
//! never pay for each other. The engine charges what it does to the budget that is entered; with
//! none entered nothing is counted.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What one evaluation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Steps of expressions and tables: [`STEPS_PER_ELEMENT`] per iteration of a closure (`map`,
    /// `filter`, …) and per element of a range, one per row of a decision table, 16 per node, and
    /// for operations that read or copy a whole value a fraction of its size.
    pub expression_steps: u64,
    /// Bytes of strings that expressions may build by joining and concatenating.
    pub expression_bytes: u64,
    /// Steps of JavaScript functions: one per loop turn and call, counted in lots of
    /// [`crate::functions::STEPS_PER_INTERRUPT`], two per allocation and one per 16 bytes of it; what a
    /// set-up allocates is free.
    pub function_steps: u64,
    /// Bytes that JavaScript functions may hold at once, over all runtimes of the evaluation.
    pub function_bytes: usize,
    /// Milliseconds that JavaScript functions may sleep, in all.
    pub function_sleep_millis: u64,
    /// How deeply a value that a JavaScript function hands to the engine may nest.
    pub value_depth: u32,
    /// Bytes that one value of the engine may take once everything it shares is written out; all
    /// values that are measured may together take [`VALUES`] times as much.
    pub value_bytes: u64,
}

/// What an element counts for: it may stay in memory.
pub const STEPS_PER_ELEMENT: u64 = 4;

/// See [`Allowance::value_bytes`].
pub const VALUES: u64 = 128;

/// How many blocks of a policy may wait for each other: evaluation recurses once per block.
pub const MAX_CHAIN: usize = 200;

/// Which allowance ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Exhausted {
    /// [`Allowance::expression_steps`].
    #[error("expressions used up the evaluation's step limit")]
    ExpressionSteps = 1,
    /// [`Allowance::expression_bytes`].
    #[error("expressions used up the evaluation's limit on built text")]
    ExpressionBytes = 2,
    /// [`Allowance::function_steps`].
    #[error("functions used up the evaluation's work limit")]
    FunctionSteps = 3,
    /// [`Allowance::function_bytes`].
    #[error("functions used up the evaluation's memory limit")]
    FunctionBytes = 4,
    /// [`Allowance::value_depth`].
    #[error("a function returned a value that nests too deeply or contains itself")]
    ValueDepth = 5,
    /// [`Allowance::function_sleep_millis`].
    #[error("functions used up the evaluation's limit on sleeping")]
    FunctionSleep = 6,
    /// [`Allowance::value_bytes`].
    #[error("a value is too large once everything that it shares is written out")]
    ValueBytes = 7,
    /// [`MAX_CHAIN`].
    #[error("more than {MAX_CHAIN} blocks of a policy wait for each other")]
    Chain = 8,
}

impl Exhausted {
    fn from_repr(repr: u8) -> Option<Self> {
        match repr {
            1 => Some(Self::ExpressionSteps),
            2 => Some(Self::ExpressionBytes),
            3 => Some(Self::FunctionSteps),
            4 => Some(Self::FunctionBytes),
            5 => Some(Self::ValueDepth),
            6 => Some(Self::FunctionSleep),
            7 => Some(Self::ValueBytes),
            8 => Some(Self::Chain),
            _ => None,
        }
    }
}

/// What a function that must stop may still allocate until the next interrupt: an error with its
/// message and stack takes about 1 KiB.
const GRACE_BYTES: usize = 16 * 1024;

#[derive(Debug)]
struct Counters {
    allowance: Allowance,
    expression_steps: AtomicU64,
    expression_bytes: AtomicU64,
    function_steps: AtomicU64,
    function_bytes: AtomicUsize,
    grace_bytes: AtomicUsize,
    setups: AtomicU32,
    function_sleep_millis: AtomicU64,
    value_depth: AtomicU32,
    values_bytes: AtomicU64,
    host_calls: AtomicU32,
    exhausted: AtomicU8,
}

/// The counters of one evaluation; clones share them.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Counters>);

impl Budget {
    /// A fresh budget with nothing used.
    pub fn new(allowance: Allowance) -> Self {
        Self(Arc::new(Counters {
            allowance,
            expression_steps: AtomicU64::new(0),
            expression_bytes: AtomicU64::new(0),
            function_steps: AtomicU64::new(0),
            function_bytes: AtomicUsize::new(0),
            grace_bytes: AtomicUsize::new(0),
            setups: AtomicU32::new(0),
            function_sleep_millis: AtomicU64::new(0),
            value_depth: AtomicU32::new(0),
            values_bytes: AtomicU64::new(0),
            host_calls: AtomicU32::new(0),
            exhausted: AtomicU8::new(0),
        }))
    }

    /// Makes this the budget that is charged on this thread until the guard is dropped.
    pub fn enter(&self) -> Entered {
        Entered(CURRENT.replace(Some(self.clone())))
    }

    /// Whether any allowance ran out.
    pub fn is_exhausted(&self) -> bool {
        self.0.exhausted.load(Relaxed) != 0
    }

    /// The allowance that ran out first, if any did.
    pub fn exhausted(&self) -> Option<Exhausted> {
        Exhausted::from_repr(self.0.exhausted.load(Relaxed))
    }

    /// Whether the host still owes this evaluation an answer (a request, a timer, a custom node).
    pub fn awaits_host(&self) -> bool {
        self.0.host_calls.load(Relaxed) > 0
    }

    /// Steps used so far: (expressions, functions).
    pub fn used(&self) -> (u64, u64) {
        (
            self.0.expression_steps.load(Relaxed),
            self.0.function_steps.load(Relaxed),
        )
    }

    pub(crate) fn charge_function_steps(&self, steps: u64) -> Result<(), Exhausted> {
        let used = add(&self.0.function_steps, steps);
        self.within(
            used <= self.0.allowance.function_steps,
            Exhausted::FunctionSteps,
        )
    }

    /// Charges an allocation, unless it is part of a set-up.
    pub(crate) fn charge_allocation(&self, steps: u64) -> Result<(), Exhausted> {
        if self.0.setups.load(Relaxed) > 0 {
            return Ok(());
        }
        self.charge_function_steps(steps)
    }

    /// Charges a lot of steps; true means that the function must stop here.
    pub(crate) fn interrupt(&self, steps: u64) -> bool {
        let _ = self.charge_function_steps(steps);
        let stop = self.is_exhausted();
        if stop {
            self.0.grace_bytes.store(GRACE_BYTES, Relaxed);
        }
        stop
    }

    /// Reserves memory for a function; false means the allocation must fail.
    ///
    /// Once anything is used up, a function gets no more than a grace at every interrupt, enough to
    /// throw: QuickJS goes on running queued jobs, and without memory they queue fewer new ones than
    /// there were.
    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        let used = self.0.function_bytes.load(Relaxed);
        let total = used.saturating_add(bytes);
        if self.0.setups.load(Relaxed) > 0 {
            self.0.function_bytes.store(total, Relaxed);
            return true;
        }
        if !self.is_exhausted()
            && self
                .within(
                    total <= self.0.allowance.function_bytes,
                    Exhausted::FunctionBytes,
                )
                .is_ok()
        {
            self.0.function_bytes.store(total, Relaxed);
            return true;
        }
        let grace = self.0.grace_bytes.load(Relaxed);
        if bytes > grace {
            return false;
        }
        self.0.grace_bytes.store(grace - bytes, Relaxed);
        self.0.function_bytes.store(total, Relaxed);
        true
    }

    pub(crate) fn begin_setup(&self) {
        self.0.setups.fetch_add(1, Relaxed);
    }

    pub(crate) fn end_setup(&self) {
        self.0.setups.fetch_sub(1, Relaxed);
    }

    pub(crate) fn release(&self, bytes: usize) {
        let used = self.0.function_bytes.load(Relaxed);
        self.0
            .function_bytes
            .store(used.saturating_sub(bytes), Relaxed);
    }

    pub(crate) fn enter_value(&self) -> Result<ValueLevel, Exhausted> {
        let depth = self.0.value_depth.fetch_add(1, Relaxed);
        let level = ValueLevel(Some(self.clone()));
        self.within(depth < self.0.allowance.value_depth, Exhausted::ValueDepth)
            .map(|()| level)
    }

    /// The depth and the bytes that the next value may have.
    pub(crate) fn value_allowance(&self) -> (u32, u64) {
        let allowed = self.0.allowance.value_bytes;
        let used = self.0.values_bytes.load(Relaxed);
        let left = allowed.saturating_mul(VALUES).saturating_sub(used);
        (self.0.allowance.value_depth, allowed.min(left))
    }

    pub(crate) fn add_value(&self, bytes: u64) {
        add(&self.0.values_bytes, bytes);
    }

    pub(crate) fn within(&self, within: bool, kind: Exhausted) -> Result<(), Exhausted> {
        if within {
            return Ok(());
        }
        if self
            .0
            .exhausted
            .compare_exchange(0, kind as u8, Relaxed, Relaxed)
            .is_ok()
        {
            self.0.grace_bytes.store(GRACE_BYTES, Relaxed);
        }
        Err(kind)
    }
}

/// One level of a value that is being converted; dropping it leaves the level.
#[derive(Debug)]
pub struct ValueLevel(Option<Budget>);

impl ValueLevel {
    pub(crate) fn uncounted() -> Self {
        Self(None)
    }
}

impl Drop for ValueLevel {
    fn drop(&mut self) {
        if let Some(budget) = &self.0 {
            budget.0.value_depth.fetch_sub(1, Relaxed);
        }
    }
}

/// Restores the budget that was entered before.
#[derive(Debug)]
pub struct Entered(Option<Budget>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Counts one call that the host has yet to answer; dropping it says that it was answered or given
/// up. An evaluation that waits while no such call is open waits for ever.
#[derive(Debug)]
pub struct HostCall(Option<Budget>);

impl HostCall {
    /// Opens a call on the budget that is entered.
    pub fn open() -> Self {
        let budget = current();
        if let Some(budget) = &budget {
            budget.0.host_calls.fetch_add(1, Relaxed);
        }
        Self(budget)
    }
}

impl Drop for HostCall {
    fn drop(&mut self) {
        if let Some(budget) = &self.0 {
            budget.0.host_calls.fetch_sub(1, Relaxed);
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Budget>> = const { RefCell::new(None) };
}

/// The budget that is entered on this thread.
pub(crate) fn current() -> Option<Budget> {
    CURRENT.with_borrow(Clone::clone)
}

/// Charges steps of an expression.
///
/// # Errors
/// [`Exhausted::ExpressionSteps`] once the allowance is used up.
pub fn charge_steps(steps: u64) -> Result<(), Exhausted> {
    CURRENT.with_borrow(|budget| match budget {
        Some(budget) => {
            let used = add(&budget.0.expression_steps, steps);
            budget.within(
                used <= budget.0.allowance.expression_steps,
                Exhausted::ExpressionSteps,
            )
        }
        None => Ok(()),
    })
}

/// Charges elements that an expression goes through or makes.
///
/// # Errors
/// [`Exhausted::ExpressionSteps`] once the allowance is used up.
pub fn charge_elements(elements: u64) -> Result<(), Exhausted> {
    charge_steps(elements.saturating_mul(STEPS_PER_ELEMENT))
}

/// Refuses a chain of policy blocks that wait for each other once it is too long.
///
/// # Errors
/// [`Exhausted::Chain`].
pub fn check_chain(length: usize) -> Result<(), Exhausted> {
    CURRENT.with_borrow(|budget| match budget {
        Some(budget) => budget.within(length <= MAX_CHAIN, Exhausted::Chain),
        None => Ok(()),
    })
}

/// Charges text that an expression is about to build.
///
/// # Errors
/// [`Exhausted::ExpressionBytes`] once the allowance is used up.
pub fn charge_bytes(bytes: usize) -> Result<(), Exhausted> {
    CURRENT.with_borrow(|budget| match budget {
        Some(budget) => {
            let used = add(&budget.0.expression_bytes, bytes as u64);
            budget.within(
                used <= budget.0.allowance.expression_bytes,
                Exhausted::ExpressionBytes,
            )
        }
        None => Ok(()),
    })
}

/// Charges a sleep that a function asks for.
///
/// # Errors
/// [`Exhausted::FunctionSleep`] once the allowance is used up.
pub fn charge_sleep(millis: u64) -> Result<(), Exhausted> {
    CURRENT.with_borrow(|budget| match budget {
        Some(budget) => {
            let used = add(&budget.0.function_sleep_millis, millis);
            let allowed = budget.0.allowance.function_sleep_millis;
            budget.within(used <= allowed, Exhausted::FunctionSleep)
        }
        None => Ok(()),
    })
}

// One evaluation runs on one thread at a time, so a plain load and store cannot lose a count.
fn add(counter: &AtomicU64, amount: u64) -> u64 {
    let total = counter.load(Relaxed).saturating_add(amount);
    counter.store(total, Relaxed);
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget::new(Allowance {
            expression_steps: 10,
            expression_bytes: 10,
            function_steps: 10,
            function_bytes: 100,
            function_sleep_millis: 10,
            value_depth: 2,
            value_bytes: 100,
        })
    }

    #[test]
    fn charges_go_to_the_entered_budget_only() {
        let (outer, inner) = (budget(), budget());
        let _outer = outer.enter();
        charge_steps(3).unwrap();
        {
            let _inner = inner.enter();
            charge_steps(4).unwrap();
        }
        charge_steps(5).unwrap();
        assert_eq!((outer.used().0, inner.used().0), (8, 4));
    }

    #[test]
    fn the_first_exhausted_allowance_is_remembered() {
        let budget = budget();
        let _entered = budget.enter();
        assert_eq!(charge_bytes(11), Err(Exhausted::ExpressionBytes));
        assert_eq!(charge_steps(u64::MAX), Err(Exhausted::ExpressionSteps));
        assert_eq!(budget.exhausted(), Some(Exhausted::ExpressionBytes));
    }

    #[test]
    fn memory_can_be_reserved_again_after_it_was_released() {
        let budget = budget();
        assert!(budget.reserve(100));
        budget.release(60);
        assert!(budget.reserve(60));
        assert_eq!(budget.exhausted(), None);
        assert!(!budget.reserve(usize::MAX));
        assert_eq!(budget.exhausted(), Some(Exhausted::FunctionBytes));
    }

    #[test]
    fn only_a_grace_is_handed_out_once_the_work_is_used_up() {
        let budget = budget();
        assert!(budget.interrupt(11));
        assert!(budget.reserve(GRACE_BYTES));
        assert!(!budget.reserve(1));
        assert!(budget.interrupt(1));
        assert!(budget.reserve(1));
    }

    #[test]
    fn values_may_nest_to_the_limit_any_number_of_times() {
        let budget = budget();
        for _ in 0..5 {
            let _one = budget.enter_value().unwrap();
            let _two = budget.enter_value().unwrap();
        }
        assert_eq!(budget.exhausted(), None);
        let _one = budget.enter_value().unwrap();
        let _two = budget.enter_value().unwrap();
        assert_eq!(budget.enter_value().err(), Some(Exhausted::ValueDepth));
    }
}
