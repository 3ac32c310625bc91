//! Signatures run out, and keys change.

use super::Outcome;
use crate::drill::{ALL, Drill, HOME, THIRD};
use crate::error::DrillError;
use crate::publisher::{ENVIRONMENT, ONLINE_KEY, number};

/// How long a timestamp is good, in seconds: seven days, as `init` has it.
const TIMESTAMP_LASTS: u64 = 7 * 24 * 60 * 60;

/// How much of that is left when evaluators first see it.
const LEFT: u64 = 7;

/// The timestamp expires because nobody signs it again: answers go on and say so, until somebody does.
pub(super) fn expiry(drill: &mut Drill) -> Result<Outcome, DrillError> {
    let site = &drill.site;
    let home = site.environment(HOME)?;
    // A store refuses requests that are days old, so it is signed in a folder.
    let folder = format!("expiring/{ENVIRONMENT}");
    site.publisher.copy(&home, std::slice::from_ref(&folder))?;
    let ago = TIMESTAMP_LASTS - LEFT;
    let renew = ["renew", "--force", "-e", &folder, "-k", ONLINE_KEY];
    let renewed = site.publisher.run_ago(ago, &renew)?;
    site.publisher.copy(&folder, std::slice::from_ref(&home))?;
    let revision = number(&renewed, "renew", "revision")?;
    drill.book.truth(|truth| truth.renewed(revision));
    drill.strike();
    drill.answers("the expiring revision is served", &ALL, |latest| {
        latest.seen.revision >= revision
    })?;
    drill.answers("answers say that they have expired", &ALL, |latest| {
        latest.seen.staleness == "expired"
    })?;
    drill.hold()?;
    let revision = drill.site.publisher.renew(&home)?;
    drill.book.truth(|truth| truth.renewed(revision));
    let fresh = drill.answers("answers are fresh again", &ALL, |latest| {
        latest.seen.staleness == "fresh" && latest.seen.revision >= revision
    })?;
    drill.site.settle()?;
    let note = format!("fresh {:.1} s after it was renewed", fresh.as_secs_f64());
    Ok(Outcome {
        note,
        ..Outcome::default()
    })
}

/// All keys are replaced. Whoever has the old ones can still sign a repository that goes on from
/// before, and is refused.
pub(super) fn rotation(drill: &mut Drill) -> Result<Outcome, DrillError> {
    let forged = drill.next_forged();
    let captured = format!("captured/{ENVIRONMENT}");
    let site = &mut drill.site;
    let home = site.environment(HOME)?;
    site.publisher
        .copy(&home, std::slice::from_ref(&captured))?;
    drill.strike();
    rotate(drill, &home)?;
    let revision = drill.book.truth(|truth| truth.revision());
    drill.answers("the new keys' revision is served", &ALL, |latest| {
        latest.seen.revision >= revision
    })?;
    let published = drill.publish(HOME)?;
    let mut everywhere = drill.everywhere(published)?;
    drill.site.settle()?;

    // The old key where it counts: the publisher itself refuses it.
    let publisher = &drill.site.publisher;
    let newest = drill.book.truth(|truth| truth.revision());
    let renew = publisher.run(["renew", "--force", "-e", &home, "-k", ONLINE_KEY]);
    let now = publisher.status(std::slice::from_ref(&home))?.revision;
    if renew.is_ok() || now != newest {
        let what = "the old key could sign the environment after it was rotated";
        return Err(DrillError::Accepted(what.to_owned()));
    }
    // And where nobody knows of the new ones: a copy from before.
    let bundle = publisher.release(forged)?;
    let signed = ["-e", &captured, "-k", ONLINE_KEY];
    publisher.run(["publish", &bundle.file].into_iter().chain(signed))?;
    loop {
        let renewed = publisher.run(["renew", "--force"].into_iter().chain(signed))?;
        if number(&renewed, "renew", "revision")? > newest + 1 {
            break;
        }
    }
    let folder = publisher.path(&captured);
    drill.cut_off(THIRD)?;
    drill.put_all(THIRD, &folder)?;
    drill.refuses(THIRD)?;
    drill.hold()?;
    let published = drill.publish(HOME)?;
    everywhere = everywhere.max(drill.everywhere(published)?);
    drill.repair(THIRD)?;
    let note = "the old key is refused by the publisher, and its pointer by evaluators";
    Ok(Outcome::everywhere(everywhere, note))
}

/// New keys for every role, the root's last.
fn rotate(drill: &mut Drill, home: &str) -> Result<(), DrillError> {
    let publisher = &mut drill.site.publisher;
    let (root, online) = (publisher.root_key.clone(), publisher.online_key.clone());
    let (new_root, new_online) = ("root-2.pem", "online-2.pem");
    for key in [new_root, new_online] {
        publisher.run(["keygen", key])?;
    }
    for (role, new) in [
        ("targets", new_online),
        ("snapshot", new_online),
        ("timestamp", new_online),
        ("root", new_root),
    ] {
        let public = format!("{new}.pub");
        let keys = ["-k", &root, "-k", &online, "-k", new_root, "-k", new_online];
        let rotate = ["rotate", role, "--new-key", &public, "-e", home];
        publisher.run(rotate.into_iter().chain(keys))?;
    }
    publisher.root_key = new_root.to_owned();
    publisher.online_key = new_online.to_owned();
    let revision = publisher.status(&[home.to_owned()])?.revision;
    drill.book.truth(|truth| truth.renewed(revision));
    Ok(())
}
