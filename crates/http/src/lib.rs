//! The HTTP API of an evaluator: GoRules' Agent's and ours, over the runtime; no server and no platform.

mod access;
mod batch;
mod body;
mod cors;
mod decision_log;
mod evaluate;
mod fault;
mod mask;
mod message;
mod options;
mod path;
mod project;
mod release_headers;
mod route;
mod service;
mod status;
mod timing;
mod trace_context;
mod watch;

pub use access::{AccessPolicy, StatusToken};
pub use cors::Cors;
pub use decision_log::{DecisionLogOptions, DecisionRecord};
pub use http::header::{HeaderName, HeaderValue};
pub use http::status::StatusCode;
pub use message::{Background, BodyError, Reply, RequestBody, RequestHead, Response};
pub use options::{BatchLimits, OptionError, ServiceOptions};
pub use service::Service;
pub use watch::Watch;
pub use zen_edge_runtime as runtime;
