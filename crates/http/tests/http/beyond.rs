//! What the GoRules Agent does not have.
use crate::support::{
    Nodes, Region, Sent, TOKEN, code, custom, evaluate, expression, plan, read, with_document,
};
use glob::Pattern;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use zen_edge_http::runtime::eval::Host;
use zen_edge_http::runtime::sync::{CachedOptions, Outcome, When};
use zen_edge_http::runtime::{Candidate, Contexts, ShadowOptions};
use zen_edge_http::{BatchLimits, HeaderName, StatusToken, Watch};
use zen_edge_sync_testkit::When::Always;
use zen_edge_sync_testkit::{Fault, Rule};

fn release(region: &Region, sent: &Sent) -> Value {
    read(&region.send(sent))["result"]["release"].clone()
}

#[test]
fn a_request_may_name_its_release() {
    let mut region = Region::serving(plan("1"));
    region.serve(plan("2"));
    let (first, body) = (region.digest("1"), r#"{"context": {}}"#);
    for pin in [
        "1",
        "version:1",
        "pricing-1",
        "release:pricing-1",
        &first,
        &format!("sha256:{first}"),
    ] {
        let path = format!(
            "/api/rules/pricing/release/{}/evaluate/decision",
            pin.replace(':', "%3A")
        );
        assert_eq!(release(&region, &Sent::post(&path, body)), "1", "{pin}");
        for surface in ["rules", "projects"] {
            let path = format!("/api/{surface}/pricing/evaluate/decision");
            let sent = Sent::post(&path, body);
            assert_eq!(release(&region, &sent), "2");
            let response = region.send(&sent.header("x-release", pin));
            assert_eq!(read(&response)["result"]["release"], "1", "{pin}");
            assert_eq!(response.header("x-release-version"), Some("1"));
            assert_eq!(response.header("x-release-digest"), Some(first.as_str()));
        }
    }
    let path = "/api/rules/pricing/release/1/evaluate/decision";
    let same = Sent::post(path, body).header("x-release", "1");
    assert_eq!(release(&region, &same), "1");
    let other = Sent::post(path, body).header("x-release", "2");
    assert_eq!(
        code(&region.send(&other)),
        (400, "request.invalid".to_owned())
    );
    let batch = r#"{"requests": [{"key": "decision", "context": {}}]}"#;
    let batch = Sent::post("/api/rules/pricing/release/1/evaluate-batch", batch);
    let answer = read(&region.send(&batch));
    assert_eq!(answer["responses"][0]["data"]["result"]["release"], "1");
}

#[test]
fn a_pin_that_names_no_release_is_told_what_there_is_and_only_who_may_know() {
    let mut region = Region::serving(plan("1"));
    let mut again = plan("1-again");
    again.target = json!({"custom": {"release": "pricing-1", "version": "1"}});
    region.serve(again);
    let digest = region.digest("1");
    let ask = |pin: &str, token: &str| {
        let sent = evaluate("decision", json!({}));
        let sent = sent
            .header("x-release", pin)
            .header("x-access-token", token);
        region.send(&sent)
    };
    let unknown = ask("9", TOKEN);
    assert_eq!(code(&unknown), (404, "release.notFound".to_owned()));
    assert_eq!(read(&unknown)["resident"].as_array().unwrap().len(), 2);
    let ambiguous = ask("1", TOKEN);
    assert_eq!(code(&ambiguous), (409, "release.ambiguous".to_owned()));
    assert!(read(&ambiguous)["resident"].to_string().contains(&digest));
    assert_eq!(
        code(&ask("sha256:12", TOKEN)),
        (400, "release.invalid".to_owned())
    );
    assert_eq!(
        code(&ask("release:", TOKEN)),
        (400, "release.invalid".to_owned())
    );
    for pin in ["9", "1", "sha256:12", &digest] {
        assert_eq!(read(&ask(pin, "tok-2")), json!({"code": "unauthorized"}));
    }
}

#[test]
fn every_evaluation_names_its_release_and_the_region() {
    let mut region = Region::serving(plan("1"));
    region.advance(42);
    let digest = region.digest("1");
    for (key, status) in [("decision", 200), ("nothing", 400)] {
        let response = region.send(&evaluate(key, json!({})));
        assert_eq!(response.status, status);
        for (name, expected) in [
            ("x-release-id", "pricing-1"),
            ("x-release-version", "1"),
            ("x-release-digest", &digest),
            ("x-release-revision", "2"),
            ("x-release-age", "42"),
            ("x-release-source", "source near"),
            ("x-release-staleness", "fresh"),
            ("x-region", "eu-1"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(response.header(name), Some(expected), "{name}");
        }
        let timing = response.header("server-timing");
        assert_eq!(timing.is_some(), status == 200);
        if let Some(timing) = timing {
            let millis = timing.strip_prefix("eval;dur=").unwrap();
            assert!(millis.parse::<f64>().unwrap() >= 0.0, "{timing}");
        }
        let mut names: Vec<_> = response.headers.iter().map(|(name, _)| name).collect();
        let count = names.len();
        names.sort_by_key(|name| name.as_str());
        names.dedup();
        assert_eq!(names.len(), count);
    }
    region.advance(60);
    let response = region.evaluate(json!({}));
    assert_eq!(response.header("x-release-age"), Some("102"));
    assert_eq!(response.header("x-release-staleness"), Some("stale"));
    // Confirmed anew, the same release has another revision.
    region.publish(plan("1"));
    let refresh = region.service.runtime().refresh_all(When::Now);
    region.run(refresh);
    let response = region.evaluate(json!({}));
    assert_eq!(response.header("x-release-revision"), Some("3"));
    assert_eq!(response.header("x-release-age"), Some("0"));
}

#[test]
fn what_cannot_be_in_a_header_is_left_out() {
    for (id, version, expected) in [
        ("a\r\nx-evil: 1", "1.0\u{0}", None),
        ("Größe", "日本", None),
        ("", "", None),
        (&"a".repeat(300), &"1".repeat(300), None),
        ("a b", "1.0.0-rc.1+x", Some(("a b", "1.0.0-rc.1+x"))),
    ] {
        let mut plan = plan("1");
        plan.identity["release"] = json!({"id": id, "version": version});
        plan.target = json!({"custom": {"release": id, "version": version}});
        let region = Region::serving(plan);
        let response = region.evaluate(json!({}));
        assert_eq!(response.status, 200, "{id}");
        assert_eq!(response.header("x-release-id"), expected.map(|it| it.0));
        assert_eq!(
            response.header("x-release-version"),
            expected.map(|it| it.1)
        );
        let evil = HeaderName::from_static("x-evil");
        assert!(response.headers.iter().all(|(name, _)| *name != evil));
        assert_eq!(read(&response)["meta"]["release"]["id"], id);
    }
}

#[test]
fn a_trace_has_the_form_that_was_asked_for() {
    let region = Region::serving(plan("1"));
    let trace = |kind: &str| {
        let body = format!(r#"{{"context": {{"a": 1}}, "trace": "{kind}"}}"#);
        let sent = Sent::post("/api/rules/pricing/evaluate/decision", body);
        read(&region.send(&sent)).get("trace").cloned()
    };
    assert_eq!(trace("none"), None);
    let default = trace("default").unwrap();
    assert!(default["own"]["output"].is_object(), "{default}");
    let text = trace("string").unwrap();
    let text: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(text["own"]["output"], default["own"]["output"]);
    assert!(trace("reference").unwrap().get("own").is_none());
    assert!(trace("referenceString").unwrap().is_string());
}

#[test]
fn a_batch_is_answered_in_order_each_by_itself() {
    let region = Region::serving(with_document(
        "1",
        "failing",
        expression("bad", "date(a.b.c)"),
    ));
    let body = r#"{"requests": [
        {"key": "decision", "context": {"n": 1.50}}, {"key": "nothing", "context": {}},
        {"key": "failing", "context": {}}, {"key": "DECISION", "context": {"n": 12345678901234567890.5}}
    ], "trace": "none", "more": 1}"#;
    let response = region.send(&Sent::post("/api/rules/pricing/evaluate-batch", body));
    assert_eq!(response.status, 200);
    assert_eq!(response.header("x-release-version"), Some("1"));
    assert!(String::from_utf8_lossy(&response.body).contains("12345678901234567890.5"));
    let answer = read(&response);
    let responses = answer["responses"].as_array().unwrap();
    assert_eq!(responses.len(), 4);
    for (index, n) in [(0, "1.5"), (3, "12345678901234567890.5")] {
        assert_eq!(responses[index]["success"], true);
        assert_eq!(responses[index]["data"]["result"]["n"].to_string(), n);
        assert!(responses[index]["data"]["performance"].is_string());
        assert!(responses[index]["data"].get("trace").is_none());
    }
    assert_eq!(
        responses[1],
        json!({"success": false, "error":
            {"code": "documents.invalid", "details": "File not found", "key": "nothing"}})
    );
    assert_eq!(responses[2]["success"], false);
    assert_eq!(responses[2]["error"]["code"], "evaluate.failed");
    let empty = region.send(&Sent::post(
        "/api/rules/pricing/evaluate-batch",
        r#"{"requests": []}"#,
    ));
    assert_eq!(read(&empty), json!({"responses": []}));
    let traced = r#"{"requests": [{"key": "decision", "context": {}}], "trace": true}"#;
    let traced = region.send(&Sent::post("/api/rules/pricing/evaluate-batch", traced));
    assert!(read(&traced)["responses"][0]["data"]["trace"].is_object());
}

#[test]
fn a_batch_is_bounded() {
    let mut region = Region::with(|setup| {
        setup.service.batch = BatchLimits {
            entries: 3,
            answer_bytes: 400,
        };
    });
    region.serve(plan("1"));
    let ask = |count: usize, context: &str| {
        let entry = format!(r#"{{"key": "decision", "context": {context}}}"#);
        let body = format!(r#"{{"requests": [{}]}}"#, vec![entry; count].join(","));
        region.send(&Sent::post("/api/rules/pricing/evaluate-batch", body))
    };
    assert_eq!(ask(3, "{}").status, 200);
    let refused = ask(4, "{}");
    assert_eq!(code(&refused), (422, "request.invalid".to_owned()));
    assert!(
        read(&refused)["details"]
            .as_str()
            .unwrap()
            .contains("more than 3")
    );
    let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(400));
    let answer = read(&ask(3, &long));
    let responses = answer["responses"].as_array().unwrap();
    assert_eq!(responses[0]["success"], true);
    for response in &responses[1..] {
        assert_eq!(response["error"]["code"], "batch.tooLarge");
    }
    for body in [
        "[]",
        "{}",
        r#"{"requests": {}}"#,
        r#"{"requests": [{}]}"#,
        r#"{"requests": [1]}"#,
        r#"{"requests": [{"key": 1, "context": {}}]}"#,
        r#"{"requests": [{"key": "decision"}]}"#,
    ] {
        let response = region.send(&Sent::post("/api/rules/pricing/evaluate-batch", body));
        assert_eq!(
            code(&response),
            (422, "request.invalid".to_owned()),
            "{body}"
        );
    }
}

/// Publishes and activates another release as soon as an evaluation begins to wait.
#[test]
fn a_swap_in_the_middle_of_a_batch_changes_none_of_it() {
    let mut region = Region::with(|setup| {
        setup.environment.compile.host = Host {
            custom_nodes: Some(Arc::new(Nodes)),
            ..Host::default()
        };
    });
    let waiting = |version: &str| {
        let mut plan = with_document(version, "waits", custom("waits"));
        let own = expression("which", &format!("'{version}'"));
        plan.documents.insert("which".to_owned(), own);
        plan
    };
    region.serve(waiting("1"));
    region.publish(waiting("2"));
    let body = r#"{"requests": [{"key": "which", "context": {}}, {"key": "waits", "context": {}},
        {"key": "which", "context": {}}]}"#;
    let sent = Sent::post("/api/rules/pricing/evaluate-batch", body);
    let mut batch = Box::pin(region.service.respond(&sent, &sent));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(batch.as_mut().poll(&mut context).is_pending());
    region.refresh();
    let response = region.run(batch).response;
    assert_eq!(response.header("x-release-version"), Some("1"));
    let answer = read(&response);
    for index in [0, 2] {
        assert_eq!(answer["responses"][index]["data"]["result"]["which"], "1");
    }
    assert_eq!(
        region.evaluate(json!({})).header("x-release-version"),
        Some("2")
    );
}

