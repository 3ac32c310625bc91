//! A store that answers what it was told to, after as long as it was told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zen_edge_sync::{
    BundleStore, Clock, EdgeCache, Freshness, Get, Got, List, Object, Page, PortFuture, Ports,
    StoreError, StoreErrorKind,
};
use zen_edge_sync_testkit::{ManualClock, SeededRandom};

pub(crate) fn ports(clock: &ManualClock, cache: impl EdgeCache + 'static, seed: u64) -> Ports {
    Ports {
        cache: Arc::new(cache),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SeededRandom::new(seed)),
    }
}

pub(crate) fn get(key: &str) -> Get {
    Get {
        key: key.to_owned(),
        max_bytes: 1_000,
        if_none_match: None,
        freshness: Freshness::Cached,
    }
}

pub(crate) fn found(text: &str, etag: &str) -> Result<Got, StoreError> {
    Ok(Got::Found(Object {
        bytes: text.as_bytes().to_vec(),
        etag: Some(etag.to_owned()),
        cached: false,
    }))
}

pub(crate) fn failure(kind: StoreErrorKind) -> Result<Got, StoreError> {
    Err(StoreError::new(kind, "told so"))
}

type Rule = Box<dyn Fn(&Get) -> Result<Got, StoreError> + Send>;

type Script = VecDeque<(Duration, Result<Got, StoreError>)>;

/// Answers from its script, of which the last line is repeated for ever.
pub(crate) struct Scripted {
    clock: ManualClock,
    script: Mutex<Script>,
    rule: Mutex<Option<Rule>>,
    /// What it was asked, and when (ticks).
    pub(crate) log: Mutex<Vec<(u64, Get)>>,
}

impl Scripted {
    pub(crate) fn slow(
        clock: &ManualClock,
        script: Vec<(u64, Result<Got, StoreError>)>,
    ) -> Arc<Self> {
        let script = script
            .into_iter()
            .map(|(wait, answer)| (Duration::from_millis(wait), answer));
        Arc::new(Self {
            clock: clock.clone(),
            script: Mutex::new(script.collect()),
            rule: Mutex::default(),
            log: Mutex::default(),
        })
    }

    pub(crate) fn new(clock: &ManualClock, script: Vec<Result<Got, StoreError>>) -> Arc<Self> {
        Self::slow(
            clock,
            script.into_iter().map(|answer| (0, answer)).collect(),
        )
    }

    /// From now on, this is what it answers.
    pub(crate) fn tell(&self, script: Vec<(u64, Result<Got, StoreError>)>) {
        let script = script
            .into_iter()
            .map(|(wait, answer)| (Duration::from_millis(wait), answer));
        *self.script.lock().unwrap() = script.collect();
        *self.rule.lock().unwrap() = None;
    }

    /// From now on, this is how it answers.
    pub(crate) fn answer(&self, rule: impl Fn(&Get) -> Result<Got, StoreError> + Send + 'static) {
        *self.rule.lock().unwrap() = Some(Box::new(rule));
    }

    pub(crate) fn asked_at(&self) -> Vec<u64> {
        self.log.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    pub(crate) fn asked(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    fn next(&self) -> (Duration, Result<Got, StoreError>) {
        let mut script = self.script.lock().unwrap();
        match script.len() {
            1 => script.front().cloned().unwrap(),
            _ => script.pop_front().expect("the script is at its end"),
        }
    }
}

impl BundleStore for Scripted {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        let ruled = self.rule.lock().unwrap().as_ref().map(|rule| rule(&get));
        self.log.lock().unwrap().push((self.clock.ticks(), get));
        let (wait, answer) = match ruled {
            Some(answer) => (Duration::ZERO, answer),
            None => self.next(),
        };
        Box::pin(async move {
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            answer
        })
    }

    fn list(&self, list: List) -> PortFuture<'_, Result<Page, StoreError>> {
        let answer = self.get(get(&list.prefix));
        Box::pin(async move { answer.await.map(|_| Page::default()) })
    }
}
