//! What is answered, and from which release.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::json;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;
use support::{NOW, Region, read, version, with_node};
use zen_edge_runtime::eval::{EvaluateOptions, TraceKind};
use zen_edge_runtime::sync::{Outcome, Projects, When};
use zen_edge_runtime::{Error, Pin, Request, ResidencyLimits, Runtime};
use zen_edge_sync_testkit::Plan;

fn plan(version: &str) -> Plan {
    Plan::new("pricing", version)
}

#[test]
fn every_answer_names_its_release_and_its_age() {
    let mut region = Region::new();
    region.serve(plan("1"));
    region.advance(42);
    let answer = region.ask(&json!({"n": 12.5}), None).unwrap();
    let json = read(&answer);
    assert_eq!(json["result"]["n"].to_string(), "12.5");
    assert_eq!(json["age"], 42);
    assert_eq!(json["staleness"], "fresh");
    assert!(json["performance"].is_string());
    assert_eq!(
        json["release"],
        json!({
            "environment": "production", "project": "pricing", "id": "pricing-1", "version": "1",
            "commit": "c-1", "digest": region.digest("1"),
            "length": answer.release().length, "deployedAt": null, "revision": 2, "trust": "tuf",
            "origin": "source", "source": "production", "verifiedAt": NOW,
        })
    );
    assert!(json.get("trace").is_none());
    region.advance(42);
    let answer = read(&region.ask(&json!({}), None).unwrap());
    assert_eq!(
        (&answer["age"], &answer["staleness"]),
        (&json!(84), &json!("stale"))
    );
}

#[test]
fn a_release_knows_its_documents_versions_and_keeps_its_bundle() {
    let mut region = Region::new();
    let mut plan = plan("1");
    let mut versioned = zen_edge_sync_testkit::graph(None, &[("one", "1".to_owned())]);
    versioned["meta"] = json!({"versionId": "3a5b"});
    plan.documents
        .insert("Pricing/Über".to_owned(), versioned.clone());
    plan.documents.insert(
        "noted".to_owned(),
        json!({"contentType": "note", "meta": {"versionId": "1"}}),
    );
    region.serve(plan);
    let release = region.runtime.projects(None).unwrap().remove("pricing");
    let release = release.unwrap();
    for key in ["Pricing/Über", "pricing/über", "PRICING/ÜBER"] {
        assert_eq!(release.version_id(key), Some("3a5b"), "{key}");
    }
    for key in ["decision", "noted", "nowhere"] {
        assert_eq!(release.version_id(key), None, "{key}");
    }
    let bundle = release.read_bundle().unwrap();
    assert_eq!(bundle.digest(), release.digest());
    assert_eq!(bundle.identity(), release.identity());
    let document = bundle.document("pricing/über").unwrap();
    let read: serde_json::Value = serde_json::from_slice(document.json()).unwrap();
    assert_eq!(read, versioned);
    let signature = release.signatures().get("PRICING/über").unwrap();
    assert!(signature.output.derived.is_some(), "{signature:?}");
}

#[test]
fn the_agents_answer_has_meta_and_the_trace() {
    let mut region = Region::new();
    region.serve(plan("1"));
    let options = EvaluateOptions {
        trace: TraceKind::Default,
        ..EvaluateOptions::default()
    };
    let request = Request {
        environment: Some("production"),
        // By the project's id, and the key in any case.
        project: "p-pricing",
        pin: None,
        key: "DECISION",
        context: b"{}",
        options,
    };
    let answer = region.runtime.evaluate_sync(&request).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&answer.to_agent_json().unwrap()).unwrap();
    let names: BTreeSet<_> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, ["meta", "performance", "result", "trace"].into());
    assert_eq!(json["meta"]["path"], "DECISION");
    assert_eq!(json["meta"]["release"]["id"], "pricing-1");
    assert!(json["trace"]["own"]["output"].is_object());
}

