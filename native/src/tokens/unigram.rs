//! Unigram: the segmentation with the best sum of scores, word by word.
//!
//! The pre-tokenizer makes each word a text of its own with U+2581 in front, so words are counted alone and remembered.
//! Normalizing looks at grapheme clusters; a character that joins no cluster is normalized alone, and words of such
//! characters that stay as they are need no normalizing at all.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::bpe::{Cuts, Key, MEMO_SLOTS, Memo, PieceCounter, Pieces};
use super::charsmap::{Charsmap, LOOKED_UP_WHOLE};
use super::file::{Model, Vocab};
use super::normal::Normalizer;
use super::scalars::{Scalars, decode, scalar_at};
use super::trie::{Node, Trie};

const MARK: char = '\u{2581}';
/// What an unknown character costs below the lowest score.
const UNKNOWN_PENALTY: f64 = 10.0;
/// With longer entries than this, which no real file has, each word would cost a ring of that size.
const LONGEST_ENTRY: usize = 4096;

/// Stays as it is.
const SAME: u8 = 1;
/// Is whitespace, before normalizing or after.
const BLANK: u8 = 2;
/// Becomes something else, whatever stands beside it, and no part of that ends a word.
const OTHER: u8 = 3;
/// Holds the end of a word though it is no whitespace alone.
const SPLITS: u8 = 4;
/// With one of these: may join a cluster with some character beside it.
const JOINS: u8 = 8;
/// With that: may join one with a letter or a blank.
const TOUCHES: u8 = 16;
/// Bits of what a character becomes.
const MAPPED: u8 = 7;

/// What all workers share.
pub(super) struct Unigram {
    /// Indices of the vocabulary.
    trie: Trie,
    /// Behind U+2581, and the entry that is that alone.
    behind_mark: Option<(Node, Option<u32>)>,
    /// By index of the vocabulary.
    scores: Vec<f64>,
    unknown: u32,
    unknown_score: f64,
    /// Tokens of U+2581 alone.
    lone_mark: u32,
    /// Classes of ASCII.
    ascii: [u8; 128],
    normalizer: Option<Charsmap>,
    table: Memo,
    start: Memo,
}

/// What a worker keeps.
#[derive(Default)]
pub(super) struct Scratch {
    classes: Scalars,
    ends: Ends,
    normalized: String,
}

/// The best ways to the places behind the one in hand: as many as the longest entry reaches, in a ring.
#[derive(Default)]
struct Ends(Vec<End>);

/// The best way to a place.
#[derive(Clone, Copy, Default)]
struct End {
    score: f64,
    tokens: u32,
    last: Last,
}

/// The last token of a way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    /// There is no way.
    #[default]
    Nowhere,
    Known,
    Unknown,
}

