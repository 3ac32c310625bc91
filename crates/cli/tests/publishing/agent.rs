//! The copies for GoRules' Agents, read by the Agent's rules, and what BRMS exports.

use crate::support::{Desk, decision, ended};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

const TO: [&str; 4] = ["-e", "./out/production", "-k", "k.pem"];

/// A project as an Agent loads it: documents by lower-cased key, and its tokens.
struct Project {
    documents: BTreeMap<String, Value>,
    tokens: Vec<String>,
}

/// The Agent's rules: the object's name is the project; `.config/project.json` holds plain tokens;
/// everything else under `.config/` is skipped; every other file is a JSON document.
fn load(bytes: &[u8]) -> Project {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut project = Project {
        documents: BTreeMap::new(),
        tokens: Vec::new(),
    };
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().to_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        if name == ".config/project.json" {
            let tokens = json["accessTokens"].as_array().cloned().unwrap_or_default();
            project.tokens = tokens
                .iter()
                .map(|token| token.as_str().unwrap().to_owned())
                .collect();
        } else if !name.starts_with(".config/") {
            project.documents.insert(name.to_lowercase(), json);
        }
    }
    project
}

/// A zip as BRMS writes it: keys without extension, in mixed case, and the old short identity.
fn brms_zip(environment: Option<&str>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let mut identity = json!({
        "version": "1",
        "project": {"id": "p-1", "key": "shipping"},
        "accessTokens": ["s3cret-token"],
        "release": {"id": "r-1", "version": "1.4.0"},
    });
    if let Some(key) = environment {
        identity["environment"] = json!({"id": "e-1", "key": key});
    }
    let tests = json!({"contentType": "test", "filePath": "First Level/Pricing Rule",
        "testCases": [{"name": "any", "input": {}}]});
    for (name, content) in [
        (".config/project.json", identity.to_string()),
        ("First Level/Pricing Rule", decision("brms")),
        ("First Level/Pricing Rule tests", tests.to_string()),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn what_brms_exports_is_published_byte_for_byte() {
    let desk = Desk::new();
    desk.done(&[&["init"], &TO[..]].concat());
    desk.write("brms.zip", brms_zip(None));
    let published = desk.json(&[&["publish", "brms.zip", "--gorules-layout"], &TO[..]].concat());
    let after = &published["changes"][0]["after"];
    assert_eq!(
        (&after["release"], &after["version"]),
        (&"r-1".into(), &"1.4.0".into())
    );
    let sha256 = after["sha256"].as_str().unwrap();
    let stored =
        std::fs::read(desk.path(&format!("out/production/targets/{sha256}.shipping"))).unwrap();
    assert_eq!(stored, brms_zip(None));
    // What a region downloads is evaluated.
    desk.write("downloaded.zip", stored);
    let answer = desk.json(&["eval", "downloaded.zip", "first level/pricing rule"]);
    assert_eq!(answer["result"]["version"], "brms");
    let project = load(&std::fs::read(desk.path("out/production/shipping")).unwrap());
    assert_eq!(project.tokens, ["s3cret-token"]);
    assert!(project.documents.contains_key("first level/pricing rule"));
    // Going back takes Agents along.
    let second = desk.pack("shipping", "2");
    desk.done(&[&["publish", &second, "--gorules-layout"], &TO[..]].concat());
    desk.done(&[&["rollback", "shipping", "--gorules-layout"], &TO[..]].concat());
    assert_eq!(
        std::fs::read(desk.path("out/production/shipping")).unwrap(),
        brms_zip(None)
    );
}

#[test]
fn what_brms_exported_for_another_environment_is_refused() {
    let desk = Desk::new();
    desk.done(&[&["init"], &TO[..]].concat());
    desk.write("brms.zip", brms_zip(Some("staging")));
    let refused = desk.fails(3, &[&["publish", "brms.zip"], &TO[..]].concat());
    assert!(refused.stderr.contains("`staging`"), "{refused:?}");
    desk.write("brms.zip", brms_zip(Some("production")));
    desk.done(&[&["publish", "brms.zip"], &TO[..]].concat());
}

#[test]
fn an_agents_copy_has_the_tokens_that_its_publisher_gives() {
    let desk = Desk::new();
    desk.done(&[&["init"], &TO[..]].concat());
    let bundle = desk.pack("pricing", "1");
    let publish = [&["publish", &bundle, "--gorules-layout"], &TO[..]].concat();
    let warned = desk.done(&publish);
    assert!(
        warned.stderr.contains("let nobody evaluate `pricing`"),
        "{warned:?}"
    );
    let mut command = desk.command(&publish);
    command.env("ZEN_EDGE_AGENT_TOKENS", "one two");
    let done = ended(command);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        !format!("{done:?}").contains("two\""),
        "tokens are not shown"
    );
    let project = load(&std::fs::read(desk.path("out/production/pricing")).unwrap());
    assert_eq!(project.tokens, ["one", "two"]);
    let expected: Value = serde_json::from_str(&decision("1")).unwrap();
    assert_eq!(project.documents["main.json"], expected);
    // The bundle that readers verify has none.
    let stored = std::fs::read(desk.path("out/production/pricing")).unwrap();
    assert_ne!(stored, std::fs::read(desk.path(&bundle)).unwrap());
    assert!(
        load(&std::fs::read(desk.path(&bundle)).unwrap())
            .tokens
            .is_empty()
    );
}
