//! Counts of short pieces, looked up by the piece itself.
//!
//! A piece of up to 15 bytes fits a slot of 16: its text, then four bits of its length and four of its count (it can't
//! have more tokens than bytes). A look-up compares all of it; a hash alone is never trusted. Four slots are one cache
//! line, so that a look-up is at most one miss.

use super::simd::{Line, find_portable};

/// Longest piece that a slot holds, in bytes.
pub(in crate::tokens) const SHORT: usize = 15;

/// A short piece as a slot holds it, without its count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tokens) struct Key(pub(super) u128);

impl Key {
    /// No piece's.
    pub(in crate::tokens) const NOTHING: Self = Self(0);

    /// The key of 1 to 15 bytes.
    #[inline(always)]
    pub(in crate::tokens) fn of(piece: &[u8]) -> Option<Self> {
        // Two loads that overlap instead of a copy of unknown length: a copy is a call.
        let len = piece.len();
        let text = match len {
            8..=SHORT => {
                let (low, high) = (piece.first_chunk::<8>()?, piece.last_chunk::<8>()?);
                let high = u128::from(u64::from_le_bytes(*high)) << (8 * (len - 8));
                u128::from(u64::from_le_bytes(*low)) | high
            }
            4..8 => {
                let (low, high) = (piece.first_chunk::<4>()?, piece.last_chunk::<4>()?);
                let high = u64::from(u32::from_le_bytes(*high)) << (8 * (len - 4));
                u128::from(u64::from(u32::from_le_bytes(*low)) | high)
            }
            1..4 => {
                let (first, middle, last) = (piece.first()?, piece.get(len / 2)?, piece.last()?);
                let parts = u32::from(*first)
                    | u32::from(*middle) << (8 * (len / 2))
                    | u32::from(*last) << (8 * (len - 1));
                u128::from(parts)
            }
            _ => return None,
        };
        Some(Self(text | (len as u128) << 124))
    }

    /// The piece's bytes, and their number.
    pub(in crate::tokens) fn bytes(self) -> ([u8; 16], usize) {
        (self.0.to_le_bytes(), (self.0 >> 124) as usize)
    }

    #[inline(always)]
    fn hash(self) -> u64 {
        // One multiplication, both halves of the product folded: all bits of the key reach the upper bits.
        let (low, high) = (self.0 as u64, (self.0 >> 64) as u64);
        let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0xd1b5_4a32_d192_ed03);
        (product >> 64) as u64 ^ product as u64
    }
}

/// A table of counts; the model's is read-only, each worker has one of its own.
#[derive(Clone)]
pub(in crate::tokens) struct Memo {
    lines: Box<[Line]>,
    shift: u32,
    /// Which slot gives way next where a line is full.
    victim: usize,
}

impl Memo {
    /// A table of at least this many slots.
    pub(in crate::tokens) fn new(slots: usize) -> Self {
        let lines = (slots / 4).next_power_of_two().max(2);
        Self {
            lines: vec![Line([0; 4]); lines].into_boxed_slice(),
            shift: 64 - lines.ilog2(),
            victim: 0,
        }
    }

    /// The number of the line that a key stands in.
    #[inline(always)]
    pub(in crate::tokens) fn place(&self, key: Key) -> u32 {
        (key.hash() >> self.shift) as u32
    }

    /// A line by its number.
    #[inline(always)]
    pub(in crate::tokens) fn line(&self, place: u32) -> &Line {
        const NOTHING: &Line = &Line([0; 4]);
        self.lines.get(place as usize).unwrap_or(NOTHING)
    }

    /// The count of a piece, 0 if it isn't there.
    #[inline(always)]
    pub(in crate::tokens) fn get(&self, key: Key) -> u32 {
        find_portable(self.line(self.place(key)), key.0)
    }

    /// Remembers a count of 1 to 15 for a piece that isn't there; an older one may give way.
    pub(in crate::tokens) fn insert(&mut self, key: Key, count: u32) {
        self.victim = self.victim.wrapping_add(1);
        let victim = self.victim % 4;
        let line = self.place(key) as usize;
        if let Some(Line(slots)) = self.lines.get_mut(line) {
            let free = slots.iter().position(|slot| *slot == 0);
            if let Some(slot) = slots.get_mut(free.unwrap_or(victim)) {
                *slot = key.0 | u128::from(count & 0xf) << 120;
            }
        }
    }

    /// The same for one that may be there already.
    pub(in crate::tokens) fn insert_once(&mut self, key: Key, count: u32) {
        if self.get(key) == 0 {
            self.insert(key, count);
        }
    }

