//! Places of one piece that no token lies across: the finest safe cuts there are.
//!
//! [`Cuts`](super::Cuts) looks at two neighbours and asks whether any token has them; here the tokens themselves are
//! looked for in the piece. That costs a walk through a trie from each byte, so it serves for what would have to be merged
//! at length: Chinese clauses, which then fall apart into words that the memo knows.

use super::super::trie::Trie;

/// From each byte a walk may go as far as the longest token; with longer ones than real files have it doesn't pay.
const LONGEST: usize = 512;

/// The tokens that can lie across a place beside a byte that isn't ASCII.
pub(in crate::tokens) struct Spans(Trie);

impl Spans {
    /// From all tokens of the vocabulary; `None` if there are more or longer ones than this is made for.
    pub(in crate::tokens) fn new<'t>(tokens: impl Iterator<Item = &'t [u8]>) -> Option<Self> {
        let tokens = tokens.filter(|token| token.len() > 1 && !token.is_ascii());
        let trie = Trie::new(tokens.zip(0..)).ok()?;
        (trie.longest() <= LONGEST).then_some(Self(trie))
    }

    /// The parts of a piece.
    pub(in crate::tokens) fn parts<'p>(&self, piece: &'p [u8], mut part: impl FnMut(&'p [u8])) {
        let (mut start, mut reach) = (0, 0);
        let mut before = 0u8;
        for (at, byte) in piece.iter().enumerate() {
            // Of tokens of ASCII alone nothing is known here.
            if at >= reach && at > start && (before | byte) >= 0x80 {
                part(piece.get(start..at).unwrap_or_default());
                start = at;
            }
            let len = self.0.longest_prefix(piece.get(at..).unwrap_or_default());
            reach = reach.max(at.wrapping_add(len));
            before = *byte;
        }
        part(piece.get(start..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    fn check(tokens: &[&[u8]], piece: &str, expected: &[&[u8]]) {
        let spans = Spans::new(tokens.iter().copied()).unwrap();
        let mut parts = Vec::new();
        spans.parts(piece.as_bytes(), |part| parts.push(part));
        assert_eq!(parts, expected);
    }

    #[test]
    fn cuts_where_no_token_lies() {
        let whole = |text: &'static str| text.as_bytes();
        // The pair of the second and third stands in a token, but that token isn't here.
        check(
            &[whole("我"), whole("中国"), whole("人"), whole("国人民")],
            "中国人",
            &[whole("中国"), whole("人")],
        );
        check(
            &[whole("中国"), whole("国人"), whole("人")],
            "中国人",
            &[whole("中国人")],
        );
        // Half a character with the one before, and bytes that no token joins.
        check(
            &[b"\xad\xe5"],
            "中国",
            &[b"\xe4", b"\xb8", b"\xad\xe5", b"\x9b", b"\xbd"],
        );
        check(&[b"ab", "é".as_bytes()], "abé", &[b"ab", "é".as_bytes()]);
    }
}
