//! Renewing, rotating, rolling back, revoking.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use jiff::Timestamp;
use support::{World, key, later, now, pairs, upload};
use zen_edge_publish::{Environment, ErrorKind, Grant, Plan, Publisher, Upload};

fn at(world: &World, time: Timestamp) -> Publisher<'_> {
    Publisher {
        now: time,
        ..world.publisher()
    }
}

async fn holds(world: &World, time: Timestamp) -> bool {
    Environment::load(&world.store, &world.root, Some(time))
        .await
        .is_ok()
}

#[tokio::test]
async fn renewing_waits_until_half_of_the_time_is_gone() {
    let world = World::new().await;
    let renewed = at(&world, later(3)).renew(false).await.unwrap();
    assert_eq!((renewed.roles.len(), renewed.committed), (0, None));
    let renewed = at(&world, later(4)).renew(false).await.unwrap();
    assert_eq!(renewed.roles, ["timestamp"]);
    assert!(holds(&world, later(10)).await);
    assert!(!holds(&world, later(11)).await);
    let renewed = at(&world, later(4)).renew(true).await.unwrap();
    assert_eq!(renewed.roles, ["timestamp"], "because it is forced");
}

#[tokio::test]
async fn renewing_late_renews_all_of_it_the_root_included() {
    let world = World::new().await;
    world.publish(&[upload("a1", "1")]).await;
    let renewed = at(&world, later(1_000)).renew(false).await.unwrap();
    assert_eq!(renewed.roles, ["timestamp", "snapshot", "targets", "root"]);
    assert!(holds(&world, later(1_006)).await);
    assert_eq!(world.client().await.unwrap().signatures()[0].version, 2);
    assert_eq!(world.served().await, pairs(&[("a1", "1")]));
}

#[tokio::test]
async fn a_scheduled_job_needs_the_timestamps_key_only() {
    let (offline, online) = (key(), key());
    let mut plan = Plan::with_key(*offline.public());
    plan.timestamp = Grant {
        keys: vec![*online.public()],
        threshold: 1,
    };
    let world = World::with(plan, vec![offline, online.clone()]).await;
    world.publish(&[upload("a1", "1")]).await;
    let online = [online];
    let job = Publisher {
        keys: &online,
        ..at(&world, later(5))
    };
    let renewed = job.renew(false).await.unwrap();
    assert_eq!(
        (renewed.roles, renewed.lacking),
        (vec!["timestamp".to_owned()], vec![])
    );
    // Half a year later it says what it cannot do.
    let job = Publisher {
        keys: &online,
        ..at(&world, later(200))
    };
    let renewed = job.renew(false).await.unwrap();
    assert_eq!(renewed.roles, ["timestamp"]);
    assert_eq!(renewed.lacking, ["snapshot", "targets", "root"]);
}

async fn rotate(world: &mut World, role: &str, lost: bool) {
    let new = key();
    let grant = Grant {
        keys: vec![*new.public()],
        threshold: 1,
    };
    let old = world.keys.clone();
    if lost {
        // All but the root's, which is the first.
        world.keys = vec![old[0].clone(), new.clone()];
    } else {
        world.keys.push(new);
    }
    world.publisher().rotate(role, &grant, lost).await.unwrap();
}

#[tokio::test]
async fn every_role_can_get_other_keys_and_clients_follow() {
    for role in ["timestamp", "snapshot", "targets", "root"] {
        let mut world = World::new().await;
        world.publish(&[upload("a1", "1")]).await;
        rotate(&mut world, role, false).await;
        assert_eq!(world.served().await, pairs(&[("a1", "1")]), "{role}");
        world.publish(&[upload("a1", "2")]).await;
        assert_eq!(world.served().await, pairs(&[("a1", "2")]), "{role}");
        // The old key alone is nobody's any more.
        world.keys.truncate(1);
        let kind = match role {
            "root" => world
                .publisher()
                .publish(&[upload("a1", "3")], false)
                .await
                .map(|_| ())
                .err(),
            _ => Some(
                world
                    .publisher()
                    .publish(&[upload("a1", "3")], false)
                    .await
                    .unwrap_err(),
            ),
        };
        assert_eq!(
            kind.map(|error| error.kind()),
            (role != "root").then_some(ErrorKind::Key)
        );
    }
}

#[tokio::test]
async fn interrupted_at_any_write_a_rotation_leaves_clients_with_all_they_had() {
    for role in ["timestamp", "snapshot", "targets", "root"] {
        for writes in 0.. {
            let mut world = World::new().await;
            world.publish(&[upload("a1", "1")]).await;
            let new = key();
            let grant = Grant {
                keys: vec![*new.public()],
                threshold: 1,
            };
            world.keys.push(new);
            let (_, failing) = world.failing(writes);
            let result = world
                .publisher_in(&failing)
                .rotate(role, &grant, false)
                .await;
            assert_eq!(
                world.served().await,
                pairs(&[("a1", "1")]),
                "{role} after {writes}"
            );
            let done = world.publisher().rotate(role, &grant, false).await.unwrap();
            assert_eq!(done.root_version, 2, "{role} after {writes}");
            assert_eq!(world.served().await, pairs(&[("a1", "1")]));
            if result.is_ok() {
                assert!(writes > 2);
                break;
            }
        }
    }
}

