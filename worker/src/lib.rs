//! The evaluator as a Worker, on Cloudflare or plain workerd: adapters, no logic.

pub mod configuration;
mod function_http;
pub mod ports;
