//! The verbs that evaluate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use support::{Folder, SHIPPING, caller};

#[test]
fn eval_answers_from_a_folder_and_from_a_bundle() {
    let folder = Folder::rules();
    folder.run(&["pack", "rules", "-o", "a.zip"]).exits(0);
    folder.write("context.json", "{\"weight\": 3.1234567890123456789}");
    for arguments in [
        &[
            "eval",
            "rules",
            "Shipping.json",
            "{\"weight\": 3.1234567890123456789}",
        ][..],
        &["eval", "a.zip", "SHIPPING.json", "@context.json"],
        &["eval", "a.zip", "first level/order", "-", "--json"],
    ] {
        let ran = folder
            .run_with("{\"weight\": 3.1234567890123456789}", arguments)
            .exits(0);
        // Numbers as they are written, to the last digit.
        assert!(
            ran.text().contains("3.1234567890123456789") && ran.text().contains("9.5"),
            "{}",
            ran.text()
        );
        assert!(ran.json().get("trace").is_none());
    }
    let traced = folder
        .run(&[
            "eval",
            "rules",
            "shipping.json",
            "{\"weight\": 3}",
            "--trace",
        ])
        .exits(0)
        .json();
    assert_eq!(traced["trace"]["fee"]["traceData"]["index"], 1);
}

#[test]
fn eval_takes_its_clock_from_a_flag() {
    let clock = r#"{"nodes":[{"id":"in","type":"inputNode","name":"i","content":{}},
        {"id":"e","type":"expressionNode","name":"e","content":{"expressions":[{"id":"x","key":"year","value":"year(date('now'))"}]}},
        {"id":"out","type":"outputNode","name":"o","content":{}}],
        "edges":[{"id":"1","type":"edge","sourceId":"in","targetId":"e"},{"id":"2","type":"edge","sourceId":"e","targetId":"out"}]}"#;
    let folder = Folder::new(&[("rules/clock", clock)]);
    let answer = folder
        .run(&["eval", "rules", "clock", "--now", "1999-06-01T00:00:00Z"])
        .exits(0)
        .json();
    assert_eq!(answer["result"], json!({"year": 1999}));
    folder
        .run(&["eval", "rules", "clock", "--now", "tomorrow"])
        .exits(2);
}

#[test]
fn eval_says_why_it_cannot_answer() {
    let folder = Folder::rules();
    folder.write("rules/broken.json", "{\"nodes\": [], \"edges\": []}");
    for (arguments, code, message) in [
        (
            &["eval", "rules", "nonsense"][..],
            3,
            "no document has the key `nonsense`",
        ),
        (&["eval", "rules", "Shipping.json", "{"], 3, "JSON"),
        (
            &["eval", "rules", "Shipping.json", "@nowhere"],
            5,
            "nowhere",
        ),
        (&["eval", "rules", "broken.json"], 3, ""),
    ] {
        let ran = folder.run(arguments).exits(code);
        assert!(ran.errors().contains(message), "{}", ran.errors());
    }
    let error = folder
        .run(&["eval", "rules", "nonsense", "--json"])
        .exits(3)
        .json();
    assert_eq!(error["error"]["detail"]["type"], "LoaderError");
}

