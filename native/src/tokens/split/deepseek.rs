//! DeepSeek-V3 and R1: three expressions, one after the other, each on the pieces of the one before: `\p{N}{1,3}`;
//! runs of U+4E00 to U+9FA5 and U+3040 to U+30FF; then words, symbols and whitespace.
//!
//! A piece of an earlier pass is a text of its own, so a number or such a run ends the text for the third expression:
//! whitespace before it isn't shortened.

use super::super::classes::{
    BLANK, Classified, END, LETTER, MARK, NEWLINE, NUMBER, OTHER, SPACE, SYMBOL, Set,
};
use super::{Contraction, Grammar, numbers, white};

/// The three passes as one.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct DeepSeek;

/// Han and kana of the second expression.
#[inline(always)]
fn is_east_asian(scalar: u32) -> bool {
    matches!(scalar, 0x4e00..=0x9fa5 | 0x3040..=0x30ff)
}

/// The class as the third expression sees it: END before what the first two cut out.
#[inline(always)]
fn third(text: Classified<'_>, at: usize) -> (Set, usize) {
    let (class, len) = text.class(at);
    if class == NUMBER || (len == 3 && is_east_asian(text.scalar(at).0)) {
        return (END, 0);
    }
    (class, len)
}

#[inline(always)]
fn run(text: Classified<'_>, mut at: usize, set: Set) -> usize {
    loop {
        let (class, len) = third(text, at);
        if class & set == 0 {
            return at;
        }
        at = at.wrapping_add(len);
    }
}

impl Grammar for DeepSeek {
    const CONTRACTION: Contraction = Contraction::Never;
    const DIGITS: u8 = 3;
    const PREFIX: bool = true;
    const NEWLINES: bool = true;
    const SLASHES: bool = false;
    const CASE: bool = false;
    const NUMBERS_END: bool = true;
    const CONTROLS_MATCH: bool = false;

    #[inline(always)]
    fn piece(self, text: Classified<'_>, at: usize) -> usize {
        let (class, len) = text.class(at);
        if class == NUMBER {
            return numbers(text, at, 3);
        }
        let mut next = at.wrapping_add(len);
        if len == 3 && is_east_asian(text.scalar(at).0) {
            while text.byte(next) >= 0xe3 && is_east_asian(text.scalar(next).0) {
                next = next.wrapping_add(3);
            }
            return next;
        }
        if class & LETTER != 0 {
            return run(text, next, LETTER | MARK);
        }
        let following = third(text, next).0;
        if class == SYMBOL {
            if text.byte(at).is_ascii() && text.byte(next).is_ascii_alphabetic() {
                while text.byte(next).is_ascii_alphabetic() {
                    next = next.wrapping_add(1);
                }
                return next;
            }
            return run(text, run(text, next, SYMBOL), NEWLINE);
        }
        if class & (SPACE | BLANK | OTHER | MARK) != 0 && following & (LETTER | MARK) != 0 {
            return run(text, next, LETTER | MARK);
        }
        match class {
            MARK => next,
            SPACE if following == SYMBOL => run(text, run(text, next, SYMBOL), NEWLINE),
            // Matched by nothing: a gap up to where something matches.
            OTHER => {
                let mut end = next;
                loop {
                    let (class, len) = third(text, end);
                    let beyond = end.wrapping_add(len);
                    if class != OTHER || third(text, beyond).0 & (LETTER | MARK) != 0 {
                        return end;
                    }
                    end = beyond;
                }
            }
            _ => white(text, at, true, |end| third(text, end).0 == END),
        }
    }
}
