//! How long an evaluation took, as the engine writes it and as `Server-Timing` does.

use http::header::HeaderValue;

/// Reads what Rust writes for a `Duration`: `41.2µs`, `1.5ms`, `2s`. In milliseconds.
pub(crate) fn millis(performance: &str) -> Option<f64> {
    let units = [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)];
    let found = units
        .iter()
        .find_map(|(unit, factor)| Some((performance.strip_suffix(unit)?, factor)));
    let (number, factor) = found?;
    let number: f64 = number.parse().ok()?;
    let millis = number * factor;
    (millis.is_finite() && millis >= 0.0).then_some(millis)
}

/// `Server-Timing` (<https://www.w3.org/TR/server-timing/>).
pub(crate) fn header(millis: f64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("eval;dur={millis:.4}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_a_duration_writes_is_read() {
        for (micros, expected) in [
            (0, "eval;dur=0.0000"),
            (41, "eval;dur=0.0410"),
            (1_500, "eval;dur=1.5000"),
            (2_000_000, "eval;dur=2000.0000"),
        ] {
            let written = format!("{:.1?}", Duration::from_micros(micros));
            let header = header(millis(&written).unwrap()).unwrap();
            assert_eq!(header, expected, "{written}");
        }
        for text in ["", "s", "ms", "-1ms", "NaNs", "infs", "1", "1h", "1 ms;x=1"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