    /// The same, where nothing may give way: false if there is no room.
    pub(in crate::tokens) fn insert_if_free(&mut self, key: Key, count: u32) -> bool {
        let line = self.place(key) as usize;
        let Some(Line(slots)) = self.lines.get_mut(line) else {
            return false;
        };
        let free = slots.iter_mut().find(|slot| **slot == 0);
        free.is_some_and(|slot| {
            *slot = key.0 | u128::from(count & 0xf) << 120;
            true
        })
    }
}

/// Counts of longer pieces: a slot names the bytes in an arena, and they are compared.
pub(in crate::tokens) struct LongMemo {
    slots: Box<[LongSlot]>,
    arena: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct LongSlot {
    hash: u32,
    start: u32,
    len: u32,
    count: u32,
}

/// Miri writes them one by one.
const LONG_SLOTS: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };
const ARENA_BYTES: usize = 2 << 20;

impl LongMemo {
    /// Pieces of up to so many bytes are remembered.
    pub(in crate::tokens) const LONGEST: usize = 512;

    pub(in crate::tokens) fn new() -> Self {
        Self {
            slots: vec![LongSlot::default(); LONG_SLOTS].into_boxed_slice(),
            arena: Vec::new(),
        }
    }

    /// A hash for [`LongMemo::get`] and [`LongMemo::insert`].
    pub(in crate::tokens) fn hash(piece: &[u8]) -> u64 {
        let mut hash = piece.len() as u64;
        for chunk in piece.chunks(8) {
            let mut bytes = [0u8; 8];
            if let Some(start) = bytes.get_mut(..chunk.len()) {
                start.copy_from_slice(chunk);
            }
            let word = u64::from_le_bytes(bytes);
            let product =
                u128::from(hash ^ word ^ 0x9e37_79b9_7f4a_7c15) * u128::from(0xd1b5_4a32_d192_ed03_u64);
            hash = (product >> 64) as u64 ^ product as u64;
        }
        hash
    }

    /// The count of a piece, 0 if it isn't there.
    pub(in crate::tokens) fn get(&self, piece: &[u8], hash: u64) -> u32 {
        let Some(slot) = self.slots.get(hash as usize % LONG_SLOTS) else {
            return 0;
        };
        if slot.hash != (hash >> 32) as u32 || slot.len as usize != piece.len() {
            return 0;
        }
        let start = slot.start as usize;
        match self.arena.get(start..start.wrapping_add(piece.len())) {
            Some(stored) if stored == piece => slot.count,
            _ => 0,
        }
    }

    /// Remembers the count of a piece of at most [`LongMemo::LONGEST`] bytes; a full arena is emptied.
    pub(in crate::tokens) fn insert(&mut self, piece: &[u8], hash: u64, count: u32) {
        if self.arena.len().wrapping_add(piece.len()) > ARENA_BYTES {
            self.arena.clear();
            self.slots.fill(LongSlot::default());
        }
        if let Some(slot) = self.slots.get_mut(hash as usize % LONG_SLOTS) {
            *slot = LongSlot {
                hash: (hash >> 32) as u32,
                start: self.arena.len() as u32,
                len: piece.len() as u32,
                count,
            };
            self.arena.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, LongMemo, Memo};

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        let mut memo = Memo::new(64);
        let key = |text: &str| Key::of(text.as_bytes()).unwrap();
        memo.insert(key(" the"), 1);
        memo.insert(key("fifteen bytes!!"), 15);
        assert_eq!(memo.get(key(" the")), 1);
        assert_eq!(memo.get(key("fifteen bytes!!")), 15);
        assert_eq!(memo.get(key(" th")), 0);
        assert_eq!(memo.get(key(" the\0")), 0);
        assert_eq!(Key::of(b""), None);
        assert_eq!(Key::of(b"sixteen bytes!!!"), None);
        let count = if cfg!(miri) { 150 } else { 1000 };
        for number in 0..count {
            memo.insert(key(&format!("x{number}")), 2);
        }
        assert!(
            (0..count)
                .filter(|number| memo.get(key(&format!("x{number}"))) == 2)
                .count()
                > 50
        );
    }

    #[test]
    fn long_pieces_are_compared_whole() {
        let mut memo = LongMemo::new();
        let (piece, other) = (b"a piece of more than 15 bytes", b"a piece of more than 16 bytes");
        memo.insert(piece, LongMemo::hash(piece), 9);
        assert_eq!(memo.get(piece, LongMemo::hash(piece)), 9);
        assert_eq!(memo.get(other, LongMemo::hash(piece)), 0);
    }
}
