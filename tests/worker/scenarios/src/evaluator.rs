//! The Worker in a process of workerd, as what scenarios test.

use crate::bridge::Bridge;
use crate::deployment::{Deployment, STATUS_TOKEN, variables};
use crate::world::World as Behind;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value, json};
use std::cell::OnceCell;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body, RequestBuilder};
use zen_edge_sync::Clock as _;
use zen_edge_sync_testkit::{EvaluateRequest, ManualClock, Settings, Subject, Subjects, World};

/// Between two looks at whether another refresh has ended.
const PAUSE: Duration = Duration::from_millis(25);
/// How often there is a look: half a minute in all.
const LOOKS: u32 = 1_200;

/// Starts the Worker with what a scenario says, again and again with the same addresses: what is kept of
/// a store without signatures counts for its address only.
pub(crate) struct Evaluators {
    root: PathBuf,
    bridge: OnceCell<Bridge>,
}

impl Evaluators {
    /// For one scenario, with the Worker that is built in this clone.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            bridge: OnceCell::new(),
        }
    }
}

/// A running one; it ends when this is dropped.
struct Evaluator {
    process: Child,
    agent: Agent,
    url: String,
    clock: ManualClock,
    _deployment: Deployment,
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Subjects for Evaluators {
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject> {
        let [settings] = &settings.environments[..] else {
            panic!("a Worker serves one environment")
        };
        let bridge = self.bridge.get_or_init(|| {
            Bridge::start(Behind {
                stores: world.stores.clone(),
                cache: world.cache.clone(),
            })
        });
        let deployment = Deployment::new(&self.root, settings, world.clock.now());
        let mut process = Command::new(self.root.join("node_modules/workerd/bin/workerd"))
            .arg("serve")
            .arg(deployment.configuration())
            .arg("--socket-addr=http=127.0.0.1:0")
            .arg("--control-fd=1")
            .arg(format!("--external-addr=cache={}", bridge.address()))
            .envs(variables(settings, bridge.address()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("workerd is installed: `make setup`");
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // workerd closes those that nobody used for some seconds.
            .max_idle_connections(0)
            .timeout_global(Some(Duration::from_secs(60)));
        let port = port(process.stdout.take().unwrap());
        Box::new(Evaluator {
            process,
            agent: config.build().into(),
            url: format!("http://127.0.0.1:{port}/api"),
            clock: world.clock.clone(),
            _deployment: deployment,
        })
    }
}

/// Waits until workerd says on which port it listens.
fn port(stdout: ChildStdout) -> u64 {
    let mut lines = BufReader::new(stdout);
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "listen" && event["socket"] == "http" {
            // What is said later is taken away, so that nothing waits to say more.
            thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
            return event["port"].as_u64().unwrap();
        }
        line.clear();
    }
    panic!("workerd has ended before it listened")
}

impl Evaluator {
    /// Tells the time with a request.
    fn tell<T>(&self, request: RequestBuilder<T>) -> RequestBuilder<T> {
        request
            .header("scenario-now", self.clock.now().to_string())
            .header("scenario-ticks", self.clock.ticks().to_string())
            .header("authorization", format!("Bearer {STATUS_TOKEN}"))
    }

    /// Asks until the refresh is this one, and no other.
    fn report(&self, environment: &str) -> Value {
        for _ in 0..LOOKS {
            let refresh = self.tell(self.agent.post(format!("{}/refresh", self.url)));
            let (_, mut answer) = json_of(refresh.send_empty().unwrap());
            let mut report = answer["environments"][environment].take();
            if report["outcome"] == "inFlight" {
                thread::sleep(PAUSE);
                continue;
            }
            // What is wrong with one project is what is wrong, if nothing else is.
            if report["error"].is_null()
                && let Some(projects) = report["projects"].as_object()
                && let Some(error) = projects.values().next().cloned()
            {
                report["error"] = error;
            }
            return report;
        }
        panic!("a refresh does not end");
    }

    fn answer(&self, environment: &str, request: &EvaluateRequest) -> Value {
        let url = format!(
            "{}/rules/{}/evaluate/{}",
            self.url, request.project, request.key
        );
        let mut call = self
            .tell(self.agent.post(url))
            .header("content-type", "application/json");
        if let Some(pin) = &request.pin {
            call = call.header("x-release", pin);
        }
        let response = call
            .send(json!({"context": request.context}).to_string())
            .unwrap();
        let named = self.named(environment, &request.project, &response);
        let (age, staleness) = (
            number(&response, "x-release-age"),
            header(&response, "x-release-staleness"),
        );
        let (status, mut answer) = json_of(response);
        if status != 200 {
            return json!({"error": error_of(&answer)});
        }
        answer["release"] = Value::Object(named);
        answer["age"] = json!(age);
        answer["staleness"] = json!(staleness);
        answer
    }

    /// The release that has answered: what its headers say, and what the status says of it besides if
    /// it is the active one.
    fn named(
        &self,
        environment: &str,
        project: &str,
        response: &Response<Body>,
    ) -> Map<String, Value> {
        let digest = json!(header(response, "x-release-digest"));
        let mut status = self.status();
        let known = status["environments"][environment]["projects"][project]["release"].take();
        let mut release = match known {
            Value::Object(known) if known.get("digest") == Some(&digest) => known,
            _ => Map::new(),
        };
        let from = header(response, "x-release-source").unwrap_or_default();
        let (origin, source) = from.split_once(' ').unwrap_or((&from, ""));
        let source = Some(source).filter(|source| !source.is_empty());
        release.extend(
            [
                ("environment", json!(environment)),
                ("project", json!(project)),
                ("id", json!(header(response, "x-release-id"))),
                ("version", json!(header(response, "x-release-version"))),
                ("digest", digest),
                ("revision", json!(number(response, "x-release-revision"))),
                ("origin", json!(origin)),
                ("source", json!(source)),
            ]
            .map(|(member, value)| (member.to_owned(), value)),
        );
        release
    }
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn number(response: &Response<Body>, name: &str) -> Option<u64> {
    header(response, name)?.parse().ok()
}

/// The runtime's word for an error of the API.
fn error_of(answer: &Value) -> Value {
    let code = answer["code"].as_str().unwrap_or_default();
    let kind = match code {
        "project.notFound" => "unknownProject",
        "release.notFound" => "unknownPin",
        "release.ambiguous" => "ambiguousPin",
        "release.invalid" => "invalidPin",
        "documents.invalid" => "notFound",
        "evaluate.failed" => answer["details"]["type"].as_str().unwrap_or(code),
        _ => code.strip_prefix("release.").unwrap_or(code),
    };
    json!({"kind": kind, "message": answer["details"].to_string()})
}

fn json_of(mut response: Response<Body>) -> (u16, Value) {
    let text = response.body_mut().read_to_string().unwrap();
    let json = serde_json::from_str(&text);
    (
        response.status().as_u16(),
        json.unwrap_or_else(|_| panic!("not JSON: {text}")),
    )
}

impl Subject for Evaluator {
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value> {
        Box::pin(async { self.report(environment) })
    }

    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value> {
        Box::pin(async { self.answer(environment, request) })
    }

    fn status(&self) -> Value {
        let status = self.tell(self.agent.get(format!("{}/status", self.url)));
        json_of(status.call().unwrap()).1
    }
}
