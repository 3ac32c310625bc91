//! Metadata that is signed or served in a form that readers disagree on.

use super::{defect, replace};
use crate::case::Case;
use crate::repository::to_bytes;
use serde_json::{Value, json};

const STEP: [&str; 3] = ["invalid", "timestamp", "5.4.2"];
const LIMIT: [&str; 3] = ["limitExceeded", "timestamp", "5.4.2"];

/// A timestamp whose bytes are changed after it was signed.
fn bytes(
    name: &'static str,
    why: &'static str,
    expected: [&'static str; 3],
    change: impl FnOnce(&mut Vec<u8>),
) -> Case {
    defect(name, why, expected, |case| {
        change(case.repository.published("timestamp"))
    })
}

/// A timestamp that is changed and then signed.
fn signed(
    name: &'static str,
    why: &'static str,
    expected: [&'static str; 3],
    change: impl FnOnce(&mut Value),
) -> Case {
    defect(name, why, expected, |case| {
        change(case.repository.signed("timestamp"));
        case.repository.publish("timestamp");
    })
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        bytes("format-empty", "the timestamp is empty", STEP, Vec::clear),
        bytes(
            "format-truncated",
            "the timestamp is cut off",
            STEP,
            |bytes| bytes.truncate(bytes.len() / 2),
        ),
        bytes(
            "format-page",
            "the timestamp is a web page",
            STEP,
            |bytes| *bytes = b"<html></html>".to_vec(),
        ),
        bytes("format-list", "the timestamp is an array", STEP, |bytes| {
            *bytes = b"[]".to_vec()
        }),
        bytes(
            "format-trailing",
            "something follows the timestamp",
            STEP,
            |bytes| bytes.extend_from_slice(b"{}"),
        ),
        bytes(
            "format-byte-order-mark",
            "the timestamp begins with a byte order mark",
            STEP,
            |bytes| {
                bytes.splice(0..0, *b"\xef\xbb\xbf");
            },
        ),
        bytes(
            "format-not-utf-8",
            "the timestamp is not UTF-8",
            STEP,
            |bytes| replace_byte(bytes, b"snapshot", 0xff),
        ),
        bytes(
            "format-without-signatures",
            "the timestamp has no member `signatures`",
            STEP,
            |bytes| {
                replace(bytes, "\"signatures\"", "\"signature\"");
            },
        ),
        bytes(
            "format-without-signed",
            "the timestamp has no member `signed`",
            STEP,
            |bytes| {
                replace(bytes, "\"signed\"", "\"sign\"");
            },
        ),
        bytes(
            "format-signature-without-key",
            "a signature does not say by which key",
            STEP,
            |bytes| {
                replace(bytes, "\"keyid\"", "\"key\"");
            },
        ),
        bytes(
            "format-member-twice",
            "a member occurs twice, so that readers disagree on its value",
            STEP,
            |bytes| {
                replace(
                    bytes,
                    "\"version\": 1\n",
                    "\"version\": 1, \"version\": 2\n",
                );
            },
        ),
        bytes(
            "format-member-twice-escaped",
            "a member occurs twice, once written with an escape",
            STEP,
            |bytes| {
                replace(
                    bytes,
                    "\"expires\"",
                    "\"\\u0065xpires\": \"2036-01-01T00:00:00Z\", \"expires\"",
                );
            },
        ),
        bytes(
            "format-not-a-number",
            "the version is not a number",
            STEP,
            |bytes| replace(bytes, "\"version\": 1\n", "\"version\": NaN\n"),
        ),
        bytes(
            "format-fraction",
            "the version is written with a fraction",
            STEP,
            |bytes| replace(bytes, "\"version\": 1\n", "\"version\": 1.0\n"),
        ),
        bytes(
            "format-huge-number",
            "the version does not fit 64 bits",
            STEP,
            |bytes| {
                replace(
                    bytes,
                    "\"version\": 1\n",
                    "\"version\": 9223372036854775808\n",
                );
            },
        ),
        bytes(
            "format-not-normalized",
            "a text is not in NFC, and shares its signature with the one that is",
            STEP,
            |bytes| {
                replace(bytes, "\"_type\"", "\"e\u{301}\": 1, \"_type\"");
            },
        ),
        bytes(
            "format-lone-surrogate",
            "a text holds half a character",
            STEP,
            |bytes| replace(bytes, "\"1.0.34\"", "\"\\ud800\""),
        ),
        bytes(
            "format-deep",
            "the timestamp nests deeply",
            LIMIT,
            |bytes| *bytes = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes(),
        ),
        defect(
            "format-many-values",
            "the timestamp holds many values",
            LIMIT,
            |case| {
                case.repository.signed("timestamp")["x"] = json!(vec![0; 1_000]);
                case.repository.publish("timestamp");
                case.limits.insert("jsonValues", 1_000);
            },
        ),
        defect(
            "format-many-signatures",
            "the timestamp has more signatures than anyone needs",
            LIMIT,
            |case| {
                let bytes = case.repository.published("timestamp");
                let mut document: Value = serde_json::from_slice(bytes).unwrap();
                let signature = document["signatures"][0].clone();
                document["signatures"] = json!(vec![signature; 17]);
                *bytes = to_bytes(&document);
                case.limits.insert("signatures", 16);
            },
        ),
        signed(
            "format-version-zero",
            "the version is zero",
            STEP,
            |signed| signed["version"] = json!(0),
        ),
        signed(
            "format-version-negative",
            "the version is negative",
            STEP,
            |signed| signed["version"] = json!(-1),
        ),
        signed(
            "format-version-text",
            "the version is a text",
            STEP,
            |signed| signed["version"] = json!("1"),
        ),
        signed(
            "format-specification-2",
            "the timestamp follows another specification",
            STEP,
            |signed| signed["spec_version"] = json!("2.0.0"),
        ),
        signed(
            "format-specification-word",
            "the specification's version is a word",
            STEP,
            |signed| signed["spec_version"] = json!("1.x"),
        ),
        signed(
            "format-without-expiry",
            "the timestamp never expires",
            STEP,
            |signed| drop(signed.as_object_mut().unwrap().remove("expires")),
        ),
        signed(
            "format-expiry-with-offset",
            "the expiry is in another time zone",
            STEP,
            |signed| signed["expires"] = json!("2026-02-01T00:00:00+00:00"),
        ),
        signed(
            "format-expiry-on-no-day",
            "the expiry is on a day that does not exist",
            STEP,
            |signed| signed["expires"] = json!("2026-02-30T00:00:00Z"),
        ),
        signed(
            "format-without-snapshot",
            "the timestamp announces no snapshot",
            STEP,
            |signed| signed["meta"] = json!({}),
        ),
        signed(
            "format-weak-hash",
            "the snapshot is announced by a weak hash only",
            STEP,
            |signed| {
                signed["meta"]["snapshot.json"]["hashes"] =
                    json!({"md5": "d41d8cd98f00b204e9800998ecf8427e"});
            },
        ),
        signed(
            "format-short-hash",
            "the snapshot is announced by half a hash",
            STEP,
            |signed| {
                signed["meta"]["snapshot.json"]["hashes"] = json!({"sha256": "00"});
            },
        ),
    ]
}

fn replace_byte(bytes: &mut [u8], at: &[u8], byte: u8) {
    let index = bytes
        .windows(at.len())
        .position(|window| window == at)
        .unwrap();
    bytes[index] = byte;
}
