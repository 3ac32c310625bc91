//! The system's clocks: read here and nowhere else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use zen_edge_sync::{Clock, PortFuture};

/// The system's wall clock, its monotonic clock, and tokio's timer.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose ticks begin now.
    #[allow(
        clippy::disallowed_methods,
        reason = "native hosts read the system's clocks, here only"
    )]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "native hosts read the system's clocks, here only"
    )]
    fn now(&self) -> i64 {
        let now = SystemTime::now();
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis)
            }
        }
    }

    fn ticks(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, duration: Duration) -> PortFuture<'static, ()> {
        // The timer begins when this is awaited: only then a runtime is known to be there.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_passes() {
        let clock = SystemClock::default();
        let (now, ticks) = (clock.now(), clock.ticks());
        clock.sleep(Duration::from_millis(20)).await;
        assert!(clock.ticks() >= ticks + 20);
        // 2026-01-01, in milliseconds.
        assert!(now > 1_767_225_600_000);
    }
}
