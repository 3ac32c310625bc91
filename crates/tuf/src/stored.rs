//! Metadata as it is kept between updates: bytes, of which nothing is believed.

use crate::role::Role;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Metadata files by role, as received. Whoever reads them verifies them again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stored(BTreeMap<Role, Arc<[u8]>>);

/// What to do to non-volatile storage, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Keep these bytes as the role's metadata.
    Store {
        /// Whose metadata.
        role: Role,
        /// The bytes as received.
        bytes: Arc<[u8]>,
    },
    /// Forget the role's metadata.
    Delete {
        /// Whose metadata.
        role: Role,
    },
}

impl Stored {
    /// Only a root, as a client begins with.
    pub fn with_root(root: impl Into<Arc<[u8]>>) -> Self {
        let mut stored = Self::default();
        stored.insert(Role::Root, root);
        stored
    }

    /// Adds or replaces a role's metadata.
    pub fn insert(&mut self, role: Role, bytes: impl Into<Arc<[u8]>>) {
        self.0.insert(role, bytes.into());
    }

    /// A role's metadata.
    pub fn get(&self, role: &Role) -> Option<&Arc<[u8]>> {
        self.0.get(role)
    }

    /// Forgets a role's metadata.
    pub fn remove(&mut self, role: &Role) {
        self.0.remove(role);
    }

    /// All roles and their metadata.
    pub fn iter(&self) -> impl Iterator<Item = (&Role, &Arc<[u8]>)> {
        self.0.iter()
    }

    /// Does what an update asks of storage.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Store { role, bytes } => self.insert(role.clone(), Arc::clone(bytes)),
            Change::Delete { role } => self.remove(role),
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.0.iter().map(|(role, bytes)| (role, bytes.len()));
        formatter.debug_map().entries(lengths).finish()
    }
}
