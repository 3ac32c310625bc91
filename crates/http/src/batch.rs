//! Several decisions in one request, all of one release.

use crate::body::{self, BatchEntry, BatchRequest};
use crate::decision_log::Entry;
use crate::evaluate::Outcome;
use crate::fault::{Fault, Form};
use crate::message::{RequestBody, RequestHead, Response};
use crate::service::{Call, Service, json};
use http::status::StatusCode;
use serde_json::json;
use zen_edge_runtime::Selection;

impl Service {
    /// `POST …/evaluate-batch`.
    pub(crate) async fn evaluate_batch(
        &self,
        call: &mut Call<'_, impl RequestHead>,
        selection: Selection<'_>,
        body: impl RequestBody,
    ) -> Result<Response, Fault> {
        let body = body::read(call.request, body, self.options.body_bytes).await?;
        let request: BatchRequest<'_> = body::parse(&body)?;
        let limits = self.options.batch;
        let entries = request.entries(limits.entries)?;
        let (release, age) = (selection.release().clone(), selection.age());
        let trace_context = self.trace_context(call.request);
        let mut answer = Vec::from(b"{\"responses\":[");
        for (index, BatchEntry { key, context }) in entries.iter().enumerate() {
            if index > 0 {
                answer.push(b',');
            }
            // Asked before each, so the answer is longer than this by one evaluation at most.
            if answer.len() > limits.answer_bytes {
                write(&mut answer, Err(&too_long(limits.answer_bytes)), None);
                continue;
            }
            let (selection, options) = (selection.clone(), request.options());
            let context = context.get();
            let run = self.run(call, selection, key, context, options, Form::Text);
            let outcome = run.await;
            let decision = self.log(Entry {
                call,
                release: release.release(),
                key,
                context,
                outcome: &outcome,
                trace_context: trace_context.as_ref(),
            });
            let Outcome { body, .. } = outcome;
            write(&mut answer, body.as_deref(), decision.as_deref());
        }
        answer.extend_from_slice(b"]}");
        let mut response = json(StatusCode::OK, answer);
        let headers = &mut response.headers;
        self.release_headers.add(release.release(), age, headers);
        headers.extend(trace_context.iter().flat_map(|context| context.headers()));
        Ok(response)
    }
}

fn too_long(limit: usize) -> Fault {
    let message = format!("the answers before this one have more than {limit} bytes");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "batch.tooLarge", message)
}

/// `{"success": true, "data"}` or `{"success": false, "error"}`.
fn write(answer: &mut Vec<u8>, outcome: Result<&[u8], &Fault>, decision: Option<&str>) {
    match outcome {
        Ok(data) => {
            answer.extend_from_slice(b"{\"success\":true,\"data\":");
            answer.extend_from_slice(data);
        }
        Err(fault) => {
            answer.extend_from_slice(b"{\"success\":false,\"error\":");
            answer.extend_from_slice(fault.json().to_string().as_bytes());
        }
    }
    if let Some(id) = decision {
        answer.extend_from_slice(format!(",\"decisionId\":{}", json!(id)).as_bytes());
    }
    answer.push(b'}');
}