#[test]
fn readiness_is_true() {
    let mut region = Region::new();
    let ready = Sent::get("/api/ready").header("x-access-token", "");
    let response = region.send(&ready);
    assert_eq!(
        (response.status.as_u16(), read(&response)),
        (503, json!({"ready": false}))
    );
    assert!(
        response
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    // A probe is enough to become ready.
    region.publish(plan("1"));
    region.advance(120);
    let response = region.send(&ready);
    assert_eq!(
        (response.status.as_u16(), read(&response)),
        (200, json!({"ready": true}))
    );
    assert_eq!(response.header("retry-after"), None);
}

#[test]
fn the_status_is_the_runtimes() {
    let mut region = Region::serving(plan("1"));
    let broken = with_document(
        "2",
        "decision",
        json!({"contentType": "graph", "nodes": [], "edges": []}),
    );
    region.publish(broken);
    let refresh = region.service.runtime().refresh_all(When::Now);
    region.run(refresh);
    let response = region.send(&Sent::get("/api/status").header("x-access-token", ""));
    assert_eq!(response.status, 200);
    let status = read(&response);
    assert_eq!(
        (&status["ready"], &status["region"]),
        (&json!(true), &json!("eu-1"))
    );
    assert_eq!(status["version"], "1.2.3");
    let project = &status["environments"]["production"]["projects"]["pricing"];
    assert_eq!(project["release"]["version"], "1");
    assert_eq!(project["error"]["kind"], "notCompiled");
    // Without a status token, nobody learns more than that.
    assert!(!status.to_string().contains("\"message\""), "{status}");
}

#[test]
fn operators_see_everything_and_may_refresh() {
    let mut region = Region::with(|setup| {
        setup.service.status_token = Some(StatusToken::new("operator").unwrap());
    });
    let status = |name: &str, value: &str| {
        Sent::get("/api/status")
            .header("x-access-token", "")
            .header(name, value)
    };
    let refresh = |name: &str, value: &str| {
        Sent::new("POST", "/api/refresh")
            .header("x-access-token", "")
            .header(name, value)
    };
    for (name, value, is_allowed) in [
        ("authorization", "", false),
        ("authorization", "Bearer operator", true),
        ("authorization", "bearer operator", true),
        ("authorization", "Basic operator", false),
        ("authorization", "operator", false),
        ("authorization", "Bearer operator2", false),
        ("authorization", "Bearer ", false),
        ("x-access-token", "operator", true),
        ("x-access-token", TOKEN, false),
    ] {
        for sent in [status(name, value), refresh(name, value)] {
            let response = region.send(&sent);
            let expected = if is_allowed { 200 } else { 401 };
            assert_eq!(response.status, expected, "{sent:?}");
            if !is_allowed {
                assert_eq!(read(&response), json!({"code": "unauthorized"}));
                assert_eq!(response.header("www-authenticate"), Some("Bearer"));
            }
        }
    }
    let all = Pattern::new("*").unwrap();
    let down = Rule::new(Fault::Unavailable, all, Always);
    region.world.store("near").fail(down);
    region.send(&refresh("authorization", "Bearer operator"));
    region.world.store("near").heal();
    let failed = read(&region.send(&status("authorization", "Bearer operator")));
    let error = &failed["environments"]["production"]["error"];
    assert!(error["message"].is_string(), "{failed}");
    region.publish(plan("1"));
    let report = read(&region.send(&refresh("authorization", "Bearer operator")));
    assert_eq!(report["ready"], true);
    assert_eq!(report["environments"]["production"]["outcome"], "updated");
    region.publish(plan("2"));
    region.send(&refresh("authorization", "Bearer operator"));
    assert_eq!(
        region.evaluate(json!({})).header("x-release-version"),
        Some("2")
    );
}

#[test]
fn a_refresh_by_an_operator_asks_the_source_although_a_cache_could_answer() {
    let mut region = Region::with(|setup| {
        setup.service.status_token = Some(StatusToken::new("operator").unwrap());
        setup.environment.client.cached = Some(CachedOptions::default());
    });
    region.serve(plan("1"));
    region.publish(plan("2"));
    let polled = region.service.runtime().refresh_all(When::Now);
    assert_eq!(region.run(polled)["production"].outcome, Outcome::Unchanged);
    let sent = Sent::new("POST", "/api/refresh").header("authorization", "Bearer operator");
    let report = read(&region.send(&sent));
    assert_eq!(report["environments"]["production"]["outcome"], "updated");
    assert_eq!(
        region.evaluate(json!({})).header("x-release-version"),
        Some("2")
    );
}

#[test]
fn a_trace_context_is_passed_on() {
    let region = Region::serving(plan("1"));
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let ask = |traceparent: &str, tracestate: &str| {
        let sent = evaluate("decision", json!({}));
        region.send(
            &sent
                .header("traceparent", traceparent)
                .header("tracestate", tracestate),
        )
    };
    let state = "rojo=00f067aa0ba902b7, congo@x=t61rcWkgMzE";
    let response = ask(&format!("00-{trace}-{parent}-01"), state);
    let answered = response.header("traceparent").unwrap();
    let parts: Vec<_> = answered.split('-').collect();
    assert_eq!((parts[0], parts[1], parts[3]), ("00", trace, "01"));
    assert_eq!(parts[2].len(), 16);
    assert_ne!(parts[2], parent);
    assert_eq!(response.header("tracestate"), Some(state));
    let later = ask(&format!("cc-{trace}-{parent}-01-what-else"), "");
    assert!(later.header("traceparent").unwrap().contains(trace));
    for wrong in [
        "",
        "00",
        &format!("00-{trace}-{parent}"),
        &format!("00-{trace}-{parent}-01-x"),
        &format!("ff-{trace}-{parent}-01"),
        &format!("00-{}-{parent}-01", "0".repeat(32)),
        &format!("00-{trace}-{}-01", "0".repeat(16)),
        &format!("00-{}-{parent}-01", trace.to_uppercase()),
        &format!("00-{trace}-{parent}-0x"),
        &format!("00-{}-{parent}-01", "é".repeat(16)),
    ] {
        let response = ask(wrong, state);
        assert_eq!(response.header("traceparent"), None, "{wrong}");
        assert_eq!(response.header("tracestate"), None, "{wrong}");
    }
    for wrong in [
        "a",
        "A=1",
        "=1",
        "a=",
        "a=1\u{7f}",
        "a=b=c",
        &vec!["a=1"; 33].join(","),
        &format!("a={}", "x".repeat(300)),
    ] {
        let response = ask(&format!("00-{trace}-{parent}-00"), wrong);
        assert!(response.header("traceparent").is_some());
        assert_eq!(response.header("tracestate"), None, "{wrong}");
    }
}

/// What a watch was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Watch for Told {
    fn enter(&self, environment: &str, project: &str, digest: &str) {
        let told = format!("{environment}/{project}/{digest}");
        self.0.lock().unwrap().push(told);
    }

    fn leave(&self) {
        self.0.lock().unwrap().push("left".to_owned());
    }
}

