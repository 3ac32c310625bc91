//! What `js/` calls.

use crate::call::{Body, Call, Head, Task};
use crate::drive::{drive, spawn};
use crate::evaluator::{Cf, Trapped, evaluator, remember_trap};
use wasm_bindgen::prelude::*;
use worker::Env;
use zen_edge_http::Reply;
use zen_edge_http::runtime::sync::When;

/// Once per instance.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[wasm_bindgen(start)]
fn start() {
    zen_edge_eval::initialize();
    crate::ports::install_timer();
}

/// Answers a request, at once if that needs nothing from outside. `text` is its body of `length` bytes;
/// none if it is still to be read.
#[wasm_bindgen]
pub fn respond(
    call: Call,
    env: &Env,
    method: String,
    url: String,
    text: Option<String>,
    length: usize,
) {
    let place = || Cf {
        colo: call.cf("colo"),
        continent: call.cf("continent"),
    };
    let evaluator = match evaluator(env, Some(place)) {
        Ok(evaluator) => evaluator,
        Err(details) => return call.refuse(&details),
    };
    let task: JsValue = call.clone().into();
    drive(&task, async move {
        evaluator.report_traps().await;
        let body = match text {
            Some(text) => Body::Read { text, length },
            None => Body::Unread(call.clone()),
        };
        let head = Head::new(call.clone(), method, url);
        let Reply {
            response,
            background,
        } = evaluator.service.respond(head, body).await;
        call.respond(&response);
        if !background.is_empty() {
            let later = call.later();
            let task: JsValue = later.clone().into();
            spawn(&task, async move {
                evaluator.finish(background).await;
                later.done();
            });
        }
    });
}

/// Looks for newer releases: at any rate, or where that is due. What is wrong with the configuration
/// is told to requests.
#[wasm_bindgen]
pub fn refresh(task: Task, env: &Env, now: bool) {
    let Ok(evaluator) = evaluator(env, None::<fn() -> Cf>) else {
        return task.done();
    };
    let subject: JsValue = task.clone().into();
    drive(&subject, async move {
        evaluator.report_traps().await;
        let when = if now { When::Now } else { When::Due };
        evaluator.service.runtime().refresh_all(when).await;
        task.done();
    });
}

/// Evaluating this release has ended an instance of this isolate.
#[wasm_bindgen]
pub fn remember(environment: String, project: String, digest: String) {
    remember_trap(Trapped {
        environment,
        project,
        digest,
    });
}
