//! The contract of the GoRules Agent: a client changes only the host's name.
use crate::support::{
    Region, Sent, TOKEN, custom, evaluate, expression, plan, read, with_document,
};
use serde_json::{Value, json};
use zen_edge_sync_testkit::Plan;

/// A release that has everything that requests here ask for.
fn everything() -> Plan {
    let mut plan = with_document("1", "Pricing Rule", expression("total", "cart * 2"));
    plan.documents
        .insert("custom-rule".to_owned(), custom("other"));
    plan.documents
        .insert("failing".to_owned(), expression("bad", "date(a.b.c)"));
    plan.documents
        .insert("data".to_owned(), json!({"contentType": "other"}));
    plan.identity["environment"] = json!({"id": "e-1", "key": "production", "name": "Production"});
    plan
}

#[test]
fn an_evaluation_is_the_agents() {
    let region = Region::serving(everything());
    let sent = Sent::post(
        "/api/rules/pricing/evaluate/Pricing%20Rule",
        r#"{"context": {"cart": 1.10}}"#,
    );
    let response = region.send(&sent);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("x-release-id"), Some("pricing-1"));
    let body = read(&response);
    assert_eq!(body["result"].to_string(), r#"{"cart":1.1,"total":2.2}"#);
    assert!(body["performance"].is_string());
    assert_eq!(
        body["meta"],
        json!({
            "type": "environment", "path": "Pricing Rule",
            "project": {"id": "p-pricing", "key": "pricing", "name": "pricing"},
            "release": {"id": "pricing-1", "name": null, "version": "1", "status": null, "commitId": "c-1"},
            "environment": {"id": "e-1", "key": "production", "name": "Production"},
        })
    );
    let names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    // By the project's id, and the key in any case.
    let sent = Sent::post("/api/rules/p-pricing/evaluate/pRICING%20rULE", sent.body);
    assert_eq!(read(&region.send(&sent))["result"], body["result"]);
}

