//! Local files: every verb, its answer and its exit code.

use crate::support::{Desk, pairs, spawn};

const ENVIRONMENT: &str = "./out/production";
const TO: [&str; 4] = ["-e", ENVIRONMENT, "-k", "k.pem"];

fn with(arguments: &[&'static str]) -> Vec<&'static str> {
    [arguments, &TO].concat()
}

/// A folder with an environment and nothing in it.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.done(&with(&["init"]));
    desk
}

fn publish(desk: &Desk, project: &str, version: &str) -> serde_json::Value {
    let bundle = desk.pack(project, version);
    desk.json(&[&["publish", &bundle], &TO[..]].concat())
}

#[test]
fn a_release_goes_in_and_comes_out() {
    let desk = desk();
    let published = publish(&desk, "pricing", "1.0.0");
    assert_eq!(published["revision"], 2);
    assert_eq!(published["changes"][0]["project"], "pricing");
    assert_eq!(published["changes"][0]["after"]["version"], "1.0.0");
    assert_eq!(desk.served(ENVIRONMENT), pairs(&[("pricing", "1.0.0")]));
    // Again: nothing to do.
    let again = desk.json(&with(&["publish", "pricing-1.0.0.zip"]));
    assert_eq!(
        (again["revision"].as_u64(), again["revisionBefore"].as_u64()),
        (None, Some(2))
    );
    // For people.
    let ended = desk.done(&["verify", ENVIRONMENT]);
    assert!(ended.stdout.contains("holds, revision 2"), "{ended:?}");
    assert!(
        !ended.stdout.contains('\u{1b}'),
        "no colour but on a terminal"
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let desk = desk();
    desk.pack("pricing", "1");
    let would = desk.json(&with(&["publish", "pricing-1.zip", "--dry-run"]));
    assert_eq!(
        (
            would["dryRun"].as_bool(),
            would["changes"].as_array().unwrap().len()
        ),
        (Some(true), 1)
    );
    assert_eq!(desk.served(ENVIRONMENT), []);
}

#[test]
fn rolling_back_and_revoking() {
    let desk = desk();
    publish(&desk, "pricing", "1");
    publish(&desk, "pricing", "2");
    let back = desk.json(&with(&["rollback", "pricing"]));
    assert_eq!(
        (
            back["revision"].as_u64(),
            &back["changes"][0]["after"]["version"]
        ),
        (Some(4), &"1".into())
    );
    desk.done(&with(&["rollback", "pricing", "--to", "2"]));
    desk.done(&with(&["revoke", "pricing", "--reason", "wrong prices"]));
    assert_eq!(desk.served(ENVIRONMENT), []);
    let refused = desk.fails(3, &with(&["publish", "pricing-2.zip"]));
    assert!(refused.stderr.contains("wrong prices"), "{refused:?}");
    desk.fails(3, &with(&["rollback", "pricing", "--to", "2"]));
    desk.done(&with(&["rollback", "pricing"]));
    assert_eq!(desk.served(ENVIRONMENT), pairs(&[("pricing", "1")]));
    desk.fails(5, &with(&["revoke", "nothing"]));
}

#[test]
fn promoting_keeps_the_digest() {
    let desk = desk();
    desk.done(&["init", "-e", "./out/staging", "-k", "k.pem"]);
    let bundle = desk.pack("pricing", "1");
    let staged = desk.json(&["publish", &bundle, "-e", "./out/staging", "-k", "k.pem"]);
    let promoted = desk.json(&with(&["promote", "--from", "./out/staging"]));
    assert_eq!(
        promoted["changes"][0]["after"]["sha256"],
        staged["changes"][0]["after"]["sha256"]
    );
    assert_eq!(desk.served(ENVIRONMENT), pairs(&[("pricing", "1")]));
    desk.fails(5, &with(&["promote", "nothing", "--from", "./out/staging"]));
    // Neither root vouches for the other environment.
    let wrong = ["verify", ENVIRONMENT, "--root", "staging.root.json"];
    assert!(matches!(desk.run(&wrong).code, Some(3 | 4)));
}

#[test]
fn renewing_and_rotating() {
    let desk = desk();
    publish(&desk, "pricing", "1");
    assert_eq!(
        desk.json(&with(&["renew"]))["renewed"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let renewed = desk.json(&with(&["renew", "--force"]));
    assert_eq!(
        (&renewed["renewed"][0], &renewed["revision"]),
        (&"timestamp".into(), &3.into())
    );
    desk.done(&["keygen", "new.pem"]);
    let rotate = with(&["rotate", "timestamp", "--new-key", "new.pem.pub"]);
    desk.fails(3, &rotate);
    let rotated = desk.json(&[&rotate[..], &["-k", "new.pem"]].concat());
    assert_eq!(rotated["rootVersion"], 2);
    assert_eq!(desk.served(ENVIRONMENT), pairs(&[("pricing", "1")]));
    desk.pack("pricing", "2");
    desk.fails(3, &with(&["publish", "pricing-2.zip"]));
    desk.done(&with(&["publish", "pricing-2.zip", "-k", "new.pem"]));
}

#[test]
fn copies_are_brought_up_to_date_and_shown_side_by_side() {
    let desk = desk();
    publish(&desk, "pricing", "1");
    let copied = desk.json(&["copy", ENVIRONMENT, "./us/production"]);
    assert_eq!(copied["copies"][0]["state"], "moved");
    publish(&desk, "pricing", "2");
    let status = ["status", ENVIRONMENT, "./us/production", "--json"];
    let shown = desk.fails(1, &status).json();
    assert_eq!(
        (&shown["copies"][1]["behind"], &shown["revision"]),
        (&1.into(), &3.into())
    );
    // A bundle disappears from the copy that is written to; the other way round it comes back.
    let bundle = desk.pack("shipping", "1");
    let both = [
        "publish",
        &bundle,
        "-e",
        ENVIRONMENT,
        "-e",
        "./us/production",
        "-k",
        "k.pem",
    ];
    let published = desk.json(&both);
    assert_eq!(published["copies"][0]["state"], "moved");
    let shown = desk.json(&status[..3]);
    assert_eq!(shown["copies"][1]["behind"], 0);
    let sha256 = shown["copies"][0]["releases"]["shipping"]["sha256"]
        .as_str()
        .unwrap();
    std::fs::remove_file(desk.path(&format!("out/production/targets/{sha256}.shipping"))).unwrap();
    let shown = desk.fails(1, &status).json();
    assert_eq!(shown["copies"][0]["missing"].as_array().unwrap().len(), 1);
    desk.fails(5, &["verify", ENVIRONMENT]);
    desk.done(&["copy", "./us/production", ENVIRONMENT]);
    desk.done(&status[..3]);
    // After a failover the copy is ahead, and publishing goes on from it.
    desk.pack("pricing", "3");
    desk.done(&[
        "publish",
        "pricing-3.zip",
        "-e",
        "./us/production",
        "-k",
        "k.pem",
    ]);
    desk.pack("pricing", "4");
    desk.done(&[
        "publish",
        "pricing-4.zip",
        "-e",
        ENVIRONMENT,
        "-e",
        "./us/production",
        "-k",
        "k.pem",
    ]);
    assert_eq!(desk.done(&status[..3]).code, Some(0));
    assert_eq!(desk.served("./us/production")[0].1, "4");
}

#[test]
fn copies_that_were_published_to_at_once_are_told_apart() {
    let desk = desk();
    publish(&desk, "pricing", "1");
    desk.done(&["copy", ENVIRONMENT, "./us/production"]);
    let status = ["status", ENVIRONMENT, "./us/production", "--json"];
    desk.done(&status);
    publish(&desk, "pricing", "2");
    let bundle = desk.pack("pricing", "3");
    desk.done(&["publish", &bundle, "-e", "./us/production", "-k", "k.pem"]);
    let shown = desk.fails(1, &status).json();
    for copy in shown["copies"].as_array().unwrap() {
        assert_eq!(
            (&copy["behind"], &copy["diverged"]),
            (&0.into(), &true.into())
        );
    }
    desk.fails(6, &["copy", ENVIRONMENT, "./us/production"]);
    // One of them goes on, and the other follows it.
    publish(&desk, "pricing", "4");
    desk.done(&["copy", ENVIRONMENT, "./us/production"]);
    let shown = desk.done(&status).json();
    assert_eq!(shown["copies"][0]["diverged"], false);
}

#[test]
fn racing_processes_all_get_in_and_folders_may_have_spaces() {
    let desk = Desk::new();
    let to = ["-e", "./my out/production", "-k", "k.pem"];
    desk.done(&[&["init"], &to[..]].concat());
    let bundles: Vec<_> = (0..6).map(|n| desk.pack(&format!("p{n}"), "1")).collect();
    let publish = |bundle: &String| {
        let arguments = [&["publish", bundle.as_str()], &to[..]].concat();
        spawn(desk.command(&arguments))
    };
    let processes: Vec<_> = bundles.iter().map(publish).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let verified = desk.json(&["verify", "./my out/production"]);
    assert_eq!(verified["releases"].as_object().unwrap().len(), 6);
    assert_eq!(verified["revision"], 7, "one revision each");
}

#[test]
fn what_is_tampered_with_is_refused() {
    let desk = desk();
    publish(&desk, "pricing", "1");
    let pointer = desk.path("out/production/metadata/timestamp.json");
    let text = std::fs::read_to_string(&pointer).unwrap();
    let changed = text.replace("\"version\":2}}", "\"version\":9}}");
    assert_ne!(changed, text);
    std::fs::write(&pointer, changed).unwrap();
    desk.fails(4, &["verify", ENVIRONMENT]);
    desk.pack("pricing", "2");
    let refused = desk.fails(
        4,
        &[&with(&["publish", "pricing-2.zip"])[..], &["--json"]].concat(),
    );
    assert_eq!(refused.json()["error"]["kind"], "untrusted");
}

#[test]
fn a_bundle_that_is_not_fit_is_refused_before_anything_is_written() {
    let desk = desk();
    desk.write("broken.zip", b"PK but no zip");
    desk.fails(3, &with(&["publish", "broken.zip"]));
    desk.write("no-project/main.json", crate::support::decision("1"));
    desk.done(&["pack", "no-project", "-o", "no-project.zip"]);
    let refused = desk.fails(3, &with(&["publish", "no-project.zip"]));
    assert!(refused.stderr.contains("--project"), "{refused:?}");
    desk.fails(5, &with(&["publish", "nowhere.zip"]));
    // One that does not compile, and one whose own test fails.
    let broken = crate::support::decision("1").replace("inputNode", "outputNode");
    desk.write("uncompiled/main.json", broken);
    desk.done(&[
        "pack",
        "uncompiled",
        "-o",
        "uncompiled.zip",
        "--project",
        "pricing",
    ]);
    desk.fails(3, &with(&["publish", "uncompiled.zip"]));
    desk.write("untrue/main.json", crate::support::decision("1"));
    let test = r#"{"contentType": "test", "filePath": "main.json",
        "testCases": [{"name": "two", "input": {}, "output": {"version": "2"}}]}"#;
    desk.write("untrue/main.test.json", test);
    desk.done(&["pack", "untrue", "-o", "untrue.zip", "--project", "pricing"]);
    let refused = desk.fails(1, &with(&["publish", "untrue.zip"]));
    assert!(
        refused.stderr.contains("1 of its test cases failed"),
        "{refused:?}"
    );
    assert_eq!(desk.served(ENVIRONMENT), []);
    desk.done(&with(&["publish", "no-project.zip", "--project", "found"]));
    // A fault that only some evaluation would come upon is told about.
    let faulty = crate::support::decision("1").replace("'1'", "(((");
    desk.write("faulty/main.json", faulty);
    desk.done(&["pack", "faulty", "-o", "faulty.zip", "--project", "faulty"]);
    let warned = desk.done(&with(&["publish", "faulty.zip"]));
    assert!(warned.stderr.contains("faulty: main.json"), "{warned:?}");
}

#[test]
fn an_environment_that_is_not_there_is_said_to_be() {
    let desk = desk();
    let ended = desk.fails(5, &["verify", "./elsewhere/production"]);
    assert!(
        ended
            .stderr
            .contains("there is no environment at ./elsewhere/production"),
        "{ended:?}"
    );
    desk.fails(6, &with(&["init"]));
    desk.fails(2, &["publish"]);
}
