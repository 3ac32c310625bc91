//! A release's bundle, and who gets it.
use crate::support::{NOW, Region, Sent, TOKEN, code, plan, read};
use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use zen_edge_http::runtime::sync::{GoRulesOptions, TrustOptions, UnsignedOptions, When};
use zen_edge_http::{BundlePolicy, Cors, Response, StatusToken};

const ACTIVE: &str = "/api/rules/pricing/bundle";

/// A region of which operators may have bundles.
fn guarded() -> Region {
    Region::with(|setup| {
        setup.service.status_token = Some(StatusToken::new("operator").unwrap());
    })
}

/// A region of which everybody may have bundles.
fn open() -> Region {
    Region::with(|setup| setup.service.bundles = BundlePolicy::Open)
}

/// A request of somebody without any token.
fn get(target: &str) -> Sent {
    Sent::get(target).header("x-access-token", "")
}

fn as_operator(target: &str) -> Sent {
    get(target).header("authorization", "Bearer operator")
}

fn digest(response: &Response) -> String {
    hex::encode(Sha256::digest(&response.body))
}

#[test]
fn without_a_status_token_there_is_no_such_path() {
    let region = Region::serving(plan("1"));
    for target in [ACTIVE, "/api/rules/pricing/release/1/bundle"] {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let sent = Sent::new(method, target).header("authorization", "Bearer operator");
            let response = region.send(&sent);
            assert_eq!(response.status, 404, "{method} {target}");
            if method != "HEAD" {
                assert_eq!(code(&response).1, "route.notFound");
            }
        }
    }
}

#[test]
fn only_operators_get_it_and_nobody_else_learns_what_there_is() {
    let mut region = guarded();
    region.serve(plan("1"));
    for target in [
        ACTIVE,
        "/api/rules/nothing/bundle",
        "/api/rules/pricing/release/9/bundle",
        "/api/rules/pricing/release/sha256%3A12/bundle",
    ] {
        for (name, value) in [
            ("x-access-token", ""),
            ("x-access-token", TOKEN),
            ("authorization", "Bearer operator2"),
            ("authorization", &format!("Bearer {TOKEN}")),
            ("authorization", "Basic operator"),
        ] {
            let response = region.send(&get(target).header(name, value));
            assert_eq!(response.status, 401, "{target} {name} {value}");
            assert_eq!(read(&response), json!({"code": "unauthorized"}));
            assert_eq!(response.header("www-authenticate"), Some("Bearer"));
            assert_eq!(response.header("etag"), None);
            assert_eq!(response.header("x-release-digest"), None);
        }
    }
    for sent in [
        as_operator(ACTIVE),
        get(ACTIVE).header("x-access-token", "operator"),
    ] {
        assert_eq!(region.send(&sent).status, 200);
    }
}

#[test]
fn it_is_byte_for_byte_what_was_verified() {
    let mut region = guarded();
    region.serve(plan("1"));
    let response = region.send(&as_operator(ACTIVE));
    assert_eq!(response.status, 200);
    let status = read(&region.send(&as_operator("/api/status")));
    let release = &status["environments"]["production"]["projects"]["pricing"]["release"];
    assert_eq!(release["digest"], json!(digest(&response)));
    assert_eq!(release["length"], json!(response.body.len()));
    assert_eq!(response.body.get(..4), Some(&b"PK\x03\x04"[..]));
    let digest = region.digest("1");
    for (name, expected) in [
        ("content-type", "application/zip"),
        ("cache-control", "no-store"),
        ("etag", &format!("\"{digest}\"")),
        (
            "content-disposition",
            "attachment; filename=\"pricing-1.zip\"",
        ),
        ("x-release-id", "pricing-1"),
        ("x-release-version", "1"),
        ("x-release-digest", &digest),
        ("x-release-revision", "2"),
        ("x-release-source", "source near"),
        ("x-release-age", "0"),
        ("x-release-staleness", "fresh"),
        ("x-region", "eu-1"),
    ] {
        assert_eq!(response.header(name), Some(expected), "{name}");
    }
    // Tokens are in it, as hashes.
    let selection = region.service.runtime().select(None, "pricing", None);
    let selection = selection.unwrap();
    let release = selection.release();
    assert!(release.access().allows(TOKEN) && !release.has_tokens_in_plain_text());
    // The id that the bundle states names the project, too.
    let response = region.send(&as_operator("/api/rules/p-pricing/bundle"));
    assert_eq!(response.header("x-release-digest"), Some(digest.as_str()));
}

#[test]
fn nobody_copies_it() {
    let mut region = open();
    region.serve(plan("1"));
    let [one, other] = [(), ()].map(|()| region.send(&get(ACTIVE)).body);
    assert_eq!(one.as_ptr(), other.as_ptr());
}

