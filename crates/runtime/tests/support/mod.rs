//! A runtime over simulated buckets.
#![allow(dead_code, reason = "every test file uses a part")]

use serde_json::{Value, json};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use zen_edge_runtime::eval::{
    CustomNode, CustomNodeHandler, CustomNodeOutput, EvaluateOptions, Host,
};
use zen_edge_runtime::sync::{
    ClientOptions, Outcome, Projects, Report, TrustOptions, TufOptions, When,
};
use zen_edge_runtime::{Answer, EnvironmentOptions, Error, Pin, Request, Runtime};
use zen_edge_sync_testkit::{Commit, Plan, Publisher, World, graph};

/// 2026-01-01T00:00:00Z in milliseconds.
pub(crate) const NOW: i64 = 1_767_225_600_000;

/// Custom nodes: one that panics if it is told so by the context, and one that waits a while.
pub(crate) struct Nodes;

impl CustomNodeHandler for Nodes {
    fn handle(
        &self,
        node: CustomNode,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<CustomNodeOutput, String>> + '_>> {
        let input = node.input().to_value();
        let output = CustomNodeOutput {
            output: input.clone(),
            trace_data: None,
        };
        match node.kind() {
            "panics" => {
                assert!(input["panic"] != true, "as the context demands");
                Box::pin(std::future::ready(Ok(output)))
            }
            "waits" => {
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
            other => panic!("no custom node is called {other}"),
        }
    }
}

/// Environments, their publishers and a runtime.
pub(crate) struct Region {
    pub(crate) world: World,
    pub(crate) publishers: Vec<Publisher>,
    pub(crate) runtime: Runtime,
    pub(crate) options: Vec<EnvironmentOptions>,
}

impl Region {
    /// An environment `production` with a source `near`.
    pub(crate) fn new() -> Self {
        Self::with(&["production"], |_| {})
    }

    /// These environments, each with a bucket of the same name.
    pub(crate) fn with(environments: &[&str], change: impl Fn(&mut EnvironmentOptions)) -> Self {
        let world = World::new(NOW, 1, environments.iter().copied());
        let mut publishers = Vec::new();
        let mut options = Vec::new();
        for name in environments {
            let bucket = world.store(name).bucket().clone();
            let publisher = Publisher::new(name, bucket, NOW);
            let trust = TrustOptions::Tuf(TufOptions {
                trusted_root: publisher.first_root(),
                revision_floor: 0,
            });
            let client = ClientOptions::new(*name, trust, vec![world.source(name)]);
            let mut environment = EnvironmentOptions::new(client);
            environment.client.projects = Projects::Listed(["pricing".to_owned()].into());
            environment.compile.host = Host {
                custom_nodes: Some(Arc::new(Nodes)),
                ..Host::default()
            };
            change(&mut environment);
            options.push(environment);
            publishers.push(publisher);
        }
        let runtime = Runtime::new(options.clone(), world.ports()).unwrap();
        Self {
            world,
            publishers,
            runtime,
            options,
        }
    }

    /// The host starts again; its cache has lasted.
    pub(crate) fn restart(&mut self) {
        self.runtime = Runtime::new(self.options.clone(), self.world.ports()).unwrap();
    }

    /// Publishes releases of the first environment.
    pub(crate) fn publish(&mut self, plans: &[Plan]) {
        self.publish_to(0, plans);
    }

    pub(crate) fn publish_to(&mut self, environment: usize, plans: &[Plan]) {
        let now = NOW + i64::try_from(self.ticks()).unwrap();
        self.publishers[environment].publish(plans, now, &Commit::default(), None);
    }

    fn ticks(&self) -> u64 {
        use zen_edge_runtime::sync::Clock as _;
        self.world.clock.ticks()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.world.clock.run(future)
    }

    pub(crate) fn refresh(&self) -> Report {
        let refresh = self.runtime.refresh(None, When::Now);
        self.run(refresh).unwrap()
    }

    /// Publishes a release and has it active.
    pub(crate) fn serve(&mut self, plan: Plan) {
        self.publish(&[plan]);
        let report = self.refresh();
        assert_eq!(report.outcome, Outcome::Updated, "{report:?}");
    }

    pub(crate) fn digest(&self, version: &str) -> String {
        self.publishers[0].digest("pricing", version).unwrap()
    }

    pub(crate) fn ask(&self, context: &Value, pin: Option<&Pin>) -> Result<Answer, Error> {
        let context = context.to_string();
        self.run(self.runtime.evaluate(&Request {
            environment: None,
            project: "pricing",
            pin,
            key: "decision",
            context: context.as_bytes(),
            options: EvaluateOptions::default(),
        }))
    }

    /// The version that answers a sound context.
    pub(crate) fn version(&self) -> String {
        version(&self.ask(&json!({"n": 1}), None).unwrap())
    }

    pub(crate) fn status(&self) -> Value {
        json!(self.runtime.status())
    }

    /// What the status says of the one project.
    pub(crate) fn project(&self) -> Value {
        self.status()["environments"]["production"]["projects"]["pricing"].clone()
    }

    /// What came of its candidates.
    pub(crate) fn shadow(&self) -> Value {
        self.project()["shadow"].clone()
    }
}

/// An answer as JSON.
pub(crate) fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.to_json().unwrap()).unwrap()
}

/// The version of the release that answered; result and label say the same.
pub(crate) fn version(answer: &Answer) -> String {
    let answer = read(answer);
    let version = &answer["release"]["version"];
    assert_eq!(&answer["result"]["release"], version, "{answer}");
    assert_eq!(&answer["result"]["part"], version, "{answer}");
    version.as_str().unwrap().to_owned()
}

/// A release whose decision has a custom node of this kind.
pub(crate) fn with_node(version: &str, kind: &str) -> Plan {
    let mut decision = graph(Some("part"), &[("release", format!("'{version}'"))]);
    let nodes = decision["nodes"].as_array_mut().unwrap();
    nodes.push(
        json!({"id": "custom", "name": "custom", "type": "customNode",
        "content": {"kind": kind, "config": {}}, "position": {"x": 0, "y": 0}}),
    );
    // Between the last two nodes.
    let edges = decision["edges"].as_array_mut().unwrap();
    let last = edges.last_mut().unwrap();
    let target = last["targetId"].take();
    last["targetId"] = json!("custom");
    edges.push(json!({"id": "custom", "type": "edge", "sourceId": "custom", "targetId": target}));
    let mut plan = Plan::new("pricing", version);
    plan.documents.insert("decision".to_owned(), decision);
    plan
}

/// A smoke case for the decision, that this context is answered.
pub(crate) fn with_smoke(mut plan: Plan, input: Value, output: Option<Value>) -> Plan {
    let mut case = json!({"name": "smoke", "input": input, "smoke": true});
    if let Some(output) = output {
        case["output"] = output;
    }
    let document = json!({"contentType": "test", "filePath": "decision", "testCases": [case]});
    plan.documents.insert("smoke".to_owned(), document);
    plan
}
