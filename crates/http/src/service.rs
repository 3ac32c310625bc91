//! The API as a whole: from a request to a reply.

use crate::cors::Cors;
use crate::decision_log::DecisionLog;
use crate::description::Descriptions;
use crate::fault::{Fault, Form};
use crate::fetching::Fetching;
use crate::message::{Background, Reply, RequestBody, RequestHead, Response};
use crate::options::{OptionError, ServiceOptions, header_value};
use crate::release_headers::ReleaseHeaders;
use crate::route::{NoRoute, Projects, Route, Rules};
use crate::trace_context::TraceContext;
use crate::watch::{self, Watch};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::status::StatusCode;
use std::fmt;
use std::sync::Arc;
use zen_edge_runtime::{Runtime, ShadowRun};

const REGION: HeaderName = HeaderName::from_static("x-region");

/// The HTTP API of an evaluator.
pub struct Service {
    runtime: Arc<Runtime>,
    pub(crate) options: ServiceOptions,
    region: Option<HeaderValue>,
    pub(crate) release_headers: ReleaseHeaders,
    pub(crate) descriptions: Descriptions,
    pub(crate) fetching: Fetching,
    pub(crate) decision_log: Option<Arc<DecisionLog>>,
    watch: Option<Arc<dyn Watch>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("runtime", &self.runtime)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A request being answered.
pub(crate) struct Call<'a, H> {
    pub(crate) request: &'a H,
    pub(crate) background: &'a mut Background,
    /// How errors look.
    pub(crate) form: Form,
}

impl Service {
    /// An API over a runtime.
    ///
    /// # Errors
    /// For an option that cannot be, with what it may be.
    pub fn new(
        runtime: impl Into<Arc<Runtime>>,
        options: ServiceOptions,
    ) -> Result<Self, OptionError> {
        options.cors.check()?;
        let region = options.region.as_deref();
        let region = region.map(|region| header_value("the region", region));
        let log = options.decision_log.clone();
        let log = log.map(|log| DecisionLog::new(log, options.region.clone()));
        Ok(Self {
            runtime: runtime.into(),
            region: region.transpose()?,
            release_headers: ReleaseHeaders::default(),
            descriptions: Descriptions::default(),
            fetching: Fetching::default(),
            decision_log: log.transpose()?.map(Arc::new),
            options,
            watch: None,
        })
    }

    /// The same API, with somebody who is told what is being evaluated.
    #[must_use]
    pub fn watched_by(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    pub(crate) fn watch(&self) -> Option<&dyn Watch> {
        self.watch.as_deref()
    }

    /// Runs one of [`Background::shadow`].
    pub async fn run_shadow(&self, run: ShadowRun) {
        watch::shadow(self.watch(), run).await;
    }

    /// What answers.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Answers a request. Nothing is shared between requests but what is in memory: none waits for
    /// what another one awaits.
    pub async fn respond(&self, request: impl RequestHead, body: impl RequestBody) -> Reply {
        let mut background = Background::default();
        let mut response = self.dispatch(&request, body, &mut background).await;
        self.options.cors.allow(&request, &mut response.headers);
        if let Some(region) = &self.region {
            response.headers.push((REGION, region.clone()));
        }
        // What has not changed has a length, too, which is not that of nothing.
        if request.method() == "HEAD" && response.status != StatusCode::NOT_MODIFIED {
            let length = HeaderValue::from(response.body.len());
            response.headers.push((CONTENT_LENGTH, length));
            response.body.clear();
        }
        Reply {
            response,
            background,
        }
    }

    async fn dispatch(
        &self,
        request: &impl RequestHead,
        body: impl RequestBody,
        background: &mut Background,
    ) -> Response {
        let method = request.method();
        if method == "OPTIONS" && self.options.cors.is_preflight(request) {
            let mut response = empty();
            Cors::preflight(&mut response.headers);
            return response;
        }
        let (route, query) = match self.route(request) {
            Ok(found) => found,
            Err(fault) => return fail(fault, Form::Code),
        };
        let allowed = route.methods();
        if method == "OPTIONS" {
            let mut response = empty();
            response
                .headers
                .push((ALLOW, HeaderValue::from_static(allowed)));
            return response;
        }
        let form = match &route {
            Route::Projects { what, .. } => match what {
                Projects::Evaluate(_) => Form::Message,
                Projects::Information | Projects::Entrypoints => Form::Text,
            },
            _ => Form::Code,
        };
        if !allowed.split(", ").any(|allowed| allowed == method) {
            return fail(Fault::no_method(allowed), form);
        }
        let mut call = Call {
            request,
            background,
            form,
        };
        let response = self.answer(&mut call, &route, query, body).await;
        let trivial = matches!(route, Route::Health | Route::Version);
        call.background.refresh = !trivial && self.runtime.wait().is_zero();
        response.unwrap_or_else(|fault| fail(fault, form))
    }

    fn route<'a>(&self, request: &'a impl RequestHead) -> Result<(Route<'a>, &'a str), Fault> {
        let (route, query) = Route::of(request.target()).map_err(|problem| match problem {
            NoRoute::Unknown => Fault::no_route(),
            NoRoute::TooLong => Fault::uri_too_long(),
            NoRoute::Encoding => Fault::invalid("the path is not percent-encoded UTF-8"),
        })?;
        match route {
            Route::Refresh if self.options.status_token.is_none() => Err(Fault::no_route()),
            Route::Bundle { .. } if !self.has_bundles() => Err(Fault::no_route()),
            route => Ok((route, query)),
        }
    }

