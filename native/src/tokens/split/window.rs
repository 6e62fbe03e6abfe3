//! Boundaries of plain ASCII, 64 bytes at a time, without a branch per piece.
//!
//! Each class of bytes becomes a 64-bit mask, and each alternative of a splitting rule a few operations on masks: where
//! a run starts is `m & !(m << 1)`, a run that follows something is found by letting a carry ripple through it. A window
//! starts at a true boundary, so nothing is carried over from the one before; the last piece it touches is left to the
//! next. A third of the time of the scalar grammars on English; they remain for everything else, and are the test.

use super::{Contraction, Grammar};

/// Bytes of a window.
pub(in crate::tokens) const WINDOW: usize = 64;

/// Which bytes of a window are what; bit 0 is the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tokens) struct Masks {
    pub(in crate::tokens) letter: u64,
    pub(in crate::tokens) upper: u64,
    pub(in crate::tokens) digit: u64,
    pub(in crate::tokens) space: u64,
    /// 9 to 13.
    pub(in crate::tokens) control_space: u64,
    pub(in crate::tokens) newline: u64,
    /// Controls that are no whitespace.
    pub(in crate::tokens) control: u64,
    pub(in crate::tokens) apostrophe: u64,
    pub(in crate::tokens) slash: u64,
    /// Not ASCII.
    pub(in crate::tokens) high: u64,
}

/// Starts of pieces in a window, the first at bit 0. All but the last start end a piece; one start alone says that
/// nothing is known but that a piece starts there.
#[inline(always)]
pub(in crate::tokens) fn starts<G: Grammar>(masks: Masks, byte: impl Fn(usize) -> u8) -> u64 {
    let stop = masks.high | if G::CONTROLS_MATCH { 0 } else { masks.control };
    let len = stop.trailing_zeros();
    // Shifted twice, so that no shift is by 64.
    let valid = !((!0u64 << (len & 63)) & if len == 64 { 0 } else { !0 });
    if valid & 2 == 0 {
        return 1;
    }
    let (letter, digit) = (masks.letter & valid, masks.digit & valid);
    let newline = masks.newline & valid;
    let space = masks.space & valid;
    let blank = masks.control_space & !masks.newline & valid;
    let white = space | blank | newline;
    let mut symbol = valid & !(letter | digit | white);
    // Newlines that the symbols before them take.
    let mut taken = 0;
    if G::NEWLINES {
        let seeds = newline & symbol << 1;
        taken = newline & !newline.wrapping_add(seeds);
        if G::SLASHES {
            let more = newline | masks.slash & valid;
            let mut next = taken << 1 & more & !taken;
            while next != 0 {
                taken |= more & !more.wrapping_add(next & next.wrapping_neg());
                next = taken << 1 & more & !taken;
            }
            symbol &= !taken;
        }
    }
    let white_left = white & !taken;
    let after_space = space << 1;
    // A symbol that stands alone before a letter and takes it.
    let mut joined = 0;
    if G::PREFIX {
        joined = symbol & !(symbol << 1) & !(symbol >> 1) & letter >> 1 & !after_space;
    }
    let prefix = if G::PREFIX { space | blank } else { space };
    let mut starts = letter & !(letter << 1) & !(prefix << 1) & !(joined << 1);
    if G::CASE {
        starts |= masks.upper & (letter & !masks.upper) << 1 & valid;
    }
    starts |= symbol & !(symbol << 1) & !after_space;
    starts |= match G::DIGITS {
        0 => digit & !(digit << 1) & !after_space,
        1 => digit,
        _ => {
            let mut third = digit & !(digit << 1);
            let mut all = third;
            while third != 0 {
                third = third << 3 & digit & digit << 1 & digit << 2;
                all |= third;
            }
            all
        }
    };
    // Whitespace: its start, what follows its last newline, and its last character.
    let other = valid & !white & if G::NUMBERS_END { !digit } else { !0 };
    let before_other = other >> 1;
    let mut white_starts = white_left & !(white_left << 1);
    if G::NEWLINES {
        let line = newline & white_left;
        let inline = space | blank;
        white_starts |= inline & (line << 1 | before_other);
        // Blanks between newlines: the piece goes on to the last newline. Rare.
        let mut trailing = inline & line >> 1;
        while trailing != 0 {
            let last = trailing.trailing_zeros();
            let below = !inline & ((1u64 << last).wrapping_sub(1));
            let first = 64u32.wrapping_sub(below.leading_zeros());
            white_starts &= !((1u64 << (first & 63)) & line << 1);
            trailing &= trailing.wrapping_sub(1);
        }
    } else {
        white_starts |= white & before_other;
    }
    starts |= white_starts | 1;
    starts &= valid;
    starts = contractions::<G>(
        starts,
        masks.apostrophe & valid,
        joined,
        [letter, symbol, space],
        valid,
        byte,
    );
    // Whitespace that touches the end of what is known: only its start is.
    let top = valid & !(valid >> 1);
    if white_left & top != 0 {
        let before = valid & !white_left;
        let first = 64u32.wrapping_sub(before.leading_zeros());
        starts &= 2u64.wrapping_shl(first).wrapping_sub(1);
    }
    starts | 1
}

