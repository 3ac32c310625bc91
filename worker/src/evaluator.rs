//! The one evaluator of an instance: made in the first event that needs it, at once and of nothing
//! that has to be waited for. So no event can leave it half made, and none waits for another.

use crate::configuration::Place;
use crate::host::baked_in;
use crate::ports::{DecisionSink, configure};
use crate::watch::Note;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use worker::Env;
use zen_edge_http::runtime::Runtime;
use zen_edge_http::runtime::sync::When;
use zen_edge_http::{Background, Service};

thread_local! {
    static MADE: RefCell<Option<Made>> = const { RefCell::new(None) };
    static TRAPPED: RefCell<VecDeque<Trapped>> = RefCell::default();
}

/// The evaluator of this instance, or what is wrong with the configuration, which stays so for as long
/// as the isolate lives.
struct Made {
    evaluator: Result<&'static Evaluator, String>,
    /// Whether it was known then where requests come in.
    placed: bool,
}

/// A release whose evaluation has ended an instance of this isolate.
pub(crate) struct Trapped {
    pub(crate) environment: String,
    pub(crate) project: String,
    pub(crate) digest: String,
}

/// What answers.
pub(crate) struct Evaluator {
    pub(crate) service: Service,
    decision_log: Option<DecisionSink>,
    region: Option<String>,
}

/// The evaluator of this instance, or what is wrong with the configuration. `cf` is the platform's
/// `request.cf`, if there is a request.
pub(crate) fn evaluator(
    env: &Env,
    cf: Option<impl FnOnce() -> Cf>,
) -> Result<&'static Evaluator, String> {
    MADE.with(|made| {
        let mut made = made.borrow_mut();
        let placed = cf.is_some();
        if let Some(made) = made.as_ref()
            && (made.placed || !placed)
        {
            return made.evaluator.clone();
        }
        let cf = cf.map(|cf| cf()).unwrap_or_default();
        let evaluator = Evaluator::new(env, &cf).map(|new| match made.as_ref() {
            // A scheduled event came first, and the region is what it was taken for.
            Some(Made {
                evaluator: Ok(known),
                ..
            }) if known.region == new.region => *known,
            _ => Box::leak(Box::new(new)),
        });
        made.insert(Made { evaluator, placed }).evaluator.clone()
    })
}

/// Where a request came in.
#[derive(Default)]
pub(crate) struct Cf {
    pub(crate) colo: Option<String>,
    pub(crate) continent: Option<String>,
}

/// Keeps a trap until the evaluator is told.
pub(crate) fn remember_trap(trapped: Trapped) {
    TRAPPED.with(|waiting| waiting.borrow_mut().push_back(trapped));
}

impl Evaluator {
    fn new(env: &Env, cf: &Cf) -> Result<Self, String> {
        let place = Place {
            colo: cf.colo.as_deref(),
            continent: cf.continent.as_deref(),
        };
        let baked_in = baked_in();
        let configured = configure(env, &baked_in, place).map_err(|error| error.to_string())?;
        let runtime = Runtime::new(configured.environments, configured.ports);
        let runtime = runtime.map_err(|error| error.to_string())?;
        let region = configured.service.region.clone();
        let service = Service::new(runtime, configured.service);
        let service = service.map_err(|error| error.to_string())?;
        Ok(Self {
            service: service.watched_by(Arc::new(Note)),
            decision_log: configured.decision_log,
            region,
        })
    }

    /// Tells the runtime which releases have ended an instance, before it answers from one. What was
    /// kept of an earlier life is loaded first, which may take a while; then each trap is taken and
    /// counted at once, whoever else is waiting here.
    pub(crate) async fn report_traps(&self) {
        if TRAPPED.with(|waiting| waiting.borrow().is_empty()) {
            return;
        }
        let runtime = self.service.runtime();
        runtime.load().await;
        while let Some(trapped) = TRAPPED.with(|waiting| waiting.borrow_mut().pop_front()) {
            let (environment, digest) = (Some(&*trapped.environment), Some(&*trapped.digest));
            let reported = runtime.report_trap(environment, &trapped.project, digest);
            if let Err(error) = reported.await {
                worker::console_error!("{error}");
            }
        }
    }

    /// What follows an answer.
    pub(crate) async fn finish(&self, background: Background) {
        if let Some(log) = &self.decision_log
            && !background.decisions.is_empty()
            && let Err(error) = log.send(background.decisions).await
        {
            worker::console_error!("{error}");
        }
        for run in background.shadow {
            self.service.run_shadow(run).await;
        }
        if background.refresh {
            self.service.runtime().refresh_all(When::Due).await;
        }
    }
}
