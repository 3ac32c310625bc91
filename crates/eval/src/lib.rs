//! Compiles JDM documents and evaluates decisions: the only crate that names the ZEN engine.
//!
//! ```text
//! Documents ──compile──▶ CompiledBundle ──evaluate──▶ Evaluation { result, performance, trace }
//! ```
//!
//! The same code runs natively and in `wasm32-unknown-unknown`; what an evaluation may use is
//! counted ([`Limits`]), not timed, so a guard holds where the clock stands still.
//!
//! [`api`] is the JSON boundary that every binding (npm package, Worker, command line) goes through.

pub mod api;
mod case;
pub mod compare;
mod compile;
mod config;
mod content;
mod context;
mod document;
mod drive;
mod encode;
mod error;
mod evaluate;
mod expression;
mod host;
mod limits;
mod lint;
mod loader;
mod places;
mod port;
mod report;
mod scan;
mod signature;
mod workspace;

pub use case::{CaseOutcome, millis, run_case, run_case_sync};
pub use compile::{CompileOptions, CompiledBundle, OnFailure, compile};
pub use config::override_config;
pub use content::Content;
pub use context::decode as decode_context;
pub use document::Documents;
pub use encode::{encode, to_json};
pub use error::{Error, ErrorKind, Result};
pub use evaluate::{EvaluateOptions, Evaluation, Trace, TraceKind};
pub use expression::{evaluate_expression, evaluate_unary, render_template};
pub use host::{
    AllowedHosts, CustomNode, CustomNodeHandler, CustomNodeOutput, Host, HostFuture, HttpAccess,
    HttpHandler, Timer, set_timer,
};
pub use limits::{Limit, Limits};
pub use lint::{Finding, lint};
pub use port::{DocumentLoader, Loaded};
pub use report::{CompileFailure, CompileReport, CompileWarning, FailureKind, WarningKind};
pub use signature::{Checker, Shape, Side, Signature, Signatures};
pub use workspace::Workspace;
pub use zen_edge_bundle::DocumentKind;
pub use zen_engine::nodes::http_handler::{HttpHandlerRequest, HttpHandlerResponse};
pub use zen_engine::{ENGINE_VERSION, Variable};

/// What a wasm module that holds this crate must call first, once per instance.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub use zen_edge_host::libc::initialize;

/// The version of this crate, and of every zen-edge package built with it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
