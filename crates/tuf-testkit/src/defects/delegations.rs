//! Step 5.6.7: delegations.

use super::defect;
use crate::case::Case;
use serde_json::{Value, json};

const INVALID: [&str; 3] = ["invalid", "targets", "5.6.3"];

/// A repository whose role `team` lists the target `team/hello`.
fn team(
    name: &'static str,
    why: &'static str,
    expected: [&'static str; 3],
    breaks: impl FnOnce(&mut Case),
) -> Case {
    defect(name, why, expected, |case| {
        case.repository.delegate("targets", "team", &["team/*"]);
        case.repository.add("team", "team/hello", b"hello, team\n");
        case.repository.release();
        case.target = Some("team/hello");
        breaks(case);
    })
}

/// The same, with a delegation that is changed and then signed.
fn delegation(
    name: &'static str,
    why: &'static str,
    expected: [&'static str; 3],
    change: impl FnOnce(&mut Value),
) -> Case {
    team(name, why, expected, |case| {
        change(&mut case.repository.signed("targets")["delegations"]);
        case.repository.release();
    })
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        team(
            "delegated-missing",
            "the delegated role's metadata has not arrived",
            ["unavailable", "team", "5.6.1"],
            |case| {
                case.repository.metadata.remove("1.team.json");
            },
        ),
        team(
            "delegated-not-announced",
            "the snapshot does not list the delegated role",
            ["invalid", "team", "5.6.1"],
            |case| {
                case.repository.signed("snapshot")["meta"]
                    .as_object_mut()
                    .unwrap()
                    .remove("team.json");
                case.repository.bump("snapshot");
                case.repository.bump("timestamp");
                case.repository.publish("snapshot");
                case.repository.publish("timestamp");
            },
        ),
        team(
            "delegated-endless",
            "the delegated role's metadata is longer than allowed",
            ["limitExceeded", "team", "5.6.1"],
            |case| {
                case.repository
                    .published("team")
                    .extend_from_slice(&[b' '; 4_096]);
                case.limits.insert("targetsBytes", 4_096);
            },
        ),
        team(
            "delegated-of-another-hash",
            "the delegated role's metadata is not the one announced",
            ["untrusted", "team", "5.6.2"],
            |case| {
                case.repository.hashes = true;
                case.repository.release();
                case.repository.signed("team")["expires"] = json!("2026-02-02T00:00:00Z");
                *case.repository.published("team") = case.repository.bytes("team");
            },
        ),
        team(
            "delegated-by-delegator",
            "the delegator's key signed the delegated role's metadata",
            ["untrusted", "team", "5.6.3"],
            |case| {
                *case.repository.signers("team") = case.repository.signers("targets").clone();
                case.repository.release();
            },
        ),
        team(
            "delegated-by-another-team",
            "another team's key signed the delegated role's metadata",
            ["untrusted", "team", "5.6.3"],
            |case| {
                case.repository.delegate("targets", "other", &["other/*"]);
                *case.repository.signers("team") = case.repository.signers("other").clone();
                case.repository.release();
            },
        ),
        team(
            "delegated-mixed",
            "the new snapshot comes with the delegated role's old metadata",
            ["untrusted", "team", "5.6.4"],
            |case| {
                let old = case.repository.published("team").clone();
                case.repository.release();
                *case.repository.published("team") = old;
            },
        ),
        team(
            "delegated-expired",
            "the delegated role's metadata has expired",
            ["expired", "team", "5.6.5"],
            |case| {
                case.repository.signed("team")["expires"] = json!("2025-12-31T00:00:00Z");
                case.repository.release();
            },
        ),
        team(
            "delegated-outside-its-paths",
            "a delegated role lists a target that was not delegated to it",
            ["notFound", "targets", "5.7.2"],
            |case| {
                case.repository
                    .add("team", "other/hello", b"hello, other\n");
                case.repository.release();
                case.target = Some("other/hello");
            },
        ),
        team(
            "delegated-in-deeper-folder",
            "a delegated role lists a target in a folder below its own",
            ["notFound", "targets", "5.7.2"],
            |case| {
                case.repository
                    .add("team", "team/deep/hello", b"hello, deep\n");
                case.repository.release();
                case.target = Some("team/deep/hello");
            },
        ),
        team(
            "delegated-after-terminating",
            "a terminating delegation hides the role that lists the target",
            ["notFound", "targets", "5.7.2"],
            |case| {
                case.repository.delegate("targets", "first", &["team/*"])["terminating"] =
                    json!(true);
                let roles = case.repository.signed("targets")["delegations"]["roles"]
                    .as_array_mut()
                    .unwrap();
                roles.reverse();
                case.repository.release();
            },
        ),
        team(
            "delegated-outside-its-bin",
            "a delegated role lists a target of another hash bin",
            ["notFound", "targets", "5.7.2"],
            |case| {
                let role = &mut case.repository.signed("targets")["delegations"]["roles"][0];
                role.as_object_mut().unwrap().remove("paths");
                // SHA-256 of `team/hello` begins with another digit.
                role["path_hash_prefixes"] = json!(["0"]);
                case.repository.release();
            },
        ),
        team(
            "delegated-without-end",
            "delegations go on for ever",
            ["limitExceeded", "team-3", "5.6.7.1"],
            |case| {
                for (delegator, name) in [
                    ("team", "team-1"),
                    ("team-1", "team-2"),
                    ("team-2", "team-3"),
                    ("team-3", "team"),
                ] {
                    case.repository.delegate(delegator, name, &["team/*"]);
                }
                case.repository.release();
                case.target = Some("team/missing");
                case.limits.insert("delegations", 4);
            },
        ),
        delegation(
            "delegates-to-top-level",
            "a delegated role has the name of a top-level role",
            INVALID,
            |delegations| delegations["roles"][0]["name"] = json!("snapshot"),
        ),
        delegation(
            "delegates-to-nobody",
            "a delegated role has no name",
            INVALID,
            |delegations| delegations["roles"][0]["name"] = json!(""),
        ),
        delegation(
            "delegates-twice",
            "two delegations are to one name",
            INVALID,
            |delegations| {
                let again = delegations["roles"][0].clone();
                delegations["roles"].as_array_mut().unwrap().push(again);
            },
        ),
        delegation(
            "delegates-by-paths-and-bins",
            "a delegation is by paths and by hash bins",
            INVALID,
            |delegations| delegations["roles"][0]["path_hash_prefixes"] = json!(["0"]),
        ),
        delegation(
            "delegates-by-nothing",
            "a delegation does not say what is delegated",
            INVALID,
            |delegations| {
                drop(
                    delegations["roles"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("paths"),
                )
            },
        ),
        delegation(
            "delegates-by-bad-bin",
            "a hash bin is not hexadecimal",
            INVALID,
            |delegations| {
                let role = &mut delegations["roles"][0];
                role.as_object_mut().unwrap().remove("paths");
                role["path_hash_prefixes"] = json!(["xyz"]);
            },
        ),
        delegation(
            "delegates-with-threshold-zero",
            "a delegation demands no signature",
            INVALID,
            |delegations| delegations["roles"][0]["threshold"] = json!(0),
        ),
        delegation(
            "delegates-to-succinct-roles",
            "a delegation is in a form that TUF 1.0 does not have",
            INVALID,
            |delegations| {
                delegations["succinct_roles"] =
                    json!({"keyids": [], "threshold": 1, "bit_length": 4, "name_prefix": "bin"});
            },
        ),
    ]
}
