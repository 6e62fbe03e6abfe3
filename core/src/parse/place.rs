//! Byte offsets to lines and columns.

use std::borrow::Cow;

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Finds lines and columns in one source text.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    source: &'a [u8],
    /// Offset of the first byte of each line.
    starts: Cow<'a, [usize]>,
}

impl<'a> LineIndex<'a> {
    /// Indexes a source. LF, CRLF and lone CR end a line.
    pub fn new(source: &'a [u8]) -> Self {
        let starts = Cow::Owned(Self::starts(source));
        Self { source, starts }
    }

    /// An index of a source whose lines were found before, by [`LineIndex::starts`].
    pub fn with_starts(source: &'a [u8], starts: &'a [usize]) -> Self {
        Self {
            source,
            starts: Cow::Borrowed(starts),
        }
    }

    /// Offset of the first byte of each line.
    pub fn starts(source: &[u8]) -> Vec<usize> {
        let mut starts = vec![0];
        for (at, byte) in source.iter().enumerate() {
            let next = at.saturating_add(1);
            if *byte == b'\n' || (*byte == b'\r' && source.get(next) != Some(&b'\n')) {
                starts.push(next);
            }
        }
        starts
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn locate(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.source.get(start..offset).unwrap_or_default();
        // A byte that continues a UTF-8 character starts no column of its own.
        let characters = before
            .iter()
            .filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000)
            .count();
        LineColumn {
            line,
            column: characters.saturating_add(1),
        }
    }

    /// The text of a line (from 1) without its end; bytes that aren't UTF-8 are replaced.
    pub fn line_text(&self, line: usize) -> String {
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(self.source.len());
        let end = self.starts.get(line).copied().unwrap_or(self.source.len());
        let bytes = self.source.get(start..end).unwrap_or_default();
        String::from_utf8_lossy(bytes)
            .trim_end_matches(['\r', '\n'])
            .to_owned()
    }
}
