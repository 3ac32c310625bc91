//! The verbs that make bundles and look into them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::json;
use std::fs;
use support::Folder;

#[test]
fn a_folder_becomes_a_bundle_with_an_identity_and_without_tokens() {
    let folder = Folder::rules();
    let ran = folder
        .run(&[
            "pack",
            "rules",
            "-o",
            "a.zip",
            "--version",
            "1.0.0",
            "--json",
        ])
        .exits(0);
    let packed = ran.json();
    assert_eq!(packed["documents"], 2);
    assert_eq!(packed["skipped"], json!(["notes.txt"]));
    assert!(ran.errors().contains("`notes.txt` is not packed"));
    assert_eq!(packed["identity"]["project"]["key"], "shipping");
    assert_eq!(packed["identity"]["release"]["version"], "1.0.0");
    assert_eq!(
        packed["identity"]["access"],
        json!({"stated": true, "tokens": 1})
    );

    // Flags win, and the same input gives the same bytes.
    folder
        .run(&["pack", "rules", "-o", "b.zip", "--version", "1.0.0"])
        .exits(0);
    assert_eq!(
        fs::read(folder.file("a.zip")).unwrap(),
        fs::read(folder.file("b.zip")).unwrap()
    );
    let other = folder
        .run(&[
            "pack",
            "rules",
            "-o",
            "b.zip",
            "--project",
            "other",
            "--json",
        ])
        .exits(0)
        .json();
    assert_eq!(
        other["identity"]["project"],
        json!({"id": "p-1", "key": "other", "name": null})
    );
    assert_ne!(other["digest"], packed["digest"]);

    // A bundle packs again to itself.
    folder.run(&["pack", "a.zip", "-o", "c.zip"]).exits(0);
    assert_eq!(
        fs::read(folder.file("a.zip")).unwrap(),
        fs::read(folder.file("c.zip")).unwrap()
    );
}

