//! Bundles that are as they should be, in all the forms there are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::json;
use support::{brms, deflated, stored, streamed, zip};
use zen_edge_bundle::{Access, Bundle, DocumentKind, Expected, Limits, Packer, Tokens};

fn read(bytes: &[u8]) -> Bundle {
    Bundle::read(bytes, &Limits::default()).unwrap()
}

#[test]
fn a_release_as_brms_writes_it() {
    let bundle = read(&zip(&brms()));
    let kinds: Vec<_> = bundle
        .documents()
        .map(|(key, document)| (key, document.path(), document.kind()))
        .collect();
    assert_eq!(
        kinds,
        [
            (
                "first level/nested-sample",
                "First Level/nested-sample",
                DocumentKind::Graph
            ),
            ("notes.json", "notes.json", DocumentKind::Other),
            ("pricing rule", "Pricing Rule", DocumentKind::Graph),
            (
                "pricing/discount.json",
                "pricing/Discount.json",
                DocumentKind::Policy
            ),
            ("tests/pricing", "tests/pricing", DocumentKind::Test),
        ]
    );
    let found = bundle.document("PRICING/discount.JSON").unwrap();
    assert_eq!(found.json(), br#"{"blocks":[],"imports":[]}"#);
    let identity = bundle.identity();
    assert_eq!(identity.project.key.as_deref(), Some("shipping"));
    assert_eq!(identity.release.version.as_deref(), Some("1.4.0"));
    assert_eq!(identity.release.commit_id.as_deref(), Some("c-1"));
    assert_eq!(identity.environment.key.as_deref(), Some("production"));
    assert_eq!(identity.deployment.deployed_by.as_deref(), Some("x@y.z"));
    assert!(bundle.access().allows("tok-1"));
    assert!(!bundle.access().allows("tok-2"));
    assert_eq!(bundle.digest().len(), 64);
}

#[test]
fn folders_streamed_entries_and_second_names_are_read() {
    let mut folder = stored("rules/", "");
    folder.mode = 0o040_755;
    let mut info_zip = stored("é", "{}");
    info_zip.flags = 0;
    // 0x7075: length, version, checksum, the path once more.
    info_zip.extra = [&[0x75, 0x70, 7, 0, 1, 0, 0, 0, 0][..], "é".as_bytes()].concat();
    let entries = [
        folder,
        streamed("rules/a", "{\"nodes\":[]}", true),
        streamed("rules/b", "{}", false),
        info_zip,
    ];
    let bundle = read(&zip(&entries));
    let keys: Vec<_> = bundle.documents().map(|(key, _)| key).collect();
    assert_eq!(keys, ["rules/a", "rules/b", "é"]);
}

#[test]
fn the_order_of_the_directory_does_not_matter() {
    let entries = brms();
    let bytes = zip(&entries);
    let packed = Packer::from_bundle(&read(&bytes))
        .pack(&Limits::default())
        .unwrap();
    let mut reversed = entries;
    reversed.reverse();
    let again = Packer::from_bundle(&read(&zip(&reversed)))
        .pack(&Limits::default())
        .unwrap();
    assert_eq!(packed, again);
}

#[test]
fn no_entries_is_a_bundle_without_documents() {
    let bundle = read(&zip(&[]));
    assert_eq!(bundle.documents().count(), 0);
    assert_eq!(bundle.access(), &Access::Unstated);
}

#[test]
fn identity_in_its_short_old_form_and_with_nulls() {
    let old = r#"{"version":"1","project":{"id":"p","key":"k"},"accessTokens":[],"release":{"id":"r","version":"1.0.0"}}"#;
    let bundle = read(&zip(&[deflated(".config/project.json", old)]));
    assert_eq!(bundle.identity().release.version.as_deref(), Some("1.0.0"));
    assert_eq!(bundle.identity().environment.key, None);
    assert_eq!(bundle.access(), &Access::Tokens(Tokens::default()));
    assert!(!bundle.access().allows("") && !bundle.access().allows("x"));

    let nulls = r#"{"version":null,"project":null,"release":{"id":null},"accessTokens":null}"#;
    let bundle = read(&zip(&[deflated(".config/project.json", nulls)]));
    assert_eq!(bundle.identity(), &zen_edge_bundle::Identity::default());
    assert_eq!(bundle.access(), &Access::Unstated);
    assert!(!bundle.access().allows(""));
}

#[test]
fn tokens_are_read_as_text_and_as_hashes_and_never_shown() {
    // SHA-256 of `secret`.
    let hash = "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let text = json!({"accessTokens": ["other", ""], "accessTokenHashes": [hash]}).to_string();
    let bundle = read(&zip(&[stored(".config/project.json", text)]));
    assert!(bundle.has_tokens_in_plain_text());
    for token in ["secret", "other"] {
        assert!(bundle.access().allows(token));
    }
    for token in ["", "Secret", "secret ", hash] {
        assert!(!bundle.access().allows(token), "{token}");
    }
    let shown = format!("{bundle:?}");
    assert!(
        !shown.contains("other\"") && !shown.contains("2bb80d"),
        "{shown}"
    );
    assert!(shown.contains("Tokens(3)"));
}

#[test]
fn an_identity_holds_no_tokens_however_it_is_made() {
    let text =
        r#"{"accessTokens":["secret"],"x":1,"project":{"key":"k","accessTokens":["secret"]}}"#;
    let identity: zen_edge_bundle::Identity = serde_json::from_str(text).unwrap();
    let text = serde_json::to_value(&identity).unwrap();
    assert_eq!(text, json!({"project": {"key": "k"}, "x": 1}));
}

#[test]
fn everything_else_under_config_is_ignored() {
    let entries = [stored(".config/notes.txt", "not JSON"), stored("a", "{}")];
    assert_eq!(read(&zip(&entries)).documents().count(), 1);
}

#[test]
fn tests_come_in_documents_of_their_own_and_inside_decisions() {
    let mut entries = brms();
    entries.push(deflated(
        "fixture",
        r#"{"nodes":[],"now":"2026-03-15T09:30:00Z","smoke":true,"tests":[
            {"name":"one","input":{"n":1.10},"output":null},
            {"input":[1],"error":{"type":"NodeError"},"smoke":false},
            {}]}"#,
    ));
    let tests = read(&zip(&entries)).tests().unwrap();
    let [fixture, brms] = &tests[..] else {
        panic!("{tests:?}");
    };
    assert_eq!(
        (fixture.path.as_str(), fixture.file_path.as_str()),
        ("fixture", "fixture")
    );
    assert_eq!(fixture.now.as_deref(), Some("2026-03-15T09:30:00Z"));
    let seen: Vec<_> = fixture
        .cases
        .iter()
        .map(|case| (case.input.as_str(), case.smoke, case.expected.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            ("{\"n\":1.10}", true, Some(Expected::Output(json!(null)))),
            (
                "[1]",
                false,
                Some(Expected::Error(json!({"type": "NodeError"})))
            ),
            ("null", true, None),
        ]
    );
    assert_eq!(
        (brms.file_path.as_str(), brms.disabled),
        ("Pricing Rule", false)
    );
    assert_eq!(brms.cases[0].input, "{\"a\":1.50}");
    assert!(brms.cases[1].disabled && brms.cases[0].expected.is_none());
}
