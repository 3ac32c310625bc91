//! The client of `zen-edge-sync` as a subject, with an evaluator that reads a decision's answer from
//! its document: everything but the engine.

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use zen_edge_bundle::Bundle;
use zen_edge_sync::{
    Activator, BakedIn, Change, Client, ClientOptions, Clock as _, Error, ErrorKind,
    GoRulesOptions, OnExpired, Projects, Release, Result, Staleness, Swap, TrustOptions,
    TufOptions, UnsignedOptions, VerifiedBundle, When,
};
use zen_edge_sync_testkit::{
    EnvironmentSettings, EvaluateRequest, Policy, Settings, Subject, Subjects, Trust, World,
};

/// Starts clients.
pub(crate) struct Clients;

/// What a decision answers besides its context.
type Literals = BTreeMap<String, String>;

/// What is being served, by project.
#[derive(Clone, Default)]
struct Served(Arc<Mutex<BTreeMap<String, Ready>>>);

/// A release and its answers.
type Ready = (Arc<Release>, Literals);

impl Activator for Served {
    type Prepared = Ready;

    fn prepare(&self, bundle: VerifiedBundle) -> Result<Self::Prepared> {
        let (release, bundle) = bundle.into_parts();
        let literals = literals(&bundle)?;
        if let Some(smoke) = bundle.document("smoke") {
            let smoke: Value = serde_json::from_slice(smoke.json()).unwrap();
            if smoke["testCases"][0]["output"]["release"] != literals["release"] {
                return Err(Error::new(ErrorKind::SmokeFailed, "it answers differently"));
            }
        }
        Ok((Arc::new(release), literals))
    }

    fn activate(&self, swap: Swap<Self::Prepared>) {
        let mut served = self.0.lock().unwrap();
        for (project, change) in swap.projects {
            match change {
                Change::New(prepared) => drop(served.insert(project, prepared)),
                Change::Confirmed(release) => served.get_mut(&project).unwrap().0 = release,
                Change::Removed => drop(served.remove(&project)),
            }
        }
    }
}

/// The expressions of the decisions that `Plan` makes.
fn literals(bundle: &Bundle) -> Result<Literals> {
    let refuse = |what: &str| Err(Error::new(ErrorKind::NotCompiled, what));
    let mut literals = Literals::new();
    for key in ["part", "decision"] {
        let Some(document) = bundle.document(key) else {
            return refuse("a decision is missing");
        };
        let document: Value = serde_json::from_slice(document.json()).unwrap();
        let nodes = document["nodes"].as_array().into_iter().flatten();
        let expressions = nodes.filter_map(|node| node["content"]["expressions"].as_array());
        let known = literals.len();
        for expression in expressions.flatten() {
            let [key, value] = ["key", "value"].map(|it| expression[it].as_str().unwrap());
            literals.insert(key.to_owned(), value.trim_matches('\'').to_owned());
        }
        if literals.len() == known {
            return refuse("a decision has no expression");
        }
    }
    Ok(literals)
}

fn options(settings: &EnvironmentSettings, world: &World) -> ClientOptions {
    let name = &settings.name;
    let trust = match &settings.trust {
        Trust::Tuf { root, floor } => TrustOptions::Tuf(TufOptions {
            trusted_root: root.clone(),
            revision_floor: *floor,
        }),
        Trust::Unsigned => {
            TrustOptions::Unsigned(UnsignedOptions::GoRules(GoRulesOptions::new(name)))
        }
    };
    let sources = settings.sources.iter().map(|name| world.source(name));
    let mut options = ClientOptions::new(name, trust, sources.collect());
    options.projects = match settings.named {
        true => Projects::Listed(settings.projects.iter().cloned().collect()),
        false => Projects::All,
    };
    options.schedule.interval = settings.poll_interval;
    options.staleness.stale_after = settings.stale_after;
    options.staleness.on_expired = match settings.policy {
        Policy::Serve => OnExpired::Serve,
        Policy::Flag => OnExpired::Flag,
        Policy::Refuse => OnExpired::Refuse,
    };
    let below = format!("{name}/");
    let files = settings.baked_in.iter().filter_map(|(key, bytes)| {
        let key = key.strip_prefix(&below)?;
        Some((key.to_owned(), bytes.clone()))
    });
    let files: BTreeMap<_, _> = files.collect();
    options.baked_in = (!files.is_empty()).then(|| BakedIn {
        files,
        fetched_at: world.clock.now(),
    });
    options
}

struct Running(BTreeMap<String, (EnvironmentSettings, Client<Served>)>);

impl Subjects for Clients {
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject> {
        let clients = settings.environments.iter().map(|settings| {
            let options = options(settings, world);
            let client = Client::new(options, world.ports(), Served::default()).unwrap();
            world.clock.run(client.load());
            (settings.name.clone(), (settings.clone(), client))
        });
        Box::new(Running(clients.collect()))
    }
}

impl Subject for Running {
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value> {
        Box::pin(async move {
            let (_, client) = &self.0[environment];
            let report = client.refresh(When::Now).await;
            let error = report.error.as_ref().or(report.projects.values().next());
            json!({"outcome": report.outcome, "error": error, "revision": report.revision})
        })
    }

    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value> {
        let (settings, client) = &self.0[environment];
        let error = |kind| json!({"error": {"kind": kind, "message": "there is no answer"}});
        let answer = || {
            let served = client.activator().0.lock().unwrap();
            let Some((release, literals)) = served.get(&request.project) else {
                return error("notReady");
            };
            let age = client.age(&request.project).unwrap();
            if (settings.policy, age.staleness) == (Policy::Refuse, Staleness::Expired) {
                return error("expired");
            }
            let mut result = request.context.clone();
            for (key, literal) in literals {
                result[key] = json!(literal);
            }
            json!({"result": result, "release": **release, "age": age.age.as_secs(),
                "staleness": age.staleness})
        };
        Box::pin(std::future::ready(answer()))
    }

    fn status(&self) -> Value {
        let mut ready = true;
        let mut environments = BTreeMap::new();
        for (name, (settings, client)) in &self.0 {
            let status = client.status();
            let expired = status.staleness == Staleness::Expired;
            ready &= settings.projects.iter().all(|project| {
                let status = status.projects.get(project);
                status.is_some_and(|status| status.release.is_some())
            }) && !(expired && settings.policy == Policy::Flag);
            environments.insert(name, status);
        }
        json!({"ready": ready, "environments": environments})
    }
}
