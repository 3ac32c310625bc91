//! Brings the newest good release to a region, and keeps it there.
//!
//! ```text
//! sources ──poll──▶ metadata ──tuf──▶ announcement ──fetch──▶ VerifiedBundle ──Activator──▶ active
//!    └ Failover(Retry(Cached(store)))                  └ edge cache by digest      └ compile, try, swap
//! ```
//!
//! There is no engine, no runtime and no HTTP client here: a host brings [`BundleStore`]s, an
//! [`EdgeCache`], a [`Clock`] and [`Random`]ness, and whoever evaluates is an [`Activator`]. The
//! refresh procedure is [`Client::refresh`] (`client.rs`), numbered as in ARCHITECTURE.md; each of its
//! parts is a module of its own (`follow.rs`, `announcement.rs`, `fetch.rs`, `keeper.rs`).

mod activator;
mod announcement;
mod breaker;
mod cache;
mod claim;
mod client;
mod error;
mod failover;
mod fetch;
mod follow;
mod jitter;
mod keeper;
mod last_known_good;
mod options;
mod ports;
mod release;
mod report;
mod retry;
mod schedule;
mod staleness;
mod state;
mod status;
mod store_error;
mod supply;
mod time;

pub use activator::{Activator, Change, Swap};
pub use breaker::{Breaker, BreakerOptions, BreakerState};
pub use client::{Client, When};
pub use error::{Error, ErrorKind, Result};
pub use failover::{Answer, Asking, Failover, FailoverOptions, SourceError, SourceHealth};
pub use options::{BakedIn, ClientOptions, Projects, TrustOptions, TufOptions};
pub use ports::{
    BundleStore, CacheError, CacheResult, Clock, EdgeCache, Freshness, Get, Got, List, Listed,
    NoCache, Object, Page, PortFuture, Ports, Random, Source,
};
pub use release::{Origin, Release, Trust, VerifiedBundle};
pub use retry::{Retry, RetryOptions};
pub use schedule::{Schedule, ScheduleOptions};
pub use staleness::{Age, OnExpired, Staleness, StalenessPolicy};
pub use status::{EnvironmentStatus, Outcome, ProjectStatus, Refused, Report};
pub use store_error::{StoreError, StoreErrorKind};
