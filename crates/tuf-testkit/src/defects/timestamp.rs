//! Step 5.4: the timestamp.

use super::{defect, replace};
use crate::case::Case;
use crate::key::Key;
use crate::repository::Repository;
use serde_json::json;

const DAY: i64 = 24 * 60 * 60;

pub(super) fn cases() -> Vec<Case> {
    vec![
        defect(
            "timestamp-missing",
            "the source has no timestamp",
            ["unavailable", "timestamp", "5.4.1"],
            |case| {
                case.repository.metadata.remove("timestamp.json");
            },
        ),
        defect(
            "timestamp-endless",
            "the timestamp is longer than allowed",
            ["limitExceeded", "timestamp", "5.4.1"],
            |case| {
                case.repository
                    .published("timestamp")
                    .extend_from_slice(&[b' '; 16_384]);
            },
        ),
        defect(
            "timestamp-unsigned",
            "the timestamp has no signature",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                case.repository.signers("timestamp").clear();
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-by-stranger",
            "a key that the root does not list signed the timestamp",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                *case.repository.signers("timestamp") = vec![Key::named("stranger")];
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-by-another-role",
            "the targets role's key signed the timestamp",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                *case.repository.signers("timestamp") = case.repository.signers("targets").clone();
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-of-another-environment",
            "the timestamp is a sound one of another environment",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                let staging = Repository::new("staging");
                case.repository.metadata.insert(
                    "timestamp.json".to_owned(),
                    staging.metadata["timestamp.json"].clone(),
                );
            },
        ),
        defect(
            "timestamp-changed",
            "the timestamp was changed after it was signed",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                replace(
                    case.repository.published("timestamp"),
                    "2026-02-01",
                    "2036-02-01",
                );
            },
        ),
        defect(
            "timestamp-by-revoked-key",
            "a key that the newest root revoked signed the timestamp",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                case.seen();
                let old = case.repository.signers("timestamp").clone();
                case.repository
                    .grant("timestamp", &[Key::named("new timestamp")], 1);
                case.repository.rotate(&[]);
                *case.repository.signers("timestamp") = old;
                case.repository.release();
            },
        ),
        defect(
            "timestamp-of-another-type",
            "one key serves two roles, and a snapshot is served as the timestamp",
            ["untrusted", "timestamp", "5.4.2"],
            |case| {
                let shared = case.repository.signers("snapshot").clone();
                case.repository.grant("timestamp", &shared, 1);
                case.repository.publish("root");
                case.repository.publish_rest();
                case.seen();
                case.trusted.retain(|name, _| name == "root.json");
                let snapshot = case.repository.published("snapshot").clone();
                case.repository
                    .metadata
                    .insert("timestamp.json".to_owned(), snapshot);
            },
        ),
        defect(
            "timestamp-goes-back",
            "an older timestamp is replayed",
            ["rollback", "timestamp", "5.4.3.1"],
            |case| {
                let old = case.repository.published("timestamp").clone();
                case.repository.release();
                case.seen();
                *case.repository.published("timestamp") = old;
            },
        ),
        defect(
            "timestamp-below-floor",
            "an older timestamp is replayed to a client that forgot the newer one",
            ["rollback", "timestamp", "5.4.3.1"],
            |case| {
                case.floor = 2;
            },
        ),
        defect(
            "timestamp-announces-older-snapshot",
            "a newer timestamp announces an older snapshot",
            ["rollback", "timestamp", "5.4.3.2"],
            |case| {
                case.repository.release();
                case.seen();
                case.repository.signed("snapshot")["version"] = json!(1);
                case.repository.publish("snapshot");
                case.repository.bump("timestamp");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-forgotten",
            "the timestamp is gone from storage, and an older one is replayed",
            ["rollback", "timestamp", "5.4.3.2"],
            |case| {
                let old = case.repository.published("timestamp").clone();
                case.repository.release();
                case.seen();
                case.trusted.remove("timestamp.json");
                *case.repository.published("timestamp") = old;
            },
        ),
        defect(
            "timestamp-expired",
            "the timestamp has expired",
            ["expired", "timestamp", "5.4.4"],
            |case| {
                case.repository.signed("timestamp")["expires"] = json!("2025-12-31T23:59:59Z");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-expires-now",
            "the timestamp expires this second",
            ["expired", "timestamp", "5.4.4"],
            |case| {
                case.repository.signed("timestamp")["expires"] = json!("2026-01-01T00:00:00Z");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "timestamp-frozen",
            "the source serves the same timestamp for ever",
            ["expired", "timestamp", "5.4.4"],
            |case| {
                case.repository.signed("timestamp")["expires"] = json!("2026-01-02T00:00:00Z");
                case.repository.publish("timestamp");
                case.seen();
                case.now += DAY;
            },
        ),
        defect(
            "timestamp-frozen-and-renewed",
            "the timestamp that is trusted has expired, and one of the same version with a later expiry is served",
            ["expired", "timestamp", "5.4.4"],
            |case| {
                case.repository.signed("timestamp")["expires"] = json!("2026-01-02T00:00:00Z");
                case.repository.publish("timestamp");
                case.seen();
                case.repository.signed("timestamp")["expires"] = json!("2036-01-02T00:00:00Z");
                case.repository.publish("timestamp");
                case.now += DAY;
            },
        ),
    ]
}
