//! The refresh procedure, step by step.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use futures_util::FutureExt as _;
use std::collections::BTreeMap;
use std::time::Duration;
use support::Region;
use zen_edge_sync::{Clock as _, Origin, Outcome, Staleness, When};
use zen_edge_sync_testkit::{Commit, Fault, Plan, Rule, When as Strikes};

#[test]
fn a_poll_without_change_is_one_conditional_get() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    let report = region.updated();
    assert_eq!(report.revision, Some(2));
    let asked = region.asked();
    assert_eq!(
        asked[..4],
        [
            "metadata/timestamp.json",
            "metadata/2.root.json",
            "metadata/2.snapshot.json",
            "metadata/2.targets.json"
        ]
    );
    assert!(asked[4].starts_with("targets/") && asked.len() == 5);
    region.pass(30);
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    let requests = region.world.log.take();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].conditional);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
    let age = region.client.age("pricing").unwrap();
    assert_eq!(age.staleness, Staleness::Fresh);
}

#[test]
fn polls_are_made_when_they_are_due() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    let due = || {
        region
            .world
            .clock
            .run(region.client.refresh(When::Due))
            .outcome
    };
    assert_eq!(due(), Outcome::Updated);
    assert_eq!(due(), Outcome::NotDue);
    let wait = region.client.wait();
    assert!(
        wait >= Duration::from_secs(24) && wait <= Duration::from_secs(36),
        "{wait:?}"
    );
    region.world.clock.advance(wait);
    assert_eq!(due(), Outcome::Unchanged);
}

#[test]
fn a_full_round_finds_a_new_root_though_the_timestamp_is_the_same() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.updated();
    region.pass(2 * 3600);
    region.asked();
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    assert_eq!(
        region.asked(),
        ["metadata/timestamp.json", "metadata/2.root.json"]
    );
}

#[test]
fn what_serves_goes_on_while_its_age_is_told() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.updated();
    let staleness = || region.client.age("pricing").unwrap().staleness;
    assert_eq!(staleness(), Staleness::Fresh);
    region.pass(61);
    assert_eq!(staleness(), Staleness::Stale);
    region.pass(8 * 24 * 3600);
    assert_eq!(staleness(), Staleness::Expired);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
}

/// A refresh whose request was cancelled, at each point where it waits, keeps nobody else from
/// refreshing.
#[test]
fn a_refresh_that_is_given_up_anywhere_hinders_nobody() {
    for polls in 1..40 {
        let mut region = Region::new(&["eu"]);
        region.publish("pricing", "1");
        let every = glob::Pattern::new("*").unwrap();
        let slow = Rule::new(Fault::SlowDrip(1), every, Strikes::Always);
        region.world.store("eu").fail(slow);
        {
            let mut refresh = Box::pin(region.client.refresh(When::Now));
            for _ in 0..polls {
                if refresh.as_mut().now_or_never().is_some() {
                    break;
                }
                region.pass(1);
            }
        }
        region.world.store("eu").heal();
        let report = region.refresh();
        assert_ne!(report.outcome, Outcome::InFlight);
        assert_eq!(region.version("pricing").as_deref(), Some("1"));
    }
}

#[test]
fn after_a_restart_what_was_good_is_served_without_a_store() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.updated();
    let digest = region.client.activator().release("pricing").digest.clone();
    region.restart();
    region.asked();
    region.load();
    assert_eq!(region.asked(), [""; 0]);
    let release = region.client.activator().release("pricing");
    assert_eq!(
        (&release.digest, release.origin),
        (&digest, Origin::LastKnownGood)
    );
    assert_eq!(
        region.client.age("pricing").unwrap().staleness,
        Staleness::Stale
    );
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    assert_eq!(
        region.client.age("pricing").unwrap().staleness,
        Staleness::Fresh
    );
}

/// The host stops between any two writes to its cache: the next instance serves the release before
/// or the release after, and nothing is left behind for good.
#[test]
fn a_crash_between_any_two_writes_loses_nothing() {
    for writes in 0..12 {
        let mut region = Region::new(&["eu"]);
        region.publish("pricing", "1");
        region.publish("tax", "1");
        region.updated();
        region.publish("pricing", "2");
        region.publish("tax", "2");
        region.world.cache.crash_after(writes);
        region.updated();
        assert_eq!(region.version("pricing").as_deref(), Some("2"));
        region.restart();
        region.load();
        let versions = (region.version("pricing"), region.version("tax"));
        let both = |version: &str| (Some(version.to_owned()), Some(version.to_owned()));
        assert!(
            [both("1"), both("2")].contains(&versions),
            "{writes}: {versions:?}"
        );
        region.refresh();
        assert_eq!(
            (region.version("pricing"), region.version("tax")),
            both("2")
        );
        for version in ["3", "4"] {
            region.publish("pricing", version);
            region.updated();
        }
        // Two projects, each with what is active and what was before.
        let bundles = region.world.cache.entries().into_keys();
        let bundles: Vec<_> = bundles.filter(|key| key.contains("/bundles/")).collect();
        assert_eq!(bundles.len(), 4, "{writes}: {bundles:?}");
    }
}

