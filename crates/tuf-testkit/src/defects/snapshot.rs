//! Step 5.5: the snapshot.

use super::{defect, replace};
use crate::case::Case;
use crate::key::Key;
use serde_json::json;

pub(super) fn cases() -> Vec<Case> {
    vec![
        defect(
            "snapshot-missing",
            "the timestamp arrived before its snapshot",
            ["unavailable", "snapshot", "5.5.1"],
            |case| {
                case.repository.metadata.remove("1.snapshot.json");
            },
        ),
        defect(
            "snapshot-endless",
            "the snapshot is longer than allowed",
            ["limitExceeded", "snapshot", "5.5.1"],
            |case| {
                case.repository
                    .published("snapshot")
                    .extend_from_slice(&[b' '; 2_048]);
                case.limits.insert("snapshotBytes", 2_048);
            },
        ),
        defect(
            "snapshot-of-another-length",
            "the snapshot is longer than the timestamp announces",
            ["untrusted", "snapshot", "5.5.2"],
            |case| {
                case.repository.hashes = true;
                case.repository.publish_rest();
                case.repository.published("snapshot").push(b'\n');
            },
        ),
        defect(
            "snapshot-of-another-hash",
            "the snapshot is signed, and not the one the timestamp announces",
            ["untrusted", "snapshot", "5.5.2"],
            |case| {
                case.repository.hashes = true;
                case.repository.publish_rest();
                case.repository.signed("snapshot")["expires"] = json!("2026-02-02T00:00:00Z");
                *case.repository.published("snapshot") = case.repository.bytes("snapshot");
            },
        ),
        defect(
            "snapshot-unsigned",
            "the snapshot has no signature",
            ["untrusted", "snapshot", "5.5.3"],
            |case| {
                case.repository.signers("snapshot").clear();
                case.repository.publish_rest();
            },
        ),
        defect(
            "snapshot-by-timestamp-key",
            "whoever holds the timestamp's key signed a snapshot",
            ["untrusted", "snapshot", "5.5.3"],
            |case| {
                *case.repository.signers("snapshot") = case.repository.signers("timestamp").clone();
                case.repository.release();
            },
        ),
        defect(
            "snapshot-below-threshold",
            "one of two keys signed the snapshot",
            ["untrusted", "snapshot", "5.5.3"],
            |case| {
                let keys = [Key::named("snapshot a"), Key::named("snapshot b")];
                case.repository.grant("snapshot", &keys, 2);
                case.repository.rotate(&[]);
                case.repository.signers("snapshot").truncate(1);
                case.repository.release();
            },
        ),
        defect(
            "snapshot-changed",
            "the snapshot was changed after it was signed",
            ["untrusted", "snapshot", "5.5.3"],
            |case| {
                replace(
                    case.repository.published("snapshot"),
                    "\"version\": 1",
                    "\"version\": 2",
                );
            },
        ),
        defect(
            "snapshot-without-targets",
            "the snapshot does not list the targets metadata",
            ["invalid", "snapshot", "5.5.3"],
            |case| {
                case.repository.signed("snapshot")["meta"] = json!({});
                case.repository.publish("snapshot");
            },
        ),
        defect(
            "snapshot-mixed",
            "the new timestamp comes with the old snapshot",
            ["untrusted", "snapshot", "5.5.4"],
            |case| {
                let old = case.repository.published("snapshot").clone();
                case.repository.release();
                *case.repository.published("snapshot") = old;
            },
        ),
        defect(
            "snapshot-ahead",
            "the snapshot is a later version than announced",
            ["untrusted", "snapshot", "5.5.4"],
            |case| {
                case.repository.bump("snapshot");
                case.repository.metadata.insert(
                    "1.snapshot.json".to_owned(),
                    case.repository.bytes("snapshot"),
                );
            },
        ),
        defect(
            "snapshot-announces-older-targets",
            "a newer snapshot announces older targets metadata",
            ["rollback", "snapshot", "5.5.5"],
            |case| {
                case.repository.release();
                case.seen();
                case.repository.release();
                case.repository.signed("targets")["version"] = json!(1);
                case.repository.publish("targets");
                case.repository.publish("snapshot");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "snapshot-announces-older-delegated",
            "a newer snapshot announces older metadata of a delegated role",
            ["rollback", "snapshot", "5.5.5"],
            |case| {
                case.repository.delegate("targets", "team", &["*"]);
                case.repository.release();
                case.repository.release();
                case.seen();
                case.repository.release();
                case.repository.signed("snapshot")["meta"]["team.json"]["version"] = json!(1);
                case.repository.publish("snapshot");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "snapshot-drops-delegated",
            "a newer snapshot does not list a delegated role any more",
            ["rollback", "snapshot", "5.5.5"],
            |case| {
                case.repository.delegate("targets", "team", &["*"]);
                case.repository.release();
                case.seen();
                case.repository.release();
                case.repository.signed("snapshot")["meta"]
                    .as_object_mut()
                    .unwrap()
                    .remove("team.json");
                case.repository.publish("snapshot");
                case.repository.publish("timestamp");
            },
        ),
        defect(
            "snapshot-expired",
            "the snapshot has expired",
            ["expired", "snapshot", "5.5.6"],
            |case| {
                case.repository.signed("snapshot")["expires"] = json!("2025-12-31T00:00:00Z");
                case.repository.publish_rest();
            },
        ),
    ]
}