#[test]
fn errors_name_what_was_asked_and_the_release() {
    let mut region = Region::new();
    let error = region.ask(&json!({}), None).unwrap_err();
    assert_eq!(error.code(), "notReady");
    region.serve(plan("1"));
    let request = Request {
        environment: None,
        project: "pricing",
        pin: None,
        key: "nothing",
        context: b"{}",
        options: EvaluateOptions::default(),
    };
    let ask = |request: Request<'_>| {
        let sync = region.runtime.evaluate_sync(&request).unwrap_err();
        assert_eq!(
            region.run(region.runtime.evaluate(&request)).unwrap_err(),
            sync
        );
        sync.to_json()
    };
    let error = ask(request);
    assert_eq!(error["kind"], "notFound");
    assert_eq!(error["release"]["version"], "1");
    assert_eq!(error["error"]["type"], "LoaderError");
    assert_eq!(
        ask(Request {
            context: b"{",
            ..request
        })["kind"],
        "invalid"
    );
    let error = ask(Request {
        project: "other",
        ..request
    });
    assert_eq!(error["kind"], "unknownProject");
    assert!(error["message"].as_str().unwrap().contains("`other`"));
    let error = ask(Request {
        environment: Some("dev"),
        ..request
    });
    assert_eq!(error["kind"], "unknownEnvironment");
    assert!(error["message"].as_str().unwrap().contains("`production`"));
    region
        .world
        .store("production")
        .bucket()
        .delete("production/metadata/timestamp.json");
    let report = region.refresh();
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(region.version(), "1");
}

#[test]
fn a_request_may_pin_what_is_in_memory() {
    let mut region = Region::with(&["production"], |options| {
        options.residency = ResidencyLimits {
            releases: 3,
            bytes: u64::MAX,
        };
    });
    for version in ["1", "2", "3"] {
        region.serve(plan(version));
    }
    let ask = |region: &Region, pin: &str| {
        let pin: Pin = pin.parse().unwrap();
        region
            .ask(&json!({}), Some(&pin))
            .map(|answer| version(&answer))
    };
    let first = format!("sha256:{}", region.digest("1"));
    for pin in ["1", "version:1", "release:pricing-1", &first] {
        assert_eq!(ask(&region, pin), Ok("1".to_owned()), "{pin}");
    }
    assert_eq!(region.version(), "3");
    let error = ask(&region, "version:9").unwrap_err();
    assert_eq!(error.code(), "unknownPin");
    let resident = error.to_json()["resident"].clone();
    let versions: Vec<_> = resident
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["version"])
        .collect();
    assert_eq!(versions, ["3", "2", "1"]);
    // 1 was asked for, 2 was active last: of these and the new one, nothing may go but 1.
    region.serve(plan("4"));
    assert_eq!(
        ask(&region, "1").map_err(|error| error.code()),
        Ok("1".to_owned())
    );
    assert_eq!(
        ask(&region, "2").map_err(|error| error.code()),
        Err("unknownPin")
    );
    assert_eq!(ask(&region, "3"), Ok("3".to_owned()));
}

#[test]
fn a_pin_that_means_several_releases_is_refused() {
    let mut region = Region::new();
    region.serve(plan("1"));
    // Published again with the same id and version, and other content.
    let mut again = plan("1-again");
    again.target = json!({"custom": {"release": "pricing-1", "version": "1"}});
    region.serve(again);
    for pin in ["1", "release:pricing-1", "version:1"] {
        let pin: Pin = pin.parse().unwrap();
        let error = region.ask(&json!({}), Some(&pin)).unwrap_err();
        assert_eq!(error.code(), "ambiguousPin");
        assert!(error.to_string().contains(&region.digest("1")), "{error}");
    }
    let pin = Pin::Digest(region.digest("1"));
    assert_eq!(version(&region.ask(&json!({}), Some(&pin)).unwrap()), "1");
}

#[test]
fn revoked_releases_are_gone_at_once() {
    let mut region = Region::new();
    region.serve(plan("1"));
    region.serve(plan("2"));
    let revoke = |region: &mut Region, version: &str| {
        region.publishers[0].revoke("pricing", version, "it is wrong", NOW);
        region.refresh();
    };
    revoke(&mut region, "1");
    assert_eq!(region.version(), "2");
    let pin = Pin::Digest(region.digest("1"));
    assert_eq!(
        region.ask(&json!({}), Some(&pin)).unwrap_err().code(),
        "revoked"
    );
    let pin = Pin::Version("1".to_owned());
    assert_eq!(
        region.ask(&json!({}), Some(&pin)).unwrap_err().code(),
        "unknownPin"
    );
    revoke(&mut region, "2");
    let error = region.ask(&json!({}), None).unwrap_err();
    assert_eq!(error.code(), "revoked");
    assert!(error.to_string().contains(&region.digest("2")), "{error}");
    assert!(!region.runtime.ready());
    region.serve(plan("3"));
    assert_eq!(region.version(), "3");
    assert!(region.runtime.ready());
}

