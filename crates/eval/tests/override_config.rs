//! Settings for all evaluations: a test of its own, because they are the whole process'.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::json;
use support::{answer, chain, expression, function, limit_of, one};
use zen_edge_eval::{Limit, override_config};

#[test]
fn settings_hold_for_every_evaluation_from_then_on() {
    let loops = "export const handler = () => { for (let i = 0; i < 100000; i++); return { done: true }; };";
    let function = one(&chain(vec![function("f", loops)]));
    assert_eq!(answer(&function, "{}").unwrap(), json!({ "done": true }));
    // No milliseconds are no steps.
    override_config(None, Some(0));
    let refused = answer(&function, "{}").unwrap_err();
    assert_eq!(limit_of(&refused), Some(Limit::FunctionSteps));
    override_config(None, Some(5_000));
    assert_eq!(answer(&function, "{}").unwrap(), json!({ "done": true }));

    let seen = one(&chain(vec![expression("e", "$nodes == null")]));
    assert_eq!(answer(&seen, "{}").unwrap(), json!({ "y": false }));
    override_config(Some(false), None);
    assert_eq!(answer(&seen, "{}").unwrap(), json!({ "y": true }));
    override_config(Some(true), None);
    assert_eq!(answer(&seen, "{}").unwrap(), json!({ "y": false }));
}