#[test]
fn the_trace_is_there_if_asked_for() {
    let region = Region::serving(everything());
    for (trace, is_there) in [("true", true), ("false", false), ("null", false)] {
        let body = format!(r#"{{"context": {{}}, "trace": {trace}, "more": 1}}"#);
        for surface in ["rules", "projects"] {
            let target = format!("/api/{surface}/pricing/evaluate/decision");
            let answer = read(&region.send(&Sent::post(&target, body.as_str())));
            assert_eq!(answer.get("trace").is_some(), is_there, "{target} {trace}");
        }
    }
}

#[test]
fn a_release_of_which_nothing_is_known_has_no_meta() {
    let mut plan = plan("1");
    plan.identity["release"] = json!({"id": null});
    plan.target = json!({"custom": {"release": null}});
    let region = Region::serving(plan);
    let response = region.evaluate(json!({}));
    assert_eq!(response.status, 200);
    assert_eq!(response.header("x-release-id"), None);
    assert!(read(&response).get("meta").is_none());
}

#[test]
fn the_older_surface_has_details() {
    let region = Region::serving(everything());
    let sent = Sent::post(
        "/api/projects/pricing/evaluate/Pricing%20Rule",
        r#"{"context": {"cart": 3}, "trace": true}"#,
    );
    let response = region.send(&sent);
    assert_eq!(response.status, 200);
    let body = read(&response);
    assert_eq!(body["details"]["releaseId"], "pricing-1");
    assert_eq!(body["result"], json!({"cart": 3, "total": 6}));
    assert!(body["performance"].is_string() && body["trace"].is_object());
    assert!(body.get("meta").is_none());
}

/// Requests and what the Agent answers to them: status, and body.
#[test]
fn errors_are_the_agents() {
    let region = Region::serving(everything());
    let integrations =
        "This endpoint does not evaluate graphs containing integration (custom) nodes.";
    for (target, token, expected) in [
        (
            "/api/rules/nope/evaluate/decision",
            "",
            (404, json!({"code": "project.notFound"})),
        ),
        (
            "/api/rules/pricing/evaluate/decision",
            "",
            (401, json!({"code": "unauthorized"})),
        ),
        (
            "/api/rules/pricing/evaluate/decision",
            "tok-2",
            (401, json!({"code": "unauthorized"})),
        ),
        (
            "/api/rules/pricing/evaluate/Does/not%20exist",
            TOKEN,
            (
                400,
                json!({"code": "documents.invalid", "details": "File not found", "key": "does/not exist"}),
            ),
        ),
        (
            "/api/rules/pricing/evaluate/data",
            TOKEN,
            (
                400,
                json!({"code": "documents.invalid", "details": "File not found", "key": "data"}),
            ),
        ),
        (
            "/api/rules/pricing/evaluate/custom-rule",
            TOKEN,
            (
                400,
                json!({"code": "evaluate.integrationsNotSupported", "details": integrations}),
            ),
        ),
        (
            "/api/rules/nope",
            TOKEN,
            (404, json!({"code": "project.notFound"})),
        ),
        (
            "/api/rules/pricing",
            "",
            (401, json!({"code": "unauthorized"})),
        ),
        (
            "/api/projects/nope/evaluate/decision",
            TOKEN,
            (404, json!({"message": "Project not found"})),
        ),
        (
            "/api/projects/pricing/evaluate/decision",
            "tok-2",
            (401, json!({"message": "Invalid X-Access-Token Header"})),
        ),
    ] {
        let sent = match target.contains("evaluate") {
            true => Sent::post(target, r#"{"context": {}}"#),
            false => Sent::get(target),
        };
        let response = region.send(&sent.header("x-access-token", token));
        let found = (response.status.as_u16(), read(&response));
        assert_eq!(found, expected, "{target} {token}");
    }
    for (target, token, expected) in [
        ("/api/projects/nope", "", (404, "Project not found")),
        (
            "/api/projects/nope/entrypoints",
            TOKEN,
            (404, "Project not found"),
        ),
        (
            "/api/projects/pricing/entrypoints",
            "",
            (401, "Invalid X-Access-Token Header"),
        ),
    ] {
        let response = region.send(&Sent::get(target).header("x-access-token", token));
        assert_eq!(
            response.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        let found = (
            response.status.as_u16(),
            std::str::from_utf8(&response.body).unwrap(),
        );
        assert_eq!(found, expected, "{target} {token}");
    }
}

#[test]
fn a_node_that_fails_is_told_in_the_engines_form() {
    let region = Region::serving(everything());
    let response = region.send(&evaluate("failing", json!({"a": 1})));
    assert_eq!(response.status, 400);
    let body = read(&response);
    assert_eq!(body["code"], "evaluate.failed");
    assert_eq!(body["details"]["type"], "NodeError");
    assert_eq!(body["details"]["nodeId"], "own");
    assert!(body["details"]["source"].is_string() || body["details"]["source"].is_object());
    assert!(body["details"].get("trace").is_none());
    let sent = Sent::post(
        "/api/projects/pricing/evaluate/failing",
        r#"{"context": {"a": 1}}"#,
    );
    let body = read(&region.send(&sent));
    let message = body["message"].as_str().unwrap();
    assert!(!message.starts_with("node `"), "{message}");
    assert_eq!(body.as_object().unwrap().len(), 1);
}

/// What axum's `Json` answers: the status is the Agent's, the body has our codes.
#[test]
fn bodies_are_refused_as_by_the_agent() {
    let region = Region::serving(everything());
    let json = "application/json";
    for (content_type, body, expected) in [
        ("", "{}", 415),
        ("text/plain", r#"{"context": {}}"#, 415),
        ("application/x-www-form-urlencoded", "context=1", 415),
        ("json", r#"{"context": {}}"#, 415),
        (json, "", 400),
        (json, "{", 400),
        (json, r#"{"context": {}} x"#, 400),
        (json, "\u{feff}{}", 400),
        (json, r#"{"context": {"a": 01}}"#, 400),
        (json, "{}", 422),
        (json, "null", 422),
        (json, r#"{"context": {}, "trace": 1}"#, 422),
        (json, r#"{"context": {}, "trace": "loud"}"#, 422),
        (json, r#"{"context": {}, "context": {}}"#, 422),
        (json, r#"{"context": {}}"#, 200),
        ("Application/JSON; charset=utf-8", r#"{"context": {}}"#, 200),
        ("application/vnd.rules+json", r#"{"context": {}}"#, 200),
    ] {
        for surface in ["rules", "projects"] {
            let target = format!("/api/{surface}/pricing/evaluate/decision");
            let sent = Sent::post(&target, body).header("content-type", content_type);
            let response = region.send(&sent);
            assert_eq!(response.status, expected, "{target} {content_type} {body}");
            let body = read(&response);
            let member = if surface == "rules" {
                "code"
            } else {
                "message"
            };
            assert_eq!(body.get(member).is_some(), expected != 200, "{body}");
        }
    }
}

#[test]
fn numbers_reach_the_decision_as_they_were_written() {
    let region = Region::serving(everything());
    for number in [
        "12345678901234567890.12345",
        "0.1234567890123456789",
        "9007199254740993",
        "1.50",
    ] {
        let body = format!(r#"{{"context": {{"n": {number}}}}}"#);
        let sent = Sent::post("/api/rules/pricing/evaluate/decision", body);
        let response = region.send(&sent);
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        let expected = number.trim_end_matches('0');
        assert!(text.contains(&format!(r#""n":{expected}"#)), "{text}");
    }
}

#[test]
fn a_project_says_which_release_it_is() {
    let region = Region::serving(everything());
    let expected = json!({"project_id": "p-pricing", "project_key": "pricing",
        "release_id": "pricing-1", "release_version": "1"});
    // Without a token, as in the Agent.
    let sent = Sent::get("/api/projects/pricing").header("x-access-token", "");
    assert_eq!(read(&region.send(&sent)), expected);
    let by_id = Sent::get("/api/projects/p-pricing");
    assert_eq!(read(&region.send(&by_id)), expected);
}

#[test]
fn entrypoints_are_the_decisions() {
    let region = Region::serving(everything());
    let body = read(&region.send(&Sent::get("/api/projects/pricing/entrypoints")));
    let paths: Vec<_> = body["entrypoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert_eq!(entry["type"], "graph");
            entry["path"].as_str().unwrap()
        })
        .collect();
    assert_eq!(
        paths,
        ["custom-rule", "decision", "failing", "part", "pricing rule"]
    );
}

#[test]
fn a_release_is_described() {
    let mut region = Region::serving(everything());
    let get = Sent::get("/api/rules/pricing");
    let document = read(&region.send(&get));
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(
        document["info"],
        json!({"title": "pricing rules API", "version": "1"})
    );
    assert!(document["paths"]["/evaluate/Pricing Rule"]["post"].is_object());
    let response = region.send(&Sent::get("/api/rules/p-pricing?download=true"));
    assert_eq!(
        response.header("content-disposition"),
        Some("attachment; filename=\"pricing-openapi.json\"")
    );
    assert_eq!(read(&response), document);
    assert_eq!(region.send(&get).header("content-disposition"), None);
    let wrong = region.send(&Sent::get("/api/rules/pricing?download=1"));
    assert_eq!(wrong.status, 400);
    // Another release has another description, and the one before still has its own.
    for version in ["2", "3"] {
        region.serve(plan(version));
        assert_eq!(read(&region.send(&get))["info"]["version"], version);
    }
    let pinned = read(&region.send(&Sent::get("/api/rules/pricing/release/1")));
    assert_eq!(pinned, document);
}

#[test]
fn the_older_surface_knows_a_decisions_version() {
    let mut decision = expression("x", "1");
    decision["meta"] = json!({"versionId": "v-7"});
    let region = Region::serving(with_document("1", "Dir/Rule", decision));
    for (key, expected) in [("dir/RULE", json!("v-7")), ("decision", Value::Null)] {
        let target = format!("/api/projects/pricing/evaluate/{key}");
        let body = read(&region.send(&Sent::post(&target, r#"{"context": {}}"#)));
        let details = json!({"releaseId": "pricing-1", "versionId": expected});
        assert_eq!(body["details"], details);
    }
}

#[test]
fn a_bundle_that_says_nothing_of_itself_has_no_project_data() {
    let mut plan = Plan::new("pricing", "1");
    let nothing = ["version", "project", "release", "environment", "deployment"];
    plan.identity = nothing.iter().map(|name| (*name, Value::Null)).collect();
    let region = Region::serving(plan);
    let response = region.send(&Sent::get("/api/projects/pricing"));
    assert_eq!(response.status, 400);
    assert_eq!(response.body, "Project data not available");
}

#[test]
fn health_and_version_are_text() {
    let region = Region::new();
    for (target, expected) in [("/api/health", "healthy"), ("/api/version", "1.2.3")] {
        let reply = region.reply(&Sent::get(target).header("x-access-token", ""));
        assert_eq!(reply.response.status, 200);
        assert_eq!(reply.response.body, expected.as_bytes());
        assert_eq!(
            reply.response.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(reply.background.is_empty());
    }
}

#[test]
fn the_answer_of_head_is_that_of_get_without_a_body() {
    let region = Region::serving(everything());
    for target in [
        "/api/health",
        "/api/version",
        "/api/ready",
        "/api/projects/pricing",
    ] {
        let get = region.send(&Sent::get(target));
        let head = region.send(&Sent::new("HEAD", target));
        assert_eq!(head.status, get.status, "{target}");
        assert!(head.body.is_empty());
        let length = get.body.len().to_string();
        assert_eq!(head.header("content-length"), Some(length.as_str()));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[test]
fn other_methods_are_refused_with_those_that_there_are() {
    let region = Region::serving(everything());
    let get = "GET, HEAD, OPTIONS";
    let post = "POST, OPTIONS";
    for (target, allowed) in [
        ("/api/health", get),
        ("/api/version", get),
        ("/api/ready", get),
        ("/api/status", get),
        ("/api/rules/pricing", get),
        ("/api/projects/pricing", get),
        ("/api/projects/pricing/entrypoints", get),
        ("/api/rules/pricing/evaluate/decision", post),
        ("/api/rules/pricing/evaluate-batch", post),
        ("/api/rules/pricing/release/1/evaluate/decision", post),
        ("/api/projects/pricing/evaluate/decision", post),
    ] {
        for method in [
            "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "get", "", "GE", "TRACE",
        ] {
            let response = region.send(&Sent::new(method, target));
            let is_allowed = allowed.split(", ").any(|allowed| allowed == method);
            assert_eq!(response.status == 405, !is_allowed, "{method} {target}");
            let expected = (!is_allowed).then_some(allowed);
            assert_eq!(response.header("allow"), expected, "{method} {target}");
        }
        let response = region.send(&Sent::new("OPTIONS", target));
        assert_eq!(
            (response.status.as_u16(), response.header("allow")),
            (204, Some(allowed))
        );
    }
}

#[test]
fn unknown_paths_are_told_in_json() {
    let region = Region::serving(everything());
    for target in [
        "",
        "/",
        "/api",
        "/api/",
        "/api/healthy",
        "/api/health/",
        "/API/health",
        "/api.json",
        "/api/rules",
        "/api/rules/",
        "/api/rules//evaluate/decision",
        "/api/rules/pricing/",
        "/api/rules/pricing/evaluate",
        "/api/rules/pricing/evaluate/",
        "/api/rules/pricing/other",
        "/api/rules/pricing/release",
        "/api/rules/pricing/release/",
        "/api/rules/pricing/release//evaluate/x",
        "/api/projects",
        "/api/projects/pricing/entrypoints/x",
        "/api/refresh",
        "api/health",
        "http://host/api/health",
        "/api/rules/pricing/evaluate-batch/",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let response = region.send(&Sent::new(method, target));
            let found = (response.status.as_u16(), read(&response)["code"].clone());
            assert_eq!(found, (404, json!("route.notFound")), "{method} {target}");
        }
    }
}

#[test]
fn paths_are_decoded_once_and_strictly() {
    let mut plan = with_document("1", "a/b c", expression("x", "1"));
    plan.documents
        .insert("ü%41".to_owned(), expression("x", "2"));
    let region = Region::serving(plan);
    let ask = |key: &str| -> Value {
        let sent = Sent::post(
            &format!("/api/rules/pricing/evaluate/{key}"),
            r#"{"context": {}}"#,
        );
        let response = region.send(&sent);
        let body = read(&response);
        match response.status.as_u16() {
            200 => body["result"]["x"].clone(),
            _ => body["code"].clone(),
        }
    };
    for (key, expected) in [
        ("a/b%20c", json!(1)),
        ("a%2Fb%20c", json!(1)),
        ("A/B%20C?x=1", json!(1)),
        ("a/b+c", json!("documents.invalid")),
        ("a/b%2520c", json!("documents.invalid")),
        ("%C3%BC%2541", json!(2)),
        ("%C3%9C%2541", json!(2)),
        ("%FC", json!("request.invalid")),
        ("%", json!("request.invalid")),
        ("%4", json!("request.invalid")),
        ("%zz", json!("request.invalid")),
        ("a%00b", json!("documents.invalid")),
    ] {
        assert_eq!(ask(key), expected, "{key}");
    }
}
