//! Publishing, seen through our own TUF client.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use object_store::{ObjectStore as _, ObjectStoreExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use support::{Faulty, World, key, later, now, pairs, served, store, upload};
use zen_edge_publish::{
    Delegation, Environment, ErrorKind, Grant, Plan, Policy, Publisher, Upload,
};

#[tokio::test]
async fn what_is_published_is_what_a_client_gets() {
    let world = World::new().await;
    assert_eq!(world.served().await, []);
    world
        .publish(&[upload("pricing", "1.0.0"), upload("shipping", "2.0.0")])
        .await;
    world.publish(&[upload("pricing", "1.1.0")]).await;
    assert_eq!(
        world.served().await,
        pairs(&[("pricing", "1.1.0"), ("shipping", "2.0.0")])
    );
    let client = world.client().await.unwrap();
    assert_eq!(client.revision(), 3);
    let listed = client.release("pricing").unwrap();
    assert_eq!(listed.release.environment, "production");
    assert_eq!(listed.release.release.as_deref(), Some("r-1.1.0"));
}

#[tokio::test]
async fn publishing_the_same_again_writes_nothing() {
    let world = World::new().await;
    world.publish(&[upload("pricing", "1")]).await;
    let again = world
        .publisher()
        .publish(&[upload("pricing", "1")], false)
        .await
        .unwrap();
    assert_eq!((again.changes.len(), again.committed), (0, None));
    assert_eq!(world.client().await.unwrap().revision(), 2);
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_writes_nothing() {
    let world = World::new().await;
    let (faulty, store) = world.failing(0);
    let publisher = world.publisher_in(&store);
    let published = publisher
        .publish(&[upload("pricing", "1")], true)
        .await
        .unwrap();
    assert_eq!(published.changes.len(), 1);
    assert_eq!(
        faulty.writes.load(Ordering::SeqCst),
        0,
        "no write was tried"
    );
    assert_eq!(world.served().await, []);
}

#[tokio::test]
async fn interrupted_after_any_write_readers_see_the_old_or_the_new_and_running_again_completes() {
    let uploads = [
        upload("pricing", "2"),
        upload("shipping", "2"),
        upload("new", "2"),
    ];
    let old = pairs(&[("pricing", "1"), ("shipping", "1")]);
    let new = pairs(&[("new", "2"), ("pricing", "2"), ("shipping", "2")]);
    let mut interruptions = 0;
    for writes in 0.. {
        let world = World::new().await;
        world
            .publish(&[upload("pricing", "1"), upload("shipping", "1")])
            .await;
        let (_, failing) = world.failing(writes);
        let result = world.publisher_in(&failing).publish(&uploads, false).await;
        match &result {
            Ok(_) => assert_eq!(world.served().await, new),
            Err(_) => assert_eq!(world.served().await, old, "after {writes} writes"),
        }
        world.publisher().publish(&uploads, false).await.unwrap();
        assert_eq!(world.served().await, new, "run again after {writes} writes");
        if result.is_ok() {
            break;
        }
        interruptions += 1;
    }
    // Two of the probe, three bundles, targets, snapshot, timestamp.
    assert_eq!(interruptions, 8);
}

#[tokio::test]
async fn an_interrupted_init_is_completed_by_running_it_again() {
    let keys = vec![key()];
    let plan = Plan::with_key(*keys[0].public());
    let root = plan.root("production", &keys, now()).await.unwrap();
    for writes in 0.. {
        let inner = Arc::new(object_store::memory::InMemory::new());
        let world = World {
            inner: inner.clone(),
            store: store(inner),
            keys: keys.clone(),
            root: root.clone(),
        };
        let (_, failing) = world.failing(writes);
        let result = world.publisher_in(&failing).init(&plan).await;
        if result.is_ok() {
            assert!(writes > 4);
            let again = world.publisher().init(&plan).await.unwrap_err();
            assert_eq!(again.kind(), ErrorKind::Conflict);
            break;
        }
        let error = world.client().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        world.publisher().init(&plan).await.unwrap();
        world.client().await.unwrap();
    }
}

#[tokio::test]
async fn publishers_at_once_all_get_their_releases_in() {
    let world = World::new().await;
    let uploads: Vec<[Upload; 1]> = (0..6)
        .map(|number| [upload(&format!("p{number}"), "1")])
        .collect();
    let publisher = world.publisher();
    let all = uploads
        .iter()
        .map(|uploads| publisher.publish(uploads, false));
    for result in futures_util::future::join_all(all).await {
        assert!(result.unwrap().committed.is_some());
    }
    assert_eq!(world.served().await.len(), 6);
    assert_eq!(
        world.client().await.unwrap().revision(),
        7,
        "one revision each"
    );
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused_unless_the_user_insists() {
    let world = World::new().await;
    let ignoring = store(Arc::new(Faulty {
        inner: world.copy_of(),
        writes: AtomicI64::new(i64::MAX),
        ignores_conditions: true,
    }));
    let mut publisher = world.publisher_in(&ignoring);
    let error = publisher
        .publish(&[upload("a1", "1")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unconditional);
    assert_eq!(served(&ignoring, &world.root).await, []);
    publisher.unconditional = true;
    publisher
        .publish(&[upload("a1", "1")], false)
        .await
        .unwrap();
    assert_eq!(served(&ignoring, &world.root).await, pairs(&[("a1", "1")]));
}

#[tokio::test]
async fn bundles_for_another_environment_are_refused() {
    let world = World::new().await;
    let mut staging = upload("pricing", "1");
    staging.environment = Some("staging".to_owned());
    let error = world
        .publisher()
        .publish(&[staging], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEnvironment);
    let mut own = upload("pricing", "1");
    own.environment = Some("production".to_owned());
    world.publish(&[own]).await;
}

#[tokio::test]
async fn what_staging_signed_is_not_production_even_with_the_same_keys() {
    let world = World::new().await;
    world.publish(&[upload("pricing", "1")]).await;
    // Everything of production, moved to where staging is looked for.
    let staging = world.copy_of();
    let everything = futures_util::TryStreamExt::try_collect::<Vec<_>>(staging.list(None))
        .await
        .unwrap();
    for object in everything {
        let to = object
            .location
            .as_ref()
            .replace("rules/production", "rules/staging");
        staging.copy(&object.location, &to.into()).await.unwrap();
    }
    let store = zen_edge_publish::Store::new(staging, "rules/staging", "memory:staging").unwrap();
    let error = Environment::load(&store, &world.root, Some(now()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEnvironment);
}

#[tokio::test]
async fn projects_that_cannot_be_told_apart_are_refused() {
    let world = World::new().await;
    let refused = async |uploads: &[Upload]| {
        world
            .publisher()
            .publish(uploads, false)
            .await
            .unwrap_err()
            .kind()
    };
    assert_eq!(
        refused(&[upload("a1", "1"), upload("a1", "2")]).await,
        ErrorKind::Invalid
    );
    assert_eq!(
        refused(&[upload("a1", "1"), upload("A1", "1")]).await,
        ErrorKind::Invalid
    );
    assert_eq!(refused(&[upload("a/b", "1")]).await, ErrorKind::Invalid);
    assert_eq!(
        refused(&[upload("metadata", "1")]).await,
        ErrorKind::Invalid
    );
    world.publish(&[upload("a1", "1")]).await;
    assert_eq!(refused(&[upload("A1", "1")]).await, ErrorKind::Invalid);
}

#[tokio::test]
async fn without_the_roles_keys_nothing_is_written() {
    let world = World::new().await;
    let (faulty, store) = world.failing(0);
    let strangers = [key()];
    let publisher = Publisher {
        keys: &strangers,
        ..world.publisher_in(&store)
    };
    let error = publisher
        .publish(&[upload("a1", "1")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key);
    assert_eq!(faulty.writes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn thresholds_count_different_keys() {
    let keys = vec![key(), key(), key()];
    let mut plan = Plan::with_key(*keys[0].public());
    plan.targets = Grant {
        keys: keys.iter().map(|key| *key.public()).collect(),
        threshold: 2,
    };
    let world = World::with(plan.clone(), keys).await;
    let one_twice = [world.keys[0].clone(), world.keys[0].clone()];
    let publisher = Publisher {
        keys: &one_twice,
        ..world.publisher()
    };
    let error = publisher
        .publish(&[upload("a1", "1")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key);
    let two = [world.keys[0].clone(), world.keys[2].clone()];
    let publisher = Publisher {
        keys: &two,
        ..world.publisher()
    };
    publisher
        .publish(&[upload("a1", "1")], false)
        .await
        .unwrap();
    assert_eq!(world.served().await, pairs(&[("a1", "1")]));
    plan.targets.threshold = 4;
    assert_eq!(
        plan.root("production", &world.keys, now())
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
}

#[tokio::test]
async fn a_team_publishes_what_is_delegated_to_it_and_nothing_else() {
    let (operator, team) = (key(), key());
    let mut plan = Plan::with_key(*operator.public());
    plan.targets = Grant {
        keys: vec![*key().public()],
        threshold: 1,
    };
    let offline = key();
    plan.targets.keys = vec![*offline.public()];
    plan.delegations.push(Delegation {
        name: "team-a".to_owned(),
        patterns: vec!["a-*".to_owned()],
        grant: Grant {
            keys: vec![*team.public()],
            threshold: 1,
        },
    });
    let world = World::with(plan, vec![operator.clone(), offline]).await;
    let keys = [operator, team];
    let publisher = Publisher {
        keys: &keys,
        ..world.publisher()
    };
    publisher
        .publish(&[upload("a-1", "1")], false)
        .await
        .unwrap();
    publisher
        .publish(&[upload("a-1", "2"), upload("a-2", "1")], false)
        .await
        .unwrap();
    let error = publisher
        .publish(&[upload("b-1", "1")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key, "the targets' key is offline");
    assert_eq!(world.served().await, pairs(&[("a-1", "2"), ("a-2", "1")]));
    assert_eq!(
        world.client().await.unwrap().release("a-1").unwrap().role,
        "team-a"
    );
}

#[tokio::test]
async fn an_expired_environment_is_refused_to_clients_and_published_to_all_the_same() {
    let world = World::new().await;
    world.publish(&[upload("a1", "1")]).await;
    let at = Some(later(8));
    let error = Environment::load(&world.store, &world.root, at)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    let publisher = Publisher {
        now: later(8),
        ..world.publisher()
    };
    publisher
        .publish(&[upload("a1", "2")], false)
        .await
        .unwrap();
    Environment::load(&world.store, &world.root, at)
        .await
        .unwrap();
    // But not under an expired root.
    let publisher = Publisher {
        now: later(400),
        ..world.publisher()
    };
    let error = publisher
        .publish(&[upload("a1", "3")], false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
}

#[tokio::test]
async fn the_policy_of_the_root_is_kept_to() {
    let keys = vec![key()];
    let mut plan = Plan::with_key(*keys[0].public());
    plan.policy = Policy {
        root: 10,
        targets: 9,
        snapshot: 8,
        timestamp: 2,
    };
    let world = World::with(plan.clone(), keys).await;
    world.publish(&[upload("a1", "1")]).await;
    let found: Vec<_> = world
        .client()
        .await
        .unwrap()
        .signatures()
        .into_iter()
        .map(|it| (it.role, it.expires))
        .collect();
    let expected = [
        ("root", 10),
        ("timestamp", 2),
        ("snapshot", 8),
        ("targets", 9),
    ];
    assert_eq!(
        found,
        expected.map(|(role, days)| (role.to_owned(), later(days)))
    );
    plan.policy.timestamp = 0;
    assert!(plan.root("production", &world.keys, now()).await.is_err());
}

#[tokio::test]
async fn a_thousand_projects_fit() {
    let world = World::new().await;
    let uploads: Vec<_> = (0..1000)
        .map(|n| upload(&format!("project-{n:04}"), &n.to_string()))
        .collect();
    world.publish(&uploads).await;
    world.publish(&[upload("project-0500", "new")]).await;
    let served = world.served().await;
    assert_eq!(served.len(), 1000);
    assert_eq!(served[500].1, "new");
}
