//! o200k: words by case, `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` with a
//! contraction after it, else one or more of the first set and any of the second; digits by three; symbols with
//! newlines and `/` after them; whitespace as in cl100k.

use super::super::classes::{
    CASELESS, Classified, END, LETTER, LOWER, MARK, NEWLINE, NUMBER, SPACE, Set, UPPER, WHITE,
};
use super::{Contraction, Grammar, contraction, numbers, white_to_end};

/// Caseless letters and marks count as upper and as lower case.
const UPPERS: Set = UPPER | CASELESS | MARK;
const LOWERS: Set = LOWER | CASELESS | MARK;

/// GPT-4o's rule.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct O200k;

impl Grammar for O200k {
    const CONTRACTION: Contraction = Contraction::After;
    const DIGITS: u8 = 3;
    const PREFIX: bool = true;
    const NEWLINES: bool = true;
    const SLASHES: bool = true;
    const CASE: bool = true;
    const NUMBERS_END: bool = false;
    const CONTROLS_MATCH: bool = true;

    #[inline(always)]
    fn piece(self, text: Classified<'_>, at: usize) -> usize {
        let (class, len) = text.class(at);
        let next = at.wrapping_add(len);
        let prefix = class & (NEWLINE | LETTER | NUMBER) == 0;
        // The expression tries: prefix taken, lower case at the end; prefix left, the same; then without lower case.
        let with = if prefix { Word::at(text, next) } else { Word::NONE };
        let word = if with.lower > 0 {
            with.lower
        } else if class & (LETTER | MARK) != 0 {
            let without = Word::at(text, at);
            if without.lower > 0 {
                without.lower
            } else {
                with.upper.max(without.upper)
            }
        } else {
            with.upper
        };
        if word > 0 {
            return word.wrapping_add(contraction(text, word, true));
        }
        if class == NUMBER {
            return numbers(text, at, 3);
        }
        let symbols = !(WHITE | LETTER | NUMBER | END);
        if class & WHITE == 0 || (class == SPACE && text.class(next).0 & symbols != 0) {
            let mut end = text.run(next, symbols);
            while matches!(text.byte(end), b'\r' | b'\n' | b'/') {
                end = end.wrapping_add(1);
            }
            return end;
        }
        white_to_end(text, at, true)
    }
}

/// Ends of the two forms of a word that starts at one place; 0 where the form doesn't match.
struct Word {
    lower: usize,
    upper: usize,
}

impl Word {
    const NONE: Self = Self { lower: 0, upper: 0 };

    /// Any of the first set and one or more of the second; the run of the first backs off to the last character that is
    /// also in the second if nothing of the second follows it.
    #[inline(always)]
    fn at(text: Classified<'_>, start: usize) -> Self {
        let (mut at, mut last) = (start, 0);
        loop {
            let (class, len) = text.class(at);
            if class & UPPERS == 0 {
                break;
            }
            at = at.wrapping_add(len);
            if class != UPPER {
                last = at;
            }
        }
        let lower = text.run(at, LOWERS);
        Self {
            lower: if lower > at { lower } else { last },
            upper: if at > start { at } else { 0 },
        }
    }
}
