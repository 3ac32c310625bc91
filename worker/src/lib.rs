//! The evaluator as a Worker, on Cloudflare or plain workerd: adapters, no logic.
//!
//! ```text
//! event ─ js/call.js ─▶ event ─▶ Evaluator ─▶ zen_edge_http::Service ─▶ Runtime ─▶ ports
//! ```

mod baked_in;
pub mod call;
pub mod configuration;
mod drive;
mod evaluator;
pub mod event;
mod function_http;
mod host;
pub mod ports;
mod watch;
