//! `bake`, and what an evaluator without a network makes of it.

use crate::support::{Desk, decision};
use std::collections::BTreeSet;
use std::sync::Arc;
use zen_edge_native::{SystemClock, SystemRandom};
use zen_edge_runtime::{EnvironmentOptions, Request, Runtime, eval::EvaluateOptions};
use zen_edge_sync::{
    BakedIn, ClientOptions, GoRulesOptions, NoCache, Origin, Ports, TrustOptions, TufOptions,
    UnsignedOptions,
};

const ENVIRONMENT: &str = "./out/production";
const TO: [&str; 4] = ["-e", ENVIRONMENT, "-k", "k.pem"];

/// An environment with two projects, of which one had another release before.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.done(&[&["init"], &TO[..]].concat());
    for (project, version) in [
        ("pricing", "1.0.0"),
        ("shipping", "2.0.0"),
        ("pricing", "1.1.0"),
    ] {
        let bundle = desk.pack(project, version);
        desk.done(&[&["publish", &bundle], &TO[..]].concat());
    }
    desk
}

fn baked_in(desk: &Desk) -> BakedIn {
    let bytes = std::fs::read(desk.path("baked-in.zip")).unwrap();
    BakedIn::read(&bytes, "production").unwrap()
}

/// What `pricing`'s `main.json` answers where there is nothing but this.
fn answer(baked_in: BakedIn, trust: TrustOptions) -> (String, Origin) {
    let mut client = ClientOptions::new("production", trust, Vec::new());
    client.baked_in = Some(baked_in);
    let ports = Ports {
        cache: Arc::new(NoCache),
        clock: Arc::new(SystemClock::new()),
        random: Arc::new(SystemRandom),
    };
    let runtime = Runtime::new(vec![EnvironmentOptions::new(client)], ports).unwrap();
    pollster::block_on(runtime.load());
    let answer = runtime.evaluate_sync(&Request {
        environment: None,
        project: "pricing",
        pin: None,
        key: "main.json",
        context: b"{}",
        options: EvaluateOptions::default(),
    });
    let json = answer.unwrap().to_json().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let release = runtime.projects(None).unwrap()["pricing"].release().origin;
    (
        json["result"]["version"].as_str().unwrap().to_owned(),
        release,
    )
}

#[test]
fn an_evaluator_answers_from_what_was_baked_in() {
    let desk = desk();
    let baked = desk.json(&["bake", ENVIRONMENT, "-o", "baked-in.zip"]);
    assert_eq!(
        (baked["revision"].as_u64(), baked["files"].as_u64()),
        (Some(4), Some(6))
    );
    let baked_in = baked_in(&desk);
    let names: BTreeSet<_> = baked_in
        .files
        .keys()
        .map(|key| {
            key.rsplit_once('.')
                .filter(|_| key.starts_with("targets/"))
                .map_or(&key[..], |(_, project)| project)
        })
        .collect();
    let expected = [
        "metadata/1.root.json",
        "metadata/4.snapshot.json",
        "metadata/4.targets.json",
        "metadata/timestamp.json",
        "pricing",
        "shipping",
    ];
    assert_eq!(names, expected.into());
    let trusted_root = std::fs::read(desk.path("production.root.json")).unwrap();
    let trust = TrustOptions::Tuf(TufOptions {
        trusted_root,
        revision_floor: 0,
    });
    assert_eq!(
        answer(baked_in, trust),
        ("1.1.0".to_owned(), Origin::BakedIn)
    );
}

#[test]
fn all_roots_are_baked_in_whichever_is_trusted() {
    let desk = desk();
    std::fs::copy(
        desk.path("production.root.json"),
        desk.path("first.root.json"),
    )
    .unwrap();
    desk.done(&["keygen", "k2.pem"]);
    let rotate = ["rotate", "root", "--new-key", "k2.pem.pub", "-k", "k2.pem"];
    desk.done(&[&rotate, &TO[..]].concat());
    std::fs::copy(
        desk.path("out/production/metadata/2.root.json"),
        desk.path("newest.root.json"),
    )
    .unwrap();
    desk.done(&[
        "bake",
        ENVIRONMENT,
        "-o",
        "baked-in.zip",
        "--root",
        "newest.root.json",
    ]);
    let baked_in = baked_in(&desk);
    let trusted_root = std::fs::read(desk.path("first.root.json")).unwrap();
    let trust = TrustOptions::Tuf(TufOptions {
        trusted_root,
        revision_floor: 0,
    });
    assert_eq!(
        answer(baked_in, trust),
        ("1.1.0".to_owned(), Origin::BakedIn)
    );
}

#[test]
fn a_bucket_in_gorules_layout_is_baked_only_if_that_is_said() {
    let desk = desk();
    std::fs::remove_dir_all(desk.path("out")).unwrap();
    desk.pack("pricing", "3.0.0");
    desk.write(
        "out/production/pricing",
        std::fs::read(desk.path("pricing-3.0.0.zip")).unwrap(),
    );
    desk.fails(5, &["bake", ENVIRONMENT, "-o", "baked-in.zip"]);
    assert!(!desk.path("baked-in.zip").exists());
    desk.done(&["bake", ENVIRONMENT, "-o", "baked-in.zip", "--unsigned"]);
    let options = GoRulesOptions::new("production");
    let trust = TrustOptions::Unsigned(UnsignedOptions::GoRules(options));
    assert_eq!(
        answer(baked_in(&desk), trust),
        ("3.0.0".to_owned(), Origin::BakedIn)
    );
    desk.write("out/production/broken", decision("1"));
    let ended = desk.fails(
        3,
        &["bake", ENVIRONMENT, "-o", "baked-in.zip", "--unsigned"],
    );
    assert!(ended.stderr.contains("the bundle of `broken`"), "{ended:?}");
}
