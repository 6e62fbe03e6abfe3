//! cl100k, Llama-3 and Qwen: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//! ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, where Qwen takes digits one by one.

use super::super::classes::{Classified, END, LETTER, NEWLINE, NUMBER, SPACE, WHITE};
use super::{Contraction, Grammar, contraction, numbers, white_to_end};

/// The rule with up to `digits` digits a piece.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Cl100k<const DIGITS: u8>;

impl<const DIGITS: u8> Grammar for Cl100k<DIGITS> {
    const CONTRACTION: Contraction = Contraction::Folded;
    const DIGITS: u8 = DIGITS;
    const PREFIX: bool = true;
    const NEWLINES: bool = true;
    const SLASHES: bool = false;
    const CASE: bool = false;
    const NUMBERS_END: bool = false;
    const CONTROLS_MATCH: bool = true;

    #[inline(always)]
    fn piece(self, text: Classified<'_>, at: usize) -> usize {
        let (class, len) = text.class(at);
        if class & LETTER != 0 {
            return text.run(at, LETTER);
        }
        if class == NUMBER {
            return numbers(text, at, DIGITS);
        }
        let suffix = contraction(text, at, true);
        if suffix > 0 {
            return at.wrapping_add(suffix);
        }
        let next = at.wrapping_add(len);
        let following = text.class(next).0;
        if class != NEWLINE && following & LETTER != 0 {
            return text.run(next, LETTER);
        }
        let symbols = !(WHITE | LETTER | NUMBER | END);
        if class & WHITE == 0 || (class == SPACE && following & symbols != 0) {
            return text.run(text.run(next, symbols), NEWLINE);
        }
        white_to_end(text, at, true)
    }
}
