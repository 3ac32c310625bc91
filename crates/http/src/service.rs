//! The API as a whole: from a request to a reply.

use crate::cors::Cors;
use crate::decision_log::DecisionLog;
use crate::description::Descriptions;
use crate::fault::{Fault, Form};
use crate::message::{Background, Reply, RequestBody, RequestHead, Response};
use crate::options::{OptionError, ServiceOptions, header_value};
use crate::release_headers::ReleaseHeaders;
use crate::route::{NoRoute, Projects, Route, Rules};
use crate::trace_context::TraceContext;
use crate::watch::{self, Watch};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::status::StatusCode;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_runtime::sync::{Outcome, Report, When};
use zen_edge_runtime::{Error, Pin, Runtime, Selection, ShadowRun};

const REGION: HeaderName = HeaderName::from_static("x-region");
const PIN: &str = "x-release";
/// Between two looks at whether another request has fetched the first release.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// Nobody is told to come back later than this.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// The HTTP API of an evaluator.
pub struct Service {
    runtime: Arc<Runtime>,
    pub(crate) options: ServiceOptions,
    region: Option<HeaderValue>,
    pub(crate) release_headers: ReleaseHeaders,
    pub(crate) descriptions: Descriptions,
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
        if request.method() == "HEAD" {
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
            Route::Ready => Ok(self.ready().await),
            Route::Status => self.status(call.request),
            Route::Refresh => self.refresh(call.request).await,
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

    /// The release that answers, if this request may ask it. The path or `X-Release` may pin one.
    async fn open(
        &self,
        request: &impl RequestHead,
        project: &str,
        path_pin: Option<&str>,
    ) -> Result<Selection<'_>, Fault> {
        let active = self.active(project).await;
        let active = active.map_err(|error| self.fault(&error))?;
        // What is said of pins lists releases, so access comes first.
        if !self.options.access.allows(active.release(), request) {
            return Err(Fault::unauthorized());
        }
        let header_pin = request.header(PIN);
        let pin = match (path_pin, header_pin.as_deref()) {
            (None, None) => return Ok(active),
            (Some(one), Some(other)) if one != other => {
                let message = "the path and `X-Release` name different releases";
                return Err(Fault::invalid(message));
            }
            (Some(pin), _) | (None, Some(pin)) => pin,
        };
        let pin: Result<Pin, Error> = pin.trim().parse();
        let pinned = pin.and_then(|pin| self.runtime.select(None, project, Some(&pin)));
        pinned.map_err(|error| self.fault(&error))
    }

    /// The active release. Only where there is none yet, or it is too old to answer, is it fetched
    /// here; where another request is at that, this one looks again after a while, by a timer of
    /// its own.
    async fn active(&self, project: &str) -> Result<Selection<'_>, Error> {
        let mut waited = Duration::ZERO;
        let mut pause = PAUSE;
        loop {
            match self.runtime.select(None, project, None) {
                Err(Error::NotReady { .. } | Error::Expired { .. }) => {}
                decided => return decided,
            }
            let report = self.runtime.refresh(None, When::Due).await?;
            let selected = self.runtime.select(None, project, None);
            if selected.is_ok() || !is_begun(&report) || waited >= self.options.patience {
                return selected;
            }
            self.runtime.ports().clock.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What a client learns of an error of the runtime's.
    pub(crate) fn fault(&self, error: &Error) -> Fault {
        let wait = self.runtime.wait().min(RETRY_AFTER);
        Fault::of(error, wait.as_secs() + 1)
    }

    /// Whether every project is ready; if not, what can be done about it now is done first.
    async fn ready(&self) -> Response {
        if !self.runtime.ready() {
            self.runtime.refresh_all(When::Due).await;
        }
        self.readiness()
    }

    /// The trace that a request belongs to.
    pub(crate) fn trace_context(&self, request: &impl RequestHead) -> Option<TraceContext> {
        TraceContext::of(request, self.runtime.ports().random.as_ref())
    }
}

/// Whether another request's refresh is under way, and none has ended yet.
fn is_begun(report: &Report) -> bool {
    let idle = matches!(report.outcome, Outcome::NotDue | Outcome::InFlight);
    idle && report.revision.is_none() && report.error.is_none() && report.projects.is_empty()
}

fn empty() -> Response {
    Response {
        status: StatusCode::NO_CONTENT,
        headers: Vec::with_capacity(8),
        body: Vec::new(),
    }
}

fn response(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut headers = Vec::with_capacity(16);
    headers.push((CONTENT_TYPE, HeaderValue::from_static(content_type)));
    headers.push((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Response {
        status,
        headers,
        body,
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
        true => json(fault.status, body),
        false => text(fault.status, body),
    };
    response.headers.extend(fault.into_header());
    response
}
