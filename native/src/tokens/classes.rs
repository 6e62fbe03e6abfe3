//! Character classes as the oracle's regex engine has them, one byte a scalar value.
//!
//! Which characters are letters, marks or symbols changes with every Unicode version, and a count changes with it, so
//! the table is made from the engine itself. One flat megabyte instead of two levels: a text touches the few cache
//! lines of its own scripts, and a look-up is one load.

use std::sync::LazyLock;

use super::classes_table::RUNS;
use super::scalars::{SCALARS, decode};

/// Sets of classes are sums of these.
pub(super) type Set = u16;

/// What has none of the classes below: controls, formats, unassigned.
pub(super) const OTHER: Set = 1;
/// `\p{Lu}`, `\p{Lt}`.
pub(super) const UPPER: Set = 1 << 1;
/// `\p{Ll}`.
pub(super) const LOWER: Set = 1 << 2;
/// `\p{Lm}`, `\p{Lo}`.
pub(super) const CASELESS: Set = 1 << 3;
/// `\p{M}`.
pub(super) const MARK: Set = 1 << 4;
/// `\p{N}`.
pub(super) const NUMBER: Set = 1 << 5;
/// `\p{P}`, `\p{S}`.
pub(super) const SYMBOL: Set = 1 << 6;
/// U+0020.
pub(super) const SPACE: Set = 1 << 7;
/// `\s` but U+0020 and newlines.
pub(super) const BLANK: Set = 1 << 8;
/// CR and LF.
pub(super) const NEWLINE: Set = 1 << 9;
/// The end of the text (or of what a pattern may see of it).
pub(super) const END: Set = 1 << 15;

pub(super) const LETTER: Set = UPPER | LOWER | CASELESS;
pub(super) const WHITE: Set = SPACE | BLANK | NEWLINE;

static CLASSES: LazyLock<Box<[u8]>> = LazyLock::new(|| {
    // Appended, not filled in: Miri notes each part of a slice that was borrowed, and would look at all of them ever after.
    let mut table = Vec::with_capacity(SCALARS);
    let ends = RUNS.iter().skip(1).map(|run| run >> 4).chain([0x11_0000]);
    for (run, end) in RUNS.iter().zip(ends) {
        let same = [(run & 15) as u8; 1024];
        while let Some(left) = (end as usize).checked_sub(table.len()).filter(|left| *left > 0) {
            table.extend_from_slice(same.get(..left).unwrap_or(&same));
        }
    }
    table.into_boxed_slice()
});

/// A text whose characters are asked for by class.
#[derive(Clone, Copy)]
pub(super) struct Classified<'t> {
    pub(super) bytes: &'t [u8],
    table: &'static [u8],
}

impl<'t> Classified<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            bytes: text.as_bytes(),
            table: &CLASSES,
        }
    }

    /// The byte at a place, 0 beyond the end.
    #[inline(always)]
    pub(super) fn byte(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The scalar value that starts at a place, and its length in bytes.
    #[inline(always)]
    pub(super) fn scalar(self, at: usize) -> (u32, usize) {
        decode(self.bytes, at)
    }

    /// The class at a place and the character's length; [`END`] and 0 beyond the last.
    #[inline(always)]
    pub(super) fn class(self, at: usize) -> (Set, usize) {
        if at >= self.bytes.len() {
            return (END, 0);
        }
        let (scalar, len) = self.scalar(at);
        let class = self.table.get(scalar as usize).copied().unwrap_or(0);
        (1 << (class & 15), len)
    }

    /// Where a run of characters of the given classes ends.
    #[inline(always)]
    pub(super) fn run(self, mut at: usize, set: Set) -> usize {
        loop {
            let (class, len) = self.class(at);
            if class & set == 0 {
                return at;
            }
            at = at.wrapping_add(len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, RUNS};
    use tokenizers::utils::SysRegex;

    #[test]
    #[cfg_attr(miri, ignore = "asks the oracle's regex engine, which is C")]
    fn classes_are_those_of_the_oracles_engine() {
        assert!(RUNS.is_sorted());
        let scalars: String = ('\0'..=char::MAX).collect();
        let expressions = [
            (1, r"[\p{Lu}\p{Lt}]"),
            (2, r"\p{Ll}"),
            (3, r"[\p{Lm}\p{Lo}]"),
            (4, r"\p{M}"),
            (5, r"\p{N}"),
            (6, r"[\p{P}\p{S}]"),
            (7, r" "),
            (8, r"[^\S\r\n ]"),
            (9, r"[\r\n]"),
            (0, r"[^\p{L}\p{M}\p{N}\p{P}\p{S}\s]"),
        ];
        let mut seen = 0;
        for (class, expression) in expressions {
            for (start, end) in SysRegex::new(expression).unwrap().find_iter(&scalars) {
                for scalar in scalars[start..end].chars() {
                    assert_eq!(CLASSES[scalar as usize], class, "{scalar:?}");
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, scalars.chars().count());
    }
}
