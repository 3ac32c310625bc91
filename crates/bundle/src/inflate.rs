//! Inflating within a bound.

use miniz_oxide::inflate::stream::{InflateState, inflate as step};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// Why data was not inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("its compressed data is damaged or cut off")]
    Damaged,
    #[error("its compressed data ends before the entry does")]
    Trailing,
    /// More than the bound.
    #[error("it inflates to too much")]
    TooLong,
}

/// Bytes inflated between two looks at the bound.
const STEP: usize = 32 * 1024;

/// Inflates all of a deflate stream to at most `limit` bytes.
pub(crate) fn inflate(mut data: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let mut window = vec![0; STEP];
    let mut inflated = Vec::new();
    loop {
        let result = step(&mut state, data, &mut window, MZFlush::None);
        let written = window.get(..result.bytes_written).ok_or(Failure::Damaged)?;
        if inflated.len() + written.len() > limit {
            return Err(Failure::TooLong);
        }
        inflated.extend_from_slice(written);
        data = data.get(result.bytes_consumed..).ok_or(Failure::Damaged)?;
        match result.status {
            Ok(MZStatus::StreamEnd) if data.is_empty() => {
                // It grew by doubling, and is kept.
                inflated.shrink_to_fit();
                return Ok(inflated);
            }
            Ok(MZStatus::StreamEnd) => return Err(Failure::Trailing),
            Ok(_) if result.bytes_consumed + result.bytes_written > 0 => {}
            _ => return Err(Failure::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    #[test]
    fn inflates_up_to_the_bound_and_no_further() {
        for length in [0, 1, STEP - 1, STEP, STEP + 1, 10 * STEP] {
            let text = vec![b'a'; length];
            let data = compress_to_vec(&text, 6);
            assert_eq!(inflate(&data, length).unwrap(), text);
            if length > 0 {
                assert_eq!(inflate(&data, length - 1), Err(Failure::TooLong));
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_followed_by_more_is_refused() {
        let data = compress_to_vec(b"some text, some text, some text", 6);
        for end in 0..data.len() {
            assert_eq!(inflate(&data[..end], 1000), Err(Failure::Damaged), "{end}");
        }
        let more = [&data[..], b"x"].concat();
        assert_eq!(inflate(&more, 1000), Err(Failure::Trailing));
        assert_eq!(inflate(b"\xff\xff\xff", 1000), Err(Failure::Damaged));
    }
}