#[test]
fn test_runs_embedded_cases_and_counts_what_they_cover() {
    let folder = Folder::rules();
    let tested = folder.run(&["test", "rules", "--json"]).exits(0).json();
    assert_eq!(
        (&tested["passed"], &tested["failed"], &tested["skipped"]),
        (&json!(2), &json!(0), &json!(0))
    );
    let coverage = |tested: &Value| tested["coverage"].clone();
    assert_eq!(
        coverage(&tested),
        json!([
            {"path": "First Level/order", "nodes": {"covered": 0, "total": 3}, "rows": {"covered": 0, "total": 0}, "missed": ["Shipping", "Request", "Response"]},
            {"path": "Shipping.json", "nodes": {"covered": 3, "total": 3}, "rows": {"covered": 2, "total": 3}, "missed": ["Fees, row 2"]},
        ])
    );
    // Cases of a folder reach the missing row through another decision.
    folder.write(
        "more/order",
        r#"{"contentType":"test","filePath":"first level/ORDER","testCases":[
            {"name":"middle","input":{"weight":5},"output":{"weight":5,"fee":9.5}},
            {"name":"off","input":{},"disabled":true}]}"#,
    );
    let tested = folder
        .run(&["test", "rules", "--cases", "more", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&tested["passed"], &tested["skipped"]),
        (&json!(3), &json!(1))
    );
    for document in coverage(&tested).as_array().unwrap() {
        assert_eq!(document["missed"], json!([]), "{document}");
    }
    let smoke = folder
        .run(&["test", "rules", "--smoke", "--json"])
        .exits(0)
        .json();
    assert_eq!(smoke["cases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_failing_case_fails_the_run() {
    let folder = Folder::rules();
    folder.write(
        "rules/Shipping.json",
        &SHIPPING.replace("\"fee\": 5", "\"fee\": 6"),
    );
    let ran = folder.run(&["test", "rules"]).exits(1);
    for part in [
        "failed Shipping.json: light",
        "/fee: 6, 5",
        "1 passed, 1 failed",
        "missed: Fees, row 2",
    ] {
        assert!(ran.text().contains(part), "{part}: {}", ran.text());
    }
    let failed = folder.run(&["test", "rules", "--json"]).exits(1).json();
    assert_eq!(failed["cases"][0]["status"], "failed");
    folder.write(
        "rules/more",
        r#"{"contentType":"test","filePath":"nowhere","testCases":[{}]}"#,
    );
    let failed = folder.run(&["test", "rules", "--json"]).exits(1).json();
    assert_eq!(failed["failed"], 2);
    folder.write("rules/more", r#"{"contentType":"test","testCases":[{}]}"#);
    folder.run(&["test", "rules"]).exits(3);
}

#[test]
fn diff_shows_documents_and_answers_that_change() {
    let folder = Folder::rules();
    folder.run(&["pack", "rules", "-o", "a.zip"]).exits(0);
    let same = folder
        .run(&["diff", "a.zip", "rules", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        same,
        json!({"added": [], "removed": [], "changed": [], "inputs": 2, "decisions": []})
    );

    folder.write(
        "rules/Shipping.json",
        &SHIPPING.replace("\"o\": \"20\"", "\"o\": \"21\""),
    );
    folder.write("rules/new.json", "{\"nodes\":  []}");
    std::fs::remove_dir_all(folder.file("rules/First Level")).unwrap();
    let ran = folder
        .run(&["diff", "a.zip", "rules", "--json"])
        .exits(1)
        .json();
    assert_eq!(
        (&ran["added"], &ran["removed"]),
        (&json!(["new.json"]), &json!(["First Level/order"]))
    );
    assert_eq!(ran["changed"][0]["path"], "Shipping.json");
    assert!(
        ran["changed"][0]["difference"]
            .as_str()
            .unwrap()
            .contains("\"20\", \"21\"")
    );
    assert_eq!(
        ran["decisions"],
        json!([{
            "decision": "Shipping.json", "case": "heavy", "input": {"weight": 12},
            "before": {"result": {"weight": 12, "fee": 20}},
            "after": {"result": {"weight": 12, "fee": 21}},
            "difference": "/result/fee: 20, 21",
        }])
    );
    let text = folder.run(&["diff", "a.zip", "rules"]).exits(1).text();
    assert!(
        text.contains("1 added, 1 removed, 1 changed; 1 of 2 answers differ"),
        "{text}"
    );

    // Other contexts, on which nothing changes; white space alone is said to be that.
    folder.write("rules/Shipping.json", &SHIPPING.replace(": ", ":"));
    folder.write("rules/First Level/order", &caller("shipping.JSON"));
    std::fs::remove_file(folder.file("rules/new.json")).unwrap();
    folder.write(
        "inputs/a",
        r#"{"contentType":"test","filePath":"shipping.json","testCases":[{"input":{"weight":1}}]}"#,
    );
    let ran = folder
        .run(&["diff", "a.zip", "rules", "--inputs", "inputs", "--json"])
        .exits(1)
        .json();
    assert_eq!((&ran["inputs"], &ran["decisions"]), (&json!(1), &json!([])));
    assert_eq!(
        ran["changed"],
        json!([{"path": "Shipping.json", "difference": null}])
    );
}

#[test]
fn check_finds_broken_references_and_what_does_not_compile() {
    let folder = Folder::rules();
    let sound = folder.run(&["check", "rules", "--json"]).exits(0).json();
    assert_eq!(
        (&sound["documents"], &sound["errors"]),
        (&json!(2), &json!(0)),
        "{sound}"
    );

    folder.write("rules/lost.json", &caller("nowhere"));
    folder.write("rules/cyclic.json", "{\"nodes\": [], \"edges\": []}");
    folder.write(
        "rules/orphan",
        r#"{"contentType":"test","filePath":"gone","testCases":[]}"#,
    );
    folder.write("rules/policy", r#"{"blocks":[{"id":"b","type":"expression","props":{"data":{"key":"a.b","value":"1 +"}}}]}"#);
    let found = folder.run(&["check", "rules", "--json"]).exits(1).json();
    let errors: Vec<_> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|problem| problem["severity"] == "error")
        .map(|problem| {
            (
                problem["path"].as_str().unwrap(),
                problem["message"].as_str().unwrap(),
            )
        })
        .collect();
    for (path, message) in [
        ("lost.json", "'nowhere' was not found"),
        ("orphan", "it tests `gone`, which does not exist"),
        ("cyclic.json", ""),
        ("policy", ""),
    ] {
        assert!(
            errors
                .iter()
                .any(|(at, text)| *at == path && text.contains(message)),
            "{path}: {errors:?}"
        );
    }
    let text = folder.run(&["check", "rules"]).exits(1).text();
    assert!(text.contains("orphan: it tests `gone`"), "{text}");
}

#[test]
fn the_corpus_passes_and_its_coverage_reaches_policies_loops_and_collecting_tables() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus");
    let folder = Folder::new(&[]);
    let tested = folder.run(&["test", corpus, "--json"]).exits(0).json();
    assert!(tested["passed"].as_u64() > Some(500) && tested["failed"] == 0);
    let rows = |path: &str| {
        let documents = tested["coverage"].as_array().unwrap();
        let document = documents.iter().find(|document| document["path"] == path);
        document.unwrap()["rows"].clone()
    };
    assert_eq!(
        rows("policy/shared/line-amounts.json"),
        json!({"covered": 3, "total": 3})
    );
    for path in ["fraud/transaction-score.json", "flow/loop-table.json"] {
        assert!(
            rows(path)["covered"].as_u64() > Some(1),
            "{path}: {}",
            rows(path)
        );
    }
}
