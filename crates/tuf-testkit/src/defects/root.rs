//! Step 5.2 and 5.3: the root.

use super::{defect, replace};
use crate::case::Case;
use crate::key::Key;
use crate::repository::to_bytes;
use serde_json::json;

const PAGE: &[u8] = b"<!DOCTYPE html><title>Sign in</title>\n";

pub(super) fn cases() -> Vec<Case> {
    vec![
        defect(
            "root-unsigned",
            "the trusted root has no signature",
            ["untrusted", "root", "5.2"],
            |case| {
                case.repository.signers("root").clear();
                case.repository.publish("root");
                case.seen();
            },
        ),
        defect(
            "root-changed",
            "the trusted root was changed after it was signed",
            ["untrusted", "root", "5.2"],
            |case| {
                replace(
                    case.trusted.get_mut("root.json").unwrap(),
                    "2026-02-01",
                    "2036-02-01",
                );
            },
        ),
        defect(
            "root-not-there",
            "the client has no trusted root",
            ["unavailable", "root", "5.2"],
            |case| {
                case.trusted.clear();
            },
        ),
        defect(
            "root-unreadable",
            "the trusted root is a web page",
            ["invalid", "root", "5.2"],
            |case| {
                case.trusted.insert("root.json".to_owned(), PAGE.to_vec());
            },
        ),
        defect(
            "root-without-roles",
            "the trusted root lists no keys for the snapshot",
            ["invalid", "root", "5.2"],
            |case| {
                case.repository.signed("root")["roles"]
                    .as_object_mut()
                    .unwrap()
                    .remove("snapshot");
                case.repository.publish("root");
                case.seen();
            },
        ),
        defect(
            "root-threshold-zero",
            "the root demands no signature for the timestamp",
            ["invalid", "root", "5.2"],
            |case| {
                case.repository.signed("root")["roles"]["timestamp"]["threshold"] = json!(0);
                case.repository.publish("root");
                case.seen();
            },
        ),
        defect(
            "root-update-endless",
            "the next root is longer than allowed",
            ["limitExceeded", "root", "5.3.3"],
            |case| {
                case.repository.rotate(&[]);
                case.repository
                    .published("root")
                    .extend_from_slice(&[b' '; 4_096]);
                case.limits.insert("rootBytes", 4_096);
            },
        ),
        defect(
            "root-update-is-a-page",
            "the next root is a web page",
            ["invalid", "root", "5.3.4"],
            |case| {
                case.repository
                    .metadata
                    .insert("2.root.json".to_owned(), PAGE.to_vec());
            },
        ),
        defect(
            "root-update-not-by-old-key",
            "the next root is not signed by the trusted root's key",
            ["untrusted", "root", "5.3.4"],
            |case| {
                case.repository.grant("root", &[Key::named("new root")], 1);
                case.repository.rotate(&[]);
            },
        ),
        defect(
            "root-update-not-by-new-key",
            "the next root is not signed by its own key",
            ["untrusted", "root", "5.3.4"],
            |case| {
                let old = case.repository.signers("root").clone();
                case.repository.grant("root", &[Key::named("new root")], 1);
                *case.repository.signers("root") = old;
                case.repository.rotate(&[]);
            },
        ),
        defect(
            "root-update-takes-over-a-key-id",
            "the next root lists a stranger's key under the id of the trusted root's key",
            ["untrusted", "root", "5.3.4"],
            |case| {
                let id = case.repository.signers("root")[0].id();
                let stranger = Key::named("stranger");
                case.repository.signed("root")["keys"][&id] = stranger.listed();
                *case.repository.signers("root") = vec![stranger];
                case.repository.bump("root");
                let bytes = case.repository.bytes("root");
                let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                document["signatures"][0]["keyid"] = json!(id);
                case.repository.publish_bytes("root", to_bytes(&document));
            },
        ),
        defect(
            "root-update-below-old-threshold",
            "one of two keys that the trusted root demands signed the next",
            ["untrusted", "root", "5.3.4"],
            |case| {
                let keys = [Key::named("root a"), Key::named("root b")];
                case.repository.grant("root", &keys, 2);
                case.repository.publish("root");
                case.seen();
                case.repository.grant("root", &keys[..1], 1);
                case.repository.rotate(&[]);
            },
        ),
        defect(
            "root-update-below-new-threshold",
            "one of two keys that the next root demands signed it",
            ["untrusted", "root", "5.3.4"],
            |case| {
                let old = case.repository.signers("root").clone();
                let keys = [old[0].clone(), Key::named("root b")];
                case.repository.grant("root", &keys, 2);
                *case.repository.signers("root") = old;
                case.repository.rotate(&[]);
            },
        ),
        defect(
            "root-update-of-another-role",
            "the root's key signed targets metadata, which is served as the next root",
            ["untrusted", "root", "5.3.4"],
            |case| {
                case.repository.bump("root");
                case.repository.signed("root")["_type"] = json!("targets");
                case.repository.publish("root");
            },
        ),
        defect(
            "root-update-skips-a-version",
            "version 3 is served as the root after version 1",
            ["rollback", "root", "5.3.5"],
            |case| {
                case.repository.rotate(&[]);
                case.repository.rotate(&[]);
                let third = case.repository.metadata.remove("3.root.json").unwrap();
                case.repository
                    .metadata
                    .insert("2.root.json".to_owned(), third);
            },
        ),
        defect(
            "root-update-goes-back",
            "version 1 is served as the root after version 1",
            ["rollback", "root", "5.3.5"],
            |case| {
                let first = case.repository.metadata["1.root.json"].clone();
                case.repository
                    .metadata
                    .insert("2.root.json".to_owned(), first);
            },
        ),
        defect(
            "root-expired",
            "the newest root has expired",
            ["expired", "root", "5.3.10"],
            |case| {
                case.repository.signed("root")["expires"] = json!("2026-01-01T00:00:00Z");
                case.repository.rotate(&[]);
            },
        ),
    ]
}
