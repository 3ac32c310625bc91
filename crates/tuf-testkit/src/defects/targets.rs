//! Steps 5.6.1 to 5.6.6 and 5.7: targets metadata and targets.

use super::{defect, replace};
use crate::case::Case;
use crate::repository::sha256;
use serde_json::{Value, json};

const INVALID: [&str; 3] = ["invalid", "targets", "5.6.3"];
const TARGET: [&str; 3] = ["untrusted", "targets", "5.7.3"];

/// Targets metadata whose entry for `hello` is changed and then signed.
fn entry(
    name: &'static str,
    why: &'static str,
    expected: [&'static str; 3],
    change: impl FnOnce(&mut Value),
) -> Case {
    defect(name, why, expected, |case| {
        change(&mut case.repository.signed("targets")["targets"]["hello"]);
        case.repository.publish_rest();
        case.target = Some("hello");
    })
}

/// A target whose bytes are not those listed.
fn content(name: &'static str, why: &'static str, bytes: &[u8]) -> Case {
    defect(name, why, TARGET, |case| {
        case.repository
            .place("hello", &sha256(b"hello, world\n"), bytes);
        case.target = Some("hello");
    })
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        defect(
            "targets-missing",
            "the snapshot arrived before the targets metadata",
            ["unavailable", "targets", "5.6.1"],
            |case| {
                case.repository.metadata.remove("1.targets.json");
            },
        ),
        defect(
            "targets-endless",
            "the targets metadata is longer than allowed",
            ["limitExceeded", "targets", "5.6.1"],
            |case| {
                case.repository
                    .published("targets")
                    .extend_from_slice(&[b' '; 2_048]);
                case.limits.insert("targetsBytes", 2_048);
            },
        ),
        defect(
            "targets-of-another-hash",
            "the targets metadata is signed, and not the one the snapshot announces",
            ["untrusted", "targets", "5.6.2"],
            |case| {
                case.repository.hashes = true;
                case.repository.publish_rest();
                case.repository.signed("targets")["expires"] = json!("2026-02-02T00:00:00Z");
                *case.repository.published("targets") = case.repository.bytes("targets");
            },
        ),
        defect(
            "targets-by-snapshot-key",
            "whoever holds the online keys signed targets metadata",
            ["untrusted", "targets", "5.6.3"],
            |case| {
                *case.repository.signers("targets") = case.repository.signers("snapshot").clone();
                case.repository.release();
            },
        ),
        defect(
            "targets-changed",
            "the targets metadata was changed after it was signed",
            ["untrusted", "targets", "5.6.3"],
            |case| {
                replace(
                    case.repository.published("targets"),
                    "\"release\": \"1\"",
                    "\"release\": \"2\"",
                );
            },
        ),
        defect(
            "targets-mixed",
            "the new snapshot comes with the old targets metadata",
            ["untrusted", "targets", "5.6.4"],
            |case| {
                let old = case.repository.published("targets").clone();
                case.repository.release();
                *case.repository.published("targets") = old;
            },
        ),
        defect(
            "targets-expired",
            "the targets metadata has expired",
            ["expired", "targets", "5.6.5"],
            |case| {
                case.repository.signed("targets")["expires"] = json!("2025-12-31T00:00:00Z");
                case.repository.publish_rest();
            },
        ),
        entry(
            "targets-negative-length",
            "a target has a negative length",
            INVALID,
            |entry| entry["length"] = json!(-1),
        ),
        entry(
            "targets-without-length",
            "a target has no length",
            INVALID,
            |entry| drop(entry.as_object_mut().unwrap().remove("length")),
        ),
        entry(
            "targets-without-hash",
            "a target has no hash",
            INVALID,
            |entry| entry["hashes"] = json!({}),
        ),
        entry(
            "targets-weak-hash",
            "a target has a weak hash only",
            INVALID,
            |entry| entry["hashes"] = json!({"sha1": "00"}),
        ),
        entry(
            "targets-hash-not-hexadecimal",
            "a target's hash is not one",
            INVALID,
            |entry| entry["hashes"] = json!({"sha256": "g".repeat(64)}),
        ),
        entry(
            "targets-custom-text",
            "a target's custom metadata is a text",
            INVALID,
            |entry| entry["custom"] = json!("text"),
        ),
        entry(
            "target-of-another-hash",
            "one of two hashes of a target is another's",
            TARGET,
            |entry| entry["hashes"]["sha512"] = json!("0".repeat(128)),
        ),
        entry(
            "target-of-another-length",
            "a target is shorter than listed",
            TARGET,
            |entry| entry["length"] = json!(14),
        ),
        entry(
            "target-too-long",
            "a target is listed as longer than allowed",
            ["limitExceeded", "targets", "5.7.3"],
            |entry| {
                entry["length"] = json!(1_u64 << 40);
            },
        ),
        content("target-changed", "a target was changed", b"hello, wOrld\n"),
        content("target-truncated", "a target is cut off", b"hello, wor"),
        content("target-endless", "a target has no end", &[b'x'; 1_024]),
        content("target-empty", "a target is empty", b""),
        defect(
            "target-not-listed",
            "no role lists the target",
            ["notFound", "targets", "5.7.2"],
            |case| case.target = Some("other"),
        ),
        defect(
            "target-name-differs-by-case",
            "the target is listed in other letters",
            ["notFound", "targets", "5.7.2"],
            |case| case.target = Some("Hello"),
        ),
        defect(
            "target-in-parent-folder",
            "the target's path leads out of the folder",
            ["invalid", "targets", "5.7.1"],
            |case| {
                case.repository.signed("targets")["targets"]["../hello"] =
                    json!({"length": 0, "hashes": {"sha256": sha256(b"")}});
                case.repository.publish_rest();
                case.target = Some("../hello");
            },
        ),
        defect(
            "target-absolute",
            "the target's path is absolute",
            ["invalid", "targets", "5.7.1"],
            |case| case.target = Some("/hello"),
        ),
        defect(
            "target-with-nul",
            "the target's path ends early for some readers",
            ["invalid", "targets", "5.7.1"],
            |case| case.target = Some("hello\0.zip"),
        ),
    ]
}
