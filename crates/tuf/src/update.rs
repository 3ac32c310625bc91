//! The client workflow of the TUF specification 1.0.34, section 5, in its order and numbering.
//!
//! The host asks [`Updater::advance`] what to fetch, fetches it, and hands the answer to
//! [`Updater::provide`] or [`Updater::missing`]; then it does what [`Updater::changes`] says to its
//! storage. A refusal changes nothing: the host may ask another source for the same file, with the
//! same updater.

mod steps;

use crate::delegation::Chain;
use crate::error::{At, Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::role::{Request, Role};
use crate::stored::{Change, Stored};
use crate::target::Target;
use crate::time::UnixTime;
use crate::trusted::{ListStep, Step, Trusted, last};
use std::collections::BTreeSet;
use std::sync::Arc;
use steps::check_length;

/// What the host is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Fetch this file, and provide it or say that it is missing.
    Fetch(Request),
    /// Nothing: all top-level metadata is current.
    Done,
}

/// How far the search for a target came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// This is it.
    Found(Target),
    /// Fetch this delegated role's metadata, provide it, and ask again.
    Fetch(Request),
}

/// How far the listing of targets came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// Every path that some role lists, in order. [`Updater::find`] says which role's word counts.
    All(Vec<String>),
    /// Fetch this delegated role's metadata, provide it, and ask again.
    Fetch(Request),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Root { fetched: u32 },
    Timestamp,
    Snapshot,
    Targets,
    Done,
}

/// One update, from stored metadata to current metadata.
#[derive(Debug, Clone)]
pub struct Updater {
    trusted: Trusted,
    now: UnixTime,
    floor: u64,
    phase: Phase,
    /// The delegated role that a search waits for.
    awaited: Option<Chain>,
    changes: Vec<Change>,
    ignored: Vec<Error>,
}

impl Updater {
    /// Begins an update. `now` is the time for every check of it (5.1: the fixed update start
    /// time). Stored metadata is verified again; what does not hold is passed over, except for the
    /// root, without which nothing can be verified.
    ///
    /// # Errors
    /// If there is no root, or it is not signed as it says itself.
    pub fn new(stored: Stored, now: UnixTime, limits: Limits) -> Result<Self> {
        Ok(Self {
            trusted: Trusted::begin(stored, limits)?,
            now,
            floor: 0,
            phase: Phase::Root { fetched: 0 },
            awaited: None,
            changes: Vec::new(),
            ignored: Vec::new(),
        })
    }

    /// Refuses timestamps of a lower version: rollback protection for a client that forgets.
    #[must_use]
    pub fn with_floor(mut self, timestamp_version: u64) -> Self {
        self.floor = timestamp_version;
        self
    }

    /// What to fetch next.
    ///
    /// # Errors
    /// [`ErrorKind::Expired`] if the newest root has expired.
    pub fn advance(&mut self) -> Result<Next> {
        let limits = &self.trusted.limits;
        let consistent = |version: u64| self.trusted.consistent_snapshot().then_some(version);
        let request = match self.phase {
            // 5.3.2, 5.3.3. Try downloading version N+1 of the root, up to a number of them.
            Phase::Root { fetched } if fetched < limits.root_updates => Request {
                role: Role::Root,
                version: Some(self.trusted.root_version().saturating_add(1)),
                max_bytes: limits.root_bytes,
            },
            Phase::Root { .. } => {
                self.end_root()?;
                return self.advance();
            }
            // 5.4.1. Download the timestamp metadata file.
            Phase::Timestamp => Request {
                role: Role::Timestamp,
                version: None,
                max_bytes: limits.timestamp_bytes,
            },
            // 5.5.1. Download the snapshot metadata file.
            Phase::Snapshot => {
                let announced = self.trusted.announced_snapshot()?;
                Request {
                    role: Role::Snapshot,
                    version: consistent(announced.version),
                    max_bytes: announced.max_bytes(limits.snapshot_bytes),
                }
            }
            // 5.6.1. Download the top-level targets metadata file.
            Phase::Targets => self.targets_request(Role::Targets)?,
            Phase::Done => return Ok(Next::Done),
        };
        Ok(Next::Fetch(request))
    }