impl Ends {
    /// Takes the way to a place, whose slot is then free for one further on.
    #[inline(always)]
    fn take(&mut self, place: usize) -> End {
        let mask = self.0.len().wrapping_sub(1);
        self.0
            .get_mut(place & mask)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Goes on from a way by a token; neighbouring unknown ones are one.
    #[inline(always)]
    fn offer(&mut self, from: End, place: usize, score: f64, last: Last) {
        let mask = self.0.len().wrapping_sub(1);
        let sum = score + from.score;
        if let Some(end) = self.0.get_mut(place & mask)
            && (end.last == Last::Nowhere || sum > end.score)
        {
            let fused = last == Last::Unknown && from.last == Last::Unknown;
            *end = End {
                score: sum,
                tokens: from.tokens.wrapping_add(u32::from(!fused)),
                last,
            };
        }
    }
}

impl Unigram {
    pub(super) fn new(
        model: &Model<'_>,
        pre_tokenizer: &Value,
        normalizer: &Normalizer,
    ) -> Result<Self, String> {
        if !is_words_with_marks(pre_tokenizer) {
            return Err("the pre-tokenizer is of another kind".to_owned());
        }
        if model.byte_fallback == Some(true) {
            return Err("the model has byte fallback".to_owned());
        }
        let Vocab::Scores(vocab) = &model.vocab else {
            return Err("the vocabulary has no scores".to_owned());
        };
        let unknown = model
            .unk_id
            .filter(|id| *id < vocab.len())
            .ok_or("there is no unknown token")?;
        let normalizer = match normalizer {
            Normalizer::Plain => None,
            Normalizer::Charsmap(map) => Some(map.clone()),
            _ => return Err("the normalizer is of another kind than this model's".to_owned()),
        };
        if vocab.iter().any(|(text, _)| text.0.is_empty()) {
            return Err("a token is empty".to_owned());
        }
        // Of a token that stands twice the last counts, here as there.
        let trie = Trie::new(
            (0u32..)
                .zip(vocab)
                .map(|(index, (text, _))| (text.0.as_bytes(), index)),
        )?;
        if trie.longest() > LONGEST_ENTRY {
            return Err("a token is longer than any real one".to_owned());
        }
        let mut mark = [0; 4];
        let behind_mark = MARK
            .encode_utf8(&mut mark)
            .bytes()
            .try_fold((trie.root(), None), |(node, _), byte| trie.step(node, byte));
        let mut this = Self {
            trie,
            behind_mark,
            scores: vocab.iter().map(|(_, score)| *score).collect(),
            unknown: u32::try_from(unknown).map_err(|_| "the vocabulary is larger than the tables hold")?,
            unknown_score: vocab.iter().fold(
                f64::INFINITY,
                |low, (_, score)| {
                    if *score < low { *score } else { low }
                },
            ) - UNKNOWN_PENALTY,
            lone_mark: 0,
            ascii: [OTHER; 128],
            normalizer,
            table: Memo::new(vocab.len() * 2),
            start: Memo::new(MEMO_SLOTS),
        };
        this.ascii =
            std::array::from_fn(|byte| u8::try_from(byte).map_or(0, |byte| this.mapped(char::from(byte))));
        let is_blank = |byte: u8| this.ascii.get(usize::from(byte)) == Some(&BLANK);
        // Texts are cut at spaces, and a line's two ends, though one cluster, are taken for two characters.
        let both_ends = this.replacement("\r\n");
        if ![b' ', b'\r', b'\n'].into_iter().all(is_blank)
            || !both_ends.trim().is_empty()
            || both_ends.is_empty()
        {
            return Err("the normalizer makes something of spaces or line ends".to_owned());
        }
        let mut ends = Ends::default();
        this.lone_mark = this.marked(b"", &mut ends);
        for (text, _) in vocab {
            let Some(word) = text.0.strip_prefix(MARK) else {
                continue;
            };
            if let Some(key) = Key::of(word.as_bytes()).filter(|_| !word.contains(MARK)) {
                let count = this.marked(word.as_bytes(), &mut ends);
                if (1..=15).contains(&count) {
                    this.table.insert_if_free(key, count);
                    this.start.insert_if_free(key, count);
                }
            }
        }
        Ok(this)
    }

