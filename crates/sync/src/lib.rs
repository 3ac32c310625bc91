//! Brings the newest good release to a region, and keeps it there.

mod ports;
mod store_error;

pub use ports::{
    BundleStore, CacheError, CacheResult, Clock, EdgeCache, Freshness, Get, Got, List, Listed,
    NoCache, Object, Page, PortFuture, Ports, Random, Source,
};
pub use store_error::{StoreError, StoreErrorKind};
