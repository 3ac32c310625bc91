//! foldhash under the names of ahash that the ZEN engine uses.
//!
//! ahash is fast where the processor has AES instructions. WebAssembly has none, and without them it
//! reverses bytes several times per word, which WebAssembly cannot do in one instruction either.
//! foldhash multiplies instead. The patched engine names this crate `ahash`; it has just the parts
//! that the engine uses.

use foldhash::SharedSeed;
use foldhash::fast::{FoldHasher, SeedableRandomState};
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A map that hashes with [`RandomState`].
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set that hashes with [`RandomState`].
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;
/// [`HashMap`] under ahash's other name.
pub type AHashMap<K, V> = HashMap<K, V>;

/// Makes hashers whose seed nobody outside can know, so that nobody can make keys collide.
#[derive(Debug, Clone)]
pub struct RandomState(SeedableRandomState);

impl RandomState {
    /// One with a seed of its own.
    #[inline]
    pub fn new() -> Self {
        /// Odd and without pattern: 2^64 divided by the golden ratio.
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        static NEXT: AtomicU64 = AtomicU64::new(STEP);
        let seed = NEXT.load(Relaxed);
        NEXT.store(seed.wrapping_add(STEP), Relaxed);
        Self(SeedableRandomState::with_seed(seed, process_seed()))
    }

    /// One that hashes the same in every process.
    pub fn with_seeds(k0: u64, k1: u64, k2: u64, k3: u64) -> Self {
        let fixed = SeedableRandomState::with_seed(k0, SharedSeed::global_fixed());
        let seed = fixed.hash_one((k1, k2, k3));
        Self(SeedableRandomState::with_seed(
            seed,
            SharedSeed::global_fixed(),
        ))
    }
}

/// What all seeds of this process or wasm instance have in common.
fn process_seed() -> &'static SharedSeed {
    static SEED: OnceLock<SharedSeed> = OnceLock::new();
    SEED.get_or_init(|| match getrandom::u64() {
        Ok(random) => SharedSeed::from_u64(random),
        Err(_) => SharedSeed::global_random().clone(),
    })
}

impl Default for RandomState {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl BuildHasher for RandomState {
    type Hasher = AHasher;

    #[inline]
    fn build_hasher(&self) -> AHasher {
        AHasher(self.0.build_hasher())
    }
}

/// The hasher; by default with a seed that is the same in every process.
#[derive(Clone)]
pub struct AHasher(FoldHasher<'static>);

impl Default for AHasher {
    fn default() -> Self {
        Self(FoldHasher::with_seed(0, SharedSeed::global_fixed()))
    }
}

/// Passes one method of `Hasher` after the other on.
macro_rules! forward {
    ($($method:ident: $type:ty),*) => {
        $(
            #[inline]
            fn $method(&mut self, value: $type) {
                self.0.$method(value);
            }
        )*
    };
}

impl Hasher for AHasher {
    forward!(
        write: &[u8],
        write_u8: u8,
        write_u16: u16,
        write_u32: u32,
        write_u64: u64,
        write_u128: u128,
        write_usize: usize
    );

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// `new` and `with_capacity` for [`HashMap`], which std has for its own hasher only.
pub trait HashMapExt {
    /// An empty map.
    fn new() -> Self;
    /// An empty map with room for so many members.
    fn with_capacity(capacity: usize) -> Self;
}

impl<K, V> HashMapExt for HashMap<K, V> {
    fn new() -> Self {
        Self::default()
    }

    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

/// `new` and `with_capacity` for [`HashSet`], which std has for its own hasher only.
pub trait HashSetExt {
    /// An empty set.
    fn new() -> Self;
    /// An empty set with room for so many members.
    fn with_capacity(capacity: usize) -> Self;
}

impl<T> HashSetExt for HashSet<T> {
    fn new() -> Self {
        Self::default()
    }

    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_differ_in_their_seed_and_agree_with_themselves() {
        let (one, other) = (RandomState::new(), RandomState::new());
        assert_eq!(one.hash_one("key"), one.clone().hash_one("key"));
        assert_ne!(one.hash_one("key"), other.hash_one("key"));
    }

    #[test]
    fn given_seeds_decide_the_hash() {
        let hash = |seeds: [u64; 4]| {
            let [k0, k1, k2, k3] = seeds;
            RandomState::with_seeds(k0, k1, k2, k3).hash_one("key")
        };
        assert_eq!(hash([1, 2, 3, 4]), hash([1, 2, 3, 4]));
        for seeds in [[5, 2, 3, 4], [1, 5, 3, 4], [1, 2, 5, 4], [1, 2, 3, 5]] {
            assert_ne!(hash([1, 2, 3, 4]), hash(seeds));
        }
        assert_eq!(AHasher::default().finish(), AHasher::default().finish());
    }
}
