//! What decisions may ask of the host: nothing until it is granted, then exactly that.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod one_node;

use one_node::{compiled, function_v2, graph, result, single};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zen_edge_eval::{
    AllowedHosts, CustomNode, CustomNodeHandler, CustomNodeOutput, ErrorKind, EvaluateOptions,
    Host, HostFuture, HttpAccess, HttpHandler, HttpHandlerRequest, HttpHandlerResponse, Limit,
    Limits, api,
};

/// Answers every request by what was sent, and keeps the requests.
#[derive(Default)]
struct Echo(Mutex<Vec<HttpHandlerRequest>>);

impl HttpHandler for Echo {
    fn handle(
        &self,
        request: HttpHandlerRequest,
    ) -> HostFuture<'_, Result<HttpHandlerResponse, String>> {
        self.0.lock().unwrap().push(request.clone());
        let data = json!({ "method": request.method, "body": request.body, "auth": request.auth });
        Box::pin(async move {
            Ok(HttpHandlerResponse {
                status: 200,
                headers: json!({ "x": "y" }),
                data,
            })
        })
    }
}

fn with_http(echo: &Arc<Echo>) -> Host {
    let allowed_hosts = AllowedHosts::parse(["api.example.com"]).unwrap();
    Host {
        http: Some(HttpAccess {
            handler: echo.clone(),
            allowed_hosts,
        }),
        ..Host::default()
    }
}

const FETCH: &str = "import http from 'http'; export const handler = async (input) => {
    const response = await http.post(input.url, { n: 1 }, { auth: { type: 'iam', provider: 'aws', region: 'eu-west-1', service: 'execute-api' } });
    return { status: response.status, data: response.data, header: response.headers.x };
};";

#[test]
fn http_is_off_until_it_is_granted() {
    let error = result(
        &single(function_v2(FETCH)),
        &json!({ "url": "https://api.example.com/" }),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NodeFailed);
    assert!(
        error.to_string().contains("http is switched off"),
        "{error}"
    );
}

#[test]
fn http_reaches_named_hosts_only() {
    let echo = Arc::new(Echo::default());
    let bundle = compiled(
        &[("d", function_v2(FETCH))],
        Limits::default(),
        with_http(&echo),
    );
    let answer = result(&bundle, &json!({ "url": "https://api.example.com/x" })).unwrap();
    assert_eq!(answer["status"], 200);
    assert_eq!(answer["header"], "y");
    assert_eq!(answer["data"]["method"], "POST");
    assert_eq!(answer["data"]["body"], json!({ "n": 1 }));
    assert_eq!(answer["data"]["auth"]["provider"], "aws");
    for url in [
        "https://evil.test/",
        "https://api.example.com@evil.test/",
        "http://169.254.169.254/latest",
    ] {
        let error = result(&bundle, &json!({ "url": url })).unwrap_err();
        assert!(
            error.to_string().contains("not allowed") || error.to_string().contains("credentials"),
            "{error}"
        );
    }
    assert_eq!(echo.0.lock().unwrap().len(), 1);
}

/// Answers after being polled twice.
struct Slow;

impl CustomNodeHandler for Slow {
    fn handle(
        &self,
        node: CustomNode,
    ) -> Pin<Box<dyn Future<Output = Result<CustomNodeOutput, String>> + '_>> {
        let mut polls = 0;
        Box::pin(std::future::poll_fn(move |cx: &mut Context<'_>| {
            polls += 1;
            if polls < 2 {
                cx.waker().wake_by_ref();
                // Woken from outside as a real host would: not while this poll runs.
                return Poll::Pending;
            }
            let greeting = node.field("greeting").map_err(|error| error.to_string())?;
            let greeting = greeting.map_or(Value::Null, |value| value.to_value());
            let raw = node.config().get("greeting").cloned();
            Poll::Ready(Ok(CustomNodeOutput {
                output: json!({ "id": node.id(), "name": node.name(), "kind": node.kind(), "greeting": greeting, "raw": raw }),
                trace_data: Some(json!({ "seen": true })),
            }))
        }))
    }
}

