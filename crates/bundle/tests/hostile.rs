//! Bundles that lie: each is refused by its name.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use support::{Entry, brms, deflated, stored, streamed, zip, zip_with};
use zen_edge_bundle::{Bundle, ErrorKind, Limit, Limits};

#[track_caller]
fn refused(bytes: &[u8], kind: ErrorKind, message: &str) {
    refused_within(bytes, &Limits::default(), kind, message);
}

#[track_caller]
fn refused_within(bytes: &[u8], limits: &Limits, kind: ErrorKind, message: &str) {
    let error = Bundle::read(bytes, limits).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(message), "{error}");
}

fn one(change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut entry = deflated("a", "{\"nodes\":[]}");
    change(&mut entry);
    zip(&[entry, deflated("b", "{}")])
}

#[test]
fn what_is_not_a_zip() {
    for bytes in [
        &b""[..],
        b"PK\x05\x06",
        b"<html>not found</html>",
        &[0; 100],
    ] {
        refused(bytes, ErrorKind::Malformed, "not a zip");
    }
}

#[test]
fn names_that_somebody_confuses() {
    let two = |a: &str, b: &str| zip(&[stored(a, "{}"), stored(b, "{}")]);
    refused(
        &two("a", "a"),
        ErrorKind::DuplicateName,
        "`a`: two entries have this path",
    );
    refused(
        &two("Pricing", "pricing"),
        ErrorKind::DuplicateName,
        "differs from `Pricing` only in case",
    );
    refused(
        &two("\u{e9}", "e\u{301}"),
        ErrorKind::DuplicateName,
        "Unicode form",
    );
    refused(&two("ΑΣ", "ας"), ErrorKind::DuplicateName, "");
    refused(
        &two(".config/project.json", ".config/project.json"),
        ErrorKind::DuplicateName,
        "",
    );
    refused(
        &two(".config/project.json", ".Config/project.json"),
        ErrorKind::UnsafePath,
        "",
    );
}

#[test]
fn paths_that_lead_elsewhere() {
    for name in [
        "../a", "/a", "a/../b", "a\\b", "a\0b", "C:/a", "", "a//b", "./a",
    ] {
        refused(
            &zip(&[stored(name, "{}")]),
            ErrorKind::UnsafePath,
            "the path",
        );
    }
    let long = "a".repeat(513);
    refused(
        &zip(&[stored(&long, "{}")]),
        ErrorKind::LimitExceeded(Limit::PathBytes),
        "513",
    );
    let deep = ["a"; 17].join("/");
    refused(
        &zip(&[stored(&deep, "{}")]),
        ErrorKind::LimitExceeded(Limit::PathDepth),
        "17",
    );
    let mut cp437 = stored("a", "{}");
    cp437.name = "é".into();
    refused(&zip(&[cp437]), ErrorKind::Malformed, "not marked as UTF-8");
    let mut latin = stored("a", "{}");
    latin.name = vec![0xe9];
    refused(&zip(&[latin]), ErrorKind::UnsafePath, "not UTF-8");
}

#[test]
fn a_second_path() {
    let bytes = one(|entry| entry.extra = [&[0x75, 0x70, 6, 0, 1, 0, 0, 0, 0][..], b"x"].concat());
    refused(&bytes, ErrorKind::Malformed, "second path");
    let bytes = one(|entry| entry.local.extra = Some(vec![0x75, 0x70, 0, 0]));
    refused(&bytes, ErrorKind::Malformed, "second path");
}

#[test]
fn what_is_not_a_regular_file() {
    for mode in [0o120_777, 0o060_644, 0o010_644, 0o040_755, 0o140_644] {
        refused(
            &one(|entry| entry.mode = mode),
            ErrorKind::UnsafePath,
            "only regular files",
        );
    }
    let mut link = stored("a/", "");
    link.mode = 0o120_777;
    refused(&zip(&[link]), ErrorKind::UnsafePath, "only regular files");
    refused(
        &zip(&[stored("a/", "{}")]),
        ErrorKind::Malformed,
        "folder with contents",
    );
}

