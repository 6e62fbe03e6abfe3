//! One thread's fast counter: added tokens, normalizer, model.

use super::CountTokens;
use super::added::{Matcher, Segment};
use super::bpe::{ByteLevel, PieceCounter};
use super::normal::Normalizer;
use super::recognise::{Engine, Pipeline};
use super::sentencepiece::SentencePiece;
use super::unigram::Unigram;
use super::wordpiece::WordPiece;

/// A pipeline and what this thread remembers of it.
pub(super) struct FastWorker<'m> {
    pipeline: &'m Pipeline,
    pieces: Worker<'m>,
}

enum Worker<'m> {
    ByteLevel(&'m ByteLevel, PieceCounter<'m, ByteLevel>),
    SentencePiece(&'m SentencePiece, PieceCounter<'m, SentencePiece>),
    WordPiece(&'m WordPiece, PieceCounter<'m, WordPiece>),
    Unigram(&'m Unigram, PieceCounter<'m, Unigram>),
}

impl<'m> FastWorker<'m> {
    pub(super) fn new(pipeline: &'m Pipeline) -> Self {
        let pieces = match &pipeline.engine {
            Engine::ByteLevel(model) => Worker::ByteLevel(model, PieceCounter::new(model)),
            Engine::SentencePiece(model) => Worker::SentencePiece(model, PieceCounter::new(model)),
            Engine::WordPiece(model) => Worker::WordPiece(model, PieceCounter::new(model)),
            Engine::Unigram(model) => Worker::Unigram(model, PieceCounter::new(model)),
        };
        Self { pipeline, pieces }
    }

    /// A segment between added tokens of the first pass; `first` if it starts the text.
    fn segment(&mut self, text: &str, first: bool) -> u64 {
        let normalized: &Matcher = &self.pipeline.added.normalized;
        if normalized.is_empty() {
            return self.unnormalized(text, first);
        }
        let text = self.pipeline.normalizer.apply(text);
        normalized
            .segments(&text)
            .map(|segment| match segment {
                Segment::Token => 1,
                Segment::Text(part, at) => self.pieces.normalized(part, first && at == 0),
            })
            .sum()
    }

    /// A segment that no added token can stand in.
    fn unnormalized(&mut self, text: &str, first: bool) -> u64 {
        match &mut self.pieces {
            Worker::ByteLevel(model, pieces) => match self.pipeline.normalizer {
                Normalizer::Nfc => model.count(pieces, &super::normal::nfc(text)),
                _ => model.count(pieces, text),
            },
            // These normalize as they go.
            pieces => pieces.normalized(text, first),
        }
    }
}

impl Worker<'_> {
    fn normalized(&mut self, text: &str, first: bool) -> u64 {
        match self {
            Self::ByteLevel(model, pieces) => model.count(pieces, text),
            Self::SentencePiece(model, pieces) => model.count_text(pieces, text, first),
            Self::WordPiece(model, pieces) => model.count_text(pieces, text),
            Self::Unigram(model, pieces) => model.count_text(pieces, text),
        }
    }
}

impl CountTokens for FastWorker<'_> {
    fn count(&mut self, text: &str, add_special_tokens: bool) -> Option<u64> {
        let added = &self.pipeline.added.raw;
        let mut count = if add_special_tokens {
            self.pipeline.special_tokens
        } else {
            0
        };
        for segment in added.segments(text) {
            count += match segment {
                Segment::Token => 1,
                Segment::Text(part, at) => self.segment(part, at == 0),
            };
        }
        Some(count)
    }
}
