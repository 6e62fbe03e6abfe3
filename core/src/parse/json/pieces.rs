//! Parts of a document's text that are kept for places, with the line and column at which each begins.

/// Bytes kept before and after a marked offset: 160 characters of four bytes, and a few more.
pub(super) const AROUND: usize = 1024;

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Offset of its first byte in the document.
    pub start: usize,
    /// Line of its first byte, from 1.
    pub line: usize,
    /// Characters of that line before its first byte.
    pub before: usize,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Cuts pieces out of bytes that pass by.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    done: Vec<Piece>,
    /// End of what has passed.
    passed: usize,
    count: Count,
    /// Ranges of offsets to be kept, in order, apart from each other; the first may have begun.
    wanted: std::collections::VecDeque<(usize, usize)>,
    /// Whether the first of these has begun: it is the last of `done`.
    begun: bool,
}

/// Lines and characters of the bytes that have passed.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    line_breaks: usize,
    /// Characters since the last line break.
    characters: usize,
    /// Whether the last byte was a CR, which ends a line unless LF follows.
    after_cr: bool,
}

impl Pieces {
    /// Keeps what stands around an offset; offsets may go back a little.
    pub(super) fn mark(&mut self, offset: usize) {
        let to = offset.saturating_add(AROUND);
        let from = offset.saturating_sub(AROUND);
        if to <= self.passed {
            return;
        }
        match self.wanted.back_mut() {
            Some((_, end)) if *end >= from => *end = to.max(*end),
            _ => self.wanted.push_back((from, to)),
        }
    }

    /// Takes bytes that stand at `start`; each byte passes once, in order.
    pub(super) fn pass(&mut self, start: usize, mut bytes: &[u8]) {
        let mut at = start;
        self.passed = start.saturating_add(bytes.len());
        while !bytes.is_empty() {
            let Some((from, to)) = self.wanted.front().copied() else {
                self.count.pass(bytes);
                return;
            };
            if !self.begun && at < from {
                let (before, rest) = bytes.split_at(bytes.len().min(from.saturating_sub(at)));
                self.count.pass(before);
                at = at.saturating_add(before.len());
                bytes = rest;
                continue;
            }
            if !self.begun {
                self.begun = true;
                self.done.push(self.count.piece(at));
            }
            let (kept, rest) = bytes.split_at(bytes.len().min(to.saturating_sub(at)));
            if let Some(piece) = self.done.last_mut() {
                piece.bytes.extend_from_slice(kept);
            }
            self.count.pass(kept);
            at = at.saturating_add(kept.len());
            bytes = rest;
            if at >= to {
                self.wanted.pop_front();
                self.begun = false;
            }
        }
    }

    /// What stands around an offset of bytes that have not passed yet and stand at `start`, apart from the marks.
    pub(super) fn around(&self, offset: usize, start: usize, bytes: &[u8]) -> Piece {
        let from = offset.saturating_sub(AROUND).max(start);
        let (before, rest) = bytes.split_at(bytes.len().min(from.saturating_sub(start)));
        let mut count = self.count;
        count.pass(before);
        let length = offset.saturating_sub(from).saturating_add(AROUND);
        Piece {
            bytes: rest.get(..length).unwrap_or(rest).to_vec(),
            ..count.piece(from)
        }
    }

    pub(super) fn finish(self) -> Vec<Piece> {
        self.done
    }
}

impl Count {
    /// An empty piece that begins here.
    fn piece(self, start: usize) -> Piece {
        // A CR before it is taken for a line break; should LF follow, the piece's first line is that LF alone.
        let broken = usize::from(self.after_cr);
        Piece {
            start,
            line: self.line_breaks.saturating_add(broken).saturating_add(1),
            before: if self.after_cr { 0 } else { self.characters },
            bytes: Vec::new(),
        }
    }

    /// Goes past bytes.
    fn pass(&mut self, bytes: &[u8]) {
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
            return;
        };
        if self.after_cr && *first != b'\n' {
            self.line_breaks = self.line_breaks.saturating_add(1);
            self.characters = 0;
        }
        let is = |wanted: u8| move |byte: &&u8| **byte == wanted;
        let feeds = bytes.iter().filter(is(b'\n')).count();
        let returns = bytes.iter().filter(is(b'\r')).count();
        let pairs = if returns == 0 {
            0
        } else {
            bytes.windows(2).filter(|two| *two == b"\r\n").count()
        };
        self.after_cr = *last == b'\r';
        // A CR at the end counts once it is known what follows.
        let alone = returns
            .saturating_sub(pairs)
            .saturating_sub(usize::from(self.after_cr));
        self.line_breaks = self.line_breaks.saturating_add(feeds).saturating_add(alone);
        let whole = bytes.len().saturating_sub(usize::from(self.after_cr));
        let inner = bytes.get(..whole).unwrap_or_default();
        let line = match inner.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(at) => {
                self.characters = 0;
                inner.get(at.saturating_add(1)..).unwrap_or_default()
            }
            None => inner,
        };
        let begins = |byte: &&u8| (**byte & 0b1100_0000) != 0b1000_0000;
        self.characters = self.characters.saturating_add(line.iter().filter(begins).count());
    }
}