    /// Tokens of a word with the mark in front. Sums and comparisons are the oracle's, in its order.
    fn marked(&self, bytes: &[u8], ends: &mut Ends) -> u32 {
        // From a place the longest entry reaches this far, and an unknown character 4.
        let ring = self.trie.longest().max(4).wrapping_add(1).next_power_of_two();
        ends.0.clear();
        ends.0.resize(ring, End::default());
        let from =
            |ends: &mut Ends, here: End, found: Option<(Node, Option<u32>)>, at: usize, first: usize| {
                // Places are those of the word, plus those of the mark.
                let (mut next, mut end, mut whole) = (found, at, false);
                while let Some((node, entry)) = next {
                    if let Some(index) = entry {
                        let score = self.scores.get(index as usize).copied().unwrap_or_default();
                        let last = if index == self.unknown {
                            Last::Unknown
                        } else {
                            Last::Known
                        };
                        ends.offer(here, end, score, last);
                        whole |= end == first;
                    }
                    let byte = bytes.get(end.wrapping_sub(MARK.len_utf8()));
                    next = byte.and_then(|byte| self.trie.step(node, *byte));
                    end = end.wrapping_add(1);
                }
                if !whole {
                    ends.offer(here, first, self.unknown_score, Last::Unknown);
                }
            };
        let mark = MARK.len_utf8();
        let start = End {
            last: Last::Known,
            ..End::default()
        };
        from(ends, start, self.behind_mark, mark, mark);
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let place = at.wrapping_add(mark);
            let here = ends.take(place);
            let len = decode(bytes, at).1;
            let found = self.trie.step(self.trie.root(), *byte);
            from(ends, here, found, place.wrapping_add(1), place.wrapping_add(len));
            at = at.wrapping_add(len);
        }
        ends.take(at.wrapping_add(mark)).tokens
    }

    /// What becomes of a character that stands alone.
    fn replacement<'t>(&'t self, scalar: &'t str) -> &'t str {
        let replacement = self.normalizer.as_ref().and_then(|map| map.replacement(scalar));
        replacement.unwrap_or(scalar)
    }

    /// The class of a character that joins no cluster.
    fn mapped(&self, scalar: char) -> u8 {
        let mut text = [0; 4];
        let text = &*scalar.encode_utf8(&mut text);
        let new = self.replacement(text);
        if new.trim().is_empty() && !new.is_empty() {
            BLANK
        } else if new.contains(|scalar: char| scalar == MARK || scalar.is_whitespace()) {
            SPLITS
        } else if new == text {
            SAME
        } else {
            OTHER
        }
    }

    /// The class of any character.
    fn classify(&self, scalar: char) -> u8 {
        // Controls join nothing, and pictures only over a joiner.
        let joins = |text: [char; 2]| text.iter().collect::<String>().graphemes(true).count() == 1;
        let touches = joins(['a', scalar]) || joins([scalar, 'a']);
        let jamo_or_flag = ['\u{1100}', '\u{1161}', '\u{1f1e6}'].map(|before| joins([before, scalar]));
        let bits = match (touches, jamo_or_flag.contains(&true)) {
            (true, _) => JOINS | TOUCHES,
            (false, true) => JOINS,
            (false, false) => 0,
        };
        self.mapped(scalar) | bits
    }

    /// The class of the character at a place, and its length; 0 at the end of the text.
    #[inline(always)]
    fn class_at(&self, scratch: &mut Scratch, bytes: &[u8], at: usize) -> (u8, usize) {
        let Some(byte) = bytes.get(at) else {
            return (0, 0);
        };
        if let Some(class) = self.ascii.get(usize::from(*byte)) {
            return (*class, 1);
        }
        let (scalar, len) = scalar_at(bytes, at);
        (scratch.classes.class(scalar, |scalar| self.classify(scalar)), len)
    }

