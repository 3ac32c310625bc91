//! Whatever anybody sends, there is an answer with a status, in JSON or text.
use crate::support::{Region, Sent, evaluate, plan};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::OnceLock;
use zen_edge_http::{BundlePolicy, Cors, DecisionLogOptions, Response};

/// Shared by all cases: requests change nothing.
fn region() -> &'static Region {
    static REGION: OnceLock<Region> = OnceLock::new();
    REGION.get_or_init(|| {
        let mut region = Region::with(|setup| {
            setup.service.bundles = BundlePolicy::Open;
            setup.service.cors = Cors::Origins(vec!["https://a.test".to_owned()]);
            setup.service.decision_log = Some(DecisionLogOptions {
                masked: vec!["a.*".to_owned()],
                ..DecisionLogOptions::default()
            });
        });
        region.serve(plan("1"));
        region
    })
}

fn check(sent: &Sent) -> Result<Response, TestCaseError> {
    let reply = region().reply(sent);
    let response = reply.response;
    let status = response.status.as_u16();
    prop_assert!((200..600).contains(&status));
    prop_assert!(status < 500, "{sent:?} {response:?}");
    match response.header("content-type") {
        Some("application/json; charset=utf-8") if sent.method != "HEAD" => {
            prop_assert!(serde_json::from_slice::<Value>(&response.body).is_ok());
        }
        Some("application/json; charset=utf-8" | "text/plain; charset=utf-8") => {
            prop_assert!(std::str::from_utf8(&response.body).is_ok());
        }
        Some("application/zip") => prop_assert!(status == 200 || response.body.is_empty()),
        None => prop_assert!(status == 204 && response.body.is_empty()),
        Some(other) => prop_assert!(false, "{other}"),
    }
    for (name, value) in &response.headers {
        let text = value.to_str();
        prop_assert!(text.is_ok(), "{name}: {value:?}");
    }
    for record in reply.background.decisions {
        prop_assert!(serde_json::from_slice::<Value>(&record.into_json()).is_ok());
    }
    Ok(response)
}

fn target() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("api".to_owned()),
        Just("rules".to_owned()),
        Just("projects".to_owned()),
        Just("pricing".to_owned()),
        Just("release".to_owned()),
        Just("1".to_owned()),
        Just("evaluate".to_owned()),
        Just("evaluate-batch".to_owned()),
        Just("decision".to_owned()),
        Just("status".to_owned()),
        Just("bundle".to_owned()),
        "[a-z%0-9?&=.~]{0,6}",
        any::<String>(),
    ];
    prop_oneof![
        3 => prop::collection::vec(part.clone(), 0..8).prop_map(|parts| format!("/{}", parts.join("/"))),
        3 => prop::collection::vec(part, 0..4).prop_map(|parts| format!("/api/rules/pricing/{}", parts.join("/"))),
        1 => any::<String>(),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..64),
        2 => any::<String>().prop_map(|text| json!({"context": {"a": [text, 1]}, "trace": true}).to_string().into_bytes()),
        2 => any::<String>().prop_map(|text| json!({"requests": [{"key": text, "context": text}, {"key": "decision", "context": {}}]}).to_string().into_bytes()),
        1 => "[\\[\\]{}\",:0-9a-z.\\\\-]{0,40}".prop_map(|text| format!("{{\"context\": {text}}}").into_bytes()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "x-access-token",
        "x-release",
        "content-type",
        "content-length",
        "traceparent",
        "tracestate",
        "origin",
        "access-control-request-method",
        "authorization",
        "if-none-match",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn any_request_is_answered(
        method in prop_oneof![
            4 => prop::sample::select(vec!["GET", "POST", "HEAD", "OPTIONS"]).prop_map(str::to_owned),
            1 => any::<String>(),
        ],
        target in target(),
        headers in prop::collection::vec((name(), any::<String>()), 0..4),
        body in body(),
        is_json in any::<bool>(),
    ) {
        let mut sent = Sent::new(&method, &target);
        if is_json {
            sent = sent.header("content-type", "application/json");
        }
        for (name, value) in headers {
            sent = sent.header(&name, &value);
        }
        sent.body = body;
        check(&sent)?;
    }

    /// The context of an evaluation is anything.
    #[test]
    fn any_body_is_answered(body in body(), is_batch in any::<bool>(), pin in any::<String>()) {
        let path = if is_batch { "evaluate-batch" } else { "evaluate/decision" };
        let sent = Sent::post(&format!("/api/rules/pricing/{path}"), body);
        check(&sent)?;
        let response = check(&sent.header("x-release", &pin))?;
        prop_assert!(response.status != 401);
    }

    /// What is not a token opens nothing, whatever it is.
    #[test]
    fn no_token_is_guessed(token in any::<String>()) {
        prop_assume!(token != crate::support::TOKEN);
        let sent = evaluate("decision", json!({})).header("x-access-token", &token);
        prop_assert_eq!(check(&sent)?.status.as_u16(), 401);
    }
}
