//! Bindings from JavaScript to `zen-edge-bundle` and `zen-edge-sync`, without the engine: nothing is
//! decided here.
//!
//! ```text
//! Store, Cache ──▶ SyncClient ──prepare──▶ Activator (JavaScript, with the engine's module)
//!   (JavaScript)       └── zen_edge_sync::Client
//! ```
//!
//! What is small crosses as JSON text, bytes as `Uint8Array`s. `wasm/js/releases` is the API that users
//! see.

mod activator;
mod bundle;
mod cache;
mod client;
mod failure;
mod inspect;
mod object;
mod options;
mod store;

pub use bundle::open_bundle;
pub use client::SyncClient;
pub use inspect::inspect;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of zen-edge.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
