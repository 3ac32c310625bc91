//! Locks that are held for moments, and never while anybody waits.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. Nothing here panics while it holds a lock; if it did, the state would still be whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
