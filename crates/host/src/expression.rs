//! A bound on how deeply an expression nests.
//!
//! The expression parser and compiler recurse once per level, and on wasm nothing grows the stack
//! for them (natively the `recursive` crate does). So the nesting is estimated from the text before
//! it is parsed: brackets open a level, and within a level every operator may, because chains of
//! operators become chains of nodes. The estimate is never too low.

/// The deepest nesting that is accepted. V8's stack of 984 KB holds it in every form of expression:
/// `tests/node/bounds.test.mjs` compiles each at this depth.
pub const MAX_NESTING: usize = 400;

/// The expression nests too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the expression nests about {nesting} levels deep; at most {MAX_NESTING} are accepted, so split it up"
)]
pub struct TooDeep {
    /// The estimated nesting.
    pub nesting: usize,
}

/// Refuses an expression (or a template, or a list of unary tests) that nests too deeply.
///
/// # Errors
/// [`TooDeep`] with the estimate.
pub fn check(source: &str) -> Result<(), TooDeep> {
    let nesting = nesting(source);
    if nesting > MAX_NESTING {
        Err(TooDeep { nesting })
    } else {
        Ok(())
    }
}

/// An upper bound of the depth of the syntax tree of `source`, read as an expression or as a
/// template, in which everything between double braces is an expression and the rest is prose.
pub fn nesting(source: &str) -> usize {
    let parts = source.split("{{").skip(1);
    let parts = parts.map(|part| part.split_once("}}").map_or(part, |(within, _)| within));
    parts
        .map(nesting_of_expression)
        .fold(nesting_of_expression(source), usize::max)
}

fn nesting_of_expression(source: &str) -> usize {
    let bytes = source.as_bytes();
    // Short text cannot nest deeply: every level takes at least one byte.
    if bytes.len() <= MAX_NESTING {
        return bytes.len().min(MAX_NESTING);
    }
    let mut levels: Vec<usize> = Vec::new();
    let (mut outer, mut here, mut deepest) = (0_usize, 0_usize, 0_usize);
    let mut rest = bytes.iter().copied().peekable();
    // In a template string quotes are text, until `${` and again after `}`. The lexer does not nest
    // template strings.
    let (mut in_template, mut in_template_expression) = (false, false);
    while let Some(byte) = rest.next() {
        if in_template && !in_template_expression {
            match byte {
                b'`' => in_template = false,
                b'$' if rest.next_if_eq(&b'{').is_some() => {
                    in_template_expression = true;
                    here += 1;
                    deepest = deepest.max(outer + here);
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'`' => {
                in_template = !in_template;
                in_template_expression = false;
            }
            b'}' if in_template_expression => in_template_expression = false,
            b'"' | b'\'' => while rest.next().is_some_and(|next| next != byte) {},
            b'(' | b'[' | b'{' => {
                levels.push(here);
                outer += here + 1;
                here = 0;
            }
            b')' | b']' | b'}' => {
                here = levels.pop().unwrap_or(0);
                outer = outer.saturating_sub(here + 1);
                // What follows a bracket may be applied to what it closed: `a[0][0]`, `f()()`.
                here += 1;
            }
            b',' | b';' => here = 0,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'!' | b'?' | b':' | b'<' | b'>' | b'='
            | b'.' | b'|' | b'&' => here += 1,
            byte if byte.is_ascii_alphabetic() => {
                let mut word = vec![byte];
                while let Some(next) =
                    rest.next_if(|next| next.is_ascii_alphanumeric() || *next == b'_')
                {
                    if word.len() < 4 {
                        word.push(next);
                    }
                }
                if matches!(word.as_slice(), b"and" | b"or" | b"not" | b"in") {
                    here += 1;
                }
            }
            _ => {}
        }
        deepest = deepest.max(outer + here);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_what_the_parser_recurses_on() {
        let deep = MAX_NESTING + 1;
        for source in [
            "(".repeat(deep) + "1" + &")".repeat(deep),
            "[".repeat(deep),
            "-".repeat(deep) + "1",
            "not ".repeat(deep) + "true",
            "a ? b : ".repeat(deep) + "c",
            "1 + ".repeat(deep) + "1",
            "2 ^ ".repeat(deep) + "1",
            "a and ".repeat(deep) + "b",
            "a.b".to_string() + &".c".repeat(deep),
            "a".to_string() + &"[0]".repeat(deep),
            "f(1, ".repeat(deep),
            "`${".repeat(deep),
            format!("`'` + {}", "(".repeat(deep)),
            format!("it's {{{{ {} }}}} it's", "(".repeat(deep)),
        ] {
            assert!(check(&source).is_err(), "{}", &source[..40]);
        }
    }

    #[test]
    fn long_but_flat_text_is_accepted() {
        let list = format!("[{}]", vec!["'a - b - c'"; 5_000].join(", "));
        assert_eq!(check(&list), Ok(()));
        let calls = vec!["max([a.b, c.d + 1])"; 2_000].join(", ");
        assert_eq!(check(&calls), Ok(()));
        assert_eq!(check(&"word ".repeat(5_000)), Ok(()));
    }
}
