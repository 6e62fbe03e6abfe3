//! Counts of many pieces at once, by the worker's memo.

use super::memo::Key;
use super::pieces::{PieceCounter, Pieces};
use super::simd::{Arch, fetch};

/// Pieces that are looked up together: as many lines of the memo are on their way at once.
pub(super) const GROUP: usize = 64;
/// In place of a piece's key where it has none. Only free slots are like it, and their count is 0.
const LONG: u128 = 0;

/// Masks that leave so many bytes of 16, and the length's bits.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const KEYS: [(u128, u128); 16] = {
    let mut keys = [(0, 0); 16];
    let mut len = 0;
    while len < 16 {
        keys[len] = ((1 << (8 * len)) - 1, (len as u128) << 124);
        len += 1;
    }
    keys
};

/// Adds up the counts of the pieces between boundaries.
///
/// Group by group: first the keys of all pieces, whose lines of the memo are asked for, then the look-ups. What the memo
/// doesn't know waits, without a branch, until the group is done, and asks for its line of the model's table meanwhile.
#[inline(always)]
pub(super) fn look_up<A: Arch, M: Pieces>(
    _arch: A,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
    start: usize,
    boundaries: &[u32],
) -> u64 {
    let bytes = text.as_bytes().get(start..).unwrap_or_default();
    let mut count = 0u64;
    let mut keys = [LONG; GROUP];
    let mut places = [0u32; GROUP];
    let mut left = boundaries;
    while left.len() > 1 {
        let group = left.get(..=GROUP).unwrap_or(left);
        for ((pair, key), place) in group.windows(2).zip(&mut keys).zip(&mut places) {
            let &[from, to] = pair else {
                continue;
            };
            let (from, len) = (from as usize, to.wrapping_sub(from) as usize);
            *key = match (
                bytes.get(from..).and_then(<[u8]>::first_chunk::<16>),
                KEYS.get(len),
            ) {
                (Some(sixteen), Some((mask, length))) => u128::from_le_bytes(*sixteen) & mask | length,
                _ => LONG,
            };
            *place = pieces.place(Key(*key));
            fetch(pieces.line(*place));
        }
        let mut missed = [0u32; GROUP];
        let mut n_missed = 0usize;
        let known = keys.iter().zip(&places).take(group.len().wrapping_sub(1));
        for (number, (key, place)) in (0u32..).zip(known) {
            // SAFETY: `count` chose instructions that the processor has.
            let tokens = unsafe { A::find(pieces.line(*place), *key) };
            count = count.wrapping_add(u64::from(tokens));
            if let Some(slot) = missed.get_mut(n_missed) {
                *slot = number;
            }
            n_missed = n_missed.wrapping_add(usize::from(tokens == 0));
        }
        let missed = missed.get(..n_missed).unwrap_or_default();
        for number in missed {
            fetch(pieces.table_line(Key(keys.get(*number as usize).copied().unwrap_or(LONG))));
        }
        let mut short = [Key(LONG); GROUP];
        let mut n_short = 0usize;
        for number in missed {
            let number = *number as usize;
            match (keys.get(number), short.get_mut(n_short), group.get(number..)) {
                (Some(key), Some(slot), _) if *key != LONG => {
                    *slot = Key(*key);
                    n_short = n_short.wrapping_add(1);
                }
                (_, _, Some([from, to, ..])) => {
                    let piece = bytes.get(*from as usize..*to as usize).unwrap_or_default();
                    count = count.wrapping_add(u64::from(pieces.count(piece)));
                }
                _ => {}
            }
        }
        if n_short > 0 {
            count = count.wrapping_add(pieces.missed_group(short.get(..n_short).unwrap_or_default()));
        }
        left = left.get(GROUP..).unwrap_or_default();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::memo::{Key, SHORT};
    #[cfg(target_arch = "x86_64")]
    use super::super::simd::{Arch, Avx2, Avx512, Line, find_portable};
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

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn look_ups_agree() {
        let key = |text: &str| Key::of(text.as_bytes()).unwrap().0;
        let stored = [key("a"), key(" the"), 0, key("fifteen bytes!!")];
        let line = Line(std::array::from_fn(|slot| {
            stored[slot]
                | if stored[slot] == 0 {
                    0
                } else {
                    (slot as u128 + 1) << 120
                }
        }));
        for wanted in ["a", " the", "fifteen bytes!!", " th", "b", "fifteen bytes!?"] {
            let expected = find_portable(&line, key(wanted));
            assert_eq!(expected > 0, stored.contains(&key(wanted)));
            if is_x86_feature_detected!("avx512bw") {
                // SAFETY: the processor has the instructions.
                assert_eq!(unsafe { Avx512::find(&line, key(wanted)) }, expected);
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has the instructions.
                assert_eq!(unsafe { Avx2::find(&line, key(wanted)) }, expected);
            }
        }
    }
}