#[test]
fn what_is_encrypted_or_compressed_otherwise() {
    for flag in [1, 1 << 6, 1 << 13] {
        refused(
            &one(|entry| entry.flags |= flag),
            ErrorKind::Unsupported,
            "encrypted",
        );
    }
    refused(
        &one(|entry| entry.method = 99),
        ErrorKind::Unsupported,
        "encrypted",
    );
    refused(
        &one(|entry| entry.flags |= 1 << 5),
        ErrorKind::Unsupported,
        "patch",
    );
    for (method, name) in [
        (9, "deflate64"),
        (12, "bzip2"),
        (93, "Zstandard"),
        (1234, "method 1234"),
    ] {
        refused(
            &one(|entry| entry.method = method),
            ErrorKind::Unsupported,
            name,
        );
    }
}

#[test]
fn local_headers_that_contradict_the_directory() {
    let cases: [fn(&mut Entry); 6] = [
        |entry| entry.local.name = Some(b"x".to_vec()),
        |entry| entry.local.method = Some(0),
        |entry| entry.local.flags = Some(1 << 11),
        |entry| entry.local.crc = Some(1),
        |entry| entry.local.stored = Some(1),
        |entry| entry.local.length = Some(1),
    ];
    for change in cases {
        refused(
            &one(change),
            ErrorKind::Malformed,
            "contradicts the central directory",
        );
    }
    let mut streamed = streamed("a", "{}", true);
    streamed.behind[4] ^= 1;
    refused(&zip(&[streamed]), ErrorKind::Malformed, "data descriptor");
}

#[test]
fn declared_sizes_that_lie() {
    let huge = one(|entry| {
        entry.length = u32::MAX - 1;
        entry.local.length = Some(u32::MAX - 1);
    });
    refused(
        &huge,
        ErrorKind::Malformed,
        "said to have 4294967294 bytes, and has 12",
    );
    let long = one(|entry| {
        entry.stored = u32::MAX - 1;
    });
    refused(&long, ErrorKind::Malformed, "");
    refused(
        &one(|entry| entry.length -= 1),
        ErrorKind::Malformed,
        "said to have 11 bytes",
    );
    refused(
        &one(|entry| entry.crc ^= 1),
        ErrorKind::Malformed,
        "checksum",
    );
    let cut = one(|entry| {
        entry.data.pop();
        entry.stored -= 1;
    });
    refused(&cut, ErrorKind::Malformed, "damaged or cut off");
    let more = one(|entry| {
        entry.data.push(0);
        entry.stored += 1;
    });
    refused(&more, ErrorKind::Malformed, "ends before the entry does");
}

#[test]
fn entries_that_overlap() {
    // Both entries are the same bytes of the file: the classic overlapping bomb.
    let mut second = deflated("a", "{\"nodes\":[]}");
    second.offset = Some(0);
    let bytes = zip(&[deflated("a", "{\"nodes\":[]}"), second]);
    refused(&bytes, ErrorKind::DuplicateName, "");
    let mut second = deflated("b", "{\"nodes\":[]}");
    (second.offset, second.local.name) = (Some(0), Some(b"a".to_vec()));
    let bytes = zip(&[deflated("a", "{\"nodes\":[]}"), second]);
    refused(&bytes, ErrorKind::Malformed, "overlaps");
    // One entry's data holds the local header of the next.
    let inner = zip(&[stored("b", "{}")]);
    let inner = &inner[..30 + 1 + 2];
    let mut quoted = stored("b", "{}");
    quoted.offset = Some(31);
    let bytes = zip_with(&[stored("a", inner), quoted], |end| {
        // The second local header is there too; leave it out of the sum.
        assert_eq!(end.entries, 2);
    });
    refused(&bytes, ErrorKind::Malformed, "overlaps");
}

