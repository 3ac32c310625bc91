//! What the ZEN engine needs from below, on every target.
//!
//! The engine is written for operating systems: it reads `std::time::Instant`, trusts a wall-clock
//! deadline to stop a runaway function, and embeds QuickJS, which wants a libc. None of that holds
//! in `wasm32-unknown-unknown`, and a clock that stands still during CPU work (Cloudflare Workers)
//! makes deadlines worthless. This crate is what the patched engine calls instead:
//!
//! - [`clock`]: monotonic time, and a wall clock that can be pinned for one evaluation;
//! - [`budget`]: work and memory, counted per evaluation instead of timed;
//! - [`measure`]: how large a value is once everything it shares is written out;
//! - [`functions`]: the QuickJS side of the budget (allocator, interrupts, value depth);
//! - [`expression`]: a bound on how deeply an expression nests, checked before it is parsed;
//! - [`script`]: the same bound for the source of functions;
//! - `image` (the module only): JavaScript runtimes that are copied instead of made, in an `arena`;
//! - `libc` (wasm only): the system calls that wasi-libc would import, answered in the module.
//!
//! It knows nothing of decisions; `zen-edge-eval` sets the budget and reads it.

#[cfg(any(test, feature = "image"))]
mod arena;
pub mod budget;
pub mod clock;
pub mod expression;
pub mod functions;
#[cfg(feature = "image")]
mod image;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod libc;
pub mod measure;
pub mod script;
