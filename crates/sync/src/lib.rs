//! Brings the newest good release to a region, and keeps it there.
//!
//! ```text
//! sources ──poll──▶ metadata ──tuf──▶ announcement ──fetch──▶ VerifiedBundle ──Activator──▶ active
//!    └ Failover(Cached(Retry(store)))                  └ edge cache by digest      └ compile, try, swap
//! ```
//!
//! There is no engine, no runtime and no HTTP client here: a host brings [`BundleStore`]s, an
//! [`EdgeCache`], a [`Clock`] and [`Random`]ness, and whoever evaluates is an [`Activator`]. The
//! refresh procedure is [`Client::refresh`] (`client.rs`), numbered as in ARCHITECTURE.md; each of its
//! parts is a module of its own (`follow.rs`, `announcement.rs`, `fetch.rs`, `keeper.rs`).

mod activator;
mod announcement;
mod baked_in;
mod breaker;
mod cached;
mod claim;
mod client;
mod entries;
mod error;
mod failover;
mod fetch;
mod follow;
mod gorules;
mod inspect;
mod jitter;
mod keeper;
mod last_known_good;
mod lock;
mod options;
mod ports;
mod release;
mod report;
mod retry;
mod rules_sync;
mod schedule;
mod staleness;
mod state;
mod status;
mod store_error;
mod supply;
mod time;
mod unsigned;

pub use activator::{Activator, Change, Swap};
pub use baked_in::BakedIn;
pub use breaker::{Breaker, BreakerOptions, BreakerState};
pub use cached::{Cached, CachedOptions};
pub use client::{Client, When};
pub use error::{Error, ErrorKind, Result};
pub use failover::{Answer, Asking, Failover, FailoverOptions, SourceError, SourceHealth};
pub use inspect::{Announcement, Inspection, inspect};
pub use options::{
    ClientOptions, GoRulesOptions, MissingPolicy, Projects, RulesSyncOptions, TrustOptions,
    TufOptions, UnsignedOptions,
};
pub use ports::{
    ArtifactLocation, BundleStore, CacheError, CacheResult, Clock, EdgeCache, Freshness, Get, Got,
    List, Listed, NoCache, Object, Page, PortFuture, Ports, Random, RulesSync, Source,
};
pub use release::{Origin, Packed, Release, Trust, VerifiedBundle};
pub use retry::{Retry, RetryOptions};
pub use schedule::{Schedule, ScheduleOptions};
pub use staleness::{Age, OnExpired, Staleness, StalenessPolicy};
pub use status::{EnvironmentStatus, Outcome, ProjectStatus, Refused, Report};
pub use store_error::{StoreError, StoreErrorKind};
