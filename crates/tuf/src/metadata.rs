//! What metadata says, per role, read strictly.
//!
//! Members that the specification does not define are left alone: they are part of what is signed
//! and stored, and mean nothing here. Only a target's `custom` and members named `x-…` are handed on.

mod fields;
mod files;
mod root;
mod targets;

pub(crate) use fields::Fields;
pub(crate) use files::{MetaFile, Snapshot, Timestamp};
pub(crate) use root::{RoleKeys, Root};
pub(crate) use targets::{Delegation, TargetFile, Targets};

use crate::error::{At, ErrorKind, Result};
use crate::json::Json;
use crate::time::UnixTime;

/// What every role's metadata begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u64,
    pub(crate) expires: UnixTime,
}

impl Header {
    fn read(fields: &Fields<'_>, at: At<'_>) -> Result<Self> {
        let (found, wanted) = (fields.text("_type")?, at.role().type_name());
        if found != wanted {
            let message = format!("its `_type` is `{found}`, not `{wanted}`");
            return Err(at.untrusted(message));
        }
        let spec = fields.text("spec_version")?;
        if spec.split('.').next() != Some("1")
            || !spec
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(at.invalid(format!("its `spec_version` is `{spec}`; 1.x is supported")));
        }
        let version = fields.positive("version")?;
        let expires = fields.text("expires")?;
        let expires = UnixTime::parse(expires).ok_or_else(|| {
            at.invalid(format!(
                "its `expires` is `{expires}`, not YYYY-MM-DDTHH:MM:SSZ"
            ))
        })?;
        Ok(Self { version, expires })
    }

    /// Checks for a freeze attack: what has expired is not what the repository says now.
    pub(crate) fn check_expiry(&self, now: UnixTime, at: At<'_>) -> Result<()> {
        if self.expires > now {
            return Ok(());
        }
        let Self { version, expires } = self;
        let message = format!("version {version} expired at {expires}, and it is {now}");
        Err(at.refuse(ErrorKind::Expired, message))
    }
}

/// Metadata of one role.
pub(crate) trait Metadata: Sized {
    /// Reads what was signed.
    fn read(signed: &Json, at: At<'_>) -> Result<Self>;

    /// Its version and expiry.
    fn header(&self) -> Header;
}
