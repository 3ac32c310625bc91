//! What becomes active, and what is taken back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use glob::Pattern;
use serde_json::json;
use std::num::NonZeroU32;
use support::{Region, version, with_node, with_smoke};
use zen_edge_runtime::sync::{OnExpired, Outcome, Projects};
use zen_edge_runtime::{CircuitOptions, Error, Pin};
use zen_edge_sync_testkit::{Content, Fault, Plan, Rule};

fn plan(version: &str) -> Plan {
    Plan::new("pricing", version)
}

/// The last error of the project, and whether its digest is refused.
fn refusal(region: &Region, version: &str) -> String {
    let project = region.project();
    let refused = project["refused"].as_array().unwrap();
    let digest = region.digest(version);
    let found = refused
        .iter()
        .find(|it| it["digest"] == digest.as_str())
        .unwrap();
    assert_eq!(project["error"]["kind"], found["kind"], "{project}");
    found["kind"].as_str().unwrap().to_owned()
}

#[test]
fn a_release_that_does_not_compile_is_not_activated() {
    let mut region = Region::new();
    region.serve(plan("1"));
    let mut broken = plan("2");
    let no_input = json!({"contentType": "graph", "nodes": [], "edges": []});
    broken.documents.insert("decision".to_owned(), no_input);
    region.publish(&[broken]);
    let report = region.refresh();
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(region.version(), "1");
    assert_eq!(refusal(&region, "2"), "notCompiled");
    assert!(region.runtime.ready());
}

#[test]
fn a_release_that_fails_its_smoke_cases_is_not_activated() {
    let mut region = Region::new();
    region.serve(Plan {
        content: Content::SmokePassing,
        ..plan("1")
    });
    let wrong = json!({"n": 1, "part": "3", "release": "another one"});
    let cases = [
        Plan {
            content: Content::SmokeFailing,
            ..plan("2")
        },
        with_smoke(plan("3"), json!({"n": 1}), Some(wrong)),
        // It waits for the host, which an activation does not.
        with_smoke(with_node("4", "waits"), json!({"n": 1}), None),
        with_smoke(with_node("5", "panics"), json!({"panic": true}), None),
        with_smoke(plan("6"), json!("no object at all"), Some(json!(1))),
    ];
    for plan in cases {
        let published = plan.version.clone();
        region.publish(&[plan]);
        assert_eq!(region.refresh().outcome, Outcome::Failed, "{published}");
        assert_eq!(region.version(), "1");
        assert_eq!(refusal(&region, &published), "smokeFailed", "{published}");
    }
    let message = region.project()["refused"][2]["message"].to_string();
    assert!(message.contains("waits for the host"), "{message}");
    assert!(message.contains("`smoke` of `decision`"), "{message}");
    // The same case, and a node that answers at once.
    let good = with_smoke(plan("3-good"), json!({"n": 1}), None);
    region.serve(good);
    assert_eq!(region.version(), "3-good");
}

#[test]
fn a_release_that_traps_is_taken_back() {
    let mut region = Region::new();
    region.serve(plan("1"));
    region.serve(with_node("2", "panics"));
    let trap = |region: &Region| region.ask(&json!({"panic": true}), None).unwrap_err();
    for _ in 0..2 {
        let error = trap(&region);
        assert_eq!(error.code(), "trapped");
        let release = error.release().unwrap();
        assert_eq!(release.version.as_deref(), Some("2"));
        // Other contexts are answered, before and after.
        assert_eq!(region.version(), "2");
    }
    trap(&region);
    assert_eq!(region.version(), "1");
    assert_eq!(
        version(&region.ask(&json!({"panic": true}), None).unwrap()),
        "1"
    );
    let pin = Pin::Digest(region.digest("2"));
    assert_eq!(
        region.ask(&json!({}), Some(&pin)).unwrap_err().code(),
        "takenBack"
    );
    let traps = region.project()["traps"].clone();
    assert_eq!(traps[0]["caught"], 3, "{traps}");
    assert_eq!(traps[0]["takenBack"], true);
    assert_eq!(traps[0]["message"], "evaluating `decision` panicked");
    // Sync is told in the next refresh, which is wanted at once, and does not bring it again.
    assert_eq!(region.runtime.wait().as_millis(), 0);
    for _ in 0..3 {
        region.refresh();
        assert_eq!(region.version(), "1");
        assert_eq!(refusal(&region, "2"), "trapped");
        assert!(region.runtime.ready());
        assert!(region.runtime.wait().as_millis() > 0);
        region.advance(60);
    }
    assert_eq!(region.project()["release"]["version"], "1");
    // Nor does a restart.
    region.restart();
    region.run(region.runtime.load());
    assert_eq!(region.version(), "1");
    region.refresh();
    assert_eq!(region.version(), "1");
    // The publisher's next release does.
    region.serve(plan("3"));
    assert_eq!(region.version(), "3");
}

