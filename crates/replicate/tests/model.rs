//! The random test: events lost, doubled and shuffled, requests failing, consumers at once and
//! killed, publishers interrupted. A reader of a destination never notices.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests; the helpers are outside of the functions that clippy knows for such"
)]

mod support;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use support::{Buckets, Fate, NOW, message, read, step};
use zen_edge_replicate::{Delivery, Handled, Options, Verdict, consume, look, replicate};
use zen_edge_sync_testkit::{Bucket, Commit, Plan, Publisher};

const ENVIRONMENTS: [&str; 2] = ["production", "staging"];
const JUNK: &str = r#"{"not":"a notification"}"#;

/// What goes wrong in a run.
#[derive(Clone, Copy)]
struct Weather {
    /// Requests in a hundred that fail.
    failing: u8,
    /// Messages in a hundred that are lost for good.
    lost: u8,
    /// Whether a Cron Trigger brings everything up to date in the end.
    cron: bool,
}

type Running = Pin<Box<dyn Future<Output = Option<(Vec<Delivery>, Handled)>>>>;

type Looked = (Option<Arc<[u8]>>, usize);

struct World {
    random: Rc<RefCell<fastrand::Rng>>,
    failing: Rc<Cell<u8>>,
    host: Rc<Buckets>,
    publishers: Vec<Publisher>,
    /// What an interrupted publisher has still to publish.
    again: Vec<Option<Plan>>,
    delegated: Vec<bool>,
    queue: Vec<Delivery>,
    running: Vec<Running>,
    seen: BTreeMap<String, Vec<u8>>,
    /// The pointer and the number of roots that a destination had when it was read last.
    looked: BTreeMap<(usize, usize), Looked>,
    revisions: BTreeMap<(usize, usize), u64>,
    releases: u32,
    dead: usize,
    junk: usize,
}

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        let random = Rc::new(RefCell::new(fastrand::Rng::with_seed(seed)));
        let failing = Rc::new(Cell::new(weather.failing));
        let source = Bucket::new("source");
        let publishers: Vec<_> = ENVIRONMENTS
            .iter()
            .map(|environment| Publisher::new(environment, source.clone(), NOW))
            .collect();
        let roots = ENVIRONMENTS.iter().zip(&publishers);
        let roots = roots.map(|(name, publisher)| ((*name).to_owned(), publisher.first_root()));
        let (dice, share) = (random.clone(), failing.clone());
        let host = Rc::new(Buckets {
            source,
            destinations: vec![Bucket::new("one"), Bucket::new("two")],
            roots: roots.collect(),
            options: Options::default(),
            chaos: Rc::new(RefCell::new(move || {
                let mut dice = dice.borrow_mut();
                match dice.u8(..100) < share.get() {
                    false => Fate::Fine,
                    true if dice.bool() => Fate::Refused,
                    true => Fate::Unheard,
                }
            })),
            now: NOW,
        });
        let mut world = Self {
            random,
            failing,
            host,
            publishers,
            again: vec![None, None],
            delegated: vec![false, false],
            queue: Vec::new(),
            running: Vec::new(),
            seen: BTreeMap::new(),
            looked: BTreeMap::new(),
            revisions: BTreeMap::new(),
            releases: 0,
            dead: 0,
            junk: 0,
        };
        world.notify();
        world
    }

    fn below(&self, end: usize) -> usize {
        self.random.borrow_mut().usize(..end)
    }

    fn chance(&self, percent: u8) -> bool {
        self.random.borrow_mut().u8(..100) < percent
    }

    /// Puts a message into the queue for every object that is new in the source.
    fn notify(&mut self) {
        for key in self.host.source.keys("*") {
            let bytes = self.host.source.get(&key).unwrap().to_vec();
            if self.seen.get(&key) != Some(&bytes) {
                self.send(message("PutObject", &key));
                self.seen.insert(key, bytes);
            }
        }
    }

    fn send(&mut self, body: String) {
        self.queue.push(Delivery { body, attempts: 0 });
    }

    fn publish(&mut self) {
        let of = self.below(ENVIRONMENTS.len());
        let commit = Commit::default();
        // What was interrupted is done again, from its beginning.
        if let Some(plan) = self.again[of].take() {
            self.publishers[of].publish(&[plan], NOW, &commit, None);
            return self.notify();
        }
        match self.below(10) {
            0 => self.publishers[of].rotate(&["root".to_owned()], false, NOW, &commit),
            1 => self.publishers[of].renew(&["timestamp".to_owned()], NOW, &commit, None),
            2 if !self.delegated[of] => {
                self.delegated[of] = true;
                self.publishers[of].delegate("team", &["team-*"], NOW);
            }
            _ => {
                self.releases += 1;
                let project = ["a", "b", "team-c"][self.below(3)];
                let plan = Plan::new(project, &self.releases.to_string());
                let mut commit = commit;
                if self.chance(20) {
                    commit.interrupted_after = Some(self.below(4));
                    self.again[of] = Some(plan.clone());
                }
                self.publishers[of].publish(&[plan], NOW, &commit, None);
            }
        }
        self.notify();
    }

    /// Delivers some messages, in any order, some of them twice, and loses others.
    fn deliver(&mut self, lost: u8) {
        let mut batch = Vec::new();
        for _ in 0..=self.below(6) {
            if self.queue.is_empty() {
                break;
            }
            let index = self.below(self.queue.len());
            let mut delivery = self.queue.swap_remove(index);
            delivery.attempts += 1;
            if self.chance(10) {
                self.queue.push(delivery.clone());
            }
            if !self.chance(lost) {
                batch.push(delivery);
            }
        }
        self.junk += batch
            .iter()
            .filter(|delivery| delivery.body == JUNK)
            .count();
        let host = Rc::clone(&self.host);
        self.running.push(Box::pin(async move {
            let environments = ENVIRONMENTS.map(str::to_owned);
            let handled = consume(&*host, "", &environments, &batch).await;
            Some((batch, handled))
        }));
    }

    fn reconcile(&mut self) {
        let host = Rc::clone(&self.host);
        self.running.push(Box::pin(async move {
            for environment in ENVIRONMENTS {
                replicate(&*host, environment).await;
            }
            None
        }));
    }

    /// Lets one of those that run go on by one request.
    fn go_on(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let index = self.below(self.running.len());
        if let Poll::Ready(ended) = step(&mut self.running[index]) {
            drop(self.running.swap_remove(index));
            if let Some((batch, handled)) = ended {
                self.end(batch, &handled);
            }
        }
        self.check();
    }

    fn end(&mut self, batch: Vec<Delivery>, handled: &Handled) {
        assert_eq!(batch.len(), handled.verdicts.len());
        for (delivery, verdict) in batch.into_iter().zip(&handled.verdicts) {
            match verdict {
                Verdict::Done => assert_ne!(delivery.body, JUNK),
                Verdict::Retry(delay, _) => {
                    assert!(delay.as_secs() >= 5);
                    self.queue.push(delivery);
                }
                Verdict::Dead(error) => {
                    assert_eq!(delivery.body, JUNK, "{error}");
                    self.dead += 1;
                }
            }
        }
    }

    /// Whatever a reader finds at a destination holds, and never goes back.
    fn check(&mut self) {
        for (to, bucket) in self.host.destinations.iter().enumerate() {
            for (of, environment) in ENVIRONMENTS.iter().enumerate() {
                let pointer = bucket.get(&format!("{environment}/metadata/timestamp.json"));
                let roots = bucket.keys(&format!("{environment}/metadata/*.root.json"));
                let now = (pointer, roots.len());
                if self.looked.get(&(to, of)) == Some(&now) {
                    continue;
                }
                self.looked.insert((to, of), now);
                let root = &self.host.roots[*environment];
                let Some((revision, _)) = read(bucket, environment, root) else {
                    continue;
                };
                let before = self.revisions.insert((to, of), revision).unwrap_or(0);
                assert!(
                    before <= revision,
                    "{environment} went back to {revision} from {before}"
                );
            }
        }
    }

    /// Everything is calm, and nothing is published any more.
    fn settle(&mut self, cron: bool) {
        self.failing.set(0);
        for _ in 0..100_000 {
            if !self.running.is_empty() {
                self.go_on();
            } else if !self.queue.is_empty() {
                self.deliver(0);
            } else {
                break;
            }
        }
        assert!(self.queue.is_empty() && self.running.is_empty());
        if cron {
            self.reconcile();
            while !self.running.is_empty() {
                self.go_on();
            }
        }
        self.looked.clear();
        self.check();
        for environment in ENVIRONMENTS {
            let root = &self.host.roots[environment];
            let expected = read(&self.host.source, environment, root).unwrap();
            for bucket in &self.host.destinations {
                assert_eq!(read(bucket, environment, root).unwrap(), expected);
            }
            for look in support::run(look(&*self.host, environment)) {
                assert_eq!(look.standing.destination, Some(expected.0));
                assert_eq!(
                    (look.standing.lag_seconds, look.missing),
                    (Some(0), Some(0))
                );
                assert_eq!(look.error, None);
            }
        }
    }
}

