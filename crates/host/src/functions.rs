//! The QuickJS side of the budget: memory, interrupts, stack, value depth and the pinned clock.

use crate::budget::{self, Budget, Exhausted, ValueLevel};
use crate::clock;
use rquickjs::allocator::{Allocator as QuickJsAllocator, RustAllocator};
use rquickjs::{Context, Ctx, Function, Value};

/// QuickJS asks whether to go on once every so many loop turns and calls
/// (`JS_INTERRUPT_COUNTER_INIT` in quickjs.c, `INTERRUPT_COUNTER_INIT` in libregexp.c).
pub const STEPS_PER_INTERRUPT: u64 = 10_000;

/// Stack that JavaScript may use, in bytes.
///
/// On wasm this is the module's own stack; the host's, on which compiled wasm keeps its locals,
/// fills several times faster and is about 1 MB in browsers and workerd.
#[cfg(not(target_family = "wasm"))]
pub const STACK_BYTES: usize = 256 * 1024;
/// Stack that JavaScript may use, in bytes; see the native value for what bounds it.
#[cfg(target_family = "wasm")]
pub const STACK_BYTES: usize = 64 * 1024;

/// What an allocation counts for: builtins that run long between two interrupts allocate as they go.
fn steps_for(bytes: usize) -> u64 {
    2 + bytes as u64 / 16
}

/// Who pays for the memory of one runtime: the budget that was entered when it was made.
#[derive(Debug)]
pub(crate) struct Accounts(Option<Budget>);

impl Accounts {
    /// Those of the budget that is entered.
    pub(crate) fn current() -> Self {
        Self(budget::current())
    }

    /// Nobody's: nothing is counted.
    #[cfg(feature = "image")]
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Counts memory that is there already.
    #[cfg(feature = "image")]
    pub(crate) fn take_over(&self, bytes: usize) {
        let _setup = setup();
        self.reserve(bytes);
    }

    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        // `RustAllocator` rounds up and adds a header, both without checking for overflow.
        bytes <= isize::MAX as usize / 2
            && self.0.as_ref().is_none_or(|budget| budget.reserve(bytes))
    }

    pub(crate) fn release(&self, bytes: usize) {
        if let Some(budget) = &self.0 {
            budget.release(bytes);
        }
    }

    /// Accounts for the difference between what was reserved and what the block really holds.
    #[allow(unsafe_code)]
    pub(crate) fn settle(&self, block: *mut u8, reserved: usize) -> *mut u8 {
        if block.is_null() {
            self.release(reserved);
        } else if let Some(budget) = &self.0 {
            // SAFETY: the block is not null and was just handed out by `RustAllocator` or an arena,
            // which write its size at the same place.
            let usable = unsafe { RustAllocator::usable_size(block) };
            let _ = budget.reserve(usable.saturating_sub(reserved));
            let _ = budget.charge_allocation(steps_for(usable));
        }
        block
    }

    /// A block for which `size` bytes were reserved.
    pub(crate) fn alloc_reserved(&self, size: usize) -> *mut u8 {
        self.settle(RustAllocator.alloc(size), size)
    }

    /// Takes a block of `RustAllocator` back.
    ///
    /// # Safety
    /// As for `RustAllocator::dealloc`.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn dealloc(&self, block: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe {
            self.release(RustAllocator::usable_size(block));
            RustAllocator.dealloc(block);
        }
    }

    /// Makes a block of `RustAllocator` larger or smaller; null if that is refused.
    ///
    /// # Safety
    /// As for `RustAllocator::realloc`.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn realloc(&self, block: *mut u8, new_size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe {
            let old_size = RustAllocator::usable_size(block);
            let growth = new_size.saturating_sub(old_size);
            if !self.reserve(growth) || new_size > isize::MAX as usize / 2 {
                return std::ptr::null_mut();
            }
            let moved = RustAllocator.realloc(block, new_size);
            if moved.is_null() {
                self.release(growth);
            } else {
                self.release(old_size.saturating_sub(RustAllocator::usable_size(moved)));
                if let Some(budget) = &self.0 {
                    let _ = budget.charge_allocation(steps_for(growth));
                }
            }
            moved
        }
    }
}

/// QuickJS's allocator: Rust's, bounded by the budget that is entered when a runtime is made.
#[derive(Debug)]
pub struct Allocator(Accounts);

impl Allocator {
    /// An allocator for one runtime.
    #[allow(
        clippy::new_without_default,
        reason = "it depends on the entered budget"
    )]
    pub fn new() -> Self {
        Self(Accounts::current())
    }
}

