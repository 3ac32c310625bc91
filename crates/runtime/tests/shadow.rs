//! Candidates beside the active release.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::json;
use support::{Region, version, with_node};
use zen_edge_runtime::sync::When;
use zen_edge_runtime::{Candidate, Contexts, EnvironmentOptions, Pin, Runtime, ShadowOptions};
use zen_edge_sync_testkit::{Plan, graph};

fn shadow(share: f64, contexts: Contexts) -> impl Fn(&mut EnvironmentOptions) {
    move |options| {
        if options.client.environment == "production" {
            options.shadow = Some(ShadowOptions {
                candidate: Candidate::Environment("staging".to_owned()),
                share,
                samples: 3,
                contexts: contexts.clone(),
            });
        }
    }
}

/// A release that answers what its context says, but for large orders.
fn discount(version: &str, large: &str) -> Plan {
    let mut plan = Plan::new("pricing", version);
    let rule = format!("n > 10 ? {large} : 0");
    let decision = graph(None, &[("discount", rule)]);
    plan.documents.insert("decision".to_owned(), decision);
    plan
}

fn serve(region: &mut Region, production: Plan, staging: Plan) {
    region.publish_to(0, &[production]);
    region.publish_to(1, &[staging]);
    let reports = region.run(region.runtime.refresh_all(When::Now));
    assert_eq!(reports.len(), 2);
}