#[tokio::test]
async fn keys_that_are_lost_can_be_replaced_and_an_interruption_made_good() {
    for role in ["timestamp", "snapshot", "targets"] {
        for writes in 0.. {
            let keys = [key(), key(), key(), key()];
            let own = |at: usize| Grant {
                keys: vec![*keys[at].public()],
                threshold: 1,
            };
            let mut plan = Plan::with_key(*keys[0].public());
            (plan.timestamp, plan.snapshot, plan.targets) = (own(1), own(2), own(3));
            let mut world = World::with(plan, keys.to_vec()).await;
            world.publish(&[upload("a1", "1")]).await;
            let new = key();
            let grant = Grant {
                keys: vec![*new.public()],
                threshold: 1,
            };
            let lost = match role {
                "timestamp" => 1,
                "snapshot" => 2,
                _ => 3,
            };
            world.keys[lost] = new;
            let error = world
                .publisher()
                .rotate(role, &grant, false)
                .await
                .unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Key,
                "without `lost` the old key must sign"
            );
            let (_, failing) = world.failing(writes);
            let result = world
                .publisher_in(&failing)
                .rotate(role, &grant, true)
                .await;
            world.publisher().rotate(role, &grant, true).await.unwrap();
            assert_eq!(
                world.served().await,
                pairs(&[("a1", "1")]),
                "{role} after {writes}"
            );
            assert_eq!(world.client().await.unwrap().signatures()[0].version, 2);
            if result.is_ok() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_delegated_role_gets_other_keys() {
    let mut plan = Plan::with_key(*key().public());
    let (operator, old, new) = (key(), key(), key());
    plan.clone_from(&Plan::with_key(*operator.public()));
    plan.delegations.push(zen_edge_publish::Delegation {
        name: "team".to_owned(),
        patterns: vec!["t-*".to_owned()],
        grant: Grant {
            keys: vec![*old.public()],
            threshold: 1,
        },
    });
    let mut world = World::with(plan, vec![operator.clone(), old.clone()]).await;
    world.publish(&[upload("t-1", "1")]).await;
    let grant = Grant {
        keys: vec![*new.public()],
        threshold: 1,
    };
    world.keys = vec![operator.clone(), new];
    world
        .publisher()
        .rotate("team", &grant, false)
        .await
        .unwrap();
    world.publish(&[upload("t-1", "2")]).await;
    assert_eq!(world.served().await, pairs(&[("t-1", "2")]));
    world.keys = vec![operator, old];
    let error = world
        .publisher()
        .publish(&[upload("t-1", "3")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key);
    let error = world
        .publisher()
        .rotate("nobody", &grant, false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

async fn old(world: &World, wanted: Option<&str>) -> zen_edge_publish::Result<Upload> {
    let publisher = world.publisher();
    let environment = publisher.load().await?;
    let found = publisher.find_old(&environment, "a1", wanted).await?;
    let release = found.listed.release;
    Ok(Upload {
        bytes: found.bytes,
        project: release.project,
        environment: None,
        release: release.release,
        version: release.version,
        commit: release.commit,
    })
}

#[tokio::test]
async fn rolling_back_publishes_old_content_under_a_new_revision() {
    let world = World::new().await;
    for version in ["1", "2", "3"] {
        world.publish(&[upload("a1", version)]).await;
    }
    world.publish(&[upload("b1", "1")]).await;
    let before = world.client().await.unwrap().revision();
    world.publish(&[old(&world, None).await.unwrap()]).await;
    assert_eq!(world.served().await, pairs(&[("a1", "2"), ("b1", "1")]));
    assert_eq!(world.client().await.unwrap().revision(), before + 1);
    world
        .publish(&[old(&world, Some("1")).await.unwrap()])
        .await;
    assert_eq!(world.served().await[0].1, "1");
    let error = old(&world, Some("9")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_an_interrupted_publisher_left_is_not_gone_back_to() {
    let world = World::new().await;
    world.publish(&[upload("a1", "1")]).await;
    // All but the pointer.
    let (_, failing) = world.failing(5);
    assert!(
        world
            .publisher_in(&failing)
            .publish(&[upload("a1", "bad")], false)
            .await
            .is_err()
    );
    world.publish(&[upload("a1", "2")]).await;
    assert_eq!(
        old(&world, None).await.unwrap().version.as_deref(),
        Some("1")
    );
    assert_eq!(
        old(&world, Some("bad")).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn what_was_revoked_does_not_come_back() {
    let world = World::new().await;
    for version in ["1", "2", "3"] {
        world.publish(&[upload("a1", version)]).await;
    }
    let publisher = world.publisher();
    publisher
        .revoke("a1", None, Some("wrong prices"))
        .await
        .unwrap();
    assert_eq!(world.served().await, []);
    let error = publisher
        .publish(&[upload("a1", "3")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("wrong prices"), "{error}");
    // One that is not live, by its digest.
    let second = old(&world, Some("2")).await.unwrap();
    let digest = {
        let environment = publisher.load().await.unwrap();
        publisher
            .find_old(&environment, "a1", Some("2"))
            .await
            .unwrap()
            .listed
            .sha256
    };
    publisher.revoke("a1", Some(&digest), None).await.unwrap();
    assert!(publisher.publish(&[second], false).await.is_err());
    world.publish(&[old(&world, None).await.unwrap()]).await;
    assert_eq!(world.served().await, pairs(&[("a1", "1")]));
    let error = publisher.revoke("nothing", None, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        publisher
            .revoke("a1", Some("12"), None)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
    assert_eq!(now(), world.publisher().now);
}