    async fn answer(
        &self,
        call: &mut Call<'_, impl RequestHead>,
        route: &Route<'_>,
        query: &str,
        body: impl RequestBody,
    ) -> Result<Response, Fault> {
        match route {
            Route::Health => Ok(text(StatusCode::OK, "healthy".into())),
            Route::Version => Ok(text(StatusCode::OK, self.options.version.as_str().into())),
            Route::Ready => Ok(self.readiness().await),
            Route::Status => self.status(call.request),
            Route::Refresh => self.refresh(call.request).await,
            Route::Bundle { project, pin } => {
                self.bundle(call.request, project, pin.as_deref()).await
            }
            Route::Rules { project, pin, what } => {
                let selection = self.open(call.request, project, pin.as_deref()).await?;
                match what {
                    Rules::Describe => self.describe(&selection, project, query),
                    Rules::Evaluate(key) => self.evaluate(call, selection, key, body).await,
                    Rules::Batch => self.evaluate_batch(call, selection, body).await,
                }
            }
            Route::Projects { project, what } => match what {
                Projects::Information => {
                    let selection = self.active(project).await;
                    let selection = selection.map_err(|error| self.fault(&error))?;
                    self.information(&selection)
                }
                Projects::Entrypoints => {
                    let selection = self.open(call.request, project, None).await?;
                    Ok(self.entrypoints(&selection))
                }
                Projects::Evaluate(key) => {
                    let selection = self.open(call.request, project, None).await?;
                    self.evaluate(call, selection, key, body).await
                }
            },
        }
    }

    /// The trace that a request belongs to.
    pub(crate) fn trace_context(&self, request: &impl RequestHead) -> Option<TraceContext> {
        TraceContext::of(request, self.runtime.ports().random.as_ref())
    }
}

fn empty() -> Response {
    Response {
        status: StatusCode::NO_CONTENT,
        headers: Vec::with_capacity(8),
        body: Bytes::new(),
    }
}

/// An answer with a body.
pub(crate) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response {
    let mut headers = Vec::with_capacity(16);
    headers.push((CONTENT_TYPE, HeaderValue::from_static(content_type)));
    headers.push((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Response {
        status,
        headers,
        body: body.into(),
    }
}

/// An answer in JSON, with the content type of the GoRules Agent.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    response(status, "application/json; charset=utf-8", body)
}

/// An answer in plain text.
fn text(status: StatusCode, body: Vec<u8>) -> Response {
    response(status, "text/plain; charset=utf-8", body)
}

/// An error.
pub(crate) fn fail(fault: Fault, form: Form) -> Response {
    let (body, is_json) = fault.body(form);
    let mut response = match is_json {
        true => json(fault.status(), body),
        false => text(fault.status(), body),
    };
    response.headers.extend(fault.into_header());
    response
}