#[test]
fn a_release_without_another_one_stays_although_it_traps() {
    let mut region = Region::new();
    region.serve(with_node("1", "panics"));
    for count in 1..6 {
        assert_eq!(
            region
                .ask(&json!({"panic": true}), None)
                .unwrap_err()
                .code(),
            "trapped"
        );
        assert_eq!(region.version(), "1");
        assert_eq!(region.project()["traps"][0]["caught"], count);
        assert_eq!(region.project()["traps"][0]["takenBack"], false);
    }
    region.refresh();
    region.restart();
    region.run(region.runtime.load());
    assert_eq!(region.version(), "1");
}

#[test]
fn a_trap_that_the_host_reports_counts_at_once_and_lasts() {
    let mut region = Region::new();
    region.serve(plan("1"));
    region.serve(plan("2"));
    let report = |region: &Region, digest: Option<String>| {
        region.run(
            region
                .runtime
                .report_trap(None, "pricing", digest.as_deref()),
        )
    };
    assert_eq!(report(&region, None), Ok(()));
    assert_eq!(region.version(), "1");
    assert_eq!(region.project()["traps"][0]["reported"], 1);
    // The wasm instance that is next knows nothing but what was kept.
    region.restart();
    let trapped = region.digest("2");
    region.run(region.runtime.load());
    assert_eq!(region.version(), "1");
    assert_eq!(report(&region, Some(trapped)), Ok(()));
    region.refresh();
    assert_eq!(region.version(), "1");
    let error = region.run(region.runtime.report_trap(Some("dev"), "pricing", None));
    assert_eq!(error.unwrap_err().code(), "unknownEnvironment");
    let error = region.run(region.runtime.report_trap(None, "other", None));
    assert_eq!(error.unwrap_err().code(), "unknownProject");
}

#[test]
fn the_circuit_is_set_as_configured() {
    let mut region = Region::with(&["production"], |options| {
        options.circuit = CircuitOptions {
            traps: Some(NonZeroU32::MIN),
            reported: None,
        };
    });
    region.serve(plan("1"));
    region.serve(with_node("2", "panics"));
    for _ in 0..5 {
        region
            .run(region.runtime.report_trap(None, "pricing", None))
            .unwrap();
    }
    assert_eq!(region.version(), "2");
    region.ask(&json!({"panic": true}), None).unwrap_err();
    assert_eq!(region.version(), "1");
}

#[test]
fn rolling_back_to_what_is_in_memory_compiles_nothing() {
    let mut region = Region::new();
    region.serve(plan("1"));
    let before = region.runtime.projects(None).unwrap()["pricing"].clone();
    region.serve(plan("2"));
    region.serve(plan("1"));
    let after = region.runtime.projects(None).unwrap()["pricing"].clone();
    assert_eq!(region.version(), "1");
    assert!(after.release().revision > before.release().revision);
    assert!(std::ptr::eq(after.identity(), before.identity()));
}

#[test]
fn what_was_kept_answers_before_any_source_is_asked() {
    let mut region = Region::new();
    region.serve(plan("1"));
    region.restart();
    assert_eq!(region.ask(&json!({}), None).unwrap_err().code(), "notReady");
    assert!(!region.runtime.ready());
    region.world.log.take();
    region.run(region.runtime.load());
    assert_eq!(region.version(), "1");
    assert!(region.runtime.ready());
    assert!(region.world.log.take().is_empty());
    let answer = region.ask(&json!({}), None).unwrap();
    assert_eq!(support::read(&answer)["release"]["origin"], "lastKnownGood");
    assert_eq!(support::read(&answer)["staleness"], "stale");
}

/// Eight days are longer than the timestamp lasts.
const EIGHT_DAYS: u64 = 8 * 86_400;