// SAFETY: every block comes from and goes back to `RustAllocator`, which fulfils the contract; this
// wrapper only refuses some requests by returning null, as the contract allows.
#[allow(unsafe_code)]
unsafe impl QuickJsAllocator for Allocator {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.0.reserve(size) {
            return std::ptr::null_mut();
        }
        self.0.alloc_reserved(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        match count.checked_mul(size) {
            Some(total) if total > 0 && self.0.reserve(total) => {
                self.0.settle(RustAllocator.calloc(count, size), total)
            }
            _ => std::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the caller passes a block of this allocator, as the contract demands.
        unsafe { self.0.dealloc(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, new_size: usize) -> *mut u8 {
        if block.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: the caller passes a block of this allocator, as the contract demands.
        unsafe { self.0.realloc(block, new_size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the caller passes a block of this allocator, as the contract demands.
        unsafe { RustAllocator::usable_size(block) }
    }
}

/// While it lives, memory is counted but not refused: a runtime is being made, or one of the engine's
/// own modules (dayjs, big.js, zod) loaded. Their size is known, and QuickJS does not survive every
/// failure there.
#[derive(Debug)]
pub struct Setup(Option<Budget>);

/// Begins a set-up; see [`Setup`].
pub fn setup() -> Setup {
    let budget = budget::current();
    if let Some(budget) = &budget {
        budget.begin_setup();
    }
    Setup(budget)
}

impl Drop for Setup {
    fn drop(&mut self) {
        if let Some(budget) = &self.0 {
            budget.end_setup();
        }
    }
}

/// The interrupt handler of a runtime: stops a function whose work is used up. Upstream goes by the
/// clock here, which stands still in Workers and makes an answer depend on the machine's load.
pub fn interrupt() -> Box<dyn FnMut() -> bool> {
    let budget = budget::current();
    Box::new(move || {
        budget
            .as_ref()
            .is_some_and(|budget| budget.interrupt(STEPS_PER_INTERRUPT))
    })
}

/// What it takes to turn one JavaScript value into one of the engine's.
const STEPS_PER_VALUE: u64 = 16;

/// Charges a list of `len` values before room is made for them.
///
/// # Errors
/// [`Exhausted::FunctionSteps`] once the allowance is used up.
pub fn charge_list(len: f64) -> Result<(), Exhausted> {
    match budget::current() {
        Some(budget) => budget.charge_function_steps(len as u64),
        None => Ok(()),
    }
}

/// Enters one level of a value that passes from JavaScript to the engine.
///
/// # Errors
/// [`Exhausted::ValueDepth`] when the value nests deeper than allowed, which a value that contains
/// itself always does.
pub fn enter_value() -> Result<ValueLevel, Exhausted> {
    match budget::current() {
        Some(budget) => {
            budget.charge_function_steps(STEPS_PER_VALUE)?;
            budget.enter_value()
        }
        None => Ok(ValueLevel::uncounted()),
    }
}

/// Replaces `Date` in a context by one that stands at the pinned clock, if the clock is pinned.
///
/// # Errors
/// Those of QuickJS, out of memory above all.
pub fn pin_date(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let Some(now) = clock::pinned() else {
        return Ok(());
    };
    ctx.eval::<(), _>(format!(
        "{{
            const Platform = globalThis.Date;
            globalThis.Date = class Date extends Platform {{
                constructor(...args) {{ args.length ? super(...args) : super({now}); }}
                static now() {{ return {now}; }}
            }};
        }}"
    ))
}

/// Lets the next runtime of this thread begin with what [`keep`] has kept under this name. Where
/// runtimes are made and not copied (natively), nothing is kept and nothing is found.
pub fn begin_with(name: &'static str) {
    #[cfg(feature = "image")]
    crate::image::begin_with(name);
    #[cfg(not(feature = "image"))]
    let _ = name;
}

/// Whether the runtime of a context began with what was kept under this name.
pub fn began_with(context: &Context, name: &'static str) -> bool {
    #[cfg(feature = "image")]
    return crate::image::began_with(context, name);
    #[cfg(not(feature = "image"))]
    {
        let _ = (context, name);
        false
    }
}

/// Keeps what the runtime of a context holds, for [`begin_with`]. It must have run nothing of a
/// user's, hold no value of Rust's, and nobody but `context` may hold a value of it.
pub fn keep(context: &Context, name: &'static str) {
    #[cfg(feature = "image")]
    crate::image::keep(context, name);
    #[cfg(not(feature = "image"))]
    let _ = (context, name);
}

/// The `$nodes` of a function's input: a proxy that asks `__getNodesData` once it is read.
///
/// # Errors
/// Those of QuickJS, out of memory above all.
pub fn nodes_proxy<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
    #[cfg(feature = "image")]
    let compiled = crate::image::nodes_proxy(ctx);
    #[cfg(not(feature = "image"))]
    let compiled = None;
    let make = match compiled {
        Some(function) => function,
        None => ctx.eval(NODES_PROXY.to_bytes())?,
    };
    Function::from_value(make)?.call(())
}

/// A function that makes what [`nodes_proxy`] gives.
pub(crate) const NODES_PROXY: &std::ffi::CStr = c"(() => {
    let data;
    const nodes = () => data ??= __getNodesData();
    return new Proxy({}, {
        get: (target, key) => nodes()[key],
        has: (target, key) => key in nodes(),
        ownKeys: () => Object.keys(nodes()),
        getOwnPropertyDescriptor: (target, key) => Object.getOwnPropertyDescriptor(nodes(), key),
    });
})";