#[test]
fn whoever_watches_is_told_what_is_evaluated() {
    let mut region = Region::with(|setup| {
        setup.environment.compile.host.custom_nodes = Some(Arc::new(Nodes));
    });
    let told = Arc::new(Told::default());
    region.service = region.service.watched_by(told.clone());
    region.serve(with_document("1", "waits", custom("waits")));
    let inside = format!("production/pricing/{}", region.digest("1"));
    let expect = |sent: &Sent, polls: usize| {
        region.send(sent);
        let found = std::mem::take(&mut *told.0.lock().unwrap());
        let expected = vec![[inside.clone(), "left".to_owned()]; polls].concat();
        assert_eq!(found, expected, "{sent:?}");
    };
    expect(&Sent::get("/api/ready"), 0);
    expect(&evaluate("decision", json!({})), 1);
    expect(&evaluate("nothing", json!({})), 1);
    let batch =
        r#"{"requests": [{"key": "decision", "context": {}}, {"key": "part", "context": {}}]}"#;
    expect(&Sent::post("/api/rules/pricing/evaluate-batch", batch), 2);
    let sent = evaluate("waits", json!({}));
    let mut waiting = Box::pin(region.service.respond(&sent, &sent));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let polls = (0..10)
        .take_while(|_| waiting.as_mut().poll(&mut context).is_pending())
        .count();
    assert!(polls > 0);
    let found = told.0.lock().unwrap().len();
    assert_eq!(found, 2 * (polls + 1));
}

