//! Stores and replication fail.

use super::Outcome;
use crate::drill::{ALL, Drill, HOME, SECOND, THIRD};
use crate::error::DrillError;
use std::time::Duration;

/// Nothing is wrong.
pub(super) fn publish(drill: &mut Drill) -> Result<Outcome, DrillError> {
    let mut longest = Duration::ZERO;
    for _ in 0..2 {
        drill.strike();
        let published = drill.publish(HOME)?;
        longest = longest.max(drill.everywhere(published)?);
        drill.site.settle()?;
    }
    Ok(Outcome::everywhere(longest, ""))
}

/// The evaluator's own bucket is gone: it asks the next one, and goes back when its own is there
/// again.
pub(super) fn own_bucket(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.strike();
    drill.site.kill_stores(&[THIRD]);
    let published = drill.publish(HOME)?;
    let failover = drill.everywhere(published)?;
    drill.hold()?;
    drill.site.restart_stores(&[THIRD])?;
    drill.site.settle()?;
    let back = drill.polls_its_own(THIRD)?;
    let published = drill.publish(HOME)?;
    let failover = failover.max(drill.everywhere(published)?);
    drill.site.settle()?;
    let back = back.as_secs_f64();
    let note = format!("its own bucket is polled again {back:.1} s after it had caught up");
    Ok(Outcome::everywhere(failover, note))
}

/// The first region's bucket is gone: publishing goes on in the second from what it has, and comes
/// back.
pub(super) fn publishing_moves(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.strike();
    drill.site.kill_stores(&[HOME]);
    let (from, to) = (
        drill.site.environment(THIRD)?,
        drill.site.environment(SECOND)?,
    );
    drill.site.publisher.copy(&from, &[to])?;
    drill.site.replicate_from(SECOND)?;
    let moved = drill.publish(SECOND)?;
    let moved = drill.everywhere(moved)?;
    drill.hold()?;
    drill.site.restart_stores(&[HOME])?;
    drill.site.settle()?;
    drill.site.replicate_from(HOME)?;
    let back = drill.publish(HOME)?;
    let back = drill.everywhere(back)?;
    drill.site.settle()?;
    Ok(Outcome::everywhere(
        moved.max(back),
        "moved, and moved back",
    ))
}

/// No bucket answers: what is active goes on, and says that it is stale.
pub(super) fn every_bucket(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.strike();
    drill.site.kill_stores(&ALL);
    drill.answers("answers say that they are stale", &ALL, |latest| {
        latest.seen.staleness == "stale"
    })?;
    drill.hold()?;
    drill.site.restart_stores(&ALL)?;
    let fresh = drill.answers("answers are fresh again", &ALL, |latest| {
        latest.seen.staleness == "fresh"
    })?;
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.site.settle()?;
    let note = format!("fresh {:.1} s after storage returned", fresh.as_secs_f64());
    Ok(Outcome::everywhere(everywhere, note))
}

/// Replication to one region is held up while others publish.
pub(super) fn replica_lags(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.polls_its_own(THIRD)?;
    drill.site.replication.pause_to(THIRD, true)?;
    drill.strike();
    let first = drill.publish(HOME)?;
    drill.served(first, &[HOME, SECOND])?;
    let second = drill.publish(HOME)?;
    drill.served(second, &[HOME, SECOND])?;
    drill.hold()?;
    drill.site.replication.pause_to(THIRD, false)?;
    let everywhere = drill.everywhere(second)?;
    drill.site.settle()?;
    Ok(Outcome::everywhere(
        everywhere,
        "all but the replica at once",
    ))
}

/// A region dies with a release that had not left it yet, and replication to it dies too. When its
/// store is back, `zen-edge copy` brings the release to the others.
pub(super) fn killed_together(drill: &mut Drill) -> Result<Outcome, DrillError> {
    for other in [SECOND, THIRD] {
        drill.site.replication.pause_to(other, true)?;
    }
    let published = drill.publish(HOME)?;
    drill.served(published, &[HOME])?;
    drill.strike();
    drill.site.kill_stores(&[HOME]);
    drill.site.replication.kill();
    let others = [
        drill.site.environment(SECOND)?,
        drill.site.environment(THIRD)?,
    ];
    let reachable = drill.site.publisher.status(&others)?.revision;
    let out_of_reach = drill.book.truth(|truth| truth.newer_than(reachable));
    drill.hold()?;
    drill.site.restart_stores(&[HOME])?;
    let home = drill.site.environment(HOME)?;
    drill.site.publisher.copy(&home, &others)?;
    let everywhere = drill.everywhere(published)?;
    drill.site.replicate_from(HOME)?;
    drill.site.settle()?;
    Ok(Outcome {
        everywhere: Some(everywhere),
        out_of_reach,
        note: "its own evaluator served it throughout".to_owned(),
    })
}
