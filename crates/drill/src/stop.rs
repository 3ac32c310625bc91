//! Ctrl-C and SIGTERM: everything is taken down in order, by the one thread that started it.

use crate::error::DrillError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// How often somebody who waits looks whether it came.
const LOOK: Duration = Duration::from_millis(20);

/// Listens from now on.
pub(crate) async fn listen() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            STOPPED.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Whether to go on.
pub(crate) fn check() -> Result<(), DrillError> {
    if STOPPED.load(Ordering::Relaxed) {
        return Err(DrillError::Interrupted);
    }
    Ok(())
}

/// Sleeps that long, unless interrupted.
pub(crate) fn sleep(duration: Duration) -> Result<(), DrillError> {
    let end = tokio::time::Instant::now() + duration;
    loop {
        check()?;
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// Waits until something is so; `limit` only ends what hangs. `state` says how things stand then.
pub(crate) fn until(
    what: &str,
    limit: Duration,
    state: impl Fn() -> String,
    mut reached: impl FnMut() -> Result<bool, DrillError>,
) -> Result<Duration, DrillError> {
    let start = tokio::time::Instant::now();
    loop {
        check()?;
        if reached()? {
            return Ok(start.elapsed());
        }
        if start.elapsed() > limit {
            return Err(DrillError::Never {
                what: what.to_owned(),
                after: limit,
                state: state(),
            });
        }
        std::thread::sleep(LOOK);
    }
}
