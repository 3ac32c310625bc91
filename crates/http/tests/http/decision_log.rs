//! What is logged of decisions, and what never is.
use crate::support::{NOW, Region, Sent, evaluate, expression, plan, read, with_document};
use proptest::prelude::*;
use serde_json::{Value, json};
use zen_edge_http::DecisionLogOptions;
use zen_edge_sync_testkit::Plan;

fn region_of(plan: Plan, change: impl FnOnce(&mut DecisionLogOptions)) -> Region {
    let mut log = DecisionLogOptions::default();
    change(&mut log);
    let mut region = Region::with(|setup| setup.service.decision_log = Some(log));
    region.serve(plan);
    region
}

fn masking(plan: Plan, masked: &[&str]) -> Region {
    region_of(plan, |log| {
        log.masked = masked.iter().map(|place| (*place).to_owned()).collect()
    })
}

/// The only record of a request.
fn record(region: &Region, sent: &Sent) -> Value {
    let mut decisions = region.background(sent).decisions;
    assert_eq!(decisions.len(), 1, "{sent:?}");
    serde_json::from_slice(&decisions.remove(0).into_json()).unwrap()
}

#[test]
fn a_record_says_what_was_decided_by_which_release() {
    let mut region = region_of(plan("1"), |_| {});
    region.advance(5);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let sent = evaluate("DECISION", json!({"n": 1}))
        .header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"));
    let reply = region.reply(&sent);
    let id = reply.response.header("x-decision-id").unwrap().to_owned();
    let parts: Vec<_> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    let [record] = <[_; 1]>::try_from(reply.background.decisions).unwrap();
    assert_eq!(record.id(), id);
    assert!(!format!("{record:?}").contains("pricing"));
    let mut record: Value = serde_json::from_slice(&record.into_json()).unwrap();
    assert!(record["duration"].take().as_f64().unwrap() >= 0.0);
    assert_eq!(
        record,
        json!({
            "id": id, "time": NOW + 5_000, "environment": "production", "project": "pricing",
            "key": "DECISION", "release": "pricing-1", "version": "1",
            "digest": region.digest("1"), "revision": 2, "region": "eu-1",
            "input": {"n": 1}, "output": {"n": 1, "release": "1", "part": "1"},
            "duration": null, "traceId": trace, "masked": [], "omitted": [],
        })
    );
    region.publish(plan("2"));
    assert_ne!(
        region.send(&sent).header("x-decision-id"),
        Some(id.as_str())
    );
}

#[test]
fn failures_are_logged_without_their_traces_and_refusals_are_not() {
    let region = region_of(
        with_document("1", "failing", expression("bad", "date(a.b.c)")),
        |_| {},
    );
    let body = r#"{"context": {"a": 1}, "trace": true}"#;
    let sent = Sent::post("/api/rules/pricing/evaluate/failing", body);
    let response = read(&region.send(&sent));
    assert!(response["details"]["trace"].is_object(), "{response}");
    let record = record(&region, &sent);
    assert_eq!(record["error"]["code"], "evaluate.failed");
    assert_eq!(record["error"]["details"]["nodeId"], "own");
    assert!(record["error"]["details"].get("trace").is_none());
    assert!(record.get("output").is_none() && record["duration"].is_null());
    for refused in [
        evaluate("decision", json!({})).header("x-access-token", ""),
        Sent::post("/api/rules/pricing/evaluate/decision", "{"),
        Sent::post("/api/rules/other/evaluate/decision", "{}"),
        Sent::get("/api/projects/pricing"),
    ] {
        let reply = region.reply(&refused);
        assert!(reply.background.decisions.is_empty());
        assert_eq!(reply.response.header("x-decision-id"), None);
    }
}

