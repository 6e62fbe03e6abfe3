//! The loop over a text: boundaries of some hundred pieces, then their counts.
//!
//! Two loops instead of one, because each then runs without a surprise for the processor: the first writes boundaries
//! from bit masks, the second looks up pieces that don't depend on each other, so that several misses of the cache are
//! under way at once.

use super::super::classes::Classified;
use super::super::split::{Grammar, WINDOW, starts};
use super::look_up::look_up;
use super::memo::SHORT;
use super::pieces::{PieceCounter, Pieces};
use super::simd::{Arch, Portable};
use super::{Cuts, Lone, lone};

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

/// Pieces that were found together.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Batch {
    /// Where the first piece starts; boundaries are offsets from here.
    start: usize,
    /// How many boundaries there are: the pieces' starts and the last one's end.
    known: usize,
    /// Where the rest of the text starts.
    end: usize,
    /// Tokens of what was passed over before the first piece.
    passed: u64,
}

/// A way to take texts apart.
pub(in crate::tokens) trait Split: Copy {
    /// Writes the boundaries of pieces from `start` on.
    fn split<A: Arch>(self, arch: A, text: &str, start: usize, boundaries: &mut Boundaries) -> Batch;

    /// The end of the piece that starts at `at`, which must be before the end.
    fn piece(self, text: &str, at: usize) -> usize;
}

/// From here on a text goes piece by piece: offsets within a batch are 32 bits wide.
const HUGE: usize = 1 << 31;

/// By a splitting rule, and long pieces at safe cuts.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct ByGrammar<'c, G>(
    pub(in crate::tokens) G,
    pub(in crate::tokens) Option<&'c Cuts>,
);

/// At safe cuts alone, where runs of characters that no token joins to anything are counted as they stand.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct ByCuts<'c>(pub(in crate::tokens) &'c Cuts, pub(in crate::tokens) &'c Lone);

/// Tokens of a text, by the best instructions there are.
pub(in crate::tokens) fn count<S: Split, M: Pieces>(
    split: S,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
) -> u64 {
    if text.len() >= HUGE {
        return count_huge(split, pieces, text);
    }
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("bmi2")
        {
            // SAFETY: the processor has the instructions.
            return unsafe { count_avx512(split, pieces, text) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor has the instructions.
            return unsafe { count_avx2(split, pieces, text) };
        }
    }
    count_with(split, Portable, pieces, text)
}

fn count_huge<S: Split, M: Pieces>(split: S, pieces: &mut PieceCounter<'_, M>, text: &str) -> u64 {
    let (mut at, mut count) = (0, 0u64);
    while at < text.len() {
        let end = split.piece(text, at);
        let tokens = pieces.count(text.as_bytes().get(at..end).unwrap_or_default());
        (at, count) = (end, count.wrapping_add(u64::from(tokens)));
    }
    count
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count_avx512<S: Split, M: Pieces>(split: S, pieces: &mut PieceCounter<'_, M>, text: &str) -> u64 {
    count_with(split, super::simd::Avx512, pieces, text)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count_avx2<S: Split, M: Pieces>(split: S, pieces: &mut PieceCounter<'_, M>, text: &str) -> u64 {
    count_with(split, super::simd::Avx2, pieces, text)
}

#[inline(always)]
fn count_with<S: Split, A: Arch, M: Pieces>(
    split: S,
    arch: A,
    pieces: &mut PieceCounter<'_, M>,
    text: &str,
) -> u64 {
    let mut boundaries = pieces.take_boundaries();
    let (mut at, mut count) = (0, 0u64);
    while at < text.len() {
        let batch = split.split(arch, text, at, &mut boundaries);
        let known = boundaries.0.get(..batch.known).unwrap_or_default();
        count = count.wrapping_add(batch.passed);
        count = count.wrapping_add(look_up(arch, pieces, text, batch.start, known));
        at = batch.end;
    }
    pieces.put_boundaries(boundaries);
    count
}

impl Split for ByCuts<'_> {
    fn piece(self, text: &str, at: usize) -> usize {
        let mut end = text.len();
        self.0.places(text.as_bytes(), at, |cut| {
            end = cut;
            false
        });
        end
    }

    #[inline(always)]
    fn split<A: Arch>(self, _arch: A, text: &str, start: usize, boundaries: &mut Boundaries) -> Batch {
        let bytes = text.as_bytes();
        if lone::are_near(bytes, start) {
            let (start, passed) = self.1.pass(bytes, start);
            return Batch {
                passed,
                ..self.batch::<true>(bytes, start, boundaries)
            };
        }
        self.batch::<false>(bytes, start, boundaries)
    }
}

impl ByCuts<'_> {
    /// The next pieces, up to a run of lone characters if those are looked for.
    #[inline(always)]
    fn batch<const LONE: bool>(self, bytes: &[u8], start: usize, boundaries: &mut Boundaries) -> Batch {
        let Self(cuts, lone) = self;
        let batch = |known, end| Batch {
            start,
            known,
            end,
            passed: 0,
        };
        if start >= bytes.len() {
            return batch(0, start);
        }
        let mut place = Cuts::begin(bytes, start);
        boundaries.set(0, 0);
        let mut known = 1usize;
        while place.at < bytes.len() && known < BATCH {
            boundaries.set(known, place.at.wrapping_sub(start));
            if LONE && lone.begins_run(bytes, place.at) {
                return batch(known.wrapping_add(1), place.at);
            }
            // Where the next cut is can't be predicted: each place is written, and kept if it is one.
            known = known.wrapping_add(usize::from(cuts.step(bytes, &mut place)));
        }
        if place.at >= bytes.len() {
            boundaries.set(known, bytes.len().wrapping_sub(start));
            return batch(known.wrapping_add(1), bytes.len());
        }
        let end = boundaries.0.get(known.wrapping_sub(1)).copied().unwrap_or(0);
        batch(known, start.wrapping_add(end as usize))
    }
}

