//! Safe cuts: places that no token of the vocabulary can span, so that both sides merge alone.
//!
//! Chinese comes in pieces of whole clauses that never repeat; cut where no token has the two characters side by side,
//! nearly all of it falls apart into words that the memo knows. 407 pairs of Han characters are in cl100k's vocabulary,
//! 18,462 in Qwen's.

/// Bits that say which neighbours some token has.
pub(in crate::tokens) struct Cuts {
    /// Neighbouring bytes, 256 by 256.
    bytes: Box<[u64; 1024]>,
    /// Last byte of one character and first of the next, where a token has a part of one of them only.
    partial: Box<[u64; 1024]>,
    /// Neighbouring characters, hashed: a collision only costs a cut.
    pairs: Box<[u64]>,
}

const PAIR_BITS: u32 = 20;

#[inline(always)]
fn bit(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

#[inline(always)]
fn neighbours(left: u8, right: u8) -> usize {
    usize::from(left) << 8 | usize::from(right)
}

/// Up to four bytes as a number, the first lowest.
#[inline(always)]
fn number(bytes: &[u8]) -> u64 {
    let add = |number, byte: &u8| number << 8 | u64::from(*byte);
    bytes.iter().rev().fold(0, add)
}

#[inline(always)]
fn pair_bit(left: u64, right: u64) -> usize {
    ((left << 32 | right).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PAIR_BITS)) as usize
}

/// Length of the character that a byte begins; 0 if it begins none.
#[inline(always)]
fn width(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => 0,
    }
}

#[inline(always)]
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

impl Cuts {
    pub(in crate::tokens) fn new() -> Self {
        Self {
            bytes: Box::new([0; 1024]),
            partial: Box::new([0; 1024]),
            pairs: vec![0; 1 << (PAIR_BITS - 6)].into_boxed_slice(),
        }
    }

    /// Notes the neighbours of a token of the vocabulary.
    pub(in crate::tokens) fn add(&mut self, token: &[u8]) {
        let mut start = 0;
        for at in 1..token.len() {
            let (Some(last), Some(first)) = (token.get(at - 1), token.get(at)) else {
                continue;
            };
            set(&mut *self.bytes, neighbours(*last, *first));
            if continues(*first) {
                continue;
            }
            let left = token.get(start..at).unwrap_or_default();
            let right = token.get(at..at + width(*first).max(1)).unwrap_or_default();
            let whole = left.first().is_some_and(|lead| width(*lead) == left.len())
                && right.len() == width(*first)
                && right.iter().skip(1).all(|byte| continues(*byte));
            if whole {
                set(&mut self.pairs, pair_bit(number(left), number(right)));
            } else {
                set(&mut *self.partial, neighbours(*last, *first));
            }
            start = at;
        }
    }

    /// Whether no token has these two bytes side by side.
    #[inline(always)]
    pub(in crate::tokens) fn between_bytes(&self, left: u8, right: u8) -> bool {
        !bit(&*self.bytes, neighbours(left, right))
    }

    /// The parts of a piece between safe cuts.
    #[inline(always)]
    pub(in crate::tokens) fn parts<'p>(&self, piece: &'p [u8], mut part: impl FnMut(&'p [u8])) {
        let mut start = 0;
        self.places(piece, 0, |cut| {
            part(piece.get(start..cut).unwrap_or_default());
            start = cut;
            true
        });
        part(piece.get(start..).unwrap_or_default());
    }

    /// Calls for each safe cut after `from`, in order, until it is told to stop.
    #[inline(always)]
    pub(in crate::tokens) fn places(&self, text: &[u8], from: usize, mut cut: impl FnMut(usize) -> bool) {
        let mut place = Self::begin(text, from);
        while place.at < text.len() {
            let at = place.at;
            if self.step(text, &mut place) && !cut(at) {
                return;
            }
        }
    }

    /// The place after the character at `from`.
    #[inline(always)]
    pub(in crate::tokens) fn begin(text: &[u8], from: usize) -> Place {
        let (left, width) = character(text, from);
        let at = from.wrapping_add(width);
        let last = text.get(at.wrapping_sub(1)).copied().unwrap_or(0);
        Place { at, left, last }
    }

    /// Whether a place is a safe cut, which then moves over the next character.
    #[inline(always)]
    pub(in crate::tokens) fn step(&self, text: &[u8], place: &mut Place) -> bool {
        let first = text.get(place.at).copied().unwrap_or(0);
        let both = neighbours(place.last, first);
        let side_by_side = bit(&*self.bytes, both);
        if (first | place.last) < 0x80 {
            // Of ASCII the bytes say it all.
            (place.left, place.last) = (u64::from(first), first);
            place.at = place.at.wrapping_add(1);
            return !side_by_side;
        }
        let (right, width) = character(text, place.at);
        let joined =
            side_by_side && (bit(&*self.partial, both) || bit(&self.pairs, pair_bit(place.left, right)));
        // The character's last byte is the highest that is set.
        place.last = (right >> (8 * (width - 1))) as u8;
        (place.left, place.at) = (right, place.at.wrapping_add(width));
        !joined
    }
}

/// Between two characters of a text.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Place {
    pub(in crate::tokens) at: usize,
    /// The character before it, and its last byte.
    left: u64,
    last: u8,
}

/// The bytes of the character at a place, lowest first, and how many they are.
#[inline(always)]
fn character(text: &[u8], at: usize) -> (u64, usize) {
    let Some(rest) = text.get(at..) else {
        return (0, 1);
    };
    let Some(lead) = rest.first() else {
        return (0, 1);
    };
    let width = width(*lead).max(1);
    let four = match rest.first_chunk::<4>() {
        Some(four) => u32::from_le_bytes(*four),
        None => number(rest.get(..width).unwrap_or_default()) as u32,
    };
    (u64::from(four & (u32::MAX >> (32 - 8 * width))), width)
}

#[cfg(test)]
mod tests {
    use super::Cuts;

    fn check(tokens: &[&[u8]], piece: &str, expected: &[&str]) {
        let mut cuts = Cuts::new();
        for token in tokens {
            cuts.add(token);
        }
        let mut parts = Vec::new();
        cuts.parts(piece.as_bytes(), |part| parts.push(part));
        let expected: Vec<&[u8]> = expected.iter().map(|part| part.as_bytes()).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn cuts_where_no_token_has_the_neighbours() {
        check(&[b"ab", b"bc"], "abcad", &["abc", "a", "d"]);
        check(&["中国".as_bytes()], "我中国人", &["我", "中国", "人"]);
    }

    #[test]
    fn a_part_of_a_character_blocks_its_neighbours() {
        // The last byte of U+4E2D and the first of U+56FD: any such pair may merge.
        check(&[b"\xad\xe5"], "中国人", &["中国", "人"]);
        check(&[b"\xe4\xb8\xad\xe5"], "中国", &["中国"]);
    }
}
