//! What we publish, verified by python-tuf.

use crate::support::{Desk, workspace};
use serde_json::Value;
use std::process::{Command, Stdio};

fn python(desk: &Desk, root: &str) -> Result<Value, String> {
    let scripts = workspace().join("tests/tuf");
    let venv = Command::new(scripts.join("venv.sh"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(venv.status.success(), "python-tuf cannot be installed");
    let venv = String::from_utf8(venv.stdout).unwrap();
    let output = Command::new(format!("{}/bin/python", venv.trim()))
        .arg(scripts.join("published.py"))
        .args([desk.path("out/production"), desk.path(root)])
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

#[test]
fn python_tuf_takes_what_is_published_renewed_and_rotated() {
    let desk = Desk::new();
    desk.done(&["keygen", "new.pem"]);
    let to = ["-e", "./out/production", "-k", "k.pem", "-k", "new.pem"];
    let run = |arguments: &[&str]| desk.json(&[arguments, &to].concat());
    run(&["init"]);
    let first = std::fs::read(desk.path("production.root.json")).unwrap();
    for (project, version) in [("pricing", "1"), ("shipping", "1"), ("pricing", "2")] {
        let bundle = desk.pack(project, version);
        run(&["publish", &bundle]);
    }
    for role in ["timestamp", "snapshot", "targets", "root"] {
        run(&["rotate", role, "--new-key", "new.pem.pub"]);
    }
    run(&["renew", "--force"]);
    let back = run(&["rollback", "pricing"]);
    let found = python(&desk, "production.root.json").unwrap();
    assert_eq!(found.as_object().unwrap().len(), 2);
    assert_eq!(
        found["pricing"]["sha256"],
        back["changes"][0]["after"]["sha256"]
    );
    let custom = &found["pricing"]["custom"];
    assert_eq!(
        (
            &custom["project"],
            &custom["environment"],
            &custom["version"]
        ),
        (&"pricing".into(), &"production".into(), &"1".into())
    );
    // And does not take what is tampered with.
    let changed = String::from_utf8(first)
        .unwrap()
        .replace("\"threshold\":1", "\"threshold\":2");
    desk.write("changed.root.json", changed);
    assert!(python(&desk, "changed.root.json").is_err());
}
