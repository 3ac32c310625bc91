//! Names that are part of object keys and of URLs alike.

use crate::error::{Result, invalid};

/// How long a name may be, in bytes.
const LONGEST: usize = 128;

/// Checks the name of an environment.
pub(crate) fn check_environment(name: &str) -> Result<()> {
    check("environment", name)
}

/// Checks the key of a project: it is the target's path and part of the object's key.
///
/// # Errors
/// [`crate::ErrorKind::Invalid`].
pub fn check_project(name: &str) -> Result<()> {
    check("project", name)?;
    // Beside these folders lies the copy that a GoRules Agent reads, named by the project alone.
    if matches!(name, "metadata" | "targets") {
        return Err(invalid(format!("a project cannot be called `{name}`")));
    }
    Ok(())
}

/// Checks the name of a role to which projects are delegated.
pub(crate) fn check_role(name: &str) -> Result<()> {
    check("role", name)?;
    if matches!(name, "root" | "timestamp" | "snapshot" | "targets") {
        return Err(invalid(format!(
            "a delegated role cannot be called `{name}`"
        )));
    }
    Ok(())
}

/// Only what is written the same in a URL, in a bucket and in a file system: no escapes, so that no
/// two readers decode them differently.
fn check(what: &str, name: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty()
        || name.len() > LONGEST
        || !name.bytes().all(allowed)
        || name.starts_with(['.', '-'])
    {
        return Err(invalid(format!(
            "`{}` cannot be the name of the {what}: use up to {LONGEST} letters, digits, `-`, `_` and `.`",
            name.escape_debug(),
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_escaping() {
        for good in ["pricing", "Pricing_2.0-b", "p.zip", &"a".repeat(128)] {
            assert!(check_project(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".config",
            "-x",
            "a/b",
            "a b",
            "a%2Fb",
            "é",
            "a\0",
            "metadata",
            "targets",
            &"a".repeat(129),
        ] {
            assert!(check_project(bad).is_err(), "{bad}");
        }
        assert!(check_environment("metadata").is_ok());
        assert!(check_role("root").is_err());
    }
}