#[test]
fn a_candidate_runs_in_the_background_and_is_watched() {
    let (mut old, told) = (Region::new(), Arc::new(Told::default()));
    old.publish(plan("1"));
    let candidate = old.digest("1");
    let mut region = Region::with(|setup| {
        setup.environment.shadow = Some(ShadowOptions {
            candidate: Candidate::Digest(candidate.clone()),
            share: 1.0,
            samples: 2,
            contexts: Contexts::default(),
        });
    });
    region.service = region.service.watched_by(told.clone());
    region.serve(plan("1"));
    region.serve(plan("2"));
    let background = region.background(&evaluate("decision", json!({})));
    assert_eq!(background.shadow.len(), 1);
    assert!(!background.is_empty());
    told.0.lock().unwrap().clear();
    for run in background.shadow {
        region.run(region.service.run_shadow(run));
    }
    let expected = [format!("production/pricing/{candidate}"), "left".to_owned()];
    assert_eq!(*told.0.lock().unwrap(), expected);
    let status = read(&region.send(&Sent::get("/api/status")));
    let shadow = &status["environments"]["production"]["projects"]["pricing"]["shadow"][0];
    assert_eq!(shadow["different"], 1);
    assert!(shadow.get("samples").is_none());
}

#[test]
fn only_headers_that_matter_are_asked_for_and_each_once() {
    let region = Region::serving(plan("1"));
    let asked = |sent: Sent| {
        region.send(&sent);
        sent.asked.into_inner()
    };
    assert_eq!(
        asked(evaluate("decision", json!({}))),
        [
            "x-access-token",
            "x-release",
            "content-type",
            "content-length",
            "body",
            "traceparent"
        ]
    );
    assert!(asked(Sent::get("/api/health")).is_empty());
    assert!(asked(Sent::get("/api/projects/pricing")).is_empty());
    assert_eq!(
        asked(Sent::get("/api/projects/pricing/entrypoints")),
        ["x-access-token", "x-release"]
    );
    // The body waits for everything else to be right.
    for refused in [
        evaluate("decision", json!({})).header("x-access-token", "tok-2"),
        evaluate("decision", json!({})).header("content-type", "text/plain"),
        evaluate("decision", json!({})).header("content-length", "16777217"),
        evaluate("decision", json!({})).header("x-release", "9"),
        Sent::post("/api/rules/nope/evaluate/decision", "{}"),
        Sent::post("/api/rules/pricing", "{}"),
    ] {
        assert!(!asked(refused).contains(&"body".to_owned()));
    }
}
