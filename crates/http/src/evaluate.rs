//! One decision, on both surfaces of the GoRules Agent.

use crate::body::{self, EvaluateRequest};
use crate::decision_log::{DECISION_ID, Entry};
use crate::fault::{Fault, Form};
use crate::message::{RequestBody, RequestHead, Response};
use crate::service::{Call, Service, fail, json};
use crate::timing;
use crate::watch::watched;
use http::header::HeaderName;
use http::header::HeaderValue;
use http::status::StatusCode;
use serde_json::json;
use zen_edge_runtime::eval::EvaluateOptions;
use zen_edge_runtime::{CompiledRelease, Error, Selection};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How an evaluation ended.
pub(crate) struct Outcome {
    /// The answer's JSON, or why there is none.
    pub(crate) body: Result<Vec<u8>, Fault>,
    /// How long it took in milliseconds, by the platform's clock.
    pub(crate) duration: Option<f64>,
}

impl Service {
    /// `POST …/evaluate/{*key}`.
    pub(crate) async fn evaluate(
        &self,
        call: &mut Call<'_, impl RequestHead>,
        selection: Selection<'_>,
        key: &str,
        body: impl RequestBody,
    ) -> Result<Response, Fault> {
        let body = body::read(call.request, body, self.options.body_bytes).await?;
        let request: EvaluateRequest<'_> = body::parse(&body)?;
        let (release, age) = (selection.release().clone(), selection.age());
        let (context, options) = (request.context.get(), request.options());
        let form = call.form;
        let outcome = self.run(call, selection, key, context, options, form).await;
        let trace_context = self.trace_context(call.request);
        let decision = self.log(Entry {
            call,
            release: release.release(),
            key,
            context,
            outcome: &outcome,
            trace_context: trace_context.as_ref(),
        });
        let mut response = match outcome.body {
            Ok(body) => json(StatusCode::OK, body),
            Err(fault) => fail(fault, form),
        };
        let headers = &mut response.headers;
        self.release_headers.add(release.release(), age, headers);
        if let Some(timing) = outcome.duration.and_then(timing::header) {
            headers.push((SERVER_TIMING, timing));
        }
        if let Some(id) = decision.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.push((DECISION_ID, id));
        }
        headers.extend(trace_context.iter().flat_map(|context| context.headers()));
        Ok(response)
    }

    /// Evaluates; the answer has the form that goes with the form of errors.
    pub(crate) async fn run(
        &self,
        call: &mut Call<'_, impl RequestHead>,
        selection: Selection<'_>,
        key: &str,
        context: &str,
        options: EvaluateOptions,
        form: Form,
    ) -> Outcome {
        let compiled = selection.release().clone();
        // Writing the answer is part of what may bring the evaluator down.
        let evaluation = async {
            let mut answer = selection.evaluate(key, context.as_bytes(), options).await?;
            let duration = timing::millis(&answer.evaluation.performance);
            let body = match form {
                Form::Code => answer.to_agent_json()?,
                Form::Message => with_details(&compiled, key, &answer.to_evaluation_json()?),
                Form::Text => answer.to_evaluation_json()?,
            };
            Ok::<_, Error>((body, duration, answer.shadow.take()))
        };
        let (body, duration) = match watched(self.watch(), compiled.release(), evaluation).await {
            Ok((body, duration, shadow)) => {
                call.background.shadow.extend(shadow);
                (Ok(body), duration)
            }
            Err(error) => (Err(error), None),
        };
        Outcome {
            body: body.map_err(|error| self.fault(&error)),
            duration,
        }
    }
}

/// `{"details", "performance", "result", "trace"?}`: the Agent's older answer.
fn with_details(compiled: &CompiledRelease, key: &str, evaluation: &[u8]) -> Vec<u8> {
    let details = json!({
        "releaseId": compiled.identity().release.id,
        "versionId": compiled.version_id(key),
    });
    let mut body = format!("{{\"details\":{details},").into_bytes();
    body.extend_from_slice(evaluation.get(1..).unwrap_or_default());
    body
}