#[test]
fn head_and_what_is_known_already_have_no_body() {
    let mut region = open();
    region.serve(plan("1"));
    let whole = region.send(&get(ACTIVE));
    let tag = whole.header("etag").unwrap().to_owned();
    let mut head = get(ACTIVE);
    head.method = "HEAD".to_owned();
    let response = region.send(&head);
    assert_eq!((response.status.as_u16(), response.body.len()), (200, 0));
    let length = whole.body.len().to_string();
    assert_eq!(response.header("content-length"), Some(length.as_str()));
    assert_eq!(response.header("etag"), Some(tag.as_str()));
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        for sent in [get(ACTIVE), head.clone()] {
            let response = region.send(&sent.header("if-none-match", &known));
            assert_eq!((response.status.as_u16(), response.body.len()), (304, 0));
            assert_eq!(response.header("etag"), Some(tag.as_str()));
            // That of the bundle is not 0.
            assert_eq!(response.header("content-length"), None);
            assert_eq!(response.header("x-release-version"), Some("1"));
        }
    }
    for other in ["\"x\"", "x", &region.digest("1")] {
        let response = region.send(&get(ACTIVE).header("if-none-match", other));
        assert_eq!(response.body, whole.body, "{other}");
    }
    region.serve(plan("2"));
    let response = region.send(&get(ACTIVE).header("if-none-match", &tag));
    assert_eq!(response.status, 200);
    assert_eq!(digest(&response), region.digest("2"));
}

#[test]
fn a_release_may_be_named() {
    let mut region = open();
    region.serve(plan("1"));
    region.serve(plan("2"));
    let first = region.digest("1");
    for pin in ["1", "version%3A1", "pricing-1", &first] {
        let path = format!("/api/rules/pricing/release/{pin}/bundle");
        let response = region.send(&get(&path));
        assert_eq!(digest(&response), first, "{pin}");
        assert_eq!(
            response.header("content-disposition"),
            Some("attachment; filename=\"pricing-1.zip\"")
        );
    }
    let response = region.send(&get(ACTIVE).header("x-release", "1"));
    assert_eq!(digest(&response), first);
    assert_eq!(digest(&region.send(&get(ACTIVE))), region.digest("2"));
    for (target, expected) in [
        ("/api/rules/nothing/bundle", (404, "project.notFound")),
        (
            "/api/rules/pricing/release/9/bundle",
            (404, "release.notFound"),
        ),
        (
            "/api/rules/pricing/release/sha256:12/bundle",
            (400, "release.invalid"),
        ),
        (
            "/api/rules/pricing/release/%ff/bundle",
            (400, "request.invalid"),
        ),
    ] {
        let response = region.send(&get(target));
        assert_eq!(code(&response), (expected.0, expected.1.to_owned()));
    }
    let pinned = get("/api/rules/pricing/release/1/bundle").header("x-release", "2");
    assert_eq!(
        code(&region.send(&pinned)),
        (400, "request.invalid".to_owned())
    );
}

#[test]
fn what_must_not_answer_is_not_given_either() {
    let mut region = open();
    region.publish(plan("1"));
    // The first request fetches it.
    assert_eq!(region.send(&get(ACTIVE)).status, 200);
    region.serve(plan("2"));
    region.advance(1);
    region
        .publisher
        .revoke("pricing", "2", "it is wrong", NOW + 1_000);
    let refresh = region.service.runtime().refresh(None, When::Now);
    region.run(refresh).unwrap();
    let revoked = (503, "release.revoked".to_owned());
    assert_eq!(code(&region.send(&get(ACTIVE))), revoked);
    region.serve(plan("3"));
    assert_eq!(region.send(&get(ACTIVE)).status, 200);
    let pinned = format!(
        "/api/rules/pricing/release/sha256:{}/bundle",
        region.digest("2")
    );
    assert_eq!(code(&region.send(&get(&pinned))), revoked);
}

#[test]
fn before_the_first_release_there_is_none() {
    let region = open();
    let response = region.send(&get(ACTIVE));
    assert_eq!(code(&response), (503, "release.notReady".to_owned()));
    assert!(response.header("retry-after").is_some());
}

#[test]
fn a_page_may_read_it_where_pages_may() {
    let page = "https://rules.example.com";
    let mut region = Region::with(|setup| {
        setup.service.bundles = BundlePolicy::Open;
        setup.service.cors = Cors::Origins(vec![page.to_owned()]);
    });
    region.serve(plan("1"));
    for (origin, allowed) in [(page, Some(page)), ("https://evil.example.com", None)] {
        let response = region.send(&get(ACTIVE).header("origin", origin));
        assert_eq!(response.header("access-control-allow-origin"), allowed);
        assert_eq!(response.header("vary"), Some("origin"));
    }
}

