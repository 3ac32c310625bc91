//! Somebody who can write to a region's bucket tries to have something else served.

use super::Outcome;
use crate::drill::{Drill, HOME, THIRD};
use crate::error::DrillError;
use crate::publisher::ENVIRONMENT;
use crate::site::POINTER;
use serde_json::Value;

/// The pointer is no metadata, or is not what was signed. Others publish meanwhile.
pub(super) fn tampered(drill: &mut Drill) -> Result<Outcome, DrillError> {
    drill.cut_off(THIRD)?;
    let good = drill.read(THIRD, POINTER)?;
    let half = good.iter().take(good.len() / 2).copied().collect();
    let forms = [later(&good), half, b"<!doctype html>".to_vec()];
    let shown = if drill.short { 1 } else { forms.len() };
    drill.strike();
    for bad in forms.into_iter().take(shown) {
        drill.put(THIRD, POINTER, good.clone())?;
        drill.polls_its_own(THIRD)?;
        drill.put(THIRD, POINTER, bad)?;
        drill.refuses(THIRD)?;
    }
    drill.hold()?;
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.repair(THIRD)?;
    let note = format!("refused: {shown} of its forms");
    Ok(Outcome::everywhere(everywhere, note))
}

/// A pointer as if it were of a later revision.
fn later(pointer: &[u8]) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(pointer).unwrap_or_default();
    if let Some(version) = json.pointer_mut("/signed/version") {
        *version = 1_000.into();
    }
    json.to_string().into_bytes()
}

/// An older pointer is put back, whole and once signed by the publisher.
pub(super) fn rolled_back(drill: &mut Drill) -> Result<Outcome, DrillError> {
    let old = drill.read(THIRD, POINTER)?;
    let published = drill.publish(HOME)?;
    drill.everywhere(published)?;
    drill.site.settle()?;
    drill.cut_off(THIRD)?;
    drill.strike();
    drill.put(THIRD, POINTER, old)?;
    drill.hold()?;
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.repair(THIRD)?;
    Ok(Outcome::everywhere(everywhere, ""))
}

/// A whole repository, well made and signed, by keys that nobody trusts.
pub(super) fn foreign(drill: &mut Drill) -> Result<Outcome, DrillError> {
    let number = drill.next_forged();
    let publisher = &drill.site.publisher;
    let bundle = publisher.release(number)?;
    let address = format!("foreign/{ENVIRONMENT}");
    let (key, root) = ("foreign.pem", "foreign.root.json");
    publisher.run(["keygen", key])?;
    publisher.run(["init", "-e", &address, "-k", key, "--root", root])?;
    let signed = ["-e", &address, "-k", key, "--root", root];
    publisher.run(["publish", &bundle.file].into_iter().chain(signed))?;
    // Further on than the environment itself.
    for _ in 0..=drill.book.truth(|truth| truth.revision()) {
        publisher.run(["renew", "--force"].into_iter().chain(signed))?;
    }
    let folder = publisher.path(&address);
    drill.cut_off(THIRD)?;
    drill.strike();
    drill.put_all(THIRD, &folder)?;
    drill.refuses(THIRD)?;
    drill.hold()?;
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.repair(THIRD)?;
    Ok(Outcome::everywhere(
        everywhere,
        "refused: its root, metadata and bundle",
    ))
}
