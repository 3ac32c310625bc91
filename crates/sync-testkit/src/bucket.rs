//! Buckets: objects in memory, and copies of them that are late or in the wrong order.

use glob::Pattern;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zen_edge_tuf_testkit::{Files, sha256};

/// A bucket in memory. Clones are the same bucket.
#[derive(Clone)]
pub struct Bucket(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    name: String,
    objects: BTreeMap<String, Arc<[u8]>>,
    /// Every write, in order; none for a deletion.
    writes: Vec<(String, Option<Arc<[u8]>>)>,
    /// How many writes there were at the end of each revision.
    marks: Vec<usize>,
}

impl Bucket {
    /// An empty bucket. Its name makes its `ETag`s differ from every other bucket's.
    pub fn new(name: &str) -> Self {
        Self(Arc::new(Mutex::new(State {
            name: name.to_owned(),
            ..State::default()
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an object.
    pub fn put(&self, key: &str, bytes: impl Into<Arc<[u8]>>) {
        self.state().write(key, Some(bytes.into()));
    }

    /// Deletes an object.
    pub fn delete(&self, key: &str) {
        self.state().write(key, None);
    }

    /// An object's bytes.
    pub fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        self.state().objects.get(key).cloned()
    }

    /// The `ETag` that this bucket gives to these bytes: like S3's it follows from the content, and
    /// like S3's of two regions it is not the same everywhere.
    pub fn etag(&self, bytes: &[u8]) -> String {
        let mut salted = self.state().name.clone().into_bytes();
        salted.extend_from_slice(bytes);
        format!("\"{}\"", sha256(&salted).get(..16).unwrap())
    }

    /// The keys that a pattern (`*` and `?`) matches, in order.
    ///
    /// # Panics
    /// If it is no pattern.
    pub fn keys(&self, pattern: &str) -> Vec<String> {
        let pattern = Pattern::new(pattern).unwrap();
        let state = self.state();
        let keys = state.objects.keys().filter(|key| pattern.matches(key));
        keys.cloned().collect()
    }

    /// The objects whose keys a pattern matches.
    pub fn files(&self, pattern: &str) -> Files {
        let keys = self.keys(pattern).into_iter();
        keys.filter_map(|key| {
            let bytes = self.get(&key)?.to_vec();
            Some((key, bytes))
        })
        .collect()
    }

    /// What an object was before it was written last; none if this is all it ever was.
    pub fn before(&self, key: &str) -> Option<Arc<[u8]>> {
        let state = self.state();
        let writes = state.writes.iter().rev();
        let mut of_key = writes.filter(|(written, _)| written == key);
        of_key.next();
        of_key.find_map(|(_, bytes)| bytes.clone())
    }

    /// Says that a revision is complete.
    pub fn mark(&self) {
        let mut state = self.state();
        let writes = state.writes.len();
        state.marks.push(writes);
    }

    /// How many revisions are complete.
    pub fn revisions(&self) -> usize {
        self.state().marks.len()
    }

    /// The objects as they were that many revisions ago; empty before the first.
    pub fn ago(&self, revisions: usize) -> BTreeMap<String, Arc<[u8]>> {
        let state = self.state();
        let mark = state.marks.iter().rev().nth(revisions);
        let mut objects = BTreeMap::new();
        for (key, bytes) in state.writes.iter().take(mark.copied().unwrap_or(0)) {
            match bytes {
                Some(bytes) => objects.insert(key.clone(), Arc::clone(bytes)),
                None => objects.remove(key),
            };
        }
        objects
    }

    /// Puts back what was that many revisions ago, as from a backup.
    pub fn rewind(&self, revisions: usize) {
        let objects = self.ago(revisions);
        let mut state = self.state();
        let now: Vec<_> = state.objects.keys().cloned().collect();
        for key in now.iter().filter(|key| !objects.contains_key(*key)) {
            state.write(key, None);
        }
        for (key, bytes) in objects {
            if state.objects.get(&key) != Some(&bytes) {
                state.write(&key, Some(bytes));
            }
        }
    }

    /// Copies what a replication would into another bucket, deletions included.
    pub fn replicate(&self, to: &Self, what: &Replication) {
        let objects = match what.lag {
            0 => self.state().objects.clone(),
            lag => self.ago(lag),
        };
        let mut state = to.state();
        for (key, bytes) in &objects {
            let copied = state.objects.get(key);
            // Copies of the same bytes mostly share them.
            let same = copied.is_some_and(|copy| Arc::ptr_eq(copy, bytes) || copy == bytes);
            if what.takes(key) && !same {
                state.write(key, Some(Arc::clone(bytes)));
            }
        }
        let gone: Vec<_> = state
            .objects
            .keys()
            .filter(|key| !objects.contains_key(*key) && what.deletes && what.takes(key))
            .cloned()
            .collect();
        for key in gone {
            state.write(&key, None);
        }
        drop(state);
        to.mark();
    }

    /// Forgets how everything came to be, so that long runs stay small.
    pub fn forget_history(&self) {
        let mut state = self.state();
        let objects = state.objects.clone();
        state.writes = objects
            .into_iter()
            .map(|(key, bytes)| (key, Some(bytes)))
            .collect();
        state.marks = vec![state.writes.len()];
    }
}

impl State {
    fn write(&mut self, key: &str, bytes: Option<Arc<[u8]>>) {
        match &bytes {
            Some(bytes) => self.objects.insert(key.to_owned(), Arc::clone(bytes)),
            None => self.objects.remove(key),
        };
        self.writes.push((key.to_owned(), bytes));
    }
}

/// Which objects a replication copies, and of when. By itself it copies everything there is.
#[derive(Debug, Clone, Default)]
pub struct Replication {
    /// How many revisions it is behind.
    pub lag: usize,
    /// Only keys that one of these matches; all if there are none. Content before pointer:
    /// `*/targets/*`; pointer before content: `*/timestamp.json`.
    pub only: Vec<Pattern>,
    /// Not the keys that one of these matches.
    pub except: Vec<Pattern>,
    /// Whether deletions are copied.
    pub deletes: bool,
}

impl Replication {
    fn takes(&self, key: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(key));
        (self.only.is_empty() || any(&self.only)) && !any(&self.except)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(pattern: &str) -> Replication {
        Replication {
            only: vec![Pattern::new(pattern).unwrap()],
            ..Replication::default()
        }
    }

    #[test]
    fn copies_are_late_and_in_any_order() {
        let (near, far) = (Bucket::new("near"), Bucket::new("far"));
        near.put("e/targets/a", *b"1");
        near.put("e/metadata/timestamp.json", *b"t1");
        near.mark();
        near.put("e/targets/b", *b"2");
        near.put("e/metadata/timestamp.json", *b"t2");
        near.mark();
        let lag = Replication {
            lag: 1,
            ..Replication::default()
        };
        near.replicate(&far, &lag);
        assert_eq!(far.keys("*"), ["e/metadata/timestamp.json", "e/targets/a"]);
        assert_eq!(&*far.get("e/metadata/timestamp.json").unwrap(), b"t1");
        near.replicate(&far, &only("*/timestamp.json"));
        assert_eq!(&*far.get("e/metadata/timestamp.json").unwrap(), b"t2");
        assert_eq!(far.get("e/targets/b"), None);
        near.replicate(&far, &only("*/targets/*"));
        assert_eq!(&*far.get("e/targets/b").unwrap(), b"2");
        assert_ne!(near.etag(b"t2"), far.etag(b"t2"));
    }

    #[test]
    fn a_backup_brings_the_past_back() {
        let bucket = Bucket::new("near");
        bucket.put("a", *b"1");
        bucket.mark();
        bucket.put("a", *b"2");
        bucket.put("b", *b"3");
        bucket.mark();
        assert_eq!(&*bucket.before("a").unwrap(), b"1");
        bucket.rewind(1);
        assert_eq!((bucket.keys("*").len(), bucket.revisions()), (1, 2));
        assert_eq!(&*bucket.get("a").unwrap(), b"1");
    }
}
