//! Brings the newest good release to a region, and keeps it there.

mod breaker;
mod cached;
mod failover;
mod jitter;
mod ports;
mod retry;
mod schedule;
mod store_error;

pub use breaker::{Breaker, BreakerOptions, BreakerState};
pub use cached::{Cached, CachedOptions};
pub use failover::{Answer, Asking, Failover, FailoverOptions, SourceError, SourceHealth};
pub use ports::{
    BundleStore, CacheError, CacheResult, Clock, EdgeCache, Freshness, Get, Got, List, Listed,
    NoCache, Object, Page, PortFuture, Ports, Random, Source,
};
pub use retry::{Retry, RetryOptions};
pub use schedule::{Schedule, ScheduleOptions};
pub use store_error::{StoreError, StoreErrorKind};
