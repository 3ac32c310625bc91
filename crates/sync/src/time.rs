//! Waiting, but not for ever.

use crate::ports::Clock;
use futures_util::future::{Either, select};
use std::time::Duration;

/// The future's output, or none if it does not come in time; the future is dropped then.
pub(crate) async fn within<F: Future + Unpin>(
    clock: &dyn Clock,
    time: Duration,
    future: F,
) -> Option<F::Output> {
    match select(future, clock.sleep(time)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
