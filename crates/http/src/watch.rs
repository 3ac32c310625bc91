//! Who must know what is being evaluated, should the evaluator die of it.

use std::future::poll_fn;
use std::pin::pin;
use zen_edge_runtime::ShadowRun;
use zen_edge_runtime::sync::Release;

/// Told what is being evaluated. In wasm a trap ends the instance at once: whoever stands outside of
/// it knows then which release to report (`Runtime::report_trap`).
pub trait Watch: Send + Sync {
    /// An evaluation begins, or goes on after it has waited.
    fn enter(&self, environment: &str, project: &str, digest: &str);

    /// It has ended or waits. After a trap nobody says so.
    fn leave(&self);
}

/// Runs what evaluates a release, and says so each time that it is polled.
pub(crate) async fn watched<F: Future>(
    watch: Option<&dyn Watch>,
    release: &Release,
    evaluation: F,
) -> F::Output {
    let mut evaluation = pin!(evaluation);
    poll_fn(|context| {
        let Some(watch) = watch else {
            return evaluation.as_mut().poll(context);
        };
        watch.enter(&release.environment, &release.project, &release.digest);
        let outcome = evaluation.as_mut().poll(context);
        watch.leave();
        outcome
    })
    .await
}

/// Runs an evaluation on a candidate.
pub(crate) async fn shadow(watch: Option<&dyn Watch>, run: ShadowRun) {
    let release = run.candidate().release().clone();
    watched(watch, &release, run.run()).await;
}
