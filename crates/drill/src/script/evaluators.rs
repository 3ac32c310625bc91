//! Evaluators fail.

use super::Outcome;
use crate::drill::{ALL, Drill, HOME, SECOND};
use crate::error::DrillError;

/// A restart while no bucket answers: what was kept on disk is served. Clients ask the next region
/// meanwhile.
pub(super) fn restart_without_storage(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.site.kill_stores(&ALL);
    drill.book.set_down(SECOND, true);
    drill.strike();
    drill.site.kill_evaluator(SECOND);
    drill.hold()?;
    let started = tokio::time::Instant::now();
    drill.site.start_evaluator(SECOND)?;
    let listened = started.elapsed();
    drill.book.set_down(SECOND, false);
    drill.answers(
        "the evaluator that was started answers",
        &[SECOND],
        |latest| latest.asked >= started,
    )?;
    let answered = started.elapsed();
    drill.hold()?;
    drill.site.restart_stores(&ALL)?;
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.site.settle()?;
    let note = format!(
        "listens {:.1} s, answers {:.1} s after its start",
        listened.as_secs_f64(),
        answered.as_secs_f64()
    );
    Ok(Outcome::everywhere(everywhere, note))
}