    /// Tokens of a text without added tokens, before normalizing.
    pub(super) fn count_text(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let (mut at, mut count) = (0, 0u64);
        while at < bytes.len() {
            // A word ends at whitespace that is no part of a cluster.
            let (start, mut end, mut before) = (at, bytes.len(), (0, LOOKED_UP_WHOLE));
            // What of it is normalized already, and whether the rest can be so character by character.
            let mut done = start;
            let mut alone = true;
            let mut normalized = std::mem::take(&mut pieces.scratch().normalized);
            normalized.clear();
            while at < bytes.len() {
                let (class, len) = self.class_at(pieces.scratch(), bytes, at);
                let next = at.wrapping_add(len);
                alone &= !may_be_looked_up_together(before, (class, len));
                match class & MAPPED {
                    SAME => {}
                    BLANK => {
                        let behind = self.class_at(pieces.scratch(), bytes, next).0;
                        // In a cluster with others it belongs to what is looked up.
                        if class == BLANK && (before.0 | behind) & TOUCHES == 0 {
                            (end, at) = (at, next);
                            break;
                        }
                        alone = false;
                    }
                    OTHER => {
                        normalized.push_str(text.get(done..at).unwrap_or_default());
                        normalized.push_str(self.replacement(text.get(at..next).unwrap_or_default()));
                        done = next;
                    }
                    _ => alone = false,
                }
                (before, at) = ((class, len), next);
            }
            let tokens = if !alone {
                self.slow(pieces, text.get(start..end).unwrap_or_default())
            } else if done > start {
                normalized.push_str(text.get(done..end).unwrap_or_default());
                Self::tokens_of(pieces, normalized.as_bytes())
            } else {
                Self::tokens_of(pieces, bytes.get(start..end).unwrap_or_default())
            };
            count = count.wrapping_add(tokens);
            pieces.scratch().normalized = normalized;
        }
        count
    }

    /// Tokens of a normalized word; none of an empty one.
    #[inline(always)]
    fn tokens_of(pieces: &mut PieceCounter<'_, Self>, word: &[u8]) -> u64 {
        if word.is_empty() {
            0
        } else {
            u64::from(pieces.uncut(word))
        }
    }

    /// Normalizes a stretch of text and counts its words.
    fn slow(&self, pieces: &mut PieceCounter<'_, Self>, text: &str) -> u64 {
        let normalized = self.normalizer.as_ref().map(|map| map.apply(text));
        let mut count = 0u64;
        for word in normalized.as_deref().unwrap_or(text).split(char::is_whitespace) {
            if word.is_empty() {
                continue;
            }
            // A mark of the text's own starts a piece too.
            let word = word.strip_prefix(MARK).unwrap_or(word);
            for part in word.split(MARK) {
                let tokens = if part.is_empty() {
                    self.lone_mark
                } else {
                    pieces.uncut(part.as_bytes())
                };
                count = count.wrapping_add(u64::from(tokens));
            }
        }
        count
    }
}

/// Whether two neighbours, by class and length, may be in one cluster that is looked up whole.
#[inline(always)]
fn may_be_looked_up_together(left: (u8, usize), right: (u8, usize)) -> bool {
    (left.0 | right.0) & JOINS != 0 && left.1.wrapping_add(right.1) < LOOKED_UP_WHOLE
}

/// `WhitespaceSplit`, then a Metaspace that marks and splits each word.
fn is_words_with_marks(pre_tokenizer: &Value) -> bool {
    let steps = pre_tokenizer.get("pretokenizers").and_then(Value::as_array);
    let Some([first, second]) = steps.map(Vec::as_slice) else {
        return false;
    };
    let is = |value: &Value, name: &str, expected: &str, default: bool| match value.get(name) {
        None => default,
        Some(found) => found.as_str() == Some(expected),
    };
    let on = |name: &str| second.get(name).is_none_or(|value| *value == Value::Bool(true));
    is(pre_tokenizer, "type", "Sequence", false)
        && is(first, "type", "WhitespaceSplit", false)
        && is(second, "type", "Metaspace", false)
        && is(second, "replacement", "\u{2581}", false)
        && is(second, "prepend_scheme", "always", true)
        && on("add_prefix_space")
        && on("split")
}

impl Pieces for Unigram {
    type Scratch = Scratch;

    fn table(&self) -> &Memo {
        &self.table
    }

    fn start(&self) -> &Memo {
        &self.start
    }

    fn cuts(&self) -> Option<&Cuts> {
        None
    }

    fn is_whole(&self, _piece: &[u8]) -> bool {
        false
    }

    /// A normalized word, its mark left away.
    fn count(&self, piece: &[u8], scratch: &mut Scratch) -> u32 {
        self.marked(piece, &mut scratch.ends)
    }
}