#[test]
fn expired_releases_are_served_flagged_or_refused() {
    for policy in [OnExpired::Serve, OnExpired::Flag, OnExpired::Refuse] {
        let mut region = Region::with(&["production"], |options| {
            options.client.staleness.on_expired = policy;
        });
        region.serve(plan("1"));
        let rule = Rule::new(
            Fault::Unavailable,
            Pattern::new("*").unwrap(),
            Default::default(),
        );
        region.world.store("production").fail(rule);
        region.advance(3_600);
        region.refresh();
        assert_eq!(region.version(), "1");
        assert!(region.runtime.ready());
        region.advance(EIGHT_DAYS);
        assert_eq!(region.refresh().outcome, Outcome::Failed);
        assert_eq!(
            region.runtime.ready(),
            policy == OnExpired::Serve,
            "{policy:?}"
        );
        assert_eq!(region.status()["ready"], policy == OnExpired::Serve);
        assert_eq!(region.project()["staleness"], "expired");
        match (policy, region.ask(&json!({}), None)) {
            (OnExpired::Refuse, Err(Error::Expired { age, release })) => {
                assert_eq!(age, 3_600 + EIGHT_DAYS);
                assert_eq!(release.version.as_deref(), Some("1"));
            }
            (OnExpired::Serve | OnExpired::Flag, Ok(answer)) => {
                assert_eq!(support::read(&answer)["staleness"], "expired");
            }
            (_, answer) => panic!("{policy:?}: {answer:?}"),
        }
        region.world.store("production").heal();
        region.serve(plan("2"));
        assert!(region.runtime.ready());
        assert_eq!(region.version(), "2");
    }
}

#[test]
fn readiness_is_true_in_every_state() {
    let mut region = Region::with(&["production"], |options| {
        options.client.projects =
            Projects::Listed(["pricing", "shipping"].map(str::to_owned).into());
    });
    let is_ready = |region: &Region| {
        let status = region.status();
        assert_eq!(status["ready"], region.runtime.ready());
        assert_eq!(
            status["environments"]["production"]["ready"],
            status["ready"]
        );
        region.runtime.ready()
    };
    // Nothing is known; what is configured is shown nevertheless.
    assert!(!is_ready(&region));
    assert!(region.project()["release"].is_null());
    // An environment without projects, then one of two.
    region.refresh();
    assert!(!is_ready(&region));
    region.serve(plan("1"));
    assert!(!is_ready(&region));
    let error = region.ask(&json!({}), None).map(|answer| version(&answer));
    assert_eq!(error, Ok("1".to_owned()));
    region.serve(Plan::new("shipping", "1"));
    assert!(is_ready(&region));
    // A bundle that is missing changes nothing.
    region.publish(&[plan("2")]);
    region.world.store("production").bucket().delete(&format!(
        "production/targets/{}.pricing",
        region.digest("2")
    ));
    region.refresh();
    assert!(is_ready(&region));
    // A project that is taken out does.
    region.publishers[0].remove(&["shipping".to_owned()], support::NOW, &Default::default());
    region.refresh();
    assert!(!is_ready(&region));
}

#[test]
fn readiness_without_a_list_is_that_of_what_the_environment_lists() {
    let mut region = Region::with(&["production"], |options| {
        options.client.projects = Projects::All;
    });
    assert!(!region.runtime.ready());
    // Signed, and empty: that is what its publisher wants.
    region.refresh();
    assert!(region.runtime.ready());
    region.publish(&[plan("1"), Plan::new("shipping", "1")]);
    region.refresh();
    assert!(region.runtime.ready());
    region.publishers[0].remove(&["shipping".to_owned()], support::NOW, &Default::default());
    region.refresh();
    assert!(region.runtime.ready());
    let error = region.runtime.select(None, "shipping", None).unwrap_err();
    assert_eq!(error.code(), "unknownProject");
    region.publish(&[Plan::new("shipping", "2")]);
    let digest = region.publishers[0].digest("shipping", "2").unwrap();
    let bundle = format!("production/targets/{digest}.shipping");
    let bytes = region
        .world
        .store("production")
        .bucket()
        .get(&bundle)
        .unwrap();
    region.world.store("production").bucket().delete(&bundle);
    region.refresh();
    assert!(!region.runtime.ready());
    let error = region.runtime.select(None, "shipping", None).unwrap_err();
    assert_eq!(error.code(), "notReady");
    region
        .world
        .store("production")
        .bucket()
        .put(&bundle, bytes);
    region.advance(3_600);
    region.refresh();
    assert!(region.runtime.ready(), "{}", region.status());
}
