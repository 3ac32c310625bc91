//! Packing: deterministic, readable, and without secrets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::{brms, deflated, stored, zip};
use zen_edge_bundle::{Access, Bundle, ErrorKind, Limit, Limits, Packer, Tokens};

fn packer() -> Packer {
    let mut packer = Packer::new();
    packer.identity.project.key = Some("pricing".into());
    packer.identity.release.version = Some("1.0.0".into());
    packer.access = Access::Tokens(Tokens::from_iter(["open sesame"]));
    packer.insert("b/Ünïcode", r#"{"nodes":[],"edges":[]}"#);
    packer.insert("A", "{ \"blocks\": [1.50] }");
    packer
}

/// What is inside, for looks that a reader does not offer.
fn project_json(bytes: &[u8]) -> Value {
    let archive = rawzip::ZipArchive::from_slice(bytes).unwrap();
    let mut entries = archive.entries().map(Result::unwrap);
    let entry = entries
        .find(|entry| entry.file_path().as_bytes() == b".config/project.json")
        .unwrap();
    let found = archive.get_entry(entry.wayfinder()).unwrap();
    let text = match entry.compression_method() {
        rawzip::CompressionMethod::STORE => found.data().to_vec(),
        _ => miniz_oxide::inflate::decompress_to_vec(found.data()).unwrap(),
    };
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (bytes, bundle) = packer().pack(&Limits::default()).unwrap();
    assert_eq!(packer().pack(&Limits::default()).unwrap().0, bytes);
    assert_eq!(Bundle::read(&bytes, &Limits::default()).unwrap(), bundle);
    // Pinned: bytes that change for the same input would be a new release everywhere.
    assert_eq!(
        bundle.digest(),
        "a6d6e2b648fb6fa9ea78486dddb96d9b47e8e5c73b53ccc4bcbc82a7482777c9"
    );
    assert_eq!(bundle.document("b/ünïcode").unwrap().path(), "b/Ünïcode");
    assert_eq!(
        bundle.document("a").unwrap().json(),
        b"{ \"blocks\": [1.50] }"
    );
}

#[test]
fn tokens_become_hashes() {
    let (bytes, bundle) = packer().pack(&Limits::default()).unwrap();
    assert!(bundle.access().allows("open sesame"));
    let project = project_json(&bytes);
    assert_eq!(
        project,
        json!({
            "accessTokens": [],
            "accessTokenHashes": ["sha256:41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"],
            "project": {"key": "pricing"},
            "release": {"version": "1.0.0"},
        })
    );
}

#[test]
fn a_brms_release_packed_again_keeps_all_but_its_tokens() {
    let project = r#"{"version":"1","x":{"b":1e400,"a":[0.10]},"project":{"id":"p","key":"k","color":"red"},
        "release":{"labels":[null]},"environment":{"y":1},"deployment":{"z":2},"accessTokens":["tok"]}"#;
    let mut entries = brms();
    entries[0] = deflated(".config/project.json", project);
    entries.push(stored(".config/extra.json", "{\"secret\":1}"));
    let before = Bundle::read(&zip(&entries), &Limits::default()).unwrap();
    let (bytes, after) = Packer::from_bundle(&before)
        .pack(&Limits::default())
        .unwrap();
    assert!(before.documents().eq(after.documents()));
    assert_eq!(before.identity(), after.identity());
    assert_eq!(before.access(), after.access());
    assert!(before.has_tokens_in_plain_text() && !after.has_tokens_in_plain_text());
    let text = project_json(&bytes).to_string();
    for part in [
        "\"b\":1e+400",
        "[0.10]",
        "\"color\":\"red\"",
        "\"labels\":[null]",
        "\"z\":2",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("\"tok\""));
    let again = Packer::from_bundle(&after)
        .pack(&Limits::default())
        .unwrap();
    assert_eq!(again.0, bytes);
}

#[test]
fn a_project_json_from_a_folder() {
    let mut packer = Packer::new();
    packer
        .project_json(
            br#"{"accessTokens":["t"],"project":{"key":"k"}}"#,
            &Limits::default(),
        )
        .unwrap();
    let (_, bundle) = packer.pack(&Limits::default()).unwrap();
    assert_eq!(bundle.identity().project.key.as_deref(), Some("k"));
    assert!(bundle.access().allows("t"));
    let error = packer.project_json(b"{", &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidIdentity);
}

#[test]
fn nothing_to_say_is_no_project_json() {
    let (bytes, bundle) = Packer::new().pack(&Limits::default()).unwrap();
    assert_eq!(bytes.len(), 22);
    assert_eq!(bundle.access(), &Access::Unstated);
}

#[test]
fn what_could_not_be_read_is_not_packed() {
    let try_pack = |path: &str, json: &str| {
        let mut packer = packer();
        packer.insert(path, json);
        packer.pack(&Limits::default()).unwrap_err().kind()
    };
    assert_eq!(try_pack("a", "{}"), ErrorKind::DuplicateName);
    for path in [
        "../a",
        "/a",
        "x/",
        "x/../y",
        "a\\b",
        "",
        ".config/project.json",
    ] {
        assert_eq!(try_pack(path, "{}"), ErrorKind::UnsafePath, "{path}");
    }
    assert_eq!(try_pack("x", "nonsense"), ErrorKind::InvalidDocument);
    let limits = Limits {
        documents: 1,
        ..Limits::default()
    };
    let error = packer().pack(&limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded(Limit::Documents));
}

#[test]
fn what_deflates_like_a_bomb_is_stored() {
    let mut packer = Packer::new();
    packer.insert("a", [b"[", &vec![b' '; 4 * 1024 * 1024][..], b"]"].concat());
    let (bytes, bundle) = packer.pack(&Limits::default()).unwrap();
    assert!(bytes.len() > 4 * 1024 * 1024);
    assert_eq!(bundle.documents().count(), 1);
}
