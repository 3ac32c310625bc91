//! A bound on how deeply a function's source nests.
//!
//! The engine strips types from function nodes with swc when it compiles a bundle, and swc recurses
//! once per level of the syntax tree, on a stack that nothing grows on wasm. QuickJS, which then runs
//! the function, checks its stack by itself. As in [`crate::expression`], the depth is estimated from
//! the text, and the estimate is never too low: what may be a regular expression or a division is
//! read as whichever nests deeper.

/// The deepest nesting that is accepted, where a bracket counts for [`BRACKET`] and an operator for
/// one. Measured on V8's stack of 984 KB.
pub const MAX_NESTING: usize = 800;

/// What a bracket counts for: it takes several functions of the parser to get into one.
pub const BRACKET: usize = 4;

/// The source of a function nests too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a function's source nests too deeply (brackets within brackets, or one long chain of operators)"
)]
pub struct TooDeep;

/// Refuses a source that nests too deeply.
///
/// # Errors
/// [`TooDeep`].
pub fn check(source: &str) -> Result<(), TooDeep> {
    if nesting(source) > MAX_NESTING {
        Err(TooDeep)
    } else {
        Ok(())
    }
}

/// An upper bound of the depth of the syntax tree of `source`, weighed as [`MAX_NESTING`] says.
pub fn nesting(source: &str) -> usize {
    let mut scan = Scan {
        bytes: source.as_bytes(),
        ..Scan::default()
    };
    while let Some(byte) = scan.next() {
        scan.token(byte);
    }
    scan.deepest
}

/// An open bracket.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators before it.
    before: usize,
    /// Whether it is a template's `${`.
    template: bool,
    /// Whether it opens the condition of an `if`, `while`, `for` or `with`.
    condition: bool,
}

