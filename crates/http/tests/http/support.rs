//! A service over simulated buckets, and requests to it.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use zen_edge_http::runtime::eval::{CustomNode, CustomNodeHandler, CustomNodeOutput};
use zen_edge_http::runtime::sync::{
    ClientOptions, Clock as _, Outcome, Projects, TrustOptions, TufOptions, When,
};
use zen_edge_http::runtime::{EnvironmentOptions, Runtime};
use zen_edge_http::{
    Background, BodyError, Reply, RequestBody, RequestHead, Response, Service, ServiceOptions,
};
use zen_edge_sync_testkit::{Commit, Plan, Publisher, World, graph};

/// 2026-01-01T00:00:00Z in milliseconds.
pub(crate) const NOW: i64 = 1_767_225_600_000;
/// The token of every release that says nothing else.
pub(crate) const TOKEN: &str = "tok-1";

/// Custom nodes: one that panics if it is told so, and one that waits until it is polled again.
pub(crate) struct Nodes;

impl CustomNodeHandler for Nodes {
    fn handle(
        &self,
        node: CustomNode,
    ) -> Pin<Box<dyn Future<Output = Result<CustomNodeOutput, String>> + '_>> {
        let output = CustomNodeOutput {
            output: node.input().to_value(),
            trace_data: None,
        };
        assert!(node.kind() != "panics", "as the decision demands");
        let mut polled = false;
        Box::pin(async move {
            poll_fn(|_| match std::mem::replace(&mut polled, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
            Ok(output)
        })
    }
}

/// How a region is set up.
pub(crate) struct Setup {
    pub(crate) environment: EnvironmentOptions,
    pub(crate) service: ServiceOptions,
}

/// One environment, its publisher and a service.
pub(crate) struct Region {
    pub(crate) world: World,
    pub(crate) publisher: Publisher,
    pub(crate) service: Service,
}

impl Region {
    /// The environment `production` with a source `near`, of which nothing is fetched yet.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let world = World::new(NOW, 1, ["near"]);
        let bucket = world.store("near").bucket().clone();
        let publisher = Publisher::new("production", bucket, NOW);
        let trust = TrustOptions::Tuf(TufOptions {
            trusted_root: publisher.first_root(),
            revision_floor: 0,
        });
        let client = ClientOptions::new("production", trust, vec![world.source("near")]);
        let mut setup = Setup {
            environment: EnvironmentOptions::new(client),
            service: ServiceOptions {
                version: "1.2.3".to_owned(),
                region: Some("eu-1".to_owned()),
                ..ServiceOptions::default()
            },
        };
        setup.environment.client.projects = Projects::Listed(["pricing".to_owned()].into());
        change(&mut setup);
        let runtime = Runtime::new(vec![setup.environment], world.ports()).unwrap();
        Self {
            service: Service::new(runtime, setup.service).unwrap(),
            world,
            publisher,
        }
    }

    /// A region that serves this release.
    pub(crate) fn serving(plan: Plan) -> Self {
        let mut region = Self::new();
        region.serve(plan);
        region
    }

    pub(crate) fn publish(&mut self, plan: Plan) {
        let now = NOW + i64::try_from(self.world.clock.ticks()).unwrap();
        self.publisher
            .publish(&[plan], now, &Commit::default(), None);
    }

    /// Publishes a release and has it active.
    pub(crate) fn serve(&mut self, plan: Plan) {
        self.publish(plan);
        self.refresh();
    }

    pub(crate) fn refresh(&self) {
        let refresh = self.service.runtime().refresh(None, When::Now);
        let report = self.run(refresh).unwrap();
        assert_eq!(report.outcome, Outcome::Updated, "{report:?}");
    }

    pub(crate) fn digest(&self, version: &str) -> String {
        self.publisher.digest("pricing", version).unwrap()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.world.clock.run(future)
    }

    pub(crate) fn reply(&self, sent: &Sent) -> Reply {
        self.run(self.service.respond(sent, sent))
    }

    pub(crate) fn send(&self, sent: &Sent) -> Response {
        self.reply(sent).response
    }

    pub(crate) fn background(&self, sent: &Sent) -> Background {
        self.reply(sent).background
    }

    /// Evaluates the decision of every release.
    pub(crate) fn evaluate(&self, context: Value) -> Response {
        self.send(&evaluate("decision", context))
    }
}

/// A request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What reading the body ends with.
    pub(crate) broken: Option<BodyError>,
    /// The headers that were asked for, and `body` once it was read.
    pub(crate) asked: RefCell<Vec<String>>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        }
        .header("x-access-token", TOKEN)
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut sent = Self::new("POST", target).header("content-type", "application/json");
        sent.body = body.into();
        sent
    }

    /// Sets a header, or takes it out.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

impl RequestHead for &Sent {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn header(&self, name: &str) -> Option<String> {
        assert_eq!(name, name.to_lowercase());
        self.asked.borrow_mut().push(name.to_owned());
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone())
    }
}

impl RequestBody for &Sent {
    async fn read(self, max_bytes: usize) -> Result<Vec<u8>, BodyError> {
        self.asked.borrow_mut().push("body".to_owned());
        match self.broken {
            Some(error) => Err(error),
            None if self.body.len() > max_bytes => Err(BodyError::TooLarge),
            None => Ok(self.body.clone()),
        }
    }
}

/// A request for a decision.
pub(crate) fn evaluate(key: &str, context: Value) -> Sent {
    let body = json!({"context": context}).to_string();
    Sent::post(&format!("/api/rules/pricing/evaluate/{key}"), body)
}

/// What every release says of itself, if nothing else is said.
pub(crate) fn plan(version: &str) -> Plan {
    let mut plan = Plan::new("pricing", version);
    plan.identity = json!({"accessTokens": [TOKEN]});
    plan
}

/// A release with one more document.
pub(crate) fn with_document(version: &str, key: &str, document: Value) -> Plan {
    let mut plan = plan(version);
    plan.documents.insert(key.to_owned(), document);
    plan
}

/// A decision of one expression, which passes its context through.
pub(crate) fn expression(name: &str, source: &str) -> Value {
    graph(None, &[(name, source.to_owned())])
}

/// A decision with a custom node of this kind.
pub(crate) fn custom(kind: &str) -> Value {
    let mut decision = graph(None, &[]);
    let nodes = decision["nodes"].as_array_mut().unwrap();
    nodes.push(
        json!({"id": "custom", "name": "custom", "type": "customNode",
        "content": {"kind": kind, "config": {}}, "position": {"x": 0, "y": 0}}),
    );
    let edges = decision["edges"].as_array_mut().unwrap();
    let last = edges.last_mut().unwrap();
    let target = last["targetId"].take();
    last["targetId"] = json!("custom");
    edges.push(json!({"id": "custom", "type": "edge", "sourceId": "custom", "targetId": target}));
    decision
}

/// A body as JSON.
pub(crate) fn read(response: &Response) -> Value {
    let body = String::from_utf8(response.body.to_vec()).unwrap();
    assert_eq!(
        response.header("content-type"),
        Some("application/json; charset=utf-8"),
        "{body}"
    );
    serde_json::from_str(&body).unwrap()
}

/// Status and code of an error.
pub(crate) fn code(response: &Response) -> (u16, String) {
    let code = read(response)["code"].as_str().unwrap().to_owned();
    (response.status.as_u16(), code)
}
