//! Where keys come from, and that they are not shown.

use crate::support::{Desk, ended};

const INIT: [&str; 4] = ["init", "-e", "./out/production", "-k"];

#[test]
fn an_encrypted_key_is_opened_by_its_passphrase() {
    let desk = Desk::new();
    let with = |passphrase: &str, arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env("ZEN_EDGE_KEY_PASSPHRASE", passphrase);
        ended(command)
    };
    let made = with("correct horse", &["keygen", "e.pem", "--encrypt"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let init = [&INIT[..], &["e.pem"]].concat();
    let wrong = with("battery staple", &init);
    assert_eq!(wrong.code, Some(3));
    assert!(!wrong.stderr.contains("battery"), "{wrong:?}");
    desk.fails(3, &init);
    assert_eq!(with("correct horse", &init).code, Some(0));
    // Nobody to ask, nothing set.
    desk.fails(2, &["keygen", "other.pem", "--encrypt"]);
}

#[test]
fn a_key_comes_from_a_variable() {
    let desk = Desk::new();
    let mut command = desk.command(&[&INIT[..], &["env:SIGNING_KEY"]].concat());
    command.env(
        "SIGNING_KEY",
        std::fs::read_to_string(desk.path("k.pem")).unwrap(),
    );
    assert_eq!(ended(command).code, Some(0));
    let refused = desk.fails(3, &[&INIT[..], &["env:SIGNING_KEY"]].concat());
    assert!(
        refused.stderr.contains("SIGNING_KEY is not set"),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(desk.path("k.pem"), open).unwrap();
    let refused = desk.fails(3, &[&INIT[..], &["k.pem"]].concat());
    assert!(refused.stderr.contains("chmod 600 k.pem"), "{refused:?}");
}

/// OpenSSL's command stands in for a hardware token: its private key is never given to us.
#[cfg(unix)]
#[test]
fn another_program_signs() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    desk.write(
        "sign.sh",
        "#!/bin/sh\nset -e\ncat > message.$$\n\
         openssl pkeyutl -sign -rawin -inkey \"$1\" -in message.$$ | od -An -v -tx1 | tr -d ' \\n'\n\
         rm message.$$\n",
    );
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(desk.path("sign.sh"), mode).unwrap();
    let signer = "exec:k.pem.pub:./sign.sh k.pem";
    desk.done(&[&INIT[..], &[signer]].concat());
    let bundle = desk.pack("pricing", "1");
    desk.done(&["publish", &bundle, "-e", "./out/production", "-k", signer]);
    assert_eq!(desk.served("./out/production").len(), 1);
    // One that signs with another key than it says, or fails, or talks.
    desk.done(&["keygen", "other.pem"]);
    for bad in [
        "exec:k.pem.pub:./sign.sh other.pem",
        "exec:k.pem.pub:false",
        "exec:k.pem.pub:echo hello",
        "exec:k.pem.pub:./nowhere",
    ] {
        desk.fails(
            3,
            &["renew", "--force", "-e", "./out/production", "-k", bad],
        );
    }
}

#[test]
fn the_root_may_need_two_of_three_keys() {
    let desk = Desk::new();
    for key in ["a", "b", "c"] {
        desk.done(&["keygen", &format!("{key}.pem")]);
    }
    let roles = [
        "--role-key",
        "root=a.pem.pub",
        "--role-key",
        "root=b.pem.pub",
        "--role-key",
        "root=c.pem.pub",
        "--threshold",
        "root=2",
        "--expires",
        "timestamp=3",
    ];
    let one = [
        &INIT[..],
        &["k.pem", "-k", "a.pem", "--role-key", "targets=k.pem.pub"],
        &roles,
    ]
    .concat();
    desk.fails(3, &one);
    let two = [&one[..], &["-k", "b.pem"]].concat();
    desk.done(&two);
    desk.done(&["verify", "./out/production"]);
}
