//! What is not signed, and what holds for it all the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{NOW, Served};
use zen_edge_sync::{
    ArtifactLocation, Client, ClientOptions, Clock as _, GoRulesOptions, MissingPolicy, Origin,
    Outcome, PortFuture, Projects, Report, RulesSync, RulesSyncOptions, StoreError, StoreErrorKind,
    Trust, TrustOptions, UnsignedOptions, When,
};
use zen_edge_sync_testkit::{Deployer, Fault, Plan, Rule, When as Strikes, World};

struct Region {
    world: World,
    deployer: Deployer,
    options: ClientOptions,
    client: Client<Served>,
}

impl Region {
    fn gorules(missing: MissingPolicy) -> Self {
        Self::new(UnsignedOptions::GoRules(GoRulesOptions {
            missing,
            ..GoRulesOptions::new("production")
        }))
    }

    fn new(unsigned: UnsignedOptions) -> Self {
        let world = World::new(NOW, 1, ["eu", "us"]);
        let deployer = Deployer::new("production", world.store("eu").bucket().clone());
        let sources = world.stores.keys().map(|name| world.source(name)).collect();
        let trust = TrustOptions::Unsigned(unsigned);
        let mut options = ClientOptions::new("production", trust, sources);
        if matches!(
            &options.trust,
            TrustOptions::Unsigned(UnsignedOptions::RulesSync(_))
        ) {
            options.projects = Projects::Listed(BTreeSet::from(["pricing".to_owned()]));
        }
        let client = Client::new(options.clone(), world.ports(), Served::default()).unwrap();
        Self {
            world,
            deployer,
            options,
            client,
        }
    }

    fn restart(&mut self) {
        let ports = self.world.ports();
        self.client = Client::new(self.options.clone(), ports, Served::default()).unwrap();
    }

    fn deploy(&mut self, project: &str, version: &str) {
        self.world.clock.advance(Duration::from_secs(60));
        let now = self.world.clock.now();
        self.deployer
            .deploy(&[Plan::new(project, version)], now, None);
    }

    fn refresh(&self) -> Report {
        self.world.clock.advance(Duration::from_secs(120));
        self.world.clock.run(self.client.refresh(When::Now))
    }

    fn version(&self, project: &str) -> Option<String> {
        self.client.activator().version(project)
    }

    fn fail(&self, fault: Fault, key: &str) {
        let rule = Rule::new(fault, glob::Pattern::new(key).unwrap(), Strikes::Always);
        self.world.store("eu").fail(rule);
    }
}

#[test]
fn projects_are_listed_page_by_page_and_fetched_when_their_tag_changes() {
    let mut region = Region::gorules(MissingPolicy::Keep);
    region.world.store("eu").set_page(2);
    for number in 0..5 {
        region.deploy(&format!("project-{number}"), "1");
    }
    region.world.log.take();
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    assert_eq!(region.world.log.take().len(), 3 + 5);
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    assert_eq!(region.world.log.take().len(), 3);
    region.deploy("project-3", "2");
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    assert_eq!(region.world.log.take().len(), 3 + 1);
    assert_eq!(region.version("project-3").as_deref(), Some("2"));
    let release = region.client.activator().release("project-3");
    assert_eq!((release.trust, release.revision), (Trust::Unsigned, None));
}

#[test]
fn projects_that_are_named_are_asked_for_without_a_listing() {
    let mut region = Region::gorules(MissingPolicy::Keep);
    region.options.projects = Projects::Listed(BTreeSet::from(["pricing".to_owned()]));
    region.restart();
    region.deploy("pricing", "1");
    region.fail(Fault::ListFails, "*");
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    region.world.log.take();
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    let requests = region.world.log.take();
    assert!(
        requests.len() == 1 && requests[0].conditional,
        "{requests:?}"
    );
}

#[test]
fn a_replica_that_went_backwards_is_refused_and_a_rollback_is_not() {
    let mut region = Region::gorules(MissingPolicy::Keep);
    region.deploy("pricing", "1");
    region.refresh();
    region.deploy("pricing", "2");
    region.refresh();
    let bucket = region.world.store("eu").bucket().clone();
    region.deployer.replay("pricing", "1", &bucket);
    let report = region.refresh();
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.projects["pricing"].kind().code(), "rollback");
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
    region.deploy("pricing", "1");
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
}

#[test]
fn an_object_that_is_no_bundle_is_refused_once_and_not_fetched_again() {
    let mut region = Region::gorules(MissingPolicy::Keep);
    region.deploy("pricing", "1");
    region.refresh();
    let bucket = region.world.store("eu").bucket().clone();
    bucket.put("production/pricing", b"<html>".to_vec());
    assert_eq!(region.refresh().outcome, Outcome::Failed);
    region.world.log.take();
    region.refresh();
    assert_eq!(region.world.log.take().len(), 1);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
    region.deploy("pricing", "2");
    assert_eq!(region.refresh().outcome, Outcome::Updated);
}

#[test]
fn what_a_listing_lacks_stays_until_the_policy_says_otherwise() {
    let remove = MissingPolicy::RemoveAfter {
        listings: 3,
        time: Duration::from_secs(300),
    };
    for (policy, left) in [(MissingPolicy::Keep, true), (remove, false)] {
        let mut region = Region::gorules(policy);
        region.deploy("pricing", "1");
        region.deploy("tax", "1");
        region.refresh();
        region.deployer.remove(&["tax".to_owned()]);
        for _ in 0..3 {
            region.refresh();
            assert_eq!(region.version("tax").as_deref(), Some("1"));
        }
        region.refresh();
        assert_eq!(region.version("tax").is_some(), left, "{policy:?}");
        assert_eq!(region.version("pricing").as_deref(), Some("1"));
        // A listing without any project never counts.
        region.deployer.remove(&["pricing".to_owned()]);
        for _ in 0..9 {
            assert_eq!(region.refresh().outcome, Outcome::Failed);
        }
        assert_eq!(region.version("pricing").as_deref(), Some("1"));
    }
}

