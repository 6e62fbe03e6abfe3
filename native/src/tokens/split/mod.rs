//! Where the pieces of a byte-level tokenizer begin: the splitting rules, written by hand.
//!
//! The files give regular expressions. A general engine spends most of the oracle's time on them; each known
//! expression is a small grammar here, recognised by its exact text. No alternative looks behind, so scanning may start
//! again at any true boundary: that is what lets plain ASCII go 64 bytes at a time (`window.rs`) and the rest
//! character by character, in turns.

mod cl100k;
mod deepseek;
mod gpt2;
mod o200k;
mod window;

pub(in crate::tokens) use cl100k::Cl100k;
pub(in crate::tokens) use deepseek::DeepSeek;
pub(in crate::tokens) use gpt2::Gpt2;
pub(in crate::tokens) use o200k::O200k;
pub(in crate::tokens) use window::{Masks, WINDOW, masks_portable, starts};

use super::classes::{Classified, END, NEWLINE, WHITE};

/// Where a contraction may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::tokens) enum Contraction {
    Never,
    /// As a piece of its own, in lower case.
    Exact,
    /// As a piece of its own, in any case.
    Folded,
    /// At the end of a word, in any case.
    After,
}

/// One splitting rule: how it treats ASCII, and the whole of it.
pub(in crate::tokens) trait Grammar: Copy + Send + Sync {
    const CONTRACTION: Contraction;
    /// Most digits in a piece; 0 for any number of them, and a space before.
    const DIGITS: u8;
    /// A word takes the character before it, unless that is a newline, letter or digit.
    const PREFIX: bool;
    /// Symbols take newlines after them, and whitespace is cut at its last newline.
    const NEWLINES: bool;
    /// Symbols take `/` among those newlines.
    const SLASHES: bool;
    /// A capital after a small letter starts a word.
    const CASE: bool;
    /// A number ends the text for the whitespace before it.
    const NUMBERS_END: bool;
    /// Controls are symbols, rather than matched by nothing.
    const CONTROLS_MATCH: bool;

    /// The end of the piece that starts at `at`, which must be a boundary before the end of the text.
    fn piece(self, text: Classified<'_>, at: usize) -> usize;
}

/// A run of whitespace: to its last newline if it has one; all of it at the end of the text; else all but its last
/// character, which may belong to the next piece, or that character if it is alone.
#[inline(always)]
fn white(text: Classified<'_>, start: usize, newlines: bool, ends: impl Fn(usize) -> bool) -> usize {
    let (mut at, mut last, mut line) = (start, start, start);
    loop {
        let (class, len) = text.class(at);
        if class & WHITE == 0 {
            break;
        }
        last = at;
        at = at.wrapping_add(len);
        if class == NEWLINE {
            line = at;
        }
    }
    if newlines && line > start {
        line
    } else if last == start || ends(at) {
        at
    } else {
        last
    }
}

/// `white` where only the end of the text ends it.
#[inline(always)]
fn white_to_end(text: Classified<'_>, start: usize, newlines: bool) -> usize {
    white(text, start, newlines, |at| text.class(at).0 == END)
}

/// Up to `most` characters that are numbers.
#[inline(always)]
fn numbers(text: Classified<'_>, start: usize, most: u8) -> usize {
    let mut at = start;
    for _ in 0..most {
        let (class, len) = text.class(at);
        if class != super::classes::NUMBER {
            break;
        }
        at = at.wrapping_add(len);
    }
    at
}

/// The length of a contraction (`'s 't 're 've 'm 'll 'd`) at a place, or 0. Folding case, U+017F is an s too.
#[inline(always)]
fn contraction(text: Classified<'_>, at: usize, fold: bool) -> usize {
    if text.byte(at) != b'\'' {
        return 0;
    }
    let lower = |byte: u8| if fold { byte.to_ascii_lowercase() } else { byte };
    let (first, second) = (text.byte(at.wrapping_add(1)), text.byte(at.wrapping_add(2)));
    match (lower(first), lower(second)) {
        (b's' | b't' | b'm' | b'd', _) => 2,
        (b'r' | b'v', b'e') | (b'l', b'l') => 3,
        _ if fold && (first, second) == (0xc5, 0xbf) => 3,
        _ => 0,
    }
}
