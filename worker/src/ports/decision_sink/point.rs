//! A record of a decision as a data point of Analytics Engine.

use serde_json::Value as Json;

/// What Analytics Engine accepts as an index, in bytes.
const MAX_INDEX: usize = 96;
/// The members of a record that are texts, in the order of a point's `blob1` to `blob9`.
const TEXTS: [&str; 9] = [
    "id",
    "environment",
    "project",
    "key",
    "release",
    "version",
    "digest",
    "region",
    "traceId",
];
/// Those that are JSON: `blob10` to `blob12`.
const JSONS: [&str; 3] = ["input", "output", "error"];
/// Those that are numbers: `double1` to `double3`.
const NUMBERS: [&str; 3] = ["time", "duration", "revision"];

/// A data point. What a record does not have is an empty text, or -1.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Point {
    /// The project: what is sampled by.
    pub(super) index: String,
    pub(super) blobs: Vec<String>,
    pub(super) doubles: Vec<f64>,
}

impl Point {
    /// The point of a record's JSON.
    pub(super) fn of(record: &str) -> Self {
        let record: Json = serde_json::from_str(record).unwrap_or_default();
        let text = |name: &&str| record.get(name).and_then(Json::as_str).unwrap_or_default();
        let json = |name: &&str| record.get(name).map(Json::to_string).unwrap_or_default();
        let number = |name: &&str| record.get(name).and_then(Json::as_f64).unwrap_or(-1.0);
        let index = text(&"project");
        let end = index.floor_char_boundary(MAX_INDEX.min(index.len()));
        Self {
            index: index.split_at(end).0.to_owned(),
            blobs: TEXTS
                .iter()
                .map(|name| text(name).to_owned())
                .chain(JSONS.iter().map(json))
                .collect(),
            doubles: NUMBERS.iter().map(number).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_places_of_their_own() {
        let record = r#"{"id":"1","time":7,"environment":"production","project":"pricing","key":"main",
            "release":"r-1","version":"1.0.0","digest":"ab","revision":3,"region":"eu",
            "input":{"a":1},"output":null,"duration":0.5,"traceId":null,"masked":[],"omitted":[]}"#;
        assert_eq!(
            Point::of(record),
            Point {
                index: "pricing".to_owned(),
                blobs: [
                    "1",
                    "production",
                    "pricing",
                    "main",
                    "r-1",
                    "1.0.0",
                    "ab",
                    "eu",
                    "",
                    "{\"a\":1}",
                    "null",
                    ""
                ]
                .map(str::to_owned)
                .to_vec(),
                doubles: vec![7.0, 0.5, 3.0],
            }
        );
    }

    #[test]
    fn an_index_is_short_enough() {
        let record = serde_json::json!({ "project": "é".repeat(60) }).to_string();
        assert_eq!(Point::of(&record).index, "é".repeat(48));
        assert_eq!(Point::of("").blobs, vec![String::new(); 12]);
    }
}
