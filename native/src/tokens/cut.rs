//! Where a text may be cut so that its parts' counts add up to its own.
//!
//! One rule serves all pipelines: between an ASCII letter and a space that an ASCII letter follows. No splitting rule
//! looks over such a place from either side, no normalizer joins over it, and words are counted alone. Added tokens may
//! reach over it; they are looked for.

use super::bpe::Pieces;
use super::normal::Normalizer;
use super::recognise::{Engine, Pipeline};

impl Pipeline {
    /// Whether texts of this pipeline may be cut at all.
    pub(super) fn may_cut(&self) -> bool {
        let letters = || (b'a'..=b'z').chain(b'A'..=b'Z');
        let spaces = match &self.engine {
            Engine::ByteLevel(_) | Engine::WordPiece(_) | Engine::Unigram(_) => true,
            Engine::SentencePiece(model) => {
                model.starts_at_spaces()
                    && model
                        .cuts()
                        .is_some_and(|cuts| letters().all(|letter| cuts.between_bytes(letter, b' ')))
            }
        };
        // Tokens of the second pass are looked for in the raw text here, so the two must be the same.
        spaces && (self.added.normalized.is_empty() || matches!(self.normalizer, Normalizer::Plain))
    }

    /// The last safe cut after `from` and up to `to`, where `from` is a cut or the start, and the text is known to its
    /// end. Bytes of the longest added token must follow a cut, unless the text is `complete`.
    pub(super) fn last_cut(&self, text: &str, from: usize, to: usize, complete: bool) -> Option<usize> {
        let reach = self.added.raw.longest().max(self.added.normalized.longest());
        let known = if complete {
            text.len()
        } else {
            text.len().saturating_sub(reach)
        };
        let head = text
            .as_bytes()
            .get(from..to.min(known).saturating_add(2).min(text.len()))?;
        let mut place = head.len();
        loop {
            let windows = head.get(..place)?.windows(3);
            let found = windows.rev().position(
                |three| matches!(three, [a, b' ', b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()),
            )?;
            // The last byte of the three is at `place - found - 1`.
            let cut = place.checked_sub(found)?.checked_sub(2)?;
            if self.is_between_tokens(text, from, from.saturating_add(cut)) {
                return Some(from.saturating_add(cut));
            }
            place = cut.saturating_add(1);
        }
    }

    /// Whether no added token, with the whitespace that it takes, reaches over a place.
    fn is_between_tokens(&self, text: &str, from: usize, cut: usize) -> bool {
        let passes = [&self.added.raw, &self.added.normalized];
        passes.iter().all(|matcher| {
            let mut end = cut
                .saturating_add(matcher.longest())
                .saturating_add(1)
                .min(text.len());
            while !text.is_char_boundary(end) {
                end = end.saturating_add(1);
            }
            let Some(rest) = text.get(from..end) else {
                return false;
            };
            matcher.is_empty()
                || matcher.segments(rest).any(|segment| match segment {
                    super::added::Segment::Token => false,
                    super::added::Segment::Text(part, at) => {
                        let start = from.saturating_add(at);
                        start < cut && cut < start.saturating_add(part.len())
                    }
                })
        })
    }

    /// Parts of at most about so many bytes; a stretch without safe cuts stays whole.
    pub(super) fn parts<'t>(&self, text: &'t str, bytes: usize) -> Vec<&'t str> {
        let mut parts = Vec::new();
        let mut from = 0;
        if self.may_cut() {
            let mut to = bytes;
            while to < text.len() {
                match self.last_cut(text, from, to, true).filter(|cut| *cut > from) {
                    Some(cut) => {
                        parts.extend(text.get(from..cut));
                        from = cut;
                        to = from.saturating_add(bytes);
                    }
                    None => to = to.saturating_add(bytes.max(1)),
                }
            }
        }
        parts.extend(text.get(from..).filter(|part| !part.is_empty()));
        parts
    }
}