/// A native host may refresh on any thread.
#[test]
fn a_refresh_can_be_sent_to_another_thread() {
    fn sendable<T: Send>(future: T) -> T {
        future
    }
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    let refresh = sendable(region.client.refresh(When::Now));
    assert_eq!(region.world.clock.run(refresh).outcome, Outcome::Updated);
}

/// A team that does not renew its signatures keeps its own releases from changing, and nobody
/// else's; what it had is served.
#[test]
fn a_delegated_role_that_has_expired_concerns_its_own_projects_only() {
    let mut region = Region::new(&["eu"]);
    region.publisher.delegate("team", &["team-*"], support::NOW);
    region.publish("team-a", "1");
    region.publish("pricing", "1");
    region.updated();
    let expires = serde_json::json!({"expires": "2026-01-02T00:00:00Z"});
    let commit = Commit {
        amend: BTreeMap::from([("team".to_owned(), expires)]),
        ..Commit::default()
    };
    let plans = [Plan::new("team-a", "2"), Plan::new("pricing", "2")];
    region.pass(2 * 24 * 3600);
    let now = region.world.clock.now();
    region.publisher.publish(&plans, now, &commit, None);
    let report = region.updated();
    assert_eq!(report.projects["team-a"].kind().code(), "expired");
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
    assert_eq!(region.version("team-a").as_deref(), Some("1"));
    // A new instance serves what it can.
    region.world.cache.restore(BTreeMap::new());
    region.restart();
    region.updated();
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
    assert_eq!(region.version("team-a"), None);
}

/// What is kept is bounded: releases beyond that are served, and fetched again after a restart.
#[test]
fn last_known_good_is_bounded() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.publish("tax", "1");
    let bundles = region.world.store("eu").bucket().files("*/targets/*");
    let longest = bundles.values().map(Vec::len).max().unwrap();
    region.options(|options| options.kept_bytes = longest as u64);
    region.updated();
    assert!(region.version("pricing").is_some() && region.version("tax").is_some());
    let entries = region.world.cache.entries();
    let kept: usize = entries
        .iter()
        .filter(|(key, _)| key.contains("/bundles/"))
        .map(|(_, bytes)| bytes.len())
        .sum();
    assert!(kept > 0 && kept <= longest, "{kept} of {longest}");
    region.options(|options| options.kept_bytes = longest as u64);
    region.load();
    assert!(region.version("pricing").is_some() != region.version("tax").is_some());
    region.updated();
    assert!(region.version("pricing").is_some() && region.version("tax").is_some());
}

/// While something is served one refresh runs, and whoever else asks for one is told so at once.
#[test]
fn two_refreshes_do_not_wait_for_each_other() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    region.updated();
    region.publish("pricing", "2");
    let every = glob::Pattern::new("*").unwrap();
    let slow = Rule::new(Fault::SlowDrip(1), every, Strikes::Always);
    region.world.store("eu").fail(slow);
    let mut first = Box::pin(region.client.refresh(When::Now));
    assert!(first.as_mut().now_or_never().is_none());
    let second = region.client.refresh(When::Now).now_or_never().unwrap();
    assert_eq!(second.outcome, Outcome::InFlight);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
    assert_eq!(region.world.clock.run(first).outcome, Outcome::Updated);
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
}

#[test]
fn a_status_is_ready_with_every_project_that_is_configured_and_none_that_has_expired() {
    use zen_edge_sync::{OnExpired, Projects};
    let listed =
        |names: &[&str]| Projects::Listed(names.iter().map(|name| (*name).to_owned()).collect());
    let mut region = Region::new(&["eu"]);
    let nobody = |_: &str| false;
    let mut status = region.client.status();
    status.complete(&Projects::All, nobody);
    assert!(!status.is_ready(&Projects::All, OnExpired::Serve));
    region.publish("pricing", "1");
    region.updated();
    let ready = |projects: &Projects, on_expired| {
        let mut status = region.client.status();
        status.complete(projects, nobody);
        status.is_ready(projects, on_expired)
    };
    assert!(ready(&Projects::All, OnExpired::Refuse));
    assert!(ready(&listed(&["pricing"]), OnExpired::Refuse));
    assert!(!ready(&listed(&["pricing", "credit"]), OnExpired::Serve));
    region.pass(60 * 60 * 24 * 400);
    assert!(ready(&Projects::All, OnExpired::Serve));
    assert!(!ready(&Projects::All, OnExpired::Flag));
}
