//! The loop over a text: boundaries of some hundred pieces, then their counts.
//!
//! Two loops instead of one, because each then runs without a surprise for the processor: the first writes boundaries
//! from bit masks, the second looks up pieces that don't depend on each other, so that several misses of the cache are
//! under way at once.

use super::super::classes::Classified;
use super::super::split::{Grammar, WINDOW, starts};
use super::memo::Key;
use super::pieces::{PieceCounter, Pieces};
use super::simd::{Arch, Portable};

/// Boundaries that are counted together.
const BATCH: usize = 512;
/// A window adds at most 64, written eight at a time.
const ROOM: usize = BATCH + 80;
/// A look-up reads 16 bytes from a piece's start on.
const SLACK: usize = 16;

/// Boundaries of a batch, as offsets from its start.
pub(in crate::tokens) struct Boundaries(Box<[u32; ROOM]>);

impl Boundaries {
    pub(in crate::tokens) fn new() -> Self {
        Self(Box::new([0; ROOM]))
    }
}

/// Masks that leave so many bytes of 16, and the length's bits.
const KEYS: [(u128, u128); 16] = {
    let mut keys = [(0, 0); 16];
    let mut len = 0;
    while len < 16 {
        keys[len] = ((1 << (8 * len)) - 1, (len as u128) << 124);
        len += 1;
    }
    keys
};

/// Tokens of a text by a grammar, by the best instructions there are.
pub(in crate::tokens) fn count<G: Grammar, M: Pieces>(
    grammar: G,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
) -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("bmi2")
        {
            // SAFETY: the processor has the instructions.
            return unsafe { count_avx512(grammar, pieces, text) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor has the instructions.
            return unsafe { count_avx2(grammar, pieces, text) };
        }
    }
    count_portable(grammar, pieces, text)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count_avx512<G: Grammar, M: Pieces>(grammar: G, pieces: &mut PieceCounter<'_, M>, text: &str) -> u64 {
    count_with(grammar, super::simd::Avx512, pieces, text)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count_avx2<G: Grammar, M: Pieces>(grammar: G, pieces: &mut PieceCounter<'_, M>, text: &str) -> u64 {
    count_with(grammar, super::simd::Avx2, pieces, text)
}

/// The same with what every processor has.
pub(in crate::tokens) fn count_portable<G: Grammar, M: Pieces>(
    grammar: G,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
) -> u64 {
    count_with(grammar, Portable, pieces, text)
}

#[inline(always)]
fn count_with<G: Grammar, A: Arch, M: Pieces>(
    grammar: G,
    arch: A,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
) -> u64 {
    let mut boundaries = pieces.take_boundaries();
    let (mut at, mut count) = (0, 0u64);
    while at < text.len() {
        let (known, end) = split(grammar, arch, text, at, &mut boundaries);
        count = count.wrapping_add(look_up(
            arch,
            pieces,
            text,
            at,
            boundaries.0.get(..known).unwrap_or_default(),
        ));
        at = end;
    }
    pieces.put_boundaries(boundaries);
    count
}

/// Writes the starts of pieces from `start` on and the end of the last; says how many numbers and where it stopped.
#[inline(always)]
fn split<G: Grammar, A: Arch>(
    grammar: G,
    _arch: A,
    text: &str,
    start: usize,
    boundaries: &mut Boundaries,
) -> (usize, usize) {
    let classified = Classified::new(text);
    let bytes = text.as_bytes();
    let (mut at, mut known) = (start, 0usize);
    while at < bytes.len() && known < BATCH {
        let window = bytes
            .get(at..)
            .and_then(<[u8]>::first_chunk::<{ WINDOW + SLACK }>);
        if let Some(window) = window
            && let Some(first) = window.first_chunk::<WINDOW>()
            && first[0] < 0x80
        {
            // SAFETY: `count` chose instructions that the processor has.
            let masks = unsafe { A::masks(first) };
            let found = starts::<G>(masks, |offset| window.get(offset).copied().unwrap_or(0));
            let last = 63 ^ found.leading_zeros();
            if last > 0 {
                let base = at.wrapping_sub(start) as u32;
                known = write(boundaries, known, base, found ^ 1u64.wrapping_shl(last));
                at = at.wrapping_add(last as usize);
                continue;
            }
        }
        if let Some(slot) = boundaries.0.get_mut(known) {
            *slot = at.wrapping_sub(start) as u32;
        }
        known = known.wrapping_add(1);
        at = grammar.piece(classified, at);
        // Offsets are 32 bits wide: a huge piece ends the batch.
        if at.wrapping_sub(start) > 1 << 30 {
            break;
        }
    }
    if let Some(slot) = boundaries.0.get_mut(known) {
        *slot = at.wrapping_sub(start) as u32;
    }
    (known.wrapping_add(1), at)
}

/// Writes the places of a mask's bits, eight at a time: how many there are is hard to predict, how many eights is not.
#[inline(always)]
fn write(boundaries: &mut Boundaries, known: usize, base: u32, mut mask: u64) -> usize {
    let count = mask.count_ones() as usize;
    let mut at = known;
    let end = known.wrapping_add(count);
    while at < end {
        let Some(eight) = boundaries.0.get_mut(at..).and_then(<[u32]>::first_chunk_mut::<8>) else {
            break;
        };
        for slot in eight {
            *slot = base.wrapping_add(mask.trailing_zeros());
            mask &= mask.wrapping_sub(1);
        }
        at = at.wrapping_add(8);
    }
    end
}

/// Adds up the counts of the pieces between boundaries.
#[inline(always)]
fn look_up<A: Arch, M: Pieces>(
    _arch: A,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
    start: usize,
    boundaries: &[u32],
) -> u64 {
    let bytes = text.as_bytes().get(start..).unwrap_or_default();
    let mut count = 0u64;
    for pair in boundaries.windows(2) {
        let &[from, to] = pair else {
            continue;
        };
        let (from, len) = (from as usize, to.wrapping_sub(from) as usize);
        let tokens = match (
            bytes.get(from..).and_then(<[u8]>::first_chunk::<16>),
            KEYS.get(len),
        ) {
            (Some(sixteen), Some((mask, length))) => {
                let key = Key(u128::from_le_bytes(*sixteen) & mask | length);
                // SAFETY: `count` chose instructions that the processor has.
                match unsafe { A::find(pieces.line(key), key.0) } {
                    0 => pieces.missed(key),
                    count => count,
                }
            }
            _ => pieces.count(bytes.get(from..from.wrapping_add(len)).unwrap_or_default()),
        };
        count = count.wrapping_add(u64::from(tokens));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::memo::{Key, SHORT};
    use super::KEYS;

    #[test]
    fn keys_are_those_of_the_memo() {
        let text = *b"sixteen bytes!!!";
        for len in 1..=SHORT {
            let (mask, length) = KEYS[len];
            let key = Key(u128::from_le_bytes(text) & mask | length);
            assert_eq!(Some(key), Key::of(&text[..len]));
        }
    }
}
