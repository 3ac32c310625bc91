//! The names of roles, and what their files are called.

use std::fmt;

/// A role of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Which keys every top-level role has.
    Root,
    /// Which snapshot is the newest.
    Timestamp,
    /// Which version every targets metadata file has.
    Snapshot,
    /// The top of the targets roles.
    Targets,
    /// A role to which a targets role delegates, by its name.
    Delegated(String),
}

impl Role {
    /// The role with this name.
    pub fn named(name: &str) -> Self {
        match name {
            "root" => Self::Root,
            "timestamp" => Self::Timestamp,
            "snapshot" => Self::Snapshot,
            "targets" => Self::Targets,
            _ => Self::Delegated(name.to_owned()),
        }
    }

    /// The role's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Root => "root",
            Self::Timestamp => "timestamp",
            Self::Snapshot => "snapshot",
            Self::Targets => "targets",
            Self::Delegated(name) => name,
        }
    }

    /// The name under which this role's metadata is kept: percent-encoded, so that a role cannot
    /// choose a folder.
    pub fn file_name(&self) -> String {
        format!("{}.json", encode(self.name()))
    }

    /// The value of `_type` in this role's metadata.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Delegated(_) => "targets",
            top => top.name(),
        }
    }

    /// The key of this role's file in the snapshot.
    pub(crate) fn meta_name(&self) -> String {
        format!("{}.json", self.name())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delegated(name) => write!(formatter, "delegated role `{name}`"),
            top => formatter.write_str(top.name()),
        }
    }
}

/// A metadata file that the host is to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose metadata.
    pub role: Role,
    /// The version that is part of the file's name; none where the name has no version.
    pub version: Option<u64>,
    /// Where to stop reading: more is refused anyway.
    pub max_bytes: u64,
}

impl Request {
    /// The file's name below the repository's metadata URL, percent-encoded.
    pub fn file_name(&self) -> String {
        match self.version {
            Some(version) => format!("{version}.{}", self.role.file_name()),
            None => self.role.file_name(),
        }
    }
}

/// Percent-encodes everything but letters, digits and `_.-~`.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for half in [byte >> 4, byte & 15] {
                encoded.push(char::from(
                    HEX.get(usize::from(half)).copied().unwrap_or(b'0'),
                ));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_cannot_choose_a_folder() {
        let request = |name, version| Request {
            role: Role::named(name),
            version,
            max_bytes: 1,
        };
        assert_eq!(request("root", Some(2)).file_name(), "2.root.json");
        assert_eq!(request("timestamp", None).file_name(), "timestamp.json");
        assert_eq!(
            request("../é?#", Some(1)).file_name(),
            "1...%2F%C3%A9%3F%23.json"
        );
    }
}
