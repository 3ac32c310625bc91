//! The table of defects: every refusal of the client workflow, and every attack on bytes.

mod delegations;
mod format;
mod keys;
mod root;
mod snapshot;
mod targets;
mod timestamp;

use crate::case::{Case, Expected};

/// All broken repositories.
pub fn defects() -> Vec<Case> {
    [
        root::cases(),
        timestamp::cases(),
        format::cases(),
        keys::cases(),
        snapshot::cases(),
        targets::cases(),
        delegations::cases(),
    ]
    .concat()
}

/// One defect: a sound case, broken by `breaks`.
fn defect(
    name: &'static str,
    why: &'static str,
    [kind, role, step]: [&'static str; 3],
    breaks: impl FnOnce(&mut Case),
) -> Case {
    let mut case = Case {
        name,
        why,
        expected: Expected { kind, role, step },
        ..Case::sound()
    };
    breaks(&mut case);
    case
}

/// Replaces text in a file, once.
fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "`{from}` is not there to be replaced");
    *bytes = text.replacen(from, to, 1).into_bytes();
}