#[test]
fn bytes_that_belong_to_nothing() {
    let gap = one(|entry| entry.behind = b"hidden".to_vec());
    refused(&gap, ErrorKind::Malformed, "belong to no entry");
    let (entries, sound) = (brms(), zip(&brms()));
    refused(&[b"MZ", &sound[..]].concat(), ErrorKind::Malformed, "");
    refused(
        &[&sound[..], b"x"].concat(),
        ErrorKind::Malformed,
        "something follows",
    );
    let commented = zip_with(&entries, |end| end.comment = b"hello".to_vec());
    refused(&commented, ErrorKind::Malformed, "comment");
    let between = zip_with(&entries, |end| end.before = b"hidden".to_vec());
    refused(&between, ErrorKind::Malformed, "central directory");
    let signed = zip_with(&entries, |end| {
        end.before = b"PK\x05\x05\x00\x00".to_vec();
        end.size += 6;
    });
    refused(&signed, ErrorKind::Malformed, "central directory");
    // An executable with the offsets put right.
    let mut shifted: Vec<_> = entries;
    let mut at = 2;
    for entry in &mut shifted {
        entry.offset = Some(at);
        at += 30 + entry.name.len() as u32 + entry.data.len() as u32;
    }
    let bytes = zip_with(&shifted, |end| end.offset += 2);
    refused(
        &[b"MZ", &bytes[..]].concat(),
        ErrorKind::Malformed,
        "before the zip's first entry",
    );
}

#[test]
fn an_end_that_lies() {
    let entries = brms();
    refused(
        &zip_with(&entries, |end| end.offset -= 1),
        ErrorKind::Malformed,
        "central directory",
    );
    refused(
        &zip_with(&entries, |end| end.size += 1),
        ErrorKind::Malformed,
        "central directory",
    );
    let fewer = zip_with(&entries, |end| (end.entries, end.entries_here) = (1, 1));
    refused(&fewer, ErrorKind::Malformed, "announces");
    let more = zip_with(&entries, |end| (end.entries, end.entries_here) = (9, 9));
    refused(&more, ErrorKind::Malformed, "announces");
    refused(
        &zip_with(&entries, |end| end.entries_here = 1),
        ErrorKind::Unsupported,
        "parts",
    );
    refused(
        &zip_with(&entries, |end| end.disk = 1),
        ErrorKind::Unsupported,
        "parts",
    );
    let zip64 = zip_with(&entries, |end| {
        end.before = [&b"PK\x06\x07"[..], &[0; 16]].concat();
    });
    refused(&zip64, ErrorKind::Unsupported, "zip64");
}

#[test]
fn bombs() {
    let mib = 1024 * 1024;
    let bomb = zip(&[deflated("a", vec![b' '; 8 * mib])]);
    assert!(bomb.len() < 16 * 1024);
    refused(
        &bomb,
        ErrorKind::LimitExceeded(Limit::Ratio),
        "`a`: it inflates to more than 100 times its size",
    );
    let loose = Limits {
        ratio: 2000,
        ..Limits::default()
    };
    let bomb = zip(&[deflated("a", vec![b' '; 17 * mib])]);
    refused_within(
        &bomb,
        &loose,
        ErrorKind::LimitExceeded(Limit::EntryBytes),
        "16777216",
    );
    let many: Vec<_> = (0..9)
        .map(|n| deflated(&format!("a{n}"), vec![b' '; 8 * mib]))
        .collect();
    refused_within(
        &zip(&many),
        &loose,
        ErrorKind::LimitExceeded(Limit::TotalBytes),
        "`a8`",
    );
}

#[test]
fn many_tiny_entries() {
    let limits = Limits {
        entries: 100,
        ..Limits::default()
    };
    let entries: Vec<_> = (0..101).map(|n| stored(&n.to_string(), "0")).collect();
    let kind = ErrorKind::LimitExceeded(Limit::Entries);
    refused_within(&zip(&entries), &limits, kind, "more than 100 entries");
    assert!(Bundle::read(&zip(&entries[1..]), &limits).is_ok());
    let most: Vec<_> = (0..20_001).map(|n| stored(&n.to_string(), "0")).collect();
    refused(&zip(&most), kind, "more than 20000 entries");
}

/// Lowers a limit by one, and which it is.
type Below = (fn(&mut Limits), Limit);

