//! What each answer goes through: steps 5.3.4 to 5.6.6.

use super::{Phase, Updater};
use crate::error::{At, Result};
use crate::metadata::{Header, Metadata, Snapshot, Targets, Timestamp};
use crate::role::Role;
use crate::stored::Change;
use crate::trusted::{self, Signed, last};
use std::sync::Arc;

impl Updater {
    pub(super) fn update_root(&mut self, bytes: &Arc<[u8]>) -> Result<()> {
        let at = |step| At::new(&Role::Root, step);
        let current = &self.trusted.root.body;
        // 5.3.4. Check for an arbitrary software attack: signed by a threshold of the trusted
        // root's keys, and of its own.
        let (signatures, new) = trusted::read_root(bytes, &self.trusted.limits, at("5.3.4"))?;
        signatures.verify(&current.keys, current.role(&Role::Root), at("5.3.4"))?;
        signatures.verify(&new.body.keys, new.body.role(&Role::Root), at("5.3.4"))?;
        // 5.3.5. Check for a rollback attack.
        let (found, trusted) = (new.body.header().version, current.header().version);
        if found.checked_sub(1) != Some(trusted) {
            let message =
                format!("its version is {found}, and it must follow the trusted {trusted}");
            return Err(at("5.3.5").rollback(message));
        }
        // 5.3.6. The expiration of an intermediate root does not matter yet.
        // 5.3.11. If keys of the timestamp or snapshot role were revoked, forget their metadata, to
        // recover from a fast-forward attack. The specification does this after 5.3.10; doing it
        // with every root also holds if the newest root has expired or the client stops in between,
        // since the next update begins with this root.
        let revokes = |role| current.revokes(&new.body, role);
        if revokes(&Role::Timestamp) || revokes(&Role::Snapshot) {
            for role in [Role::Timestamp, Role::Snapshot] {
                self.trusted.stored.remove(&role);
                self.changes.push(Change::Delete { role });
            }
        }
        // 5.3.7. Set the trusted root. 5.3.8. Persist it. 5.3.9. Repeat.
        self.store(Role::Root, &new);
        self.trusted.root = new;
        Ok(())
    }

    pub(super) fn end_root(&mut self) -> Result<()> {
        // 5.3.10. Check for a freeze attack.
        let header = self.trusted.root.body.header();
        header.check_expiry(self.now, At::new(&Role::Root, "5.3.10"))?;
        // 5.3.12. Whether consistent snapshots are used is read from the root where it matters.
        // What is stored is trusted as far as the newest root's keys vouch for it. It may have
        // expired: versions are compared with it all the same.
        if let Some(bytes) = self.trusted.stored.get(&Role::Timestamp).cloned() {
            match self.trusted.open_timestamp(&bytes) {
                Ok(signed) => self.trusted.timestamp = Some(signed),
                Err(error) => self.ignored.push(error),
            }
        }
        if let Some(bytes) = self.trusted.stored.get(&Role::Snapshot).cloned() {
            match self.trusted.open_any_snapshot(&bytes) {
                Ok(signed) => self.trusted.snapshot = Some(signed),
                Err(error) => self.ignored.push(error),
            }
        }
        self.phase = Phase::Timestamp;
        Ok(())
    }

    pub(super) fn update_timestamp(&mut self, bytes: &Arc<[u8]>) -> Result<()> {
        let at = |step| At::new(&Role::Timestamp, step);
        // 5.4.2. Check for an arbitrary software attack.
        let new = self.trusted.open_timestamp(bytes)?;
        let header = new.body.header();
        // 5.4.3. Check for a rollback attack. 5.4.3.1: of the timestamp itself.
        let version = header.version;
        if version < self.floor {
            let message = format!(
                "its version is {version}, and at least {} is demanded",
                self.floor
            );
            return Err(at("5.4.3.1").rollback(message));
        }
        match &self.trusted.timestamp {
            Some(trusted) if version < trusted.body.header().version => {
                let trusted = trusted.body.header().version;
                let message = format!("its version is {version}, and the trusted one is {trusted}");
                return Err(at("5.4.3.1").rollback(message));
            }
            // The version that is trusted already stays, whatever this one says. It must not have
            // expired either.
            Some(trusted) if version == trusted.body.header().version => {
                trusted.body.header().check_expiry(self.now, at("5.4.4"))?;
                return self.begin_snapshot();
            }
            _ => {}
        }
        // 5.4.3.2: of the snapshot it announces, compared with the trusted timestamp and also with
        // the trusted snapshot, in case only that was kept.
        let trusted = &self.trusted;
        let announced = trusted
            .timestamp
            .as_ref()
            .map(|signed| signed.body.snapshot.version);
        let known = announced.max(trusted.snapshot_version()).unwrap_or(0);
        let found = new.body.snapshot.version;
        if found < known {
            let message =
                format!("it announces version {found} of the snapshot, and {known} is trusted");
            return Err(at("5.4.3.2").rollback(message));
        }
        // 5.4.4. Check for a freeze attack.
        header.check_expiry(self.now, at("5.4.4"))?;
        // 5.4.5. Persist timestamp metadata.
        self.store::<Timestamp>(Role::Timestamp, &new);
        self.trusted.timestamp = Some(new);
        self.begin_snapshot()
    }

