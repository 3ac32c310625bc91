//! Durations and sizes as people write them.

use super::error::ConfigurationError;
use super::variables::Variables;
use std::ops::RangeInclusive;
use std::time::Duration;

const DURATIONS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const SIZES: [(&str, u64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("B", 1)];

/// A duration: a whole number and a unit.
pub(super) fn duration(
    variables: &Variables,
    name: &str,
    range: RangeInclusive<Duration>,
) -> Result<Option<Duration>, ConfigurationError> {
    let Some(text) = variables.text(name)? else {
        return Ok(None);
    };
    let found = parse(&text, &DURATIONS).map(Duration::from_millis);
    match found.filter(|found| range.contains(found)) {
        Some(found) => Ok(Some(found)),
        None => {
            let (low, high) = (words(*range.start()), words(*range.end()));
            let accepted = format!(
                "write a whole number with `ms`, `s`, `m`, `h` or `d`, like `10s`, from `{low}` to `{high}`"
            );
            Err(ConfigurationError::given(name, &text, &accepted))
        }
    }
}

/// A number of bytes, with or without a unit.
pub(super) fn size(
    variables: &Variables,
    name: &str,
    range: RangeInclusive<u64>,
) -> Result<Option<u64>, ConfigurationError> {
    let Some(text) = variables.text(name)? else {
        return Ok(None);
    };
    let found = text.parse().ok().or_else(|| parse(&text, &SIZES));
    match found.filter(|found| range.contains(found)) {
        Some(found) => Ok(Some(found)),
        None => {
            let accepted = format!(
                "write a number of bytes, or one with `KiB` or `MiB`, from {} to {}",
                range.start(),
                range.end()
            );
            Err(ConfigurationError::given(name, &text, &accepted))
        }
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A duration in the largest unit that divides it.
pub(super) fn words(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let unit = DURATIONS
        .iter()
        .rev()
        .find(|(_, factor)| millis >= *factor && millis.is_multiple_of(*factor));
    match unit {
        Some((unit, factor)) => format!("{}{unit}", millis / factor),
        None => format!("{millis}ms"),
    }
}
