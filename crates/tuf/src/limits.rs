//! What metadata and targets may use.

/// Bounds on everything that comes from outside, each with the attack it stops.
///
/// A bound is checked before the work or the allocation it guards. The defaults hold a repository
/// of some ten thousand targets, and fit a Cloudflare Worker (128 MB for everything).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one root metadata file. Endless data: nothing announces a root's length.
    pub root_bytes: u64,
    /// Bytes of the timestamp metadata file. Endless data: nothing announces its length.
    pub timestamp_bytes: u64,
    /// Bytes of the snapshot metadata file, even if the timestamp announces more.
    pub snapshot_bytes: u64,
    /// Bytes of one targets metadata file, even if the snapshot announces more.
    pub targets_bytes: u64,
    /// Bytes of one target, even if the targets metadata announces more.
    pub target_bytes: u64,
    /// Root metadata files fetched in one update. Endless rotation: an attacker with old root keys
    /// could chain versions for ever. The next update goes on where this one stopped.
    pub root_updates: u32,
    /// Roles visited in one search for a target. Delegation graphs grow without bound.
    pub delegations: usize,
    /// Signatures in one metadata file. Each may cost a verification.
    pub signatures: usize,
    /// How deeply metadata may nest. The parser recurses once per level.
    pub json_depth: usize,
    /// Values (objects, lists, strings, numbers) in one metadata file. A value in memory is up to a
    /// hundred times the size of its text.
    pub json_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        Self {
            root_bytes: 512 * KIB,
            timestamp_bytes: 16 * KIB,
            snapshot_bytes: 2 * MIB,
            targets_bytes: 5 * MIB,
            target_bytes: 64 * MIB,
            root_updates: 256,
            delegations: 32,
            signatures: 256,
            json_depth: 64,
            json_values: 100_000,
        }
    }
}