#[test]
fn limits_hold_just_below_and_just_above() {
    let bytes = zip(&[
        stored("a", r#"{"nodes":[],"tests":[{},{}]}"#),
        stored("b", r#"{"blocks":[]}"#),
        stored(".config/project.json", r#"{"accessTokens":["a","b"]}"#),
    ]);
    let just = Limits {
        bundle_bytes: bytes.len() as u64,
        total_bytes: 28 + 13 + 26,
        entry_bytes: 28,
        entries: 3,
        documents: 2,
        test_cases: 2,
        path_bytes: 20,
        path_depth: 2,
        json_depth: 3,
        json_values: 6 + 1,
        identity_bytes: 26,
        access_tokens: 2,
        ..Limits::default()
    };
    Bundle::read(&bytes, &just).unwrap();
    let below: [Below; 12] = [
        (|limits| limits.bundle_bytes -= 1, Limit::BundleBytes),
        (|limits| limits.total_bytes -= 1, Limit::TotalBytes),
        (|limits| limits.entry_bytes -= 1, Limit::EntryBytes),
        (|limits| limits.entries -= 1, Limit::Entries),
        (|limits| limits.documents -= 1, Limit::Documents),
        (|limits| limits.test_cases -= 1, Limit::TestCases),
        (|limits| limits.path_bytes -= 1, Limit::PathBytes),
        (|limits| limits.path_depth -= 1, Limit::PathDepth),
        (|limits| limits.json_depth -= 1, Limit::JsonDepth),
        (|limits| limits.json_values -= 1, Limit::JsonValues),
        (|limits| limits.identity_bytes -= 1, Limit::IdentityBytes),
        (|limits| limits.access_tokens -= 1, Limit::AccessTokens),
    ];
    for (change, limit) in below {
        let mut limits = just.clone();
        change(&mut limits);
        refused_within(
            &bytes,
            &limits,
            ErrorKind::LimitExceeded(limit),
            &format!("(limit `{limit}`)"),
        );
    }
}

#[test]
fn documents_that_are_not_json() {
    for text in [
        "",
        "hello",
        "{\"a\":1,\"a\":2}",
        "\u{feff}{}",
        "{\"a\":NaN}",
        "{} {}",
    ] {
        refused(
            &zip(&[stored("a", text)]),
            ErrorKind::InvalidDocument,
            "`a`: ",
        );
    }
    let deep = "[".repeat(100_000);
    refused(
        &zip(&[stored("a", &deep)]),
        ErrorKind::LimitExceeded(Limit::JsonDepth),
        "128",
    );
}

#[test]
fn an_unreadable_identity_refuses_the_bundle_and_shows_no_token() {
    for text in [
        "",
        "[]",
        "null",
        "{\"accessTokens\":[\"sesame\"]",
        "{\"accessTokens\":\"sesame\"}",
        "{\"accessTokens\":{\"sesame\":1}}",
        "{\"accessTokens\":[1]}",
        "{\"accessTokens\":[null]}",
        "{\"accessTokens\":[\"sesame\"],\"accessTokens\":[]}",
        "{\"accessTokenHashes\":[\"sesame\"]}",
        "{\"accessTokenHashes\":[\"sha256:zz\"]}",
        "{\"accessTokenHashes\":[{\"hash\":\"sesame\"}]}",
        "{\"accessTokens\":[\"sesame\"],\"project\":7}",
        "{\"accessTokens\":[\"sesame\"],\"release\":{\"version\":1}}",
    ] {
        let bytes = zip(&[stored(".config/project.json", text), stored("a", "{}")]);
        refused(
            &bytes,
            ErrorKind::InvalidIdentity,
            "`.config/project.json`: ",
        );
        let error = Bundle::read(&bytes, &Limits::default()).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("sesame"),
            "{error:?}"
        );
    }
}

#[test]
fn tests_in_an_unknown_form_are_named_when_asked_for() {
    for text in [
        r#"{"contentType":"test","testCases":[]}"#,
        r#"{"contentType":"test","filePath":"a","testCases":{}}"#,
        r#"{"nodes":[],"tests":[1]}"#,
    ] {
        let bundle = Bundle::read(&zip(&[stored("a", text)]), &Limits::default()).unwrap();
        let error = bundle.tests().unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::InvalidDocument, Some("a"))
        );
    }
}
