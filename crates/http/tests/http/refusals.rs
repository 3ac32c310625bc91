//! When there is no answer, and who is refused.
use crate::support::{
    NOW, Nodes, Region, Sent, TOKEN, code, custom, evaluate, plan, read, with_document,
};
use serde_json::{Value, json};
use std::sync::Arc;
use zen_edge_http::runtime::sync::{
    ClientOptions, OnExpired, Projects, TrustOptions, TufOptions, When,
};
use zen_edge_http::runtime::{EnvironmentOptions, Runtime};
use zen_edge_http::{
    AccessPolicy, BodyError, Cors, DecisionLogOptions, Service, ServiceOptions, StatusToken,
};
use zen_edge_sync_testkit::Plan;

fn with_identity(identity: Value) -> Plan {
    let mut plan = Plan::new("pricing", "1");
    plan.identity = identity;
    plan
}

/// Status codes of everything that asks for a token.
fn ask(region: &Region, token: &str) -> [u16; 4] {
    [
        evaluate("decision", json!({})),
        Sent::post(
            "/api/projects/pricing/evaluate/decision",
            r#"{"context": {}}"#,
        ),
        Sent::post("/api/rules/pricing/evaluate-batch", r#"{"requests": []}"#),
        Sent::get("/api/projects/pricing/entrypoints"),
    ]
    .map(|sent| {
        region
            .send(&sent.header("x-access-token", token))
            .status
            .as_u16()
    })
}

#[test]
fn only_a_token_that_is_listed_opens_a_project() {
    let region = Region::serving(with_identity(json!({"accessTokens": ["one", "two"]})));
    for token in ["one", "two"] {
        assert_eq!(ask(&region, token), [200; 4], "{token}");
    }
    for token in ["", "on", "onee", "ONE", "one,two", "one two", "null"] {
        assert_eq!(ask(&region, token), [401; 4], "{token}");
    }
}

#[test]
fn access_fails_closed() {
    for identity in [
        json!({}),
        json!({"accessTokens": null}),
        json!({"accessTokens": []}),
        json!({"accessTokens": [""]}),
        json!({"accessTokenHashes": []}),
    ] {
        let region = Region::serving(with_identity(identity.clone()));
        for token in ["", TOKEN, "null", "[]"] {
            assert_eq!(ask(&region, token), [401; 4], "{identity} {token}");
        }
    }
}

#[test]
fn a_project_is_open_if_the_configuration_says_so() {
    for identity in [json!({}), json!({"accessTokens": ["one"]})] {
        let mut region = Region::with(|setup| setup.service.access = AccessPolicy::Open);
        region.serve(with_identity(identity));
        assert_eq!(ask(&region, ""), [200; 4]);
        let sent = evaluate("decision", json!({}));
        region.send(&sent);
        assert!(!sent.asked.borrow().contains(&"x-access-token".to_owned()));
    }
}

/// A token that was taken out must not come back by a pin, and one that was added opens all.
#[test]
fn the_active_release_says_who_may_ask_for_any() {
    let mut region = Region::serving(with_identity(json!({"accessTokens": ["old", "both"]})));
    let mut second = Plan::new("pricing", "2");
    second.identity = json!({"accessTokens": ["both", "new"]});
    region.serve(second);
    for (token, expected) in [("old", 401), ("both", 200), ("new", 200)] {
        for pin in ["", "1", "2"] {
            let sent = evaluate("decision", json!({})).header("x-access-token", token);
            let response = region.send(&sent.header("x-release", pin));
            assert_eq!(response.status, expected, "{token} {pin}");
        }
    }
}

#[test]
fn bodies_are_bounded() {
    let mut region = Region::with(|setup| setup.service.body_bytes = 100);
    region.serve(plan("1"));
    let sized = |size: usize| {
        let body = format!(r#"{{"context": {{"a": "{}"}}}}"#, "x".repeat(size - 22));
        Sent::post("/api/rules/pricing/evaluate/decision", body)
    };
    assert_eq!(sized(100).body.len(), 100);
    assert_eq!(region.send(&sized(100)).status, 200);
    assert_eq!(
        code(&region.send(&sized(101))),
        (413, "request.tooLarge".to_owned())
    );
    for (length, expected) in [
        ("100", 200),
        ("101", 413),
        ("99999999999999999999", 200),
        ("-1", 200),
        ("x", 200),
    ] {
        let response = region.send(&sized(100).header("content-length", length));
        assert_eq!(response.status, expected, "{length}");
    }
    let mut broken = sized(50);
    broken.broken = Some(BodyError::Failed);
    assert_eq!(
        code(&region.send(&broken)),
        (400, "request.invalid".to_owned())
    );
    let mut legacy = sized(101);
    legacy.target = "/api/projects/pricing/evaluate/decision".to_owned();
    let response = region.send(&legacy);
    assert_eq!(response.status, 413);
    assert_eq!(
        read(&response),
        json!({"message": "the body is longer than 100 bytes"})
    );
}

#[test]
fn contexts_that_the_evaluator_refuses_are_told() {
    let region = Region::serving(plan("1"));
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (context, expected) in [
        ("1e999999", (400, "request.invalid")),
        (r#""\ud800""#, (400, "request.invalid")),
        (deep.as_str(), (400, "evaluate.failed")),
    ] {
        let body = format!(r#"{{"context": {context}}}"#);
        let response = region.send(&Sent::post("/api/rules/pricing/evaluate/decision", body));
        assert_eq!(
            code(&response),
            (expected.0, expected.1.to_owned()),
            "{context}"
        );
    }
}

#[test]
fn a_target_that_is_too_long_is_refused() {
    let region = Region::serving(plan("1"));
    let target = format!("/api/rules/pricing/evaluate/{}", "a".repeat(9_000));
    let response = region.send(&Sent::post(&target, r#"{"context": {}}"#));
    assert_eq!(code(&response), (414, "request.uriTooLong".to_owned()));
}

/// Nothing that anybody is told names a source's address or what it said.
#[test]
fn before_the_first_release_there_is_nothing_to_tell() {
    let region = Region::new();
    region.world.store("near").bucket().put(
        "production/metadata/timestamp.json",
        *b"secret-bucket.internal",
    );
    for (sent, member) in [
        (evaluate("decision", json!({})), "code"),
        (
            Sent::post("/api/projects/pricing/evaluate/decision", "{}"),
            "message",
        ),
        (Sent::get("/api/rules/pricing"), "code"),
    ] {
        let response = region.send(&sent);
        assert_eq!(response.status, 503);
        let body = read(&response);
        if member == "code" {
            assert_eq!(body["code"], "release.notReady");
        }
        assert!(body.get(member).is_some());
        let wait: u64 = response.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=61).contains(&wait));
        let everything = format!("{response:?}{body}");
        assert!(
            !everything.contains("near") && !everything.contains("timestamp"),
            "{everything}"
        );
        assert_eq!(response.header("x-release-id"), None);
    }
    let response = region.send(&Sent::get("/api/projects/pricing"));
    assert_eq!(response.status, 503);
    let other = evaluate("decision", json!({}));
    let other = Sent {
        target: "/api/rules/other/evaluate/decision".to_owned(),
        ..other
    };
    assert_eq!(
        code(&region.send(&other)),
        (404, "project.notFound".to_owned())
    );
}

#[test]
fn a_release_that_was_revoked_or_has_expired_is_refused() {
    let mut region = Region::with(|setup| {
        setup.environment.client.staleness.on_expired = OnExpired::Refuse;
    });
    region.serve(plan("1"));
    region.serve(plan("2"));
    let now = NOW + 1_000;
    region.advance(1);
    region.publisher.revoke("pricing", "2", "it is wrong", now);
    let refresh = region.service.runtime().refresh(None, When::Now);
    region.run(refresh).unwrap();
    let response = region.evaluate(json!({}));
    assert_eq!(code(&response), (503, "release.revoked".to_owned()));
    assert!(!read(&response).to_string().contains(&region.digest("2")));
    region.serve(plan("3"));
    assert_eq!(region.evaluate(json!({})).status, 200);
    // By digest it is known for what it is.
    let digest = format!("sha256:{}", region.digest("2"));
    let pinned = evaluate("decision", json!({})).header("x-release", &digest);
    let response = region.send(&pinned);
    assert_eq!(code(&response), (503, "release.revoked".to_owned()));
    // Nobody renews the timestamp for years, and the source is gone.
    region
        .world
        .store("near")
        .bucket()
        .delete("production/metadata/timestamp.json");
    region.advance(10 * 365 * 24 * 60 * 60);
    let response = region.evaluate(json!({}));
    assert_eq!(code(&response), (503, "release.expired".to_owned()));
    assert!(response.header("retry-after").is_some());
}

#[test]
fn a_decision_that_panics_is_an_error_and_the_next_is_answered() {
    let mut region = Region::with(|setup| {
        setup.environment.compile.host.custom_nodes = Some(Arc::new(Nodes));
    });
    region.serve(with_document("1", "bomb", custom("panics")));
    let bomb = evaluate("bomb", json!({"secret": "s3cr3t"}));
    for _ in 0..2 {
        let response = region.send(&bomb);
        assert_eq!(code(&response), (500, "evaluate.trapped".to_owned()));
        assert_eq!(response.header("x-release-version"), Some("1"));
        assert!(!String::from_utf8_lossy(&response.body).contains("demands"));
        assert_eq!(region.evaluate(json!({})).status, 200);
    }
    // The third time, the release before it is active again; pinned, it is refused.
    region.serve(with_document("2", "bomb", custom("panics")));
    for _ in 0..3 {
        region.send(&bomb);
    }
    let taken_back = format!("sha256:{}", region.digest("2"));
    let response = region.send(&evaluate("decision", json!({})).header("x-release", &taken_back));
    assert_eq!(code(&response), (503, "release.takenBack".to_owned()));
    assert_eq!(
        region.evaluate(json!({})).header("x-release-version"),
        Some("1")
    );
}

#[test]
fn options_that_cannot_be_are_refused_by_name() {
    let region = Region::new();
    let root = region.publisher.first_root();
    let trust = TrustOptions::Tuf(TufOptions {
        trusted_root: root,
        revision_floor: 0,
    });
    let client = ClientOptions::new("production", trust, vec![region.world.source("near")]);
    let options = vec![EnvironmentOptions::new(client)];
    let runtime = Arc::new(Runtime::new(options, region.world.ports()).unwrap());
    let cors = |origin: &str| ServiceOptions {
        cors: Cors::Origins(vec![origin.to_owned()]),
        ..ServiceOptions::default()
    };
    let log = |log: DecisionLogOptions| ServiceOptions {
        decision_log: Some(log),
        ..ServiceOptions::default()
    };
    let masked = |place: &str| {
        log(DecisionLogOptions {
            masked: vec![place.to_owned()],
            ..DecisionLogOptions::default()
        })
    };
    let share = |share| {
        log(DecisionLogOptions {
            share,
            ..DecisionLogOptions::default()
        })
    };
    let region_named = |name: &str| ServiceOptions {
        region: Some(name.to_owned()),
        ..ServiceOptions::default()
    };
    for (options, part) in [
        (cors("app.example.com"), "`app.example.com`"),
        (
            cors("https://app.example.com/"),
            "`https://app.example.com/`",
        ),
        (cors("https://App.example.com"), "`https://App.example.com`"),
        (cors("https://a\nb"), "origin"),
        (cors("*"), "`*`"),
        (masked(""), "``"),
        (masked("a..b"), "`a..b`"),
        (masked("/"), "`/`"),
        (share(1.5), "1.5"),
        (share(f64::NAN), "NaN"),
        (region_named(""), "region"),
        (region_named("eu\r\nx: y"), "region"),
    ] {
        let error = Service::new(runtime.clone(), options)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(Service::new(runtime, ServiceOptions::default()).is_ok());
    assert!(StatusToken::new("").is_err());
    for hash in [
        "",
        "sha256:",
        "sha256:12",
        "12",
        &format!("sha512:{}", "0".repeat(64)),
    ] {
        let error = StatusToken::from_hash(hash).unwrap_err().to_string();
        assert!(
            error.contains("sha256:") && !error.contains("12"),
            "{error}"
        );
    }
}

#[test]
fn a_status_token_may_be_given_as_a_hash() {
    // printf operator | sha256sum
    let hash = "sha256:06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23";
    let token = StatusToken::from_hash(hash).unwrap();
    assert!(!format!("{token:?}").contains("06e5"));
    let mut region = Region::with(|setup| {
        setup.service.status_token = Some(token);
        setup.environment.client.projects = Projects::All;
    });
    region.serve(plan("1"));
    let status = Sent::get("/api/status").header("authorization", "Bearer operator");
    assert_eq!(region.send(&status).status, 200);
    let status = Sent::get("/api/status").header("authorization", "Bearer admin");
    assert_eq!(region.send(&status).status, 401);
}
