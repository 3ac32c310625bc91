//! A cache that keeps everything, or misbehaves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use zen_edge_sync::{CacheError, CacheResult, EdgeCache, PortFuture};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Well,
    /// Reads fail.
    NoGet,
    /// Writes fail.
    NoPut,
    /// Nothing ever ends.
    Hangs,
    /// Gives more than it was asked for.
    Excessive,
}

/// Clones are the same cache.
#[derive(Clone, Default)]
pub(crate) struct Map(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: BTreeMap<String, Vec<u8>>,
    mood: Mood,
    used: usize,
}

impl Map {
    pub(crate) fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    /// How often it was used.
    pub(crate) fn used(&self) -> usize {
        self.0.lock().unwrap().used
    }

    /// The names of its entries that begin like this.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let names = state.entries.keys();
        names
            .filter(|name| name.starts_with(prefix))
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().entries.clear();
    }

    /// Changes every entry whose name begins like this.
    pub(crate) fn change(&self, prefix: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut state = self.0.lock().unwrap();
        let entries = state.entries.iter_mut();
        let matching: Vec<_> = entries
            .filter(|(name, _)| name.starts_with(prefix))
            .collect();
        assert!(!matching.is_empty(), "no entry begins with {prefix}");
        matching.into_iter().for_each(|(_, bytes)| change(bytes));
    }

    fn mood(&self) -> Mood {
        let mut state = self.0.lock().unwrap();
        state.used += 1;
        state.mood
    }
}

fn done<'a, T: Send + 'a>(result: CacheResult<T>) -> PortFuture<'a, CacheResult<T>> {
    Box::pin(std::future::ready(result))
}

fn fails() -> CacheError {
    CacheError("told so".to_owned())
}

impl EdgeCache for Map {
    fn get<'a>(
        &'a self,
        key: &'a str,
        max_bytes: u64,
    ) -> PortFuture<'a, CacheResult<Option<Vec<u8>>>> {
        let mood = self.mood();
        let entry = self.0.lock().unwrap().entries.get(key).cloned();
        match mood {
            Mood::NoGet => done(Err(fails())),
            Mood::Hangs => Box::pin(std::future::pending()),
            Mood::Excessive => done(Ok(entry)),
            Mood::Well | Mood::NoPut => {
                done(Ok(entry.filter(|entry| entry.len() as u64 <= max_bytes)))
            }
        }
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8]) -> PortFuture<'a, CacheResult<()>> {
        match self.mood() {
            Mood::NoPut => return done(Err(fails())),
            Mood::Hangs => return Box::pin(std::future::pending()),
            _ => {}
        }
        let mut state = self.0.lock().unwrap();
        state.entries.insert(key.to_owned(), bytes.to_vec());
        done(Ok(()))
    }

    fn delete<'a>(&'a self, key: &'a str) -> PortFuture<'a, CacheResult<()>> {
        match self.mood() {
            Mood::NoPut => return done(Err(fails())),
            Mood::Hangs => return Box::pin(std::future::pending()),
            _ => {}
        }
        self.0.lock().unwrap().entries.remove(key);
        done(Ok(()))
    }
}