fn custom() -> Value {
    graph(
        "customNode",
        &json!({ "kind": "greeter", "config": { "greeting": "Dear {{ name }}" } }),
    )
}

#[test]
fn a_custom_node_is_answered_by_the_host() {
    let host = Host {
        custom_nodes: Some(Arc::new(Slow)),
        ..Host::default()
    };
    let bundle = compiled(&[("d", custom())], Limits::default(), host);
    let answer = result(&bundle, &json!({ "name": "Ada" })).unwrap();
    let expected = json!({ "id": "node", "name": "Node", "kind": "greeter", "greeting": "Dear Ada", "raw": "Dear {{ name }}" });
    assert_eq!(answer, expected);
}

#[test]
fn a_custom_node_without_a_handler_fails() {
    let error = result(&single(custom()), &json!({})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NodeFailed);
    assert_eq!(error.node_id(), Some("node"));
}

/// Blocks this thread until the future is ready.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        std::thread::park_timeout(Duration::from_secs(10));
    }
}

const SLEEPER: &str = "export const handler = async (input) => { await console.sleep(input.ms); return { slept: true }; };";

#[test]
fn a_function_may_sleep_when_evaluated_asynchronously() {
    let bundle = single(function_v2(SLEEPER));
    let options = EvaluateOptions::default();
    let answer = block_on(api::evaluate(&bundle, "d", br#"{"ms":5}"#, options)).unwrap();
    assert!(
        String::from_utf8(answer)
            .unwrap()
            .contains("\"slept\":true")
    );
    let error = result(&bundle, &json!({ "ms": 5 })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldAwait);
}

#[test]
fn sleeping_is_bounded() {
    let bundle = single(function_v2(SLEEPER));
    let error = result(&bundle, &json!({ "ms": 60_000 })).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::LimitExceeded(Limit::FunctionSleepMillis)
    );
    let endless = "export const handler = async () => { for (;;) await console.sleep(1000); };";
    let limits = Limits {
        function_sleep_millis: 0,
        ..Limits::default()
    };
    let bundle = compiled(&[("d", function_v2(endless))], limits, Host::default());
    let error = result(&bundle, &json!({})).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::LimitExceeded(Limit::FunctionSleepMillis)
    );
}

#[test]
fn an_evaluation_that_is_given_up_leaves_the_next_one_alone() {
    let documents = [
        ("d", function_v2(SLEEPER)),
        ("good", one_node::expression("n", "1 + 1")),
    ];
    let bundle = compiled(&documents, Limits::default(), Host::default());
    let options = EvaluateOptions::default();
    for _ in 0..20 {
        let mut evaluation = Box::pin(api::evaluate(&bundle, "d", br#"{"ms":1000}"#, options));
        let poll = evaluation
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
        drop(evaluation);
        let answer = api::evaluate_sync(&bundle, "good", b"{}", options).unwrap();
        assert!(String::from_utf8(answer).unwrap().contains("\"n\":2"));
    }
}

#[test]
fn evaluations_that_take_turns_do_not_pay_for_each_other() {
    let source = "export const handler = async (input) => { for (let r = 0; r < 5; r++) { await console.sleep(1); for (let i = 0; i < 100000; i++); } return { done: input.n }; };";
    let limits = Limits {
        function_steps: 2_000_000,
        ..Limits::default()
    };
    let bundle = compiled(&[("d", function_v2(source))], limits, Host::default());
    let options = EvaluateOptions::default();
    let evaluations = (0..8).map(|n| {
        let (bundle, context) = (bundle.clone(), json!({ "n": n }).to_string());
        async move { api::evaluate(&bundle, "d", context.as_bytes(), options).await }
    });
    let mut running: Vec<_> = evaluations.map(Box::pin).collect();
    block_on(std::future::poll_fn(|cx| {
        let mut answers = Vec::new();
        running.retain_mut(|evaluation| match evaluation.as_mut().poll(cx) {
            Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            Poll::Pending => true,
        });
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        if running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
}
