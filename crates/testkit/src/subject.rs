//! The runtime as what scenarios and the model test.

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zen_edge_runtime::eval::EvaluateOptions;
use zen_edge_runtime::sync::{
    BakedIn, ClientOptions, Clock as _, GoRulesOptions, OnExpired, Projects, TrustOptions,
    TufOptions, UnsignedOptions, When,
};
use zen_edge_runtime::{EnvironmentOptions, Error, Pin, Request, Runtime};
use zen_edge_sync_testkit::{
    EnvironmentSettings, EvaluateRequest, Policy, Settings, Subject, Subjects, Trust, World,
};

/// Starts runtimes as a host does: with what its cache holds, before any source is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Runtimes;

/// One that could not begin says so in every answer.
struct Running(Result<Runtime, Error>);

impl Subjects for Runtimes {
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject> {
        let options = settings.environments.iter();
        let options = options
            .map(|settings| options_of(settings, world))
            .collect();
        let runtime = Runtime::new(options, world.ports());
        if let Ok(runtime) = &runtime {
            world.clock.run(runtime.load());
        }
        Box::new(Running(runtime))
    }
}

impl Running {
    async fn answer(&self, environment: &str, request: &EvaluateRequest) -> Result<Value, Error> {
        let pin = request.pin.as_deref().map(str::parse::<Pin>).transpose()?;
        let context = request.context.to_string();
        let runtime = self.0.as_ref().map_err(Error::clone)?;
        let answer = runtime
            .evaluate(&Request {
                environment: Some(environment),
                project: &request.project,
                pin: pin.as_ref(),
                key: &request.key,
                context: context.as_bytes(),
                options: EvaluateOptions::default(),
            })
            .await?;
        Ok(serde_json::from_slice(&answer.to_json()?).unwrap_or_default())
    }

    async fn report(&self, environment: &str) -> Result<Value, Error> {
        let runtime = self.0.as_ref().map_err(Error::clone)?;
        let mut report = runtime.refresh(Some(environment), When::Now).await?;
        // What is wrong with one project is what is wrong, if nothing else is.
        let of_project = report.projects.values().next().cloned();
        report.error = report.error.or(of_project);
        Ok(json!(report))
    }
}

impl Subject for Running {
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value> {
        Box::pin(async move {
            let report = self.report(environment).await;
            report.unwrap_or_else(|error| json!({"outcome": "failed", "error": error.to_json()}))
        })
    }

    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value> {
        Box::pin(async move {
            let answer = self.answer(environment, request).await;
            answer.unwrap_or_else(|error| json!({"error": error.to_json()}))
        })
    }

    fn status(&self) -> Value {
        match &self.0 {
            Ok(runtime) => json!(runtime.status()),
            Err(error) => json!({"ready": false, "error": error.to_json()}),
        }
    }
}

fn options_of(settings: &EnvironmentSettings, world: &World) -> EnvironmentOptions {
    let trust = match &settings.trust {
        Trust::Tuf { root, floor } => TrustOptions::Tuf(TufOptions {
            trusted_root: root.clone(),
            revision_floor: *floor,
        }),
        Trust::Unsigned => TrustOptions::Unsigned(UnsignedOptions::GoRules(GoRulesOptions::new(
            &settings.name,
        ))),
    };
    let sources = settings.sources.iter().map(|name| world.source(name));
    let mut client = ClientOptions::new(&settings.name, trust, sources.collect());
    client.projects = match settings.named {
        true => Projects::Listed(settings.projects.iter().cloned().collect()),
        false => Projects::All,
    };
    client.schedule.interval = settings.poll_interval;
    client.staleness.stale_after = settings.stale_after;
    client.staleness.on_expired = match settings.policy {
        Policy::Serve => OnExpired::Serve,
        Policy::Flag => OnExpired::Flag,
        Policy::Refuse => OnExpired::Refuse,
    };
    let below = format!("{}/", settings.name);
    let files = settings.baked_in.iter().filter_map(|(key, bytes)| {
        let key = key.strip_prefix(&below)?;
        Some((key.to_owned(), bytes.clone()))
    });
    let files: BTreeMap<_, _> = files.collect();
    client.baked_in = (!files.is_empty()).then(|| BakedIn {
        files,
        fetched_at: world.clock.now(),
    });
    EnvironmentOptions::new(client)
}
