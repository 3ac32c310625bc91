//! What a bundle may use.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Bounds on everything in a bundle, each with the attack it stops.
///
/// A bound is checked before the work or the allocation it guards; sizes that a bundle declares are
/// never trusted. The defaults hold a release of some ten thousand decisions, and fit a Cloudflare
/// Worker (128 MB for everything): reading holds the bundle, all entries, and one of them twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the bundle as it is stored. Endless data.
    pub bundle_bytes: u64,
    /// Bytes of all entries once inflated. A bomb made of many entries.
    pub total_bytes: u64,
    /// Bytes of one entry once inflated. A bomb in one entry.
    pub entry_bytes: u64,
    /// How many times its stored size an entry may inflate to; the first MiB is free. A bomb within
    /// the other bounds, which costs its sender nothing.
    pub ratio: u64,
    /// Entries, folders included. Many empty entries: small to store, long to keep.
    pub entries: usize,
    /// Graphs and policies. Each is compiled.
    pub documents: usize,
    /// Test cases in all documents. Each may be evaluated.
    pub test_cases: usize,
    /// Bytes of an entry's path. Keys are kept, and compared.
    pub path_bytes: usize,
    /// Segments of an entry's path. What walks folders recurses.
    pub path_depth: usize,
    /// How deeply JSON may nest; more than 256 has no effect. Parsers recurse once per level.
    pub json_depth: usize,
    /// JSON values in all documents. A value in memory is up to fifty times the size of its text.
    pub json_values: usize,
    /// Bytes of `.config/project.json`.
    pub identity_bytes: usize,
    /// Access tokens in `.config/project.json`. A caller's token is compared with all of them.
    pub access_tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        Self {
            bundle_bytes: 16 * MIB,
            total_bytes: 64 * MIB,
            entry_bytes: 16 * MIB,
            ratio: 100,
            entries: 20_000,
            documents: 10_000,
            test_cases: 100_000,
            path_bytes: 512,
            path_depth: 16,
            json_depth: 128,
            json_values: 4_000_000,
            identity_bytes: 64 * 1024,
            access_tokens: 100,
        }
    }
}

/// The name of a field of [`Limits`], for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "each is documented on the field of the same name"
)]
pub enum Limit {
    BundleBytes,
    TotalBytes,
    EntryBytes,
    Ratio,
    Entries,
    Documents,
    TestCases,
    PathBytes,
    PathDepth,
    JsonDepth,
    JsonValues,
    IdentityBytes,
    AccessTokens,
}

impl Limit {
    /// The field's name as it is written in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::BundleBytes => "bundleBytes",
            Self::TotalBytes => "totalBytes",
            Self::EntryBytes => "entryBytes",
            Self::Ratio => "ratio",
            Self::Entries => "entries",
            Self::Documents => "documents",
            Self::TestCases => "testCases",
            Self::PathBytes => "pathBytes",
            Self::PathDepth => "pathDepth",
            Self::JsonDepth => "jsonDepth",
            Self::JsonValues => "jsonValues",
            Self::IdentityBytes => "identityBytes",
            Self::AccessTokens => "accessTokens",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
