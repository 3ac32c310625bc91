//! When a request refreshes itself, when it only says that somebody should, and who waits for whom.
use crate::support::{Region, Sent, code, evaluate, plan};
use glob::Pattern;
use serde_json::json;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zen_edge_http::Reply;
use zen_edge_http::runtime::sync::{Clock as _, Projects, When};
use zen_edge_sync_testkit::When::Always;
use zen_edge_sync_testkit::{Fault, Rule};

#[test]
fn the_first_request_fetches_the_first_release() {
    let mut region = Region::new();
    region.publish(plan("1"));
    let reply = region.reply(&evaluate("decision", json!({})));
    assert_eq!(reply.response.status, 200);
    assert!(!reply.background.refresh);
    let requests = region.world.log.take().len();
    assert!(requests > 0);
    region.evaluate(json!({}));
    assert!(region.world.log.take().is_empty());
}

#[test]
fn a_refresh_that_is_due_is_left_to_the_host() {
    let mut region = Region::serving(plan("1"));
    region.publish(plan("2"));
    assert!(!region.background(&evaluate("decision", json!({}))).refresh);
    region.world.log.take();
    region.advance(60);
    for sent in [
        evaluate("decision", json!({})),
        evaluate("nothing", json!({})),
        evaluate("decision", json!({})).header("x-access-token", ""),
        Sent::get("/api/ready"),
        Sent::get("/api/status"),
        Sent::get("/api/projects/pricing"),
    ] {
        assert!(region.background(&sent).refresh, "{sent:?}");
    }
    for sent in [
        Sent::get("/api/health"),
        Sent::get("/"),
        Sent::new("OPTIONS", "/api/status"),
    ] {
        assert!(!region.background(&sent).refresh, "{sent:?}");
    }
    assert!(region.world.log.take().is_empty());
    let refresh = region.service.runtime().refresh_all(When::Due);
    region.run(refresh);
    let reply = region.reply(&evaluate("decision", json!({})));
    assert_eq!(reply.response.header("x-release-version"), Some("2"));
    assert!(!reply.background.refresh);
}

/// A storage that is down is not asked by every request, and whoever asks is told at once.
#[test]
fn requests_do_not_hammer_a_source_that_fails() {
    let region = Region::new();
    let all = Pattern::new("*").unwrap();
    let down = Rule::new(Fault::Unavailable, all, Always);
    region.world.store("near").fail(down);
    let response = region.evaluate(json!({}));
    assert_eq!(code(&response), (503, "release.notReady".to_owned()));
    let first = region.world.log.take().len();
    assert!(first > 0);
    for _ in 0..100 {
        assert_eq!(region.evaluate(json!({})).status, 503);
    }
    assert!(region.world.log.take().is_empty());
    region.advance(120);
    region.evaluate(json!({}));
    assert!((1..=first).contains(&region.world.log.take().len()));
}

/// Requests for a project that nobody knows do not ask a source, once it is known that nobody does.
#[test]
fn unknown_projects_cost_no_requests() {
    let mut region = Region::with(|setup| setup.environment.client.projects = Projects::All);
    region.serve(plan("1"));
    region.world.log.take();
    for number in 0..20 {
        let target = format!("/api/rules/other-{number}/evaluate/decision");
        let response = region.send(&Sent::post(&target, "{}"));
        assert_eq!(code(&response), (404, "project.notFound".to_owned()));
    }
    assert!(region.world.log.take().is_empty());
}

/// Polls take a second.
fn slow(region: &Region) {
    let timestamp = Pattern::new("*timestamp.json").unwrap();
    let rule = Rule::new(Fault::SlowDrip(1), timestamp, Always);
    region.world.store("near").fail(rule);
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

fn poll(waiting: &mut Waiting<'_>) -> Option<Reply> {
    let mut context = Context::from_waker(Waker::noop());
    match waiting.as_mut().poll(&mut context) {
        Poll::Ready(reply) => Some(reply),
        Poll::Pending => None,
    }
}

/// Many requests arrive at once at an instance that has nothing: one fetches, each of the others looks
/// again by a timer of its own.
#[test]
fn one_request_fetches_for_those_that_arrive_together() {
    let mut region = Region::new();
    region.publish(plan("1"));
    slow(&region);
    let sent = evaluate("decision", json!({}));
    let service = &region.service;
    let mut waiting: Vec<Waiting<'_>> = (0..50)
        .map(|_| Box::pin(service.respond(&sent, &sent)) as Waiting<'_>)
        .collect();
    let mut statuses = Vec::new();
    for _ in 0..2_000 {
        waiting.retain_mut(|request| match poll(request) {
            Some(reply) => {
                statuses.push(reply.response.status.as_u16());
                false
            }
            None => true,
        });
        region.world.clock.advance(Duration::from_millis(10));
    }
    assert_eq!(statuses, [200; 50]);
    let requests = region.world.log.take();
    let polls = requests
        .iter()
        .filter(|request| request.key.ends_with("timestamp.json"));
    assert_eq!(polls.count(), 1, "{requests:?}");
}

/// Of the bundle that the metadata names, the cache has nothing any more.
#[test]
fn those_who_wait_know_that_a_bundle_is_on_its_way() {
    let mut region = Region::new();
    region.publish(plan("1"));
    let strike = |fault: Fault| {
        let bundles = Pattern::new("*targets/*").unwrap();
        let store = region.world.store("near");
        store.heal();
        store.fail(Rule::new(fault, bundles, Always));
    };
    strike(Fault::Unavailable);
    assert_eq!(region.evaluate(json!({})).status, 503);
    strike(Fault::SlowDrip(1));
    region.advance(120);
    let sent = evaluate("decision", json!({}));
    let mut first: Waiting<'_> = Box::pin(region.service.respond(&sent, &sent));
    assert!(poll(&mut first).is_none());
    let second = region.run(region.service.respond(&sent, &sent));
    assert_eq!(second.response.status, 200);
}

/// The request that fetches is gone with its client: dropped, or forgotten, as Workers do.
#[test]
fn those_who_wait_go_on_by_themselves_if_the_one_that_fetches_is_gone() {
    for forgotten in [false, true] {
        let mut region = Region::new();
        region.publish(plan("1"));
        slow(&region);
        let sent = evaluate("decision", json!({}));
        let mut first: Waiting<'_> = Box::pin(region.service.respond(&sent, &sent));
        assert!(poll(&mut first).is_none());
        let mut second: Waiting<'_> = Box::pin(region.service.respond(&sent, &sent));
        assert!(poll(&mut second).is_none());
        if !forgotten {
            drop(first);
        }
        let reply = region.run(second);
        assert_eq!(reply.response.status, 200, "{forgotten}");
    }
}

/// Nobody waits for ever.
#[test]
fn patience_is_bounded() {
    let mut region = Region::with(|setup| setup.service.patience = Duration::from_millis(500));
    region.publish(plan("1"));
    slow(&region);
    let sent = evaluate("decision", json!({}));
    let mut first: Waiting<'_> = Box::pin(region.service.respond(&sent, &sent));
    assert!(poll(&mut first).is_none());
    let before = region.world.clock.ticks();
    let second = region.run(region.service.respond(&sent, &sent));
    assert_eq!(code(&second.response), (503, "release.notReady".to_owned()));
    let waited = region.world.clock.ticks() - before;
    assert!((500..1_000).contains(&waited), "{waited}");
}
