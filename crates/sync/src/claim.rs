//! One refresh at a time, without anybody waiting for another's promise.

use crate::jitter::millis;
use crate::lock::lock;
use std::sync::Mutex;
use std::time::Duration;

/// How many callers may do the same work while nothing is being served: each of them needs it, and
/// none can wait for another.
const COLD_STARTS: usize = 8;

/// Who is at work.
#[derive(Debug)]
pub(crate) struct Claims {
    takeover_after: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The moments, in ticks, at which the claims that are held were made, by their numbers.
    held: Vec<(u64, u64)>,
    next: u64,
}

/// The right to refresh, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    number: u64,
}

impl Claims {
    pub(crate) fn new(takeover_after: Duration) -> Self {
        Self {
            takeover_after,
            state: Mutex::default(),
        }
    }

    /// Claims the work, unless somebody is at it. A claim that is too old counts for nothing: its
    /// holder was cancelled, or hangs.
    pub(crate) fn claim(&self, ticks: u64, serving: bool) -> Option<Claim<'_>> {
        let mut state = lock(&self.state);
        let takeover_after = millis(self.takeover_after);
        let alive = |(_, at): &(u64, u64)| ticks.saturating_sub(*at) < takeover_after;
        state.held.retain(alive);
        let most = if serving { 1 } else { COLD_STARTS };
        if state.held.len() >= most {
            return None;
        }
        let number = state.next;
        state.next = state.next.wrapping_add(1);
        state.held.push((number, ticks));
        Some(Claim {
            claims: self,
            number,
        })
    }
}

impl Claim<'_> {
    /// Whether it was taken for dead.
    pub(crate) fn is_lost(&self) -> bool {
        let state = lock(&self.claims.state);
        !state.held.iter().any(|(number, _)| *number == self.number)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.claims.state);
        state.held.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refreshes_while_something_is_served() {
        let claims = Claims::new(Duration::from_secs(1));
        let first = claims.claim(0, true).unwrap();
        assert!(claims.claim(999, true).is_none());
        let second = claims.claim(1_000, true).unwrap();
        assert!(first.is_lost() && !second.is_lost());
        drop(first);
        assert!(claims.claim(1_001, true).is_none());
        drop(second);
        assert!(claims.claim(1_002, true).is_some());
    }

    #[test]
    fn a_bounded_number_begins_cold() {
        let claims = Claims::new(Duration::from_secs(1));
        let held: Vec<_> = std::iter::from_fn(|| claims.claim(0, false)).collect();
        assert_eq!(held.len(), COLD_STARTS);
        drop(held);
        assert!(claims.claim(0, true).is_some());
    }
}