#[test]
fn differences_are_counted_and_sampled() {
    let contexts = Contexts::Masked(["n".to_owned()].into());
    let mut region = Region::with(&["production", "staging"], shadow(1.0, contexts));
    serve(&mut region, discount("1", "5"), discount("2", "7"));
    for n in 1..=15 {
        let answer = region.ask(&json!({"n": n, "name": "Ann"}), None).unwrap();
        assert_eq!(answer.release().environment, "production");
        let discount = if n > 10 { "5" } else { "0" };
        assert!(
            answer
                .to_json()
                .unwrap()
                .windows(14)
                .any(|it| it.starts_with(format!("\"discount\":{discount}").as_bytes()))
        );
        let run = answer.shadow.unwrap();
        match n % 2 {
            0 => run.run_sync(),
            _ => region.run(run.run()),
        }
    }
    let report = region.shadow();
    assert_eq!(report[0]["active"], region.digest("1"));
    assert_eq!(
        report[0]["candidate"],
        region.publishers[1].digest("pricing", "2").unwrap()
    );
    let counts = ["same", "different", "failed"].map(|name| report[0][name].as_u64().unwrap());
    assert_eq!(counts, [10, 5, 0]);
    let samples = report[0]["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    let newest = samples.last().unwrap();
    assert_eq!(newest["path"], "/discount");
    assert_eq!(newest["context"], json!({"n": 15, "name": "***"}));
    assert_eq!(newest["contextHash"].as_str().unwrap().len(), 64);
    assert_eq!(newest["key"], "decision");
    assert!(!report.to_string().contains("Ann"));
}

#[test]
fn only_a_share_is_drawn_and_contexts_are_hashed() {
    let mut region = Region::with(&["production", "staging"], shadow(0.25, Contexts::Hashed));
    serve(&mut region, discount("1", "5"), discount("2", "7"));
    let mut drawn = 0;
    for _ in 0..400 {
        let answer = region.ask(&json!({"n": 11}), None).unwrap();
        drawn += u64::from(answer.shadow.is_some());
        if let Some(run) = answer.shadow {
            run.run_sync();
        }
    }
    assert!((70..130).contains(&drawn), "{drawn}");
    let report = region.shadow();
    assert_eq!(report[0]["different"], drawn);
    assert!(report[0]["samples"][0].get("context").is_none());
    // A pinned request asks for one release, and a failed one has nothing to compare.
    let pin = Pin::Version("1".to_owned());
    for _ in 0..40 {
        assert!(
            region
                .ask(&json!({"n": 11}), Some(&pin))
                .unwrap()
                .shadow
                .is_none()
        );
    }
    // A run that is dropped leaves no trace.
    while region
        .ask(&json!({"n": 11}), None)
        .unwrap()
        .shadow
        .is_none()
    {}
    assert_eq!(region.shadow(), report);
}

#[test]
fn a_candidate_that_fails_changes_nothing() {
    let mut region = Region::with(&["production", "staging"], shadow(1.0, Contexts::Hashed));
    serve(
        &mut region,
        Plan::new("pricing", "1"),
        with_node("2", "panics"),
    );
    for _ in 0..10 {
        let answer = region.ask(&json!({"panic": true}), None).unwrap();
        assert_eq!(version(&answer), "1");
        answer.shadow.unwrap().run_sync();
    }
    assert_eq!(region.shadow()[0]["failed"], 10);
    assert_eq!(region.shadow()[0]["samples"][0]["error"], "trapped");
    // Nobody was served from it, so nobody takes it back.
    let staging = &region.status()["environments"]["staging"];
    assert_eq!(staging["projects"]["pricing"]["release"]["version"], "2");
    assert_eq!(staging["projects"]["pricing"]["traps"], json!([]));
    // One that waits for the host fails at once, and answers where there is time.
    serve(
        &mut region,
        Plan::new("pricing", "1"),
        with_node("3", "waits"),
    );
    let ask = || region.ask(&json!({}), None).unwrap().shadow.unwrap();
    ask().run_sync();
    let newest = region.shadow()[1].clone();
    assert_eq!(newest["samples"][0]["error"], "wouldAwait");
    assert_eq!(region.shadow()[0]["failed"], 10);
}

#[test]
fn a_candidate_may_be_a_release_in_memory() {
    // Packing is deterministic, so another region knows the digest.
    let mut other = Region::new();
    other.publish(&[discount("1", "5")]);
    let digest = other.digest("1");
    let mut region = Region::with(&["production"], |options| {
        options.shadow = Some(ShadowOptions {
            candidate: Candidate::Digest(digest.clone()),
            share: 1.0,
            samples: 0,
            contexts: Contexts::Hashed,
        });
    });
    let ask = |region: &Region| region.ask(&json!({"n": 11}), None).unwrap().shadow;
    region.serve(discount("1", "5"));
    assert!(ask(&region).is_none(), "there is nothing to compare");
    for version in 2..10 {
        region.serve(discount(&version.to_string(), "6"));
        // It is asked for all the time, so it stays in memory.
        ask(&region).unwrap().run_sync();
    }
    let newest = region.shadow().as_array().unwrap().last().unwrap().clone();
    assert_eq!(newest["different"], 1);
    assert_eq!(newest["samples"], json!([]));
}

#[test]
fn both_see_the_same_time() {
    let clock = |version: &str| {
        let mut plan = Plan::new("pricing", version);
        let decision = graph(None, &[("now", "date('now')".to_owned())]);
        plan.documents.insert("decision".to_owned(), decision);
        plan
    };
    let mut region = Region::with(&["production", "staging"], shadow(1.0, Contexts::Hashed));
    serve(&mut region, clock("1"), clock("2"));
    let answer = region.ask(&json!({}), None).unwrap();
    assert_eq!(
        support::read(&answer)["result"]["now"],
        support::NOW / 1_000
    );
    region.advance(3_600);
    answer.shadow.unwrap().run_sync();
    assert_eq!(region.shadow()[0]["same"], 1);
}

#[test]
fn what_cannot_be_is_refused_at_the_beginning() {
    let region = Region::with(&["production", "staging"], |_| {});
    let begin = |change: &dyn Fn(&mut Vec<EnvironmentOptions>)| {
        let mut options = region.options.clone();
        change(&mut options);
        Runtime::new(options, region.world.ports()).map_err(|error| error.to_string())
    };
    assert!(begin(&|_| {}).is_ok());
    let with = |candidate: &str, share: f64| {
        let candidate = Candidate::Environment(candidate.to_owned());
        begin(&|options| {
            options[0].shadow = Some(ShadowOptions {
                candidate: candidate.clone(),
                share,
                samples: 1,
                contexts: Contexts::Hashed,
            });
        })
    };
    assert!(with("staging", 0.5).is_ok());
    for (refused, word) in [
        (with("production", 0.5), "another environment"),
        (with("dev", 0.5), "`dev`"),
        (with("staging", 1.1), "1.1"),
        (with("staging", f64::NAN), "NaN"),
        (begin(&Vec::clear), "no environment"),
        (
            begin(&|options| options[1] = options[0].clone()),
            "two environments",
        ),
        (
            begin(&|options| options[0].client.sources.clear()),
            "`production`",
        ),
    ] {
        let message = refused.unwrap_err();
        assert!(message.contains(word), "{message}");
    }
}
