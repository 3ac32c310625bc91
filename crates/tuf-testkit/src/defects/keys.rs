//! Attacks on keys, thresholds and signatures.

use super::defect;
use crate::case::Case;
use crate::key::Key;
use crate::repository::to_bytes;
use serde_json::{Value, json};

const STEP: [&str; 3] = ["untrusted", "timestamp", "5.4.2"];

/// The order of Ed25519's group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The neutral element, with which anything is signed by `R` = neutral element and `S` = 0.
const NEUTRAL: &str = "0100000000000000000000000000000000000000000000000000000000000000";

/// The same element in an encoding that is not the canonical one: y = p + 1.
const NEUTRAL_AGAIN: &str = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

/// Changes the timestamp's signatures after it was signed.
fn signatures(case: &mut Case, change: impl FnOnce(&mut Vec<Value>)) {
    let bytes = case.repository.published("timestamp");
    let mut document: Value = serde_json::from_slice(bytes).unwrap();
    change(document["signatures"].as_array_mut().unwrap());
    *bytes = to_bytes(&document);
}

/// Makes the first root anew, with the timestamp's key listed like this.
fn list_key(case: &mut Case, listed: Value) {
    let id = case.repository.signers("timestamp")[0].id();
    case.repository.signed("root")["keys"][id] = listed;
    case.repository.publish("root");
    case.trusted = [(
        "root.json".to_owned(),
        case.repository.published("root").clone(),
    )]
    .into();
}

fn ed25519(public: &str) -> Value {
    json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}})
}

/// Signs by a key that lets anything be signed.
fn forge(case: &mut Case) {
    let forged = format!("{NEUTRAL}{}", "00".repeat(32));
    signatures(case, |signatures| signatures[0]["sig"] = json!(forged));
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        defect(
            "keys-one-signature-twice",
            "one key's signature is listed twice to reach a threshold of two",
            STEP,
            |case| {
                let keys = [
                    case.repository.signers("timestamp")[0].clone(),
                    Key::named("timestamp b"),
                ];
                case.repository.grant("timestamp", &keys, 2);
                case.repository.publish("root");
                case.seen();
                case.repository.signers("timestamp").truncate(1);
                case.repository.publish("timestamp");
                signatures(case, |signatures| signatures.push(signatures[0].clone()));
            },
        ),
        defect(
            "keys-good-signature-twice",
            "a signature that alone is enough is listed twice",
            STEP,
            |case| {
                case.seen();
                case.repository.publish("timestamp");
                signatures(case, |signatures| signatures.push(signatures[0].clone()));
            },
        ),
        defect(
            "keys-one-key-twice",
            "one key is listed under two ids to reach a threshold of two",
            STEP,
            |case| {
                let key = case.repository.signers("timestamp")[0].clone();
                let root = case.repository.signed("root");
                root["keys"]["alias"] = key.listed();
                root["keys"]["alias"]["keyval"]["public"] = json!(key.public().to_uppercase());
                root["roles"]["timestamp"] = json!({"keyids": [key.id(), "alias"], "threshold": 2});
                case.repository.publish("root");
                case.seen();
                signatures(case, |signatures| {
                    let mut alias = signatures[0].clone();
                    alias["keyid"] = json!("alias");
                    signatures.push(alias);
                });
            },
        ),
        defect(
            "keys-id-twice-in-role",
            "a role lists one key id twice to reach a threshold of two",
            STEP,
            |case| {
                let id = case.repository.signers("timestamp")[0].id();
                case.repository.signed("root")["roles"]["timestamp"] =
                    json!({"keyids": [id, id], "threshold": 2});
                case.repository.publish("root");
                case.seen();
            },
        ),
        defect(
            "keys-unlisted",
            "a role lists a key id that the root has no key for",
            STEP,
            |case| {
                let id = case.repository.signers("timestamp")[0].id();
                case.repository.signed("root")["keys"]
                    .as_object_mut()
                    .unwrap()
                    .remove(&id);
                case.repository.publish("root");
                case.seen();
            },
        ),
        defect(
            "keys-scheme-none",
            "the key's scheme is `none`",
            STEP,
            |case| {
                let public = case.repository.signers("timestamp")[0].public();
                list_key(
                    case,
                    json!({"keytype": "ed25519", "scheme": "none", "keyval": {"public": public}}),
                );
                signatures(case, |signatures| signatures[0]["sig"] = json!(""));
            },
        ),
        defect(
            "keys-scheme-hmac",
            "the key's scheme is a shared secret, which is public",
            STEP,
            |case| {
                let public = case.repository.signers("timestamp")[0].public();
                list_key(
                    case,
                    json!({"keytype": "hmac", "scheme": "hmac-sha256", "keyval": {"public": public}}),
                );
            },
        ),
        defect(
            "keys-scheme-weak-hash",
            "the key's scheme uses a weak hash",
            STEP,
            |case| {
                list_key(
                    case,
                    json!({"keytype": "rsa", "scheme": "rsa-pkcs1v15-md5", "keyval": {"public": ""}}),
                );
            },
        ),
        defect(
            "keys-type-confused",
            "an Ed25519 key is listed as one for ECDSA",
            STEP,
            |case| {
                let public = case.repository.signers("timestamp")[0].public();
                list_key(
                    case,
                    json!({"keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": {"public": public}}),
                );
            },
        ),
        defect(
            "keys-small-order",
            "the key is of small order, so that anyone can sign anything",
            STEP,
            |case| {
                list_key(case, ed25519(NEUTRAL));
                forge(case);
            },
        ),
        defect(
            "keys-small-order-not-canonical",
            "the key is of small order, in another encoding",
            STEP,
            |case| {
                list_key(case, ed25519(NEUTRAL_AGAIN));
                forge(case);
            },
        ),
        defect(
            "keys-malleable-signature",
            "the signature is another one that lenient readers take for the same",
            STEP,
            |case| {
                signatures(case, |signatures| {
                    let signature = signatures[0]["sig"].as_str().unwrap().to_owned();
                    let mut bytes: Vec<u8> = (0..64)
                        .map(|at| u8::from_str_radix(&signature[2 * at..2 * at + 2], 16).unwrap())
                        .collect();
                    let mut carry = 0;
                    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
                        let sum = u16::from(*byte) + u16::from(order) + carry;
                        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
                    }
                    signatures[0]["sig"] = json!(hex::encode(&bytes));
                });
            },
        ),
        defect(
            "keys-signature-not-hexadecimal",
            "the signature is not hexadecimal",
            STEP,
            |case| {
                signatures(case, |signatures| {
                    signatures[0]["sig"] = json!("signed, sealed, delivered")
                });
            },
        ),
        defect(
            "keys-signature-short",
            "the signature is half a signature",
            STEP,
            |case| {
                signatures(case, |signatures| {
                    signatures[0]["sig"] = json!("00".repeat(32))
                });
            },
        ),
    ]
}
