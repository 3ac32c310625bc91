//! Brings the newest good release to a region, and keeps it there.

mod activator;
mod error;
mod failover;
mod ports;
mod release;
mod staleness;
mod status;
mod store_error;

pub use activator::{Activator, Change, Swap};
pub use error::{Error, ErrorKind, Result};
pub use failover::SourceHealth;
pub use ports::{
    BundleStore, CacheError, CacheResult, Clock, EdgeCache, Freshness, Get, Got, List, Listed,
    NoCache, Object, Page, PortFuture, Ports, Random, Source,
};
pub use release::{Origin, Release, Trust, VerifiedBundle};
pub use staleness::{Age, OnExpired, Staleness, StalenessPolicy};
pub use status::{EnvironmentStatus, Outcome, ProjectStatus, Refused, Report};
pub use store_error::{StoreError, StoreErrorKind};
