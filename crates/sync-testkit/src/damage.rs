//! Damaged bytes, for faults and for property tests.

/// What a captive portal or a misconfigured bucket answers with status 200.
pub const HTML: &[u8] = b"<!DOCTYPE html><html><title>Sign in</title><p>Please sign in.</html>\n";

/// Bytes that mean nothing, always the same ones.
pub fn garbage(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length.max(1)).map(|_| next()).collect()
}

/// The bytes with one bit flipped.
pub fn flipped(bytes: &[u8], index: usize, bit: u8) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    if let Some(byte) = flipped.get_mut(index) {
        *byte ^= 1 << (bit % 8);
    }
    flipped
}

/// The bytes up to a length.
pub fn truncated(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.iter().take(length).copied().collect()
}

/// For every byte, the bytes with one bit of it flipped, another one each time.
pub fn every_flip(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|index| flipped(bytes, index, (index % 8) as u8))
}

/// Every proper beginning of the bytes, the empty one included.
pub fn every_truncation(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|length| truncated(bytes, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_never_the_original() {
        let bytes = b"release";
        assert_eq!(every_flip(bytes).count(), bytes.len());
        assert_eq!(every_truncation(bytes).count(), bytes.len());
        for damaged in every_flip(bytes).chain(every_truncation(bytes)) {
            assert_ne!(damaged, bytes);
        }
        assert_ne!(garbage(bytes.len()), bytes);
        assert_eq!(garbage(7), garbage(7));
    }
}
