//! Copies of an environment: complete, in order, never backwards.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use std::sync::Arc;
use support::{World, now, pairs, served, store, upload};
use zen_edge_publish::{Copied, Environment, ErrorKind, Pointer, Standing, Store, copy};

struct Replica {
    inner: Arc<InMemory>,
    store: Store,
}

fn replica() -> Replica {
    of(Arc::new(InMemory::new()))
}

fn of(inner: Arc<InMemory>) -> Replica {
    Replica {
        store: store(inner.clone()),
        inner,
    }
}

async fn copied(world: &World, to: &Store) -> Copied {
    copy(&world.store, to, &world.root, false).await.unwrap()
}

async fn world() -> World {
    let world = World::new().await;
    world.publish(&[upload("a1", "1"), upload("b1", "1")]).await;
    world
}

#[tokio::test]
async fn a_copy_is_served_like_the_source_and_copying_again_does_nothing() {
    let (world, replica) = (world().await, replica());
    let first = copied(&world, &replica.store).await;
    assert_eq!(
        (first.pointer, first.before, first.revision),
        (Pointer::Moved, None, 2)
    );
    assert_eq!(
        served(&replica.store, &world.root).await,
        pairs(&[("a1", "1"), ("b1", "1")])
    );
    let again = copied(&world, &replica.store).await;
    assert_eq!((again.pointer, again.objects), (Pointer::Same, 0));
    world.publish(&[upload("a1", "2")]).await;
    let third = copied(&world, &replica.store).await;
    // One bundle, targets, snapshot, timestamp.
    assert_eq!((third.pointer, third.objects), (Pointer::Moved, 4));
    assert_eq!(
        served(&replica.store, &world.root).await,
        pairs(&[("a1", "2"), ("b1", "1")])
    );
}

#[tokio::test]
async fn interrupted_after_any_write_the_copy_is_old_or_new_and_is_completed() {
    let old = pairs(&[("a1", "1"), ("b1", "1")]);
    let new = pairs(&[("a1", "2"), ("b1", "1"), ("c1", "1")]);
    for writes in 0.. {
        let world = world().await;
        let replica = World {
            store: store(world.inner.clone()),
            inner: world.copy_of(),
            keys: vec![],
            root: world.root.clone(),
        };
        let own = of(replica.inner.clone()).store;
        world.publish(&[upload("a1", "2"), upload("c1", "1")]).await;
        let (_, failing) = replica.failing(writes);
        let result = copy(&world.store, &failing, &world.root, false).await;
        let expected = if result.is_ok() { &new } else { &old };
        assert_eq!(
            &served(&own, &world.root).await,
            expected,
            "after {writes} writes"
        );
        copied(&world, &own).await;
        assert_eq!(served(&own, &world.root).await, new);
        if result.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn a_pointer_never_goes_back() {
    let world = world().await;
    let replica = of(world.copy_of());
    let publisher = world.publisher_in(&replica.store);
    publisher
        .publish(&[upload("a1", "2")], false)
        .await
        .unwrap();
    let back = copied(&world, &replica.store).await;
    assert_eq!((back.pointer, back.objects), (Pointer::Ahead, 0));
    assert_eq!(served(&replica.store, &world.root).await[0].1, "2");
    // After a failover the other way round is what is wanted.
    let forth = copy(&replica.store, &world.store, &world.root, false)
        .await
        .unwrap();
    assert_eq!(forth.pointer, Pointer::Moved);
    assert_eq!(world.served().await[0].1, "2");
}

#[tokio::test]
async fn two_that_went_apart_are_not_mixed() {
    let world = world().await;
    let replica = of(world.copy_of());
    let publisher = world.publisher_in(&replica.store);
    publisher
        .publish(&[upload("a1", "there")], false)
        .await
        .unwrap();
    world.publish(&[upload("a1", "here")]).await;
    let error = copy(&world.store, &replica.store, &world.root, false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(served(&replica.store, &world.root).await[0].1, "there");
}

#[tokio::test]
async fn what_an_interrupted_publisher_left_there_is_no_obstacle() {
    let world = world().await;
    let replica = World {
        inner: world.copy_of(),
        store: store(world.inner.clone()),
        keys: world.keys.clone(),
        root: world.root.clone(),
    };
    let (_, failing) = replica.failing(5);
    assert!(
        replica
            .publisher_in(&failing)
            .publish(&[upload("a1", "lost")], false)
            .await
            .is_err()
    );
    world.publish(&[upload("a1", "2")]).await;
    let own = of(replica.inner.clone()).store;
    assert_eq!(copied(&world, &own).await.pointer, Pointer::Moved);
    assert_eq!(served(&own, &world.root).await[0].1, "2");
}

#[tokio::test]
async fn what_a_lagging_replication_has_not_brought_yet_is_filled_in() {
    let world = world().await;
    for name in [
        "metadata/2.snapshot.json",
        "metadata/2.targets.json",
        "metadata/1.root.json",
    ] {
        let replica = of(world.copy_of());
        let path = format!("rules/production/{name}");
        replica.inner.delete(&path.clone().into()).await.unwrap();
        let done = copied(&world, &replica.store).await;
        assert_eq!((done.pointer, done.objects), (Pointer::Same, 1), "{name}");
        assert!(replica.inner.head(&path.into()).await.is_ok());
    }
}

#[tokio::test]
async fn missing_and_damaged_bundles_are_seen_and_replaced() {
    let world = world().await;
    let replica = of(world.copy_of());
    let environment = Environment::load(&replica.store, &world.root, Some(now()))
        .await
        .unwrap();
    let path = |project: &str| {
        let location = zen_edge_publish::location(&environment.release(project).unwrap());
        format!("rules/production/{location}").into()
    };
    replica.inner.delete(&path("a1")).await.unwrap();
    replica
        .inner
        .put(&path("b1"), Bytes::from_static(b"damaged").into())
        .await
        .unwrap();
    let standing = Standing::of(&replica.store, &world.root).await.unwrap();
    assert_eq!(standing.missing.len(), 2);
    assert_eq!(copied(&world, &replica.store).await.objects, 2);
    let standing = Standing::of(&replica.store, &world.root).await.unwrap();
    assert!(standing.missing.is_empty());
    assert_eq!(
        served(&replica.store, &world.root).await,
        pairs(&[("a1", "1"), ("b1", "1")])
    );
}

#[tokio::test]
async fn a_bucket_with_somebody_elses_environment_is_left_alone() {
    let (world, other) = (world().await, World::new().await);
    let error = copy(&world.store, &other.store, &world.root, false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(other.served().await, []);
    let staging = Store::new(Arc::new(InMemory::new()), "rules/staging", "memory:staging").unwrap();
    let error = copy(&world.store, &staging, &world.root, false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongEnvironment);
}