    /// Skips the download of the snapshot if the trusted one is the one announced.
    fn begin_snapshot(&mut self) -> Result<()> {
        self.phase = Phase::Snapshot;
        let Some(trusted) = &self.trusted.snapshot else {
            return Ok(());
        };
        let current = self.trusted.open_snapshot(&trusted.bytes).is_ok();
        if current && self.is_fresh(trusted.body.header()) {
            return self.begin_targets();
        }
        Ok(())
    }

    pub(super) fn update_snapshot(&mut self, bytes: &Arc<[u8]>) -> Result<()> {
        // 5.5.2. Hashes. 5.5.3. Signatures. 5.5.4. Version.
        let new = self.trusted.open_snapshot(bytes)?;
        // 5.5.5. Check for a rollback attack.
        let known = self
            .trusted
            .snapshot
            .iter()
            .flat_map(|signed| &signed.body.meta);
        for (name, known) in known {
            let message = match new.body.meta.get(name) {
                Some(file) if file.version >= known.version => continue,
                Some(file) => format!(
                    "is version {}, and {} was announced before",
                    file.version, known.version
                ),
                None => "is not announced any more".to_owned(),
            };
            let at = At::new(&Role::Snapshot, "5.5.5");
            return Err(at.rollback(format!("the metadata file `{name}` {message}")));
        }
        // 5.5.6. Check for a freeze attack.
        new.body
            .header()
            .check_expiry(self.now, At::new(&Role::Snapshot, "5.5.6"))?;
        // 5.5.7. Persist snapshot metadata.
        self.store::<Snapshot>(Role::Snapshot, &new);
        self.trusted.snapshot = Some(new);
        self.begin_targets()
    }

    /// Skips the download of the top-level targets if the stored metadata is the one announced.
    fn begin_targets(&mut self) -> Result<()> {
        self.phase = Phase::Targets;
        let stored = self.trusted.stored.get(&Role::Targets).cloned();
        let current = stored.and_then(|bytes| self.trusted.open_targets(&bytes, &[]).ok());
        if let Some(signed) = current
            && self.is_fresh(signed.body.header())
        {
            self.trusted.targets = Some(signed);
            self.phase = Phase::Done;
        }
        Ok(())
    }

    pub(super) fn update_targets(&mut self, bytes: &Arc<[u8]>) -> Result<()> {
        let new = self.open_targets(bytes, &[])?;
        self.trusted.targets = Some(new);
        self.phase = Phase::Done;
        Ok(())
    }

    pub(super) fn update_delegated(&mut self, bytes: &Arc<[u8]>) -> Result<()> {
        let Some(chain) = self.awaited.take() else {
            let at = At::new(&Role::Targets, "5.6.7");
            return Err(at.invalid("metadata was provided that nothing asked for"));
        };
        let new = self.open_targets(bytes, &chain)?;
        self.trusted.delegated.insert(chain, new);
        Ok(())
    }

    fn open_targets(&mut self, bytes: &Arc<[u8]>, chain: &[String]) -> Result<Signed<Targets>> {
        let role = last(chain);
        check_length(
            bytes,
            self.trusted.limits.targets_bytes,
            At::new(&role, "5.6.1"),
        )?;
        // 5.6.2. Hashes. 5.6.3. Signatures. 5.6.4. Version.
        let new = self.trusted.open_targets(bytes, chain)?;
        // 5.6.5. Check for a freeze attack.
        new.body
            .header()
            .check_expiry(self.now, At::new(&role, "5.6.5"))?;
        // 5.6.6. Persist targets metadata.
        self.store(role, &new);
        Ok(new)
    }

    fn is_fresh(&self, header: Header) -> bool {
        header.expires > self.now
    }

    fn store<T>(&mut self, role: Role, signed: &Signed<T>) {
        let change = Change::Store {
            role,
            bytes: Arc::clone(&signed.bytes),
        };
        self.trusted.stored.apply(&change);
        self.changes.push(change);
    }
}

pub(super) fn check_length(bytes: &[u8], limit: u64, at: At<'_>) -> Result<()> {
    if bytes.len() as u64 <= limit {
        return Ok(());
    }
    Err(at.limit(format!(
        "it has more than the {limit} bytes that are accepted"
    )))
}
