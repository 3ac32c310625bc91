//! What was published, by whom and when: what every answer is held against.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// The project whose releases are published.
pub(crate) const PROJECT: &str = "drill";

/// The decision that is evaluated.
pub(crate) const KEY: &str = "main.json";

/// Forged releases have numbers from here on.
pub(crate) const FORGED: u64 = 900_000;

/// The answer of a release's decision to an input: both decide it.
pub(crate) fn value(release: u64, n: u64) -> u64 {
    n * 31 + release * 1_009
}

/// The document of a release that answers [`value`] and the release's number.
pub(crate) fn document(release: u64) -> Value {
    let offset = value(release, 0);
    json!({
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "i", "type": "inputNode", "name": "Request"},
            {"id": "e", "type": "expressionNode", "name": "Answer", "content": {"expressions": [
                {"id": "r", "key": "release", "value": format!("'{release}'")},
                {"id": "v", "key": "value", "value": format!("n * 31 + {offset}")},
            ]}},
            {"id": "o", "type": "outputNode", "name": "Response"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "i", "targetId": "e"},
            {"id": "2", "type": "edge", "sourceId": "e", "targetId": "o"},
        ],
    })
}

/// A release that the publisher made.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    /// SHA-256 of the bundle.
    pub(crate) digest: String,
    /// The revision that brought it, and when the publisher was told that it is out; none before.
    pub(crate) published: Option<(u64, Instant)>,
}

/// All that was ever published.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    releases: BTreeMap<u64, Release>,
    /// The release of every revision.
    revisions: BTreeMap<u64, u64>,
}

impl Truth {
    /// The next release's number.
    pub(crate) fn next(&self) -> u64 {
        self.releases
            .last_key_value()
            .map_or(1, |(last, _)| last + 1)
    }

    /// A release is about to be published: readers may see it before the publisher knows that it is
    /// out.
    pub(crate) fn announce(&mut self, number: u64, digest: String) {
        let release = Release {
            digest,
            published: None,
        };
        self.releases.insert(number, release);
    }

    /// A release is out.
    pub(crate) fn published(&mut self, number: u64, revision: u64, at: Instant) {
        if let Some(release) = self.releases.get_mut(&number) {
            release.published = Some((revision, at));
        }
        self.revisions.insert(revision, number);
    }

    /// The publisher signed again, and revisions up to this one have the newest release.
    pub(crate) fn renewed(&mut self, revision: u64) {
        let Some((&last, &number)) = self.revisions.last_key_value() else {
            return;
        };
        for revision in last + 1..=revision {
            self.revisions.insert(revision, number);
        }
    }

    /// A release by its number.
    pub(crate) fn release(&self, number: u64) -> Option<&Release> {
        self.releases.get(&number)
    }

    /// The release of a revision.
    pub(crate) fn at(&self, revision: u64) -> Option<u64> {
        self.revisions.get(&revision).copied()
    }

    /// The newest release that is out: its number and revision.
    pub(crate) fn newest(&self) -> (u64, u64) {
        let out = |(number, release): (&u64, &Release)| Some((*number, release.published?.0));
        self.releases.iter().rev().find_map(out).unwrap_or_default()
    }

    /// The newest revision.
    pub(crate) fn revision(&self) -> u64 {
        self.revisions.last_key_value().map_or(0, |(last, _)| *last)
    }

    /// How many releases are out that are newer than this revision.
    pub(crate) fn newer_than(&self, revision: u64) -> usize {
        let newer = |release: &&Release| release.published.is_some_and(|(its, _)| its > revision);
        self.releases.values().filter(newer).count()
    }

    /// Digests of all that is out.
    pub(crate) fn digests(&self) -> Vec<String> {
        let out = self.releases.values();
        out.filter(|release| release.published.is_some())
            .map(|release| release.digest.clone())
            .collect()
    }

    /// For how long, at a time, a newer release than this one had been out.
    pub(crate) fn behind(&self, number: u64, at: Instant) -> Duration {
        let newer = self.releases.range(number + 1..);
        let first = newer.filter_map(|(_, release)| release.published).next();
        first.map_or(Duration::ZERO, |(_, since)| {
            at.saturating_duration_since(since)
        })
    }
}