#[test]
fn unsigned_releases_outlive_a_restart_and_the_store() {
    let mut region = Region::gorules(MissingPolicy::Keep);
    region.deploy("pricing", "1");
    region.refresh();
    region.fail(Fault::Dns, "*");
    region.restart();
    region.world.clock.run(region.client.load());
    let release = region.client.activator().release("pricing");
    assert_eq!(release.origin, Origin::LastKnownGood);
    assert_eq!(region.refresh().outcome, Outcome::Failed);
    assert_eq!(region.version("pricing").as_deref(), Some("1"));
}

/// What BRMS would answer. BRMS itself cannot be had for tests.
#[derive(Default)]
struct Brms {
    answer: Mutex<Value>,
    artifacts: Mutex<BTreeMap<ArtifactKey, Vec<u8>>>,
    requests: Mutex<Vec<Value>>,
}

type ArtifactKey = (bool, String);

impl RulesSync for Brms {
    fn sync(&self, request: Vec<u8>, _: u64) -> PortFuture<'_, Result<Vec<u8>, StoreError>> {
        let request = serde_json::from_slice(&request).unwrap();
        self.requests.lock().unwrap().push(request);
        let answer = self.answer.lock().unwrap().clone();
        let answer = match answer {
            Value::Null => Err(StoreError::new(StoreErrorKind::Unavailable, "BRMS is down")),
            answer => Ok(answer.to_string().into_bytes()),
        };
        Box::pin(std::future::ready(answer))
    }

    fn artifact(
        &self,
        location: ArtifactLocation,
        _: u64,
    ) -> PortFuture<'_, Result<Vec<u8>, StoreError>> {
        let key = match location {
            ArtifactLocation::Absolute(url) => (true, url),
            ArtifactLocation::Relative(path) => (false, path),
        };
        let artifact = self.artifacts.lock().unwrap().get(&key).cloned();
        let missing = || StoreError::new(StoreErrorKind::Invalid, "there is no such artifact");
        Box::pin(std::future::ready(artifact.ok_or_else(missing)))
    }
}

#[test]
fn brms_is_asked_for_what_is_newer_than_what_is_active() {
    let brms = Arc::new(Brms::default());
    let region = Region::new(UnsignedOptions::RulesSync(RulesSyncOptions {
        api: Arc::clone(&brms) as _,
        target: "env:production".to_owned(),
    }));
    let bundle = |version: &str| Plan::new("pricing", version).pack(None);
    let say = |answer: Value| *brms.answer.lock().unwrap() = answer;
    let load = |artifact: Value| {
        json!({"nextPollAt": "2026-01-01T00:01:00Z", "deployments": [
            {"project": "pricing", "target": "env:production", "action": "load", "artifact": artifact}]})
    };
    let act = |action: &str| json!({"deployments": [{"project": "pricing", "target": "env:production", "action": action}]});
    assert_eq!(region.refresh().outcome, Outcome::Failed);
    brms.artifacts.lock().unwrap().extend([
        ((true, "https://cdn.test/1".to_owned()), bundle("1")),
        ((false, "artifacts/2".to_owned()), bundle("2")),
    ]);

    let digest = zen_edge_bundle::Bundle::read(&bundle("1"), &Default::default());
    let digest = digest.unwrap().digest().to_owned();
    say(load(
        json!({"url": "https://cdn.test/1", "sha256": "0".repeat(64)}),
    ));
    assert_eq!(
        region.refresh().projects["pricing"].kind().code(),
        "untrusted"
    );
    say(load(json!({"url": "http://cdn.test/1"})));
    assert_eq!(
        region.refresh().projects["pricing"].kind().code(),
        "invalid"
    );
    say(load(json!({"url": "https://cdn.test/1", "sha256": digest})));
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    // BRMS may ask for a longer pause, but not for one that never ends.
    let polite = |time: &str| {
        let mut answer = act("no_change");
        answer["nextPollAt"] = json!(time);
        say(answer);
        region.refresh();
        region.client.wait()
    };
    assert_eq!(polite("2026-01-01T00:30:00Z").as_secs() / 60, 20);
    assert_eq!(polite("2036-01-01T00:00:00Z"), Duration::from_hours(1));
    say(act("no_change"));
    assert_eq!(region.refresh().outcome, Outcome::Unchanged);
    let last = brms.requests.lock().unwrap().last().unwrap().clone();
    assert_eq!(
        last["deployments"][0],
        json!({"project": "pricing", "target": "env:production", "current": {"commitId": "c-1", "releaseId": "pricing-1"}})
    );
    say(load(json!({"url": "artifacts/2"})));
    assert_eq!(region.refresh().outcome, Outcome::Updated);
    for (action, code) in [
        ("no_release", "invalid"),
        ("no_access", "denied"),
        ("error", "unavailable"),
        ("anything", "unavailable"),
    ] {
        say(act(action));
        assert_eq!(
            region.refresh().projects["pricing"].kind().code(),
            code,
            "{action}"
        );
    }
    for answer in [Value::Null, json!("nonsense"), json!({"deployments": []})] {
        say(answer);
        assert_eq!(region.refresh().outcome, Outcome::Failed);
    }
    assert_eq!(region.version("pricing").as_deref(), Some("2"));
}