    /// Takes the file that was asked for, as received.
    ///
    /// # Errors
    /// The refusal. What was trusted before still is.
    pub fn provide(&mut self, bytes: impl Into<Arc<[u8]>>) -> Result<()> {
        let bytes = bytes.into();
        let limits = &self.trusted.limits;
        match self.phase {
            Phase::Root { fetched } => {
                check_length(&bytes, limits.root_bytes, At::new(&Role::Root, "5.3.3"))?;
                self.update_root(&bytes)?;
                self.phase = Phase::Root {
                    fetched: fetched.saturating_add(1),
                };
                Ok(())
            }
            Phase::Timestamp => {
                check_length(
                    &bytes,
                    limits.timestamp_bytes,
                    At::new(&Role::Timestamp, "5.4.1"),
                )?;
                self.update_timestamp(&bytes)
            }
            Phase::Snapshot => {
                check_length(
                    &bytes,
                    limits.snapshot_bytes,
                    At::new(&Role::Snapshot, "5.5.1"),
                )?;
                self.update_snapshot(&bytes)
            }
            Phase::Targets => self.update_targets(&bytes),
            Phase::Done => self.update_delegated(&bytes),
        }
    }

    /// Says that the file that was asked for does not exist.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`], except for a root, where it means that there is no newer one.
    pub fn missing(&mut self) -> Result<()> {
        let (role, step) = match self.phase {
            Phase::Root { .. } => {
                self.phase = Phase::Root {
                    fetched: self.trusted.limits.root_updates,
                };
                return self.end_root();
            }
            Phase::Timestamp => (Role::Timestamp, "5.4.1"),
            Phase::Snapshot => (Role::Snapshot, "5.5.1"),
            Phase::Targets => (Role::Targets, "5.6.1"),
            Phase::Done => (
                self.awaited.take().as_deref().map_or(Role::Targets, last),
                "5.6.1",
            ),
        };
        let at = At::new(&role, step);
        Err(at.refuse(
            ErrorKind::Unavailable,
            "the source does not have its metadata",
        ))
    }

    /// What storage is to do since this was last asked: apply it in order, after every answer and
    /// also after a refusal.
    pub fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Stored metadata that was passed over, and why: a cache that is not what it was.
    pub fn ignored(&self) -> &[Error] {
        &self.ignored
    }

    /// What is trusted so far.
    pub fn trusted(&self) -> &Trusted {
        &self.trusted
    }

    /// What is trusted in the end.
    pub fn into_trusted(self) -> Trusted {
        self.trusted
    }

    /// Looks a target up, once all top-level metadata is current.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if no role lists it, and other refusals of the search.
    pub fn find(&mut self, path: &str) -> Result<Find> {
        self.check_complete()?;
        match self.trusted.step(path, Some(self.now))? {
            Step::Found(target) => Ok(Find::Found(target)),
            Step::Needs(chain) => self.delegated_request(chain).map(Find::Fetch),
        }
    }

    /// Lists the targets of all roles but those that are passed over, because their metadata cannot be
    /// had or was refused, once all top-level metadata is current.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if there are more roles than are visited.
    pub fn list(&mut self, passed_over: &BTreeSet<Role>) -> Result<List> {
        self.check_complete()?;
        match self.trusted.list_step(self.now, passed_over)? {
            ListStep::All(paths) => Ok(List::All(paths)),
            ListStep::Needs(chain) => self.delegated_request(chain).map(List::Fetch),
        }
    }

    fn check_complete(&self) -> Result<()> {
        if self.phase == Phase::Done {
            return Ok(());
        }
        let at = At::new(&Role::Targets, "5.6.7");
        Err(at.refuse(ErrorKind::Unavailable, "the update is not complete"))
    }

    fn delegated_request(&mut self, chain: Chain) -> Result<Request> {
        let request = self.targets_request(last(&chain))?;
        self.awaited = Some(chain);
        Ok(request)
    }

    fn targets_request(&self, role: Role) -> Result<Request> {
        let announced = self.trusted.announced_targets(&role)?;
        Ok(Request {
            version: self
                .trusted
                .consistent_snapshot()
                .then_some(announced.version),
            max_bytes: announced.max_bytes(self.trusted.limits.targets_bytes),
            role,
        })
    }
}
