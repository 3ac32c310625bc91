//! Path patterns of delegations: a shell's, in which nothing but `/` matches `/`.

/// Whether `path` matches `pattern`: `*` stands for any characters within a segment, `?` for one,
/// `[ab]`, `[a-c]` and `[!a]` for one of a set.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), segments.next()) {
            (Some(pattern), Some(segment)) if segment_matches(pattern, segment) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// Takes time in proportion to the product of the lengths: only the last `*` is ever tried again.
fn segment_matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What to go back to: the pattern after the last `*`, and the text it has not swallowed yet.
    let mut star = None;
    loop {
        let mut rest = pattern.clone();
        match rest.next() {
            Some('*') => {
                star = Some((rest.clone(), text.clone()));
                pattern = rest;
                continue;
            }
            None if text.as_str().is_empty() => return true,
            Some(first) => {
                let mut after = text.clone();
                if let Some(character) = after.next()
                    && one_matches(first, &mut rest, character)
                {
                    (pattern, text) = (rest, after);
                    continue;
                }
            }
            None => {}
        }
        let Some((after_star, swallowed)) = &mut star else {
            return false;
        };
        if swallowed.next().is_none() {
            return false;
        }
        (pattern, text) = (after_star.clone(), swallowed.clone());
    }
}

/// Whether one character matches the pattern that begins with `first`; a set is taken off `rest`.
fn one_matches(first: char, rest: &mut std::str::Chars<'_>, character: char) -> bool {
    if first == '?' {
        return true;
    }
    // A set ends at the first `]` that is not its first member; without one, `[` is itself.
    let set = rest.as_str();
    let negated = set.starts_with('!');
    let body = if negated {
        set.strip_prefix('!').unwrap_or(set)
    } else {
        set
    };
    let end = body
        .char_indices()
        .skip(1)
        .find(|(_, character)| *character == ']');
    let (Some((end, _)), '[') = (end, first) else {
        return first == character;
    };
    let mut members = body.get(..end).unwrap_or_default().chars();
    *rest = body.get(end + 1..).unwrap_or_default().chars();
    let mut found = false;
    while let Some(low) = members.next() {
        let mut range = members.clone();
        match (range.next(), range.next()) {
            (Some('-'), Some(high)) => {
                found |= (low..=high).contains(&character);
                members = range;
            }
            _ => found |= low == character,
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, path) in [
            ("", ""),
            ("a", "a"),
            ("*", "a"),
            ("*", ""),
            ("*/*", "a/b"),
            ("targets/*.tgz", "targets/foo.tgz"),
            ("foo-version-?.tgz", "foo-version-é.tgz"),
            ("*a*b*", "xxaxxbxx"),
            ("a*b*c", "abbbc"),
            ("[ab]x", "bx"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]]x", "]x"),
            ("[a-]", "-"),
            ("[x", "[x"),
            ("a[", "a["),
            ("/a", "/a"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn nothing_but_a_slash_matches_a_slash() {
        for (pattern, path) in [
            ("*", "a/b"),
            ("*", "/"),
            ("a?b", "a/b"),
            ("a[/]b", "a/b"),
            ("a[!x]b", "a/b"),
            ("**", "a/b"),
            ("targets/*", "targets/a/b"),
            ("*/*", "a"),
            ("a", "A"),
            ("a*b", "abc"),
            ("?", ""),
            ("[!a]", "a"),
            ("[a-c]x", "dx"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(2_000) + "b";
        assert!(!matches(&pattern, &"a".repeat(4_000)));
    }
}
