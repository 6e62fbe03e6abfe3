//! GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.

use super::super::classes::{Classified, END, LETTER, NUMBER, SPACE, WHITE};
use super::{Contraction, Grammar, contraction, white_to_end};

/// The pre-tokenizer `ByteLevel` with its built-in expression.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Gpt2;

impl Grammar for Gpt2 {
    const CONTRACTION: Contraction = Contraction::Exact;
    const DIGITS: u8 = 0;
    const PREFIX: bool = false;
    const NEWLINES: bool = false;
    const SLASHES: bool = false;
    const CASE: bool = false;
    const NUMBERS_END: bool = false;
    const CONTROLS_MATCH: bool = true;

    #[inline(always)]
    fn piece(self, text: Classified<'_>, at: usize) -> usize {
        let suffix = contraction(text, at, false);
        if suffix > 0 {
            return at.wrapping_add(suffix);
        }
        let (mut class, len) = text.class(at);
        let mut start = at;
        if class == SPACE {
            start = at.wrapping_add(len);
            class = text.class(start).0;
        }
        if class & LETTER != 0 {
            text.run(start, LETTER)
        } else if class == NUMBER {
            text.run(start, NUMBER)
        } else if class & (WHITE | END) == 0 {
            text.run(start, !(WHITE | LETTER | NUMBER | END))
        } else {
            white_to_end(text, at, false)
        }
    }
}
