//! What JavaScript threw, in words that may be told.

use wasm_bindgen::{JsCast as _, JsValue};

/// How long the words may be.
const MAX_WORDS: usize = 200;

/// A failure of JavaScript's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thrown {
    /// The error's name: `TypeError`, `AbortError`. It is whatever was thrown says, so as clean as
    /// the words.
    pub name: String,
    /// Its message, short, on one line, and without addresses: those may be signed.
    pub words: String,
}

impl From<JsValue> for Thrown {
    fn from(thrown: JsValue) -> Self {
        match thrown.dyn_ref::<js_sys::Error>() {
            Some(error) => Self {
                name: clean(&String::from(error.name())),
                words: clean(&String::from(error.message())),
            },
            None => Self::words(&thrown.as_string().unwrap_or_default()),
        }
    }
}

impl Thrown {
    /// A failure that has no name of its own.
    pub fn words(message: &str) -> Self {
        Self {
            name: String::new(),
            words: clean(message),
        }
    }
}

/// Words without addresses and control characters.
fn clean(message: &str) -> String {
    let plain = |word: &str| match word.contains("://") {
        true => "(address)".to_owned(),
        false => word.to_owned(),
    };
    let words: Vec<_> = message.split_whitespace().map(plain).collect();
    let words = words.join(" ");
    let clean = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_not_repeated_and_words_are_few() {
        let message = "cannot load\nhttps://a.test/?X-Amz-Signature=SECRET now";
        assert_eq!(clean(message), "cannot load (address) now");
        assert_eq!(clean(&"a".repeat(1_000)).len(), MAX_WORDS);
    }
}