fn play(seed: u64, weather: Weather) -> World {
    let mut world = World::new(seed, weather);
    for _ in 0..600 {
        match world.below(100) {
            0..=3 => world.publish(),
            4..=8 => world.deliver(weather.lost),
            9 if weather.cron => world.reconcile(),
            // A consumer is killed; the queue delivers its messages again, or a Cron Trigger helps.
            10 if weather.cron && !world.running.is_empty() => {
                let index = world.below(world.running.len());
                drop(world.running.swap_remove(index));
            }
            11 => {
                let digest = "0".repeat(64);
                world.send(message(
                    "PutObject",
                    &format!("production/targets/{digest}.gone"),
                ));
                world.send(message("PutObject", "production/pricing"));
                world.send(message(
                    "DeleteObject",
                    "production/metadata/timestamp.json",
                ));
                world.send(JUNK.to_owned());
            }
            _ => world.go_on(),
        }
    }
    world.settle(weather.cron);
    world
}

fn play_all(weather: Weather) {
    let (mut dead, mut junk) = (0, 0);
    for seed in 0..8 {
        let world = std::panic::catch_unwind(|| play(seed, weather));
        let world = world.unwrap_or_else(|_| panic!("with the seed {seed}"));
        dead += world.dead;
        junk += world.junk;
    }
    assert!(dead > 0 && (weather.cron || dead == junk));
}

#[test]
fn messages_alone_are_enough_if_none_is_lost() {
    play_all(Weather {
        failing: 0,
        lost: 0,
        cron: false,
    });
}

#[test]
fn failures_cost_time_and_nothing_else() {
    play_all(Weather {
        failing: 15,
        lost: 0,
        cron: false,
    });
}

#[test]
fn what_messages_lost_a_cron_trigger_finds() {
    play_all(Weather {
        failing: 10,
        lost: 50,
        cron: true,
    });
}