#[test]
fn each_decision_of_a_batch_has_its_record() {
    let region = region_of(plan("1"), |_| {});
    let body = r#"{"requests": [{"key": "decision", "context": {"n": 1}}, {"key": "nothing", "context": {}}]}"#;
    let reply = region.reply(&Sent::post("/api/rules/pricing/evaluate-batch", body));
    assert_eq!(reply.response.header("x-decision-id"), None);
    let answer = read(&reply.response);
    let ids: Vec<_> = reply
        .background
        .decisions
        .iter()
        .map(|it| it.id().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    for (index, id) in ids.iter().enumerate() {
        assert_eq!(answer["responses"][index]["decisionId"], json!(id));
    }
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn what_is_recorded_is_configured() {
    let nothing = Region::serving(plan("1"));
    let reply = nothing.reply(&evaluate("decision", json!({})));
    assert!(reply.background.decisions.is_empty());
    assert_eq!(reply.response.header("x-decision-id"), None);
    for (input, output) in [(false, false), (true, false), (false, true)] {
        let region = region_of(plan("1"), |log| (log.input, log.output) = (input, output));
        let record = record(&region, &evaluate("decision", json!({"n": 1})));
        let found = (
            record.get("input").is_some(),
            record.get("output").is_some(),
        );
        assert_eq!(found, (input, output));
    }
    let share = |share: f64| {
        let region = region_of(plan("1"), |log| log.share = share);
        let logged = |_: &u32| {
            !region
                .background(&evaluate("part", json!({})))
                .decisions
                .is_empty()
        };
        (0..1_000).filter(logged).count()
    };
    assert_eq!((share(0.0), share(1.0)), (0, 1_000));
    assert!((150..350).contains(&share(0.25)));
}

#[test]
fn what_is_too_long_is_left_out_and_said_so() {
    let region = region_of(plan("1"), |log| log.max_bytes = 100);
    let short = record(&region, &evaluate("decision", json!({"a": "x".repeat(10)})));
    assert_eq!(short["omitted"], json!([]));
    let long = record(&region, &evaluate("decision", json!({"a": "x".repeat(92)})));
    assert_eq!(long["omitted"], json!(["output"]));
    assert!(long.get("input").is_some() && long.get("output").is_none());
    let longer = record(&region, &evaluate("decision", json!({"a": "x".repeat(93)})));
    assert_eq!(longer["omitted"], json!(["input", "output"]));
    let error = record(&region, &evaluate(&"k".repeat(100), json!({})));
    assert_eq!(error["omitted"], json!(["error"]));
    // Masks may be longer than what they hide.
    let masked = |max_bytes: usize| {
        let region = region_of(plan("1"), |log| {
            log.masked = vec!["*.*".to_owned()];
            log.max_bytes = max_bytes;
        });
        record(&region, &evaluate("part", json!({"ones": vec![1; 250]})))
    };
    assert_eq!(masked(1_600)["input"]["ones"][249], "***");
    assert_eq!(masked(1_000)["omitted"], json!(["input", "output"]));
}

#[test]
fn places_are_masked_in_input_and_output() {
    let context = json!({"customer": {"name": "Ann Smith", "card": 4_111_111_111_111_111_u64},
        "orders": [{"id": 17, "card": "4222-2222"}, {"id": 18, "card": null}], "vip": true, "a/b": 12345});
    for (places, hidden, masked) in [
        (
            vec!["customer.name"],
            vec!["Ann Smith"],
            vec!["customer.name"],
        ),
        (
            vec!["/customer/card", "nothing.there"],
            vec!["4111111111111111"],
            vec!["/customer/card"],
        ),
        (
            vec!["orders.*.card"],
            vec!["4222-2222"],
            vec!["orders.*.card"],
        ),
        (vec!["orders.card"], vec!["4222-2222"], vec!["orders.card"]),
        (
            vec!["/orders/0/card"],
            vec!["4222-2222"],
            vec!["/orders/0/card"],
        ),
        (vec!["/a~1b"], vec!["12345"], vec!["/a~1b"]),
        (
            vec!["customer"],
            vec!["Ann Smith", "4111111111111111"],
            vec!["customer"],
        ),
        (vec!["*"], vec!["Ann", "4111", "4222", "12345"], vec!["*"]),
    ] {
        let region = masking(plan("1"), &places);
        let record = record(&region, &evaluate("decision", context.clone()));
        assert_eq!(record["masked"], json!(masked));
        assert!(record["input"].is_object() && record["output"].is_object());
        for hidden in hidden {
            assert!(!record.to_string().contains(hidden), "{places:?} {record}");
        }
    }
    let region = masking(plan("1"), &["orders.*.card"]);
    let record = record(&region, &evaluate("decision", context));
    assert_eq!(
        record["input"]["orders"][0],
        json!({"id": 17, "card": "***"})
    );
    assert_eq!(record["input"]["vip"], true);
    assert_eq!(record["output"]["customer"]["name"], "Ann Smith");
}

/// A decision takes what is masked elsewhere; nobody can write down all these places.
#[test]
fn what_is_masked_is_not_found_elsewhere_either() {
    let mut decisions = with_document(
        "1",
        "greet",
        expression("greeting", "'Hello ' + upper(name) + '!'"),
    );
    decisions
        .documents
        .insert("fail".to_owned(), expression("bad", "date(name)"));
    decisions.documents.insert(
        "number".to_owned(),
        expression("twice", "string(pin) + '-' + string(pin)"),
    );
    let region = masking(decisions, &["name", "pin"]);
    let context = json!({"name": "Dr. Ann Smith", "copy": {"Dr. Ann Smith": 1, "list": ["x dr. ann smith y"]},
        "pin": 98765.0, "same": 98765, "ok": "kept"});
    for key in ["greet", "fail", "number", "Dr.%20Ann%20Smith"] {
        let record = record(&region, &evaluate(key, context.clone()));
        let text = record.to_string().to_lowercase();
        assert!(
            !text.contains("ann smith") && !text.contains("98765"),
            "{text}"
        );
        assert!(text.contains("kept"));
    }
}

#[test]
fn what_cannot_be_masked_is_left_out() {
    // More values than are looked for.
    let many: Vec<_> = (0..1_000)
        .map(|number| format!("secret-{number}"))
        .collect();
    let region_of_many = masking(plan("1"), &["secrets"]);
    let sent = evaluate("decision", json!({"secrets": many, "copy": many}));
    let record_of_many = record(&region_of_many, &sent);
    assert_eq!(record_of_many["omitted"], json!(["input", "output"]));
    assert!(!record_of_many.to_string().contains("secret-9"));
    // An input that is too long to be looked into.
    let region = region_of(plan("1"), |log| {
        log.masked = vec!["name".to_owned()];
        log.max_bytes = 200;
    });
    let long = json!({"name": "Ann Smith", "filler": "x".repeat(200)});
    for key in ["decision", "part", "Ann%20Smith"] {
        let record = record(&region, &evaluate(key, long.clone()));
        assert!(!record.to_string().contains("Ann"), "{record}");
        assert!(record["key"].is_null());
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..1_000_i64).prop_map(Value::from),
        "[a-c]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Wherever a masked value stands, and whatever the decision does with it, the record has none of it.
    #[test]
    fn a_masked_value_never_appears(
        rest in json_value(),
        // With a letter that no word of a record of ours has beside a digit, so that what is found is the secret.
        secret in "[A-Za-z0-9\"\\\\ é/<>]{1,6}[QZ][0-9][A-Za-z0-9\"\\\\ é/<>]{0,5}",
        number in 100_000..999_999_999_i64,
        place in 0..4_usize,
        key in 0..3_usize,
    ) {
        let mut decisions = with_document("1", "greet", expression("greeting", "'to ' + string(d) + string(e)"));
        decisions.documents.insert("fail".to_owned(), expression("bad", "date(e)"));
        let places = [["d", "e"], ["/d", "/e"], ["*", "*"], ["x.*.d", "*"]][place];
        let region = masking(decisions, &places);
        let context = json!({"d": number, "e": secret, "rest": rest, "copy": [format!("<{secret}>"), number],
            "x": [{"d": secret}]});
        let key = ["decision", "greet", "fail"][key];
        let record = record(&region, &evaluate(key, context));
        let mut texts = Vec::new();
        collect(&record, &mut texts);
        let (secret, number) = (secret.to_lowercase(), number.to_string());
        for text in texts {
            prop_assert!(!text.to_lowercase().contains(&secret), "{text}");
            prop_assert!(!text.contains(&number), "{text}");
        }
    }
}

/// Every text, number and name of what a caller has a say in.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                if !["id", "time", "digest", "duration"].contains(&name.as_str()) {
                    texts.push(name.clone());
                    collect(member, texts);
                }
            }
        }
        _ => {}
    }
}
