//! A cache in memory that forgets, lies, fails and stops between two writes.

use crate::damage;
use glob::Pattern;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_sync::{CacheError, CacheResult, EdgeCache, PortFuture};

/// A cache for tests. Clones are the same cache.
#[derive(Debug, Clone, Default)]
pub struct SimulatedCache(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<String, Vec<u8>>,
    trouble: Trouble,
    /// Writes until the host stops.
    left: Option<u64>,
    crashed: bool,
    /// Writes and deletions that were done.
    writes: u64,
}

/// How a cache fails until it is told otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Trouble {
    /// Reads fail.
    pub reads: bool,
    /// Writes fail.
    pub writes: bool,
    /// Writes of entries that are not there yet fail.
    pub full: bool,
    /// Deletions have no effect.
    pub stale: bool,
}

impl SimulatedCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the entries whose keys a pattern matches; answers how many.
    pub fn evict(&self, pattern: &Pattern) -> usize {
        let mut state = self.state();
        let before = state.entries.len();
        state.entries.retain(|key, _| !pattern.matches(key));
        before - state.entries.len()
    }

    /// Replaces the entries whose keys a pattern matches by bytes that mean nothing; answers how
    /// many.
    pub fn poison(&self, pattern: &Pattern) -> usize {
        self.change(pattern, |bytes| damage::garbage(bytes.len()))
    }

    /// Changes the entries whose keys a pattern matches; answers how many.
    pub fn change(&self, pattern: &Pattern, to: impl Fn(&[u8]) -> Vec<u8>) -> usize {
        let mut state = self.state();
        let entries = state.entries.iter_mut();
        let matching = entries.filter(|(key, _)| pattern.matches(key));
        matching.map(|(_, bytes)| *bytes = to(bytes)).count()
    }

    /// Fails like this from now on.
    pub fn trouble(&self, trouble: Trouble) {
        self.state().trouble = trouble;
    }

    /// Lets the host stop after this many writes: every later call fails until [`Self::restart`].
    pub fn crash_after(&self, writes: u64) {
        self.state().left = Some(writes);
    }

    /// The host runs again; what was written is there.
    pub fn restart(&self) {
        let mut state = self.state();
        state.crashed = false;
        state.left = None;
    }

    /// Everything in it.
    pub fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().entries.clone()
    }

    /// Puts back what was in it at another time.
    pub fn restore(&self, entries: BTreeMap<String, Vec<u8>>) {
        self.state().entries = entries;
    }

    /// How many writes and deletions were done.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    fn write(&self, change: impl FnOnce(&mut State) -> CacheResult<()>) -> CacheResult<()> {
        let mut state = self.state();
        if state.left == Some(0) {
            state.crashed = true;
        }
        state.check(state.trouble.writes)?;
        change(&mut state)?;
        state.left = state.left.map(|left| left - 1);
        state.writes += 1;
        Ok(())
    }
}

impl State {
    fn check(&self, fails: bool) -> CacheResult<()> {
        match (self.crashed, fails) {
            (true, _) => Err(CacheError("the host has stopped".to_owned())),
            (_, true) => Err(CacheError("it is out of order".to_owned())),
            _ => Ok(()),
        }
    }
}

impl EdgeCache for SimulatedCache {
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        Box::pin(async move {
            let state = self.state();
            state.check(state.trouble.reads)?;
            let entry = state.entries.get(key).cloned();
            Ok(entry.filter(|bytes| bytes.len() as u64 <= max_bytes))
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        let put = |state: &mut State| {
            if state.trouble.full && !state.entries.contains_key(key) {
                return Err(CacheError("it is full".to_owned()));
            }
            state.entries.insert(key.to_owned(), bytes.to_vec());
            Ok(())
        };
        Box::pin(async move { self.write(put) })
    }

    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>> {
        let delete = |state: &mut State| {
            if !state.trouble.stale {
                state.entries.remove(key);
            }
            Ok(())
        };
        Box::pin(async move { self.write(delete) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_between_two_writes_and_starts_again_with_what_it_has() {
        let clock = crate::ManualClock::at(0);
        let cache = SimulatedCache::default();
        cache.crash_after(1);
        clock.run(async {
            assert!(cache.put("a", b"1").await.is_ok());
            assert!(cache.put("b", b"2").await.is_err());
            assert!(cache.get("a", 10).await.is_err());
            cache.restart();
            assert_eq!(cache.get("a", 10).await, Ok(Some(b"1".to_vec())));
            assert_eq!(cache.get("a", 0).await, Ok(None));
            assert_eq!(cache.get("b", 10).await, Ok(None));
        });
    }

    #[test]
    fn it_forgets_lies_and_fails_as_told() {
        let clock = crate::ManualClock::at(0);
        let cache = SimulatedCache::default();
        let all = Pattern::new("*").unwrap();
        let trouble = |reads, writes, full, stale| Trouble {
            reads,
            writes,
            full,
            stale,
        };
        clock.run(async {
            cache.put("a", b"1").await.unwrap();
            cache.trouble(trouble(false, false, true, true));
            assert!(cache.put("b", b"2").await.is_err());
            assert!(cache.put("a", b"2").await.is_ok());
            cache.delete("a").await.unwrap();
            assert_eq!(cache.get("a", 10).await, Ok(Some(b"2".to_vec())));
            cache.trouble(trouble(true, true, false, false));
            assert!(cache.get("a", 10).await.is_err());
            assert!(cache.delete("a").await.is_err());
            cache.trouble(Trouble::default());
            assert_eq!(cache.poison(&all), 1);
            assert_ne!(cache.get("a", 10).await, Ok(Some(b"2".to_vec())));
            assert_eq!(cache.evict(&all), 1);
            assert_eq!(cache.get("a", 10).await, Ok(None));
        });
    }
}
