//! Feeds any bytes to a TUF client. Bytes of value zero, which no metadata has, divide the input:
//! first the root that is trusted, then the answers in the order in which they are asked for, an
//! empty one meaning that there is no such file.

use zen_edge_tuf::{Find, Limits, Next, Request, Result, Role, Stored, UnixTime, Updater};

/// When the repositories of `zen-edge-tuf-testkit` are sound.
const NOW: UnixTime = UnixTime(1_767_225_600);

/// Panics if the client does, or if what it trusts does not hold when it is verified again.
pub(crate) fn run(data: &[u8]) {
    let files: Vec<&[u8]> = data.split(|byte| *byte == 0).collect();
    let Some((root, answers)) = files.split_first() else {
        return;
    };
    let mut stored = Stored::with_root(root.to_vec());
    drop(update(stored.clone(), answers));
    // The same as a client that comes back finds it in its storage.
    let names = ["timestamp", "snapshot", "targets"];
    for (name, bytes) in names.into_iter().zip(answers.iter().skip(1)) {
        stored.insert(Role::named(name), bytes.to_vec());
    }
    drop(update(stored, answers));
}

fn update(stored: Stored, answers: &[&[u8]]) -> Result<()> {
    let mut answers = answers.iter();
    let mut answer = |updater: &mut Updater, request: &Request| {
        let result = match answers.next() {
            Some(bytes) if !bytes.is_empty() => {
                let longest = usize::try_from(request.max_bytes).unwrap_or(usize::MAX);
                let bytes = bytes.get(..longest.saturating_add(1)).unwrap_or(bytes);
                updater.provide(bytes.to_vec())
            }
            _ => updater.missing(),
        };
        let trusted = updater.trusted().stored().clone();
        assert!(Updater::new(trusted, NOW, Limits::default()).is_ok());
        drop(updater.changes());
        result
    };
    let mut updater = Updater::new(stored, NOW, Limits::default())?;
    while let Next::Fetch(request) = updater.advance()? {
        answer(&mut updater, &request)?;
    }
    while let Find::Fetch(request) = updater.find("hello")? {
        answer(&mut updater, &request)?;
    }
    Ok(())
}