#[test]
fn it_has_the_methods_of_what_is_read() {
    let mut region = open();
    region.serve(plan("1"));
    let response = region.send(&Sent::post(ACTIVE, "{}"));
    assert_eq!(code(&response), (405, "method.notAllowed".to_owned()));
    assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
    let response = region.send(&Sent::new("OPTIONS", ACTIVE));
    assert_eq!(response.status, 204);
    assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
}

/// Projects, releases and decisions may have any name.
#[test]
fn no_other_path_means_it() {
    let mut region = open();
    let mut named = plan("1");
    named.documents.insert(
        "bundle".to_owned(),
        crate::support::expression("x", "'a decision'"),
    );
    named.identity["release"] = json!({"id": "bundle"});
    named.target = json!({"custom": {"release": "bundle", "version": "1"}});
    region.serve(named);
    let body = r#"{"context": {}}"#;
    for target in [
        "/api/rules/pricing/evaluate/bundle",
        "/api/rules/pricing/release/bundle/evaluate/bundle",
        "/api/projects/pricing/evaluate/bundle",
    ] {
        let answer = read(&region.send(&Sent::post(target, body)));
        assert_eq!(answer["result"], json!({"x": "a decision"}), "{target}");
    }
    let description = Sent::get("/api/rules/pricing/release/bundle");
    let description = read(&region.send(&description));
    assert!(description["openapi"].is_string());
    let response = region.send(&get("/api/rules/pricing/release/bundle/bundle"));
    assert_eq!(digest(&response), region.digest("1"));
    for target in [
        "/api/rules/pricing/bundle/",
        "/api/rules/pricing/bundle/x",
        "/api/rules/pricing/Bundle",
        "/api/rules/pricing/bundl%65",
        "/api/projects/pricing/bundle",
    ] {
        let response = region.send(&get(target));
        assert_eq!(code(&response).1, "route.notFound", "{target}");
    }
    let response = region.send(&get("/api/rules/bundle"));
    assert_eq!(code(&response), (404, "project.notFound".to_owned()));
}

#[test]
fn its_name_is_one_that_can_be_sent() {
    for (version, expected) in [
        ("1.0.0-rc.1+x", "pricing-1.0.0-rc.1-x.zip"),
        ("a\"; filename=\"b.exe", "pricing-a-filename-b.exe.zip"),
        ("../../日本\r\n", "pricing-..-..-.zip"),
    ] {
        let mut plan = plan("1");
        plan.target = json!({"custom": {"version": version}});
        let mut region = open();
        region.serve(plan);
        let response = region.send(&get(ACTIVE));
        let expected = format!("attachment; filename=\"{expected}\"");
        assert_eq!(
            response.header("content-disposition"),
            Some(expected.as_str())
        );
    }
    for version in [String::new(), "1".repeat(65)] {
        let mut plan = plan("1");
        plan.target = json!({"custom": {"version": version}});
        let mut region = open();
        region.serve(plan);
        let digest = region.digest("1");
        let expected = format!("attachment; filename=\"pricing-{}.zip\"", &digest[..12]);
        let response = region.send(&get(ACTIVE));
        assert_eq!(
            response.header("content-disposition"),
            Some(expected.as_str())
        );
    }
}

/// BRMS writes them so: whoever gets the bundle could evaluate with them.
#[test]
fn one_with_tokens_in_plain_text_is_given_to_nobody() {
    for (identity, is_given) in [
        (json!({"accessTokens": ["s3cr3t"]}), false),
        (json!({"accessTokens": ["", "s3cr3t"]}), false),
        (json!({"accessTokens": []}), true),
        (json!({"accessTokens": [""]}), true),
        (json!({}), true),
    ] {
        let region = Region::with(|setup| {
            let gorules = GoRulesOptions::new("production");
            setup.environment.client.trust =
                TrustOptions::Unsigned(UnsignedOptions::GoRules(gorules));
            setup.service.status_token = Some(StatusToken::new("operator").unwrap());
        });
        let zip = zip(&identity.to_string());
        let bucket = region.world.store("near").bucket().clone();
        bucket.put("production/pricing", zip.to_vec());
        let response = region.send(&as_operator(ACTIVE));
        if is_given {
            assert_eq!(response.body, zip, "{identity}");
        } else {
            assert_eq!(code(&response), (403, "bundle.accessTokens".to_owned()));
            assert!(!format!("{response:?}").contains("s3cr3t"));
        }
    }
}

/// A zip of one decision, and a `project.json` as it is.
fn zip(project: &str) -> Bytes {
    let decision = crate::support::expression("x", "1").to_string();
    let mut archive = rawzip::ZipArchiveWriter::new(Vec::new());
    for (path, content) in [(".config/project.json", project), ("decision", &decision)] {
        let (mut entry, config) = archive
            .new_file(path)
            .compression_method(rawzip::CompressionMethod::STORE)
            .start()
            .unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content.as_bytes()).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap().into()
}
