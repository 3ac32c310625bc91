//! The Worker that copies environments between R2 buckets: adapters, no logic.
//!
//! ```text
//! bucket ──event notification──▶ queue ──[`queue`]──▶ zen-edge-replicate ──▶ buckets
//! Cron Trigger ──[`scheduled`]──▶ the same, for every environment
//! ```

mod bindings;
mod bucket;
mod messages;
mod status;

use bindings::Bindings;
use futures_util::future::join_all;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Request, Response, event};
use zen_edge_replicate::{Measure, Verdict, consume, measures, replicate};

/// A batch of event notifications.
///
/// # Errors
/// If the configuration cannot be used: the platform then delivers the whole batch again.
#[wasm_bindgen]
pub async fn queue(batch: worker::worker_sys::MessageBatch, env: Env) -> Result<(), JsValue> {
    let bindings = Bindings::of(&env).map_err(failed)?;
    let messages = messages::read(&batch)?;
    let deliveries: Vec<_> = messages
        .iter()
        .map(|(_, delivery)| delivery.clone())
        .collect();
    let settings = &bindings.settings;
    let handled = consume(
        &bindings,
        &settings.prefix,
        &settings.environments,
        &deliveries,
    )
    .await;
    let ends = messages.iter().zip(&handled.verdicts);
    let ended = join_all(ends.map(|((message, delivery), verdict)| async {
        match verdict {
            Verdict::Done => message.ack(),
            Verdict::Retry(delay, error) => messages::retry(message, *delay, error),
            Verdict::Dead(error) => messages::put_aside(&env, message, delivery, error).await,
        }
    }))
    .await;
    report(&env, &measures(&handled));
    ended.into_iter().collect()
}

/// Brings every environment up to date: what was lost between bucket and queue.
///
/// # Errors
/// If the configuration cannot be used or anything failed, so that the platform counts a failure.
#[wasm_bindgen]
pub async fn scheduled(_event: JsValue, env: Env) -> Result<(), JsValue> {
    let bindings = Bindings::of(&env).map_err(failed)?;
    let mut errors = Vec::new();
    for environment in &bindings.settings.environments {
        let outcomes = replicate(&bindings, environment).await;
        report(&env, &outcomes.iter().map(Measure::of).collect::<Vec<_>>());
        let failures = outcomes
            .into_iter()
            .filter_map(|outcome| outcome.result.err());
        errors.extend(failures.map(|error| error.to_string()));
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(failed(errors.join("; "))),
    }
}

/// `GET /health` and `GET /status`.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    status::answer(&request, &env).await
}

fn failed(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&format!("zen-edge replicator: {error}")).into()
}

/// Writes data points to the log, and to Analytics Engine where that is bound.
fn report(env: &Env, measures: &[Measure]) {
    let dataset = env.analytics_engine("METRICS").ok();
    for measure in measures {
        if let Ok(line) = serde_json::to_string(measure) {
            worker::console_log!("{line}");
        }
        let Some(dataset) = &dataset else { continue };
        let point = worker::AnalyticsEngineDataPointBuilder::new()
            .indexes([measure.index.as_str()])
            .doubles(measure.doubles.clone())
            .blobs(measure.blobs.iter().map(String::as_str).collect::<Vec<_>>())
            .build();
        if let Err(error) = dataset.write_data_point(&point) {
            worker::console_error!("zen-edge replicator: METRICS: {error}");
        }
    }
}