impl Boundaries {
    #[inline(always)]
    fn set(&mut self, at: usize, offset: usize) {
        if let Some(slot) = self.0.get_mut(at) {
            *slot = offset as u32;
        }
    }
}

impl<G: Grammar> Split for ByGrammar<'_, G> {
    fn piece(self, text: &str, at: usize) -> usize {
        self.0.piece(Classified::new(text), at)
    }

    #[inline(always)]
    fn split<A: Arch>(self, _arch: A, text: &str, start: usize, boundaries: &mut Boundaries) -> Batch {
        let Self(grammar, cuts) = self;
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
            boundaries.set(known, at.wrapping_sub(start));
            known = known.wrapping_add(1);
            let end = grammar.piece(classified, at);
            if let Some(cuts) = cuts.filter(|_| end.wrapping_sub(at) > SHORT) {
                // A piece of the vocabulary has no safe cuts, so this asks nothing of `ignore_merges`.
                let piece = bytes.get(..end).unwrap_or_default();
                cuts.places(piece, at, |cut| {
                    boundaries.set(known, cut.wrapping_sub(start));
                    known = known.wrapping_add(1);
                    // What is left of the piece when the batch is full is cut when it is looked up.
                    known < BATCH
                });
            }
            at = end;
        }
        boundaries.set(known, at.wrapping_sub(start));
        Batch {
            start,
            known: known.wrapping_add(1),
            end: at,
            passed: 0,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::super::classes::Classified;
    use super::super::super::split::{Cl100k, DeepSeek, Gpt2, Grammar, O200k};
    use super::super::pieces::{PieceCounter, Pieces};
    use super::super::simd::{Arch, Portable};
    use super::super::{Cuts, Key, Memo, Merges, Symbols};
    use super::{Boundaries, ByGrammar, Split, count, count_huge, count_with};

    /// Runs of each class, so that all neighbours meet, and now and then a character that isn't ASCII.
    fn text(state: &mut u64, len: usize) -> String {
        let mut below = |limit: usize| {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*state >> 33) as usize % limit
        };
        let parts = [
            "a", "bc", "Def", "GH", "xyzXyz", "'s", "'ll", "'LL", "'", "'r", "1", "22", "4444", " ", "  ",
            "   ", "\n", "\r\n", "\n\n", "\t", "\n ", " \n", ".", ";", "//", "/", "){", "_", "\u{1}",
            "\u{c}", "\u{7f}", "word", "Words",
        ];
        let mut text = String::new();
        while text.len() < len {
            text.push_str(parts[below(parts.len())]);
            if below(60) == 0 {
                text.push_str(["é", "ſ", "中", "\u{301}", "٣", "\u{a0}"][below(6)]);
            }
        }
        text
    }

    fn check<G: Grammar, A: Arch>(grammar: G, arch: A, texts: usize) {
        let mut state = 7;
        let mut boundaries = Boundaries::new();
        for number in 0..texts {
            let text = text(&mut state, number * LENGTH_STEP % 700);
            let mut found = Vec::new();
            let mut at = 0;
            while at < text.len() {
                let batch = ByGrammar(grammar, None).split(arch, &text, at, &mut boundaries);
                found.extend(
                    boundaries.0[..batch.known - 1]
                        .iter()
                        .map(|offset| batch.start + *offset as usize),
                );
                at = batch.end;
            }
            let (mut expected, mut at) = (Vec::new(), 0);
            while at < text.len() {
                expected.push(at);
                at = grammar.piece(Classified::new(&text), at);
            }
            assert_eq!(found, expected, "{text:?}");
        }
    }

    fn check_all<A: Arch>(arch: A, texts: usize) {
        check(Gpt2, arch, texts);
        check(Cl100k::<1>, arch, texts);
        check(Cl100k::<3>, arch, texts);
        check(O200k, arch, texts);
        check(DeepSeek, arch, texts);
    }

    /// Miri is some thousand times slower, so it gets few texts, and all but the first fill a window.
    const TEXTS: usize = if cfg!(miri) { 4 } else { 3000 };
    const LENGTH_STEP: usize = if cfg!(miri) { 97 } else { 1 };

    #[test]
    fn windows_split_as_the_grammars_do() {
        check_all(Portable, TEXTS);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn so_they_do_by_special_instructions() {
        if is_x86_feature_detected!("avx512bw") {
            check_all(super::super::simd::Avx512, TEXTS);
        }
        if is_x86_feature_detected!("avx2") {
            check_all(super::super::simd::Avx2, TEXTS);
        }
    }

    /// Bytes are their own ids, and some of the generator's words are tokens.
    struct Small {
        merges: Merges,
        table: Memo,
        start: Memo,
        cuts: Cuts,
    }

    impl Small {
        fn new() -> Self {
            let parts: [(&str, &str); 12] = [
                ("w", "o"),
                ("r", "d"),
                ("wo", "rd"),
                ("x", "y"),
                ("xy", "z"),
                ("'", "l"),
                ("'l", "l"),
                (" ", " "),
                ("  ", " "),
                ("\n", "\n"),
                ("4", "4"),
                ("44", "4"),
            ];
            let mut this = Self {
                merges: Merges::new(&[], &[]).unwrap(),
                table: Memo::new(64),
                start: Memo::new(64),
                cuts: Cuts::new(),
            };
            let id = |name: &str| {
                if let [byte] = name.as_bytes() {
                    return u32::from(*byte);
                }
                let made = parts
                    .iter()
                    .position(|(left, right)| format!("{left}{right}") == name);
                256 + u32::try_from(made.unwrap()).unwrap()
            };
            let merges = parts.map(|(left, right)| (id(left), id(right), id(&format!("{left}{right}"))));
            this.merges = Merges::new(&merges, &[]).unwrap();
            for (left, right) in parts {
                let name = format!("{left}{right}");
                this.cuts.add(name.as_bytes());
                let key = Key::of(name.as_bytes()).unwrap();
                this.table.insert_if_free(key, 1);
            }
            this.start.insert_if_free(Key::of(b"word").unwrap(), 1);
            this
        }
    }

    impl Pieces for Small {
        type Scratch = Symbols;

        fn table(&self) -> &Memo {
            &self.table
        }

        fn start(&self) -> &Memo {
            &self.start
        }

        fn cuts(&self) -> Option<&Cuts> {
            Some(&self.cuts)
        }

        fn is_whole(&self, _piece: &[u8]) -> bool {
            false
        }

        fn count(&self, piece: &[u8], symbols: &mut Symbols) -> u32 {
            symbols.ids.clear();
            symbols.ids.extend(piece.iter().map(|byte| u32::from(*byte)));
            self.merges.rank_all(symbols);
            u32::try_from(self.merges.merge(symbols).count).unwrap()
        }
    }

    fn check_counts<G: Grammar>(grammar: G) {
        let model = Small::new();
        let split = ByGrammar(grammar, model.cuts());
        let [mut portable, mut best, mut huge] = [(); 3].map(|()| PieceCounter::new(&model));
        let (mut state, mut symbols) = (3, Symbols::default());
        for number in 0..if cfg!(miri) { 1 } else { 300 } {
            let text = text(&mut state, 250 + number * 151 % 900);
            let (mut expected, mut at) = (0, 0);
            while at < text.len() {
                let end = grammar.piece(Classified::new(&text), at);
                expected += u64::from(model.count(&text.as_bytes()[at..end], &mut symbols));
                at = end;
            }
            // What was counted before is looked up the second time.
            for _ in 0..2 {
                assert_eq!(count(split, &mut best, &text), expected, "{text:?}");
                assert_eq!(count_with(split, Portable, &mut portable, &text), expected);
                assert_eq!(count_huge(split, &mut huge, &text), expected);
            }
        }
    }

    /// From boundaries over look-ups to merges, beside merging each piece as it is.
    #[test]
    fn whole_texts_count_as_their_pieces_do() {
        check_counts(Gpt2);
        check_counts(Cl100k::<3>);
        check_counts(O200k);
        check_counts(DeepSeek);
    }
}