/// Moves boundaries where an apostrophe begins a contraction. A few a window at most.
#[inline(always)]
fn contractions<G: Grammar>(
    mut starts: u64,
    apostrophes: u64,
    joined: u64,
    [letter, symbol, space]: [u64; 3],
    valid: u64,
    byte: impl Fn(usize) -> u8,
) -> u64 {
    if G::CONTRACTION == Contraction::After {
        // At the end of what is known it may turn out to belong to the word before it.
        starts &= !(valid & !(valid >> 1) & apostrophes & letter << 1);
    }
    let mut next = match G::CONTRACTION {
        Contraction::Never => return starts,
        Contraction::Folded => apostrophes & joined,
        Contraction::Exact => apostrophes & letter >> 1 & !(symbol << 1) & !(symbol >> 1) & !(space << 1),
        Contraction::After => apostrophes & letter << 1 & letter >> 1,
    };
    let mut done = 0;
    while next != 0 {
        let at = next.trailing_zeros();
        next &= next.wrapping_sub(1);
        let bit = 1u64 << at;
        if G::CONTRACTION == Contraction::After && done == at && at > 0 {
            // What is before it is a contraction itself, not a word.
            continue;
        }
        let fold = G::CONTRACTION != Contraction::Exact;
        let read = |offset: u32| {
            let byte = byte(at.wrapping_add(offset) as usize);
            if fold { byte.to_ascii_lowercase() } else { byte }
        };
        let len = match (read(1), read(2)) {
            (b's' | b't' | b'm' | b'd', _) => 2u32,
            (b'r' | b'v', b'e') | (b'l', b'l') => 3,
            _ => continue,
        };
        let inside = (1u64 << len).wrapping_sub(1) << at;
        let keep = if G::CONTRACTION == Contraction::After {
            0
        } else {
            bit
        };
        starts &= !inside | keep;
        let end = at.wrapping_add(len);
        if end < 64 {
            starts |= letter & 1 << end;
        }
        done = end;
    }
    starts
}

/// The masks without special instructions.
pub(in crate::tokens) fn masks_portable(bytes: &[u8; WINDOW]) -> Masks {
    let mut masks = Masks::default();
    for (at, byte) in bytes.iter().enumerate() {
        let set = |mask: &mut u64, member: bool| *mask |= u64::from(member) << at;
        set(&mut masks.letter, byte.is_ascii_alphabetic());
        set(&mut masks.upper, byte.is_ascii_uppercase());
        set(&mut masks.digit, byte.is_ascii_digit());
        set(&mut masks.space, *byte == b' ');
        set(&mut masks.control_space, matches!(byte, 9..=13));
        set(&mut masks.newline, matches!(byte, b'\r' | b'\n'));
        set(&mut masks.control, matches!(byte, 0..=8 | 14..=31 | 127));
        set(&mut masks.apostrophe, *byte == b'\'');
        set(&mut masks.slash, *byte == b'/');
        set(&mut masks.high, *byte >= 0x80);
    }
    masks
}
