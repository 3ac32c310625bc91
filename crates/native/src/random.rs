//! Randomness for jitter.

use zen_edge_sync::Random;

/// Randomness of this process, seeded by the operating system. It is not for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn next(&self) -> u64 {
        fastrand::u64(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn threads_do_not_draw_the_same() {
        let draw = || (0..8).map(|_| SystemRandom.next()).collect::<Vec<_>>();
        let other = std::thread::spawn(draw).join().unwrap();
        let all: BTreeSet<_> = draw().into_iter().chain(other).collect();
        assert_eq!(all.len(), 16);
    }
}
