//! A clock that moves only as told, and only when nobody can go on without it.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zen_edge_sync::{Clock, PortFuture, Random};

/// A clock for tests. Clones are the same clock.
///
/// [`Self::run`] drives a future by itself: whenever it cannot go on, the clock moves to the next
/// moment that somebody sleeps for. Timeouts and back-off cost no time, and happen in one order.
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<Time>>);

struct Time {
    ticks: u64,
    /// The wall clock is this much ahead of the ticks, in milliseconds.
    offset: i64,
    /// The wall clock stands still here.
    frozen: Option<i64>,
    /// Who sleeps, by the moment of waking and an order among equals.
    sleepers: BTreeMap<(u64, u64), Option<Waker>>,
    next: u64,
}

impl ManualClock {
    /// A clock that shows `now`, in milliseconds since 1970.
    pub fn at(now: i64) -> Self {
        Self(Arc::new(Mutex::new(Time {
            ticks: 0,
            offset: now,
            frozen: None,
            sleepers: BTreeMap::new(),
            next: 0,
        })))
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let mut time = self.time();
        time.ticks += u64::try_from(duration.as_millis()).unwrap();
        let ticks = time.ticks;
        let awake: Vec<_> = time
            .sleepers
            .range_mut(..=(ticks, u64::MAX))
            .filter_map(|(_, waker)| waker.take())
            .collect();
        drop(time);
        awake.into_iter().for_each(Waker::wake);
    }

    /// Sets the wall clock, forwards or backwards, to milliseconds since 1970. No time passes.
    pub fn set(&self, now: i64) {
        let mut time = self.time();
        time.offset = now - i64::try_from(time.ticks).unwrap();
        time.frozen = time.frozen.map(|_| now);
    }

    /// Stops the wall clock, or lets it go on as if it had never stopped. Ticks go on.
    pub fn freeze(&self, frozen: bool) {
        let now = self.now();
        self.time().frozen = frozen.then_some(now);
    }

    /// Runs a future to its end, moving the clock whenever it waits for time.
    ///
    /// # Panics
    /// If the future waits and nobody sleeps: it would wait for ever.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            let ticks = self.time().ticks;
            // Whoever should have woken by now was asked just before, and waits for something else.
            let later = |(at, _): &(u64, u64)| (*at > ticks).then_some(*at);
            let next = self.time().sleepers.keys().find_map(later);
            let next = next.expect("somebody waits for what will never come");
            self.advance(Duration::from_millis(next - ticks));
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        let time = self.time();
        time.frozen
            .unwrap_or_else(|| time.offset + i64::try_from(time.ticks).unwrap())
    }

    fn ticks(&self) -> u64 {
        self.time().ticks
    }

    fn sleep(&self, duration: Duration) -> PortFuture<'static, ()> {
        let mut time = self.time();
        let at = time.ticks + u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2);
        let key = (at, time.next);
        time.next += 1;
        time.sleepers.insert(key, None);
        drop(time);
        Box::pin(Sleep {
            clock: self.clone(),
            key,
        })
    }
}

struct Sleep {
    clock: ManualClock,
    key: (u64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut time = self.clock.time();
        if time.ticks >= self.key.0 {
            return Poll::Ready(());
        }
        time.sleepers
            .insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.time().sleepers.remove(&self.key);
    }
}

/// Randomness that a seed decides (SplitMix64).
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// Begins with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_somebody_waits_for_it() {
        let clock = ManualClock::at(1_000);
        clock.run(async {
            clock.sleep(Duration::from_secs(5)).await;
            clock.sleep(Duration::from_secs(1)).await;
        });
        assert_eq!((clock.ticks(), clock.now()), (6_000, 7_000));
        clock.set(0);
        assert_eq!((clock.ticks(), clock.now()), (6_000, 0));
        clock.freeze(true);
        clock.advance(Duration::from_secs(1));
        assert_eq!((clock.ticks(), clock.now()), (7_000, 0));
        clock.freeze(false);
        assert_eq!(clock.now(), 1_000);
    }
}