#[derive(Default)]
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    outer: usize,
    here: usize,
    deepest: usize,
    /// The last byte that was neither white space nor a comment.
    last: u8,
    /// Whether the last token was a word that a condition follows.
    expects_condition: bool,
    /// Whether the last bracket that was closed held a condition.
    closed_condition: bool,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'\n' => return self.end_of_line(),
            _ if byte.is_ascii_whitespace() => return,
            b'/' if self.peek() == b'/' => return self.skip_to(b"\n"),
            b'/' if self.peek() == b'*' => return self.skip_to(b"*/"),
            b'/' => self.slash(),
            b'"' | b'\'' => self.string(byte),
            b'`' => self.template(),
            b'(' | b'[' | b'{' => self.open(false),
            b'}' if self.levels.last().is_some_and(|level| level.template) => {
                self.close();
                self.template();
            }
            b')' | b']' | b'}' => self.close(),
            b',' | b';' => self.here = 0,
            _ if is_operator(byte) => self.here += 1,
            // `typeof`, `await`, `else` and the like nest as operators do.
            _ if is_word(byte) => {
                self.word();
                self.last = byte;
                self.deepest = self.deepest.max(self.outer + self.here);
                return;
            }
            _ => {}
        }
        self.expects_condition = false;
        self.last = byte;
        self.deepest = self.deepest.max(self.outer + self.here);
    }

    fn open(&mut self, template: bool) {
        let condition = self.expects_condition;
        self.levels.push(Level {
            before: self.here,
            template,
            condition,
        });
        self.outer += self.here + BRACKET;
        self.here = 0;
    }

    fn close(&mut self) {
        let Level {
            before, condition, ..
        } = self.levels.pop().unwrap_or_default();
        self.closed_condition = condition;
        self.outer = self.outer.saturating_sub(before + BRACKET);
        // What follows may be applied to what was closed: `a[0][0]`, `f()()`.
        self.here = before + 1;
    }

    /// A line ends a statement unless an operator on either side carries it on.
    fn end_of_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = rest
            .iter()
            .copied()
            .find(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(0);
        if !is_operator(self.last) && !is_operator(next) && !matches!(next, b'(' | b'[' | b'`') {
            self.here = 0;
        }
    }

    fn word(&mut self) {
        const PREFIXES: [&[u8]; 20] = [
            b"as",
            b"async",
            b"await",
            b"case",
            b"delete",
            b"do",
            b"else",
            b"extends",
            b"for",
            b"if",
            b"in",
            b"infer",
            b"instanceof",
            b"keyof",
            b"new",
            b"readonly",
            b"typeof",
            b"void",
            b"while",
            b"yield",
        ];
        let start = self.at - 1;
        while is_word(self.peek()) && self.at < self.bytes.len() {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        if PREFIXES.contains(&word) {
            self.here += 1;
        }
        self.expects_condition = matches!(word, b"if" | b"while" | b"for" | b"with");
    }

    fn string(&mut self, quote: u8) {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.at += 1,
                // A string ends with its line at the latest; what follows is read as code.
                b'\n' => return,
                _ if byte == quote => return,
                _ => {}
            }
        }
    }

    fn template(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.peek() == b'{' => {
                    self.at += 1;
                    return self.open(true);
                }
                _ => {}
            }
        }
    }

    /// A division after a name, a number, `]`, or a `)` that ends no condition; a regular expression
    /// elsewhere, which ends on its line. After `}` it may be either: brackets that it opens are
    /// counted, those that it closes are not.
    fn slash(&mut self) {
        self.here += 1;
        let after_condition = self.last == b')' && self.closed_condition;
        if is_word(self.last) || self.last == b']' || (self.last == b')' && !after_condition) {
            return;
        }
        let line = self.bytes.get(self.at..).unwrap_or_default();
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let (mut escaped, mut in_class) = (false, false);
        let end = line.iter().position(|byte| {
            let ends = *byte == b'/' && !escaped && !in_class;
            in_class = !escaped && (*byte == b'[' || in_class && *byte != b']');
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let Some(end) = end else { return };
        if self.last == b'}' {
            let body = line.iter().take(end);
            for _ in body.filter(|byte| matches!(byte, b'(' | b'[' | b'{')) {
                self.open(false);
            }
        }
        self.at += end + 1;
    }

    fn skip_to(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |found| found + end.len());
        if end == b"\n" {
            self.end_of_line();
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-'
            | b'*'
            | b'%'
            | b'^'
            | b'!'
            | b'?'
            | b':'
            | b'<'
            | b'>'
            | b'='
            | b'.'
            | b'|'
            | b'&'
            | b'~'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_nesting_is_counted() {
        for source in [
            "(".repeat(300),
            "[".repeat(300),
            "{".repeat(300),
            "!".repeat(900) + "a",
            "a+".repeat(900) + "a",
            "a\n+".repeat(900) + "a",
            "a ? b : ".repeat(450) + "c",
            "a=>".repeat(450) + "a",
            "let x: ".to_string() + &"Array<".repeat(900),
            "`${".repeat(300),
            "f()".to_string() + &"()".repeat(900),
            "a".to_string() + &".b".repeat(900),
            "typeof ".repeat(900) + "a",
            "if(1)".repeat(900) + "a",
            format!("const s = 'it\\'s'; {}", "(".repeat(300)),
            format!("const r = /[\"'`]/; {}", "(".repeat(300)),
            format!("// don't\n{}", "(".repeat(300)),
            format!("/* don't */ {}", "(".repeat(300)),
            "(()=>{if(1)/)}/.test(a);".repeat(300),
        ] {
            assert_eq!(check(&source), Err(TooDeep), "{}", &source[..30]);
        }
    }

    #[test]
    fn long_but_flat_source_is_accepted() {
        let line = "const a = b.c(d / 2, [e, { f: g ? 1 : 2 }]) + `x ${h(i)} y` // don't\n";
        assert_eq!(check(&line.repeat(2_000)), Ok(()));
        let terse = "if (a) { b = c / (d + e) / f } else { g = /x(y)/.test(h) }\n";
        assert_eq!(check(&terse.repeat(2_000)), Ok(()));
        assert_eq!(check(&"'a' + b,\n".repeat(5_000)), Ok(()));
    }
}