#[test]
fn an_evaluation_finishes_on_the_release_it_began_with() {
    let mut region = Region::new();
    region.serve(with_node("1", "waits"));
    let request = Request {
        environment: None,
        project: "pricing",
        pin: None,
        key: "decision",
        context: b"{\"n\": 1}",
        options: EvaluateOptions::default(),
    };
    region.publish(&[plan("2")]);
    let runtime = &region.runtime;
    let selection = runtime.select(None, "pricing", None).unwrap();
    let answer = region.run(async {
        let mut under_way = Box::pin(runtime.evaluate(&request));
        // It is where the custom node waits.
        let once = poll_fn(|context| Poll::Ready(under_way.as_mut().poll(context).is_pending()));
        assert!(once.await);
        let report = runtime.refresh(None, When::Now).await.unwrap();
        assert_eq!(report.outcome, Outcome::Updated);
        let after = runtime.evaluate(&request).await.unwrap();
        assert_eq!(version(&after), "2");
        under_way.await.unwrap()
    });
    assert_eq!(version(&answer), "1");
    // What was selected is kept for whoever selected it.
    assert_eq!(selection.release().release().version.as_deref(), Some("1"));
    let answer = selection.evaluate_sync("part", b"{}", EvaluateOptions::default());
    assert_eq!(read(&answer.unwrap())["result"]["part"], "1");
    assert_eq!(region.version(), "2");
}

/// Threads that evaluate all the time see one release after the other, and nothing else.
#[test]
fn swaps_go_unnoticed_by_those_who_evaluate() {
    let mut region = Region::new();
    region.serve(plan("0"));
    for version in 1..=20 {
        region.publish(&[plan(&version.to_string())]);
        let done = AtomicBool::new(false);
        let runtime = &region.runtime;
        let evaluate = || {
            let mut seen = Vec::new();
            let mut is_last = false;
            while !is_last {
                is_last = done.load(Ordering::Acquire);
                let selection = runtime.select(None, "pricing", None).unwrap();
                let options = EvaluateOptions::default();
                let answer = selection.evaluate_sync("decision", b"{}", options);
                seen.push(support::version(&answer.unwrap()));
            }
            seen.dedup();
            seen
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(evaluate)).collect();
            let report = region.run(runtime.refresh(None, When::Now)).unwrap();
            assert_eq!(report.outcome, Outcome::Updated);
            done.store(true, Ordering::Release);
            let (before, after) = ((version - 1).to_string(), version.to_string());
            for thread in threads {
                let seen = thread.join().unwrap();
                assert!(
                    seen == [before.clone(), after.clone()] || seen == [after.clone()],
                    "{seen:?}"
                );
            }
        });
    }
}

#[test]
fn environments_and_projects_are_served_side_by_side() {
    let mut region = Region::with(&["production", "staging"], |options| {
        options.client.projects = Projects::All;
    });
    region.publish_to(0, &[plan("1"), Plan::new("shipping", "7")]);
    region.publish_to(1, &[plan("2")]);
    assert!(!region.runtime.ready());
    let reports = region.run(region.runtime.refresh_all(When::Now));
    assert!(
        reports
            .values()
            .all(|report| report.outcome == Outcome::Updated)
    );
    let ask = |environment, project| {
        let selection = region.runtime.select(environment, project, None)?;
        let answer = selection.evaluate_sync("decision", b"{}", EvaluateOptions::default())?;
        Ok::<_, Error>(version(&answer))
    };
    assert_eq!(ask(None, "pricing"), Ok("1".to_owned()));
    assert_eq!(ask(Some("production"), "shipping"), Ok("7".to_owned()));
    assert_eq!(ask(Some("staging"), "pricing"), Ok("2".to_owned()));
    let error = ask(Some("staging"), "shipping").unwrap_err();
    assert_eq!(error.code(), "unknownProject");
    let projects = region.runtime.projects(None).unwrap();
    let keys: Vec<_> = projects.keys().collect();
    assert_eq!(keys, ["pricing", "shipping"]);
    let shipping = &projects["shipping"];
    assert_eq!(
        shipping.identity().project.id.as_deref(),
        Some("p-shipping")
    );
    assert_eq!(shipping.keys().collect::<Vec<_>>(), ["decision", "part"]);
    assert!(!shipping.access().allows("anything"));
    assert!(region.runtime.ready());
}

#[test]
fn a_runtime_is_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Runtime>();
}