#[test]
fn inspect_shows_identity_documents_and_tests() {
    let folder = Folder::rules();
    folder.write("rules/tests/one", r#"{"contentType":"test","filePath":"Shipping.json","disabled":true,"testCases":[{"input":{}}]}"#);
    let digest = folder
        .run(&["pack", "rules", "-o", "a.zip", "--json"])
        .exits(0)
        .json()["digest"]
        .clone();
    let found = folder.run(&["inspect", "a.zip", "--json"]).exits(0).json();
    assert_eq!(found["digest"], digest);
    let documents: Vec<_> = found["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| {
            (
                document["key"].as_str().unwrap(),
                document["kind"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        documents,
        [
            ("first level/order", "graph"),
            ("shipping.json", "graph"),
            ("tests/one", "test")
        ]
    );
    assert_eq!(
        found["tests"],
        json!([
            {"path": "Shipping.json", "filePath": "Shipping.json", "cases": 2, "smoke": 1, "disabled": 0},
            {"path": "tests/one", "filePath": "Shipping.json", "cases": 1, "smoke": 0, "disabled": 1},
        ])
    );
    assert_eq!(found["limits"]["ratio"], 100);
    let text = folder.run(&["inspect", "a.zip"]).exits(0).text();
    for part in [
        "shipping",
        digest.as_str().unwrap(),
        "graph",
        "First Level/order",
        "3 test cases",
        "bundleBytes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A folder is what it would become.
    assert_eq!(
        folder.run(&["inspect", "rules", "--json"]).exits(0).json()["digest"],
        digest
    );
}

#[test]
fn no_output_shows_a_token() {
    let folder = Folder::rules();
    folder.write("tokens", "hunter2\n\nopen-sesame\n");
    folder
        .run(&["pack", "rules", "-o", "a.zip", "--access-tokens", "tokens"])
        .exits(0);
    let access = folder.run(&["inspect", "a.zip", "--json"]).json()["identity"]["access"].clone();
    assert_eq!(access, json!({"stated": true, "tokens": 2}));
    let packed = folder
        .run_with(
            "hunter2",
            &["pack", "rules", "-o", "b.zip", "--access-tokens", "-"],
        )
        .exits(0);
    assert!(packed.text().contains("1 token"));
    folder.write(
        "broken/.config/project.json",
        r#"{"accessTokens": ["hunter2"], "project": 1}"#,
    );
    let runs: [&[&str]; 8] = [
        &["inspect", "a.zip"],
        &["inspect", "a.zip", "--json"],
        &["inspect", "rules"],
        &["pack", "a.zip", "-o", "c.zip", "--json"],
        &["inspect", "broken"],
        &["pack", "broken", "-o", "d.zip", "--json"],
        &[
            "eval",
            "a.zip",
            "shipping.json",
            "{\"weight\":1}",
            "--trace",
        ],
        &["check", "a.zip", "--json"],
    ];
    for arguments in runs {
        let ran = folder.run(arguments);
        for token in ["hunter2", "open-sesame"] {
            assert!(
                !ran.text().contains(token) && !ran.errors().contains(token),
                "{arguments:?}"
            );
        }
    }
    for file in ["a.zip", "b.zip", "c.zip"] {
        let bytes = fs::read(folder.file(file)).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"), "{file}");
    }
}

#[test]
fn what_is_wrong_with_the_input_decides_the_exit_code() {
    let folder = Folder::rules();
    folder.write("text.zip", "<html>not found</html>");
    folder.write("twice/a.json", "{}");
    folder.write("twice/A.json", "{}");
    folder.write("broken/a.json", "{");
    for (arguments, code, message) in [
        (
            &["inspect", "nowhere.zip"][..],
            5,
            "there is no file nowhere.zip",
        ),
        (&["inspect", "text.zip"], 3, "it is not a zip"),
        (&["inspect", "twice"], 3, "only in case"),
        (
            &["pack", "broken", "-o", "x.zip"],
            3,
            "`a.json`: it is not valid JSON",
        ),
        (
            &["pack", "rules", "-o", "no/such/folder/x.zip"],
            5,
            "cannot create a file",
        ),
        (
            &["pack", "rules", "-o", "x.zip", "--access-tokens", "nowhere"],
            5,
            "nowhere",
        ),
        (&["man", "nonsense"], 2, "no verb `nonsense`"),
    ] {
        let ran = folder.run(arguments).exits(code);
        assert!(
            ran.errors().contains(message),
            "{arguments:?}: {}",
            ran.errors()
        );
        assert_eq!(ran.text(), "");
        let error = folder
            .run(&[arguments, &["--json"]].concat())
            .exits(code)
            .json();
        assert!(
            error["error"]["message"]
                .as_str()
                .unwrap()
                .contains(message),
            "{error}"
        );
        assert!(!folder.file("x.zip").exists());
    }
    for arguments in [&["pack", "rules"][..], &["nonsense"], &[]] {
        folder.run(arguments).exits(2);
    }
}

#[test]
fn completions_and_manual_pages_name_every_verb() {
    let folder = Folder::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = folder.run(&["completions", shell]).exits(0).text();
        assert!(
            text.contains("inspect") && text.contains("access-tokens"),
            "{shell}"
        );
    }
    let page = folder.run(&["man"]).exits(0).text();
    assert!(page.starts_with(".ie") && page.contains("inspect") && page.contains("Exit codes"));
    let page = folder.run(&["man", "pack", "--json"]).exits(0).json();
    assert!(page["text"].as_str().unwrap().contains("zen\\-edge\\-pack"));
}

#[test]
fn every_verb_has_help_with_examples() {
    let folder = Folder::new(&[]);
    let help = folder.run(&["--help"]).exits(0).text();
    assert!(help.contains("Exit codes:"));
    for verb in [
        "pack",
        "inspect",
        "eval",
        "test",
        "diff",
        "check",
        "completions",
        "man",
    ] {
        assert!(help.contains(verb));
        let text = folder.run(&[verb, "--help"]).exits(0).text();
        assert!(text.contains("Examples:\n  zen-edge "), "{verb}: {text}");
    }
}

#[test]
fn text_has_no_colour_unless_on_a_terminal() {
    let folder = Folder::rules();
    for arguments in [
        &["inspect", "rules"][..],
        &["inspect", "nowhere"],
        &["test", "rules"],
    ] {
        let ran = folder.run(arguments);
        assert!(!ran.text().contains('\u{1b}') && !ran.errors().contains('\u{1b}'));
    }
}
