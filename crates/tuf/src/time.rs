//! Seconds since 1970, and the one form in which metadata writes them.

use std::fmt;

/// A moment: seconds since 1970-01-01T00:00:00Z. The host reads its clock; this crate never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// Reads `YYYY-MM-DDTHH:MM:SSZ`, the specification's only form (4.2).
    pub fn parse(text: &str) -> Option<Self> {
        const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
        let fits = text.len() == SHAPE.len()
            && text.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte == *shape,
            });
        if !fits {
            return None;
        }
        let time = text.parse::<jiff::Timestamp>().ok()?;
        Some(Self(time.as_second()))
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(formatter, "{time}"),
            Err(_) => write!(formatter, "{} s", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_read() {
        assert_eq!(UnixTime::parse("1970-01-01T00:00:00Z"), Some(UnixTime(0)));
        assert_eq!(
            UnixTime::parse("2038-01-19T03:14:08Z"),
            Some(UnixTime(2_147_483_648))
        );
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T00:00:00.5Z",
            "2026-01-01 00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "+026-01-01T00:00:00Z",
            "２026-01-01T00:00Z",
        ] {
            assert_eq!(UnixTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        assert_eq!(UnixTime(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(UnixTime(i64::MAX).to_string(), "9223372036854775807 s");
    }
}
