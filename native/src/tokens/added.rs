//! Added tokens: found on the raw text, or (flag `normalized`) on the normalized text between those.
//!
//! The leftmost match wins, the longest of those that start there; a match ends the segment, so splitting and prefix
//! rules start anew on both sides. Almost all added tokens start with one of a few bytes (`<`, `[`): a search for those
//! bytes runs at memory speed, where an automaton reads byte by byte.

use std::collections::HashSet;

use super::file::Added;
use super::normal::Normalizer;

/// The added tokens of a file, by pass.
pub(super) struct AddedTokens {
    pub(super) raw: Matcher,
    pub(super) normalized: Matcher,
}

/// Tokens that one pass looks for.
#[derive(Default)]
pub(super) struct Matcher {
    /// Longest first.
    tokens: Vec<Added>,
    /// Their distinct first bytes.
    first: Vec<u8>,
    longest: usize,
}

/// A text cut at its added tokens.
pub(super) struct Segments<'m, 't> {
    matcher: &'m Matcher,
    text: &'t str,
    /// Up to here segments have been given out.
    done: usize,
    /// From here the next match is looked for.
    from: usize,
    token: bool,
}

/// One part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment<'t> {
    Token,
    /// What lies between, and where it starts.
    Text(&'t str, usize),
}

impl AddedTokens {
    /// Sorts the tokens into passes; `Err` for what the oracle treats in ways not known here.
    pub(super) fn new(tokens: &[Added], normalizer: &Normalizer) -> Result<Self, String> {
        let (mut raw, mut second) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for token in tokens.iter().filter(|added| !added.content.is_empty()) {
            if !seen.insert(token.content.as_str()) {
                return Err(format!("added token {:?} is listed twice", token.content));
            }
            if token.normalized {
                let mut token = token.clone();
                token.content = normalizer.apply(&token.content).into_owned();
                second.push(token);
            } else {
                raw.push(token.clone());
            }
        }
        let distinct: HashSet<&str> = second.iter().map(|token| token.content.as_str()).collect();
        if distinct.len() < second.len() || distinct.contains("") {
            return Err("added tokens are the same once normalized".to_owned());
        }
        Ok(Self {
            raw: Matcher::new(raw),
            normalized: Matcher::new(second),
        })
    }
}

impl Matcher {
    fn new(mut tokens: Vec<Added>) -> Self {
        tokens.sort_by_key(|token| std::cmp::Reverse(token.content.len()));
        let mut first: Vec<u8> = tokens
            .iter()
            .filter_map(|token| token.content.bytes().next())
            .collect();
        first.sort_unstable();
        first.dedup();
        Self {
            longest: tokens.first().map_or(0, |token| token.content.len()),
            tokens,
            first,
        }
    }

    /// Bytes of the longest token: no match can begin further than this before a place and reach it.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The text's parts in order.
    pub(super) fn segments<'m, 't>(&'m self, text: &'t str) -> Segments<'m, 't> {
        Segments {
            matcher: self,
            text,
            done: 0,
            from: 0,
            token: false,
        }
    }

    /// The next place at or after `from` where some token's first byte stands.
    fn candidate(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let found = match *self.first.as_slice() {
            [] => None,
            [a] => memchr::memchr(a, rest),
            [a, b] => memchr::memchr2(a, b, rest),
            [a, b, c] => memchr::memchr3(a, b, c, rest),
            ref many => rest.iter().position(|byte| many.contains(byte)),
        };
        Some(from.wrapping_add(found?))
    }

    /// The leftmost, then longest match at or after `from`: where, how long, which.
    fn find(&self, text: &str, mut from: usize) -> Option<(usize, &Added)> {
        loop {
            let at = self.candidate(text.as_bytes(), from)?;
            let rest = text.as_bytes().get(at..)?;
            let token = self
                .tokens
                .iter()
                .find(|token| rest.starts_with(token.content.as_bytes()));
            if let Some(token) = token {
                return Some((at, token));
            }
            from = at.wrapping_add(1);
        }
    }
}

impl Segments<'_, '_> {
    /// Whitespace before and after a match that it swallows, and whether it stands alone if it must.
    fn accept(&self, start: usize, token: &Added) -> Option<(usize, usize)> {
        let mut end = start.wrapping_add(token.content.len());
        let (before, after) = (self.text.get(..start)?, self.text.get(end..)?);
        if token.single_word {
            let word = |scalar: Option<char>| scalar.is_some_and(regex_syntax::is_word_character);
            if word(before.chars().next_back()) || word(after.chars().next()) {
                return None;
            }
        }
        let mut begin = start;
        if token.lstrip {
            begin = before.trim_end_matches(char::is_whitespace).len().max(self.done);
        }
        if token.rstrip {
            let left = after.trim_start_matches(char::is_whitespace).len();
            end = self.text.len().saturating_sub(left);
        }
        Some((begin, end))
    }
}

impl<'t> Iterator for Segments<'_, 't> {
    type Item = Segment<'t>;

    fn next(&mut self) -> Option<Segment<'t>> {
        if std::mem::take(&mut self.token) {
            return Some(Segment::Token);
        }
        let start = self.done;
        while let Some((at, token)) = self.matcher.find(self.text, self.from) {
            self.from = at.wrapping_add(token.content.len());
            let Some((begin, end)) = self.accept(at, token) else {
                continue;
            };
            self.done = end;
            if start < begin {
                self.token = true;
                return Some(Segment::Text(self.text.get(start..begin)?, start));
            }
            return Some(Segment::Token);
        }
        self.done = self.text.len();
        self.from = self.text.len();
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        Some(Segment::Text(rest, start))
    }
}

#[cfg(test)]
mod tests {
    use super::{Added, Matcher, Segment};

    fn token(content: &str) -> Added {
        Added {
            content: content.to_owned(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
        }
    }

    fn check(tokens: Vec<Added>, text: &str, expected: &[&str]) {
        let matcher = Matcher::new(tokens);
        let parts: Vec<&str> = matcher
            .segments(text)
            .map(|segment| match segment {
                Segment::Token => "*",
                Segment::Text(part, at) => {
                    assert!(text[at..].starts_with(part));
                    part
                }
            })
            .collect();
        assert_eq!(parts, expected, "{text:?}");
    }

    #[test]
    fn takes_the_leftmost_and_then_the_longest() {
        let tokens = || vec![token("<a>"), token("<a><b>"), token("b>x")];
        check(tokens(), "", &[]);
        check(tokens(), "x<a>y", &["x", "*", "y"]);
        check(tokens(), "<a><b>x", &["*", "x"]);
        check(tokens(), "<<a><a>", &["<", "*", "*"]);
        check(tokens(), "<a", &["<a"]);
    }

    #[test]
    fn swallows_whitespace_where_asked() {
        let both = Added {
            lstrip: true,
            rstrip: true,
            ..token("<m>")
        };
        check(vec![both.clone()], "a \t<m>\n b", &["a", "*", "b"]);
        check(vec![both], " <m>  <m> ", &["*", "*"]);
    }

    #[test]
    fn skips_parts_of_words_where_asked() {
        let alone = Added {
            single_word: true,
            ..token("ab")
        };
        check(
            vec![alone.clone()],
            "ab cab éab ab.",
            &["*", " cab éab ", "*", "."],
        );
        check(vec![alone], "abab ab_", &["abab ab_"]);
    }
}
