//! Characters that no token of the vocabulary has beside another one.
//!
//! Each is cut off on both sides and always counts the same: 1 if the vocabulary has it, else one for each of its bytes.
//! Of Mistral's 1,459 Han characters only six are in a token with another one, so that Chinese is hardly more than a sum.

use super::super::scalars::{SCALARS, decode};

/// The first byte of U+3000: below it are scripts of letters, which have neighbours, and quotation marks.
pub(super) const EAST_ASIAN: u8 = 0xe3;
/// Bytes that are looked at for what is to come.
const NEAR: usize = 256;

/// Tokens of each such character; 0 for all others, and for ASCII.
pub(in crate::tokens) struct Lone(Box<[u8]>);

impl Lone {
    /// From the vocabulary of a model whose other characters fall apart into bytes.
    pub(in crate::tokens) fn new<'t>(tokens: impl Iterator<Item = &'t str> + Clone) -> Self {
        let mut lone = vec![0u8; SCALARS];
        let bytes = [(0x80..0x800, 2), (0x800..0x1_0000, 3), (0x1_0000..SCALARS, 4)];
        for (range, tokens) in bytes {
            if let Some(slots) = lone.get_mut(range) {
                slots.fill(tokens);
            }
        }
        let mut set = |scalar: char, tokens: u8| {
            if let Some(slot) = lone.get_mut(scalar as usize).filter(|_| !scalar.is_ascii()) {
                *slot = tokens;
            }
        };
        for token in tokens.clone() {
            let mut scalars = token.chars();
            if let (Some(scalar), None) = (scalars.next(), scalars.next()) {
                set(scalar, 1);
            }
        }
        // After all that: no character of a longer token is left, whether it stands alone too or not.
        for token in tokens.filter(|token| token.chars().nth(1).is_some()) {
            token.chars().for_each(|scalar| set(scalar, 0));
        }
        Self(lone.into_boxed_slice())
    }

    #[inline(always)]
    fn tokens(&self, bytes: &[u8], at: usize) -> (u8, usize) {
        let (scalar, len) = decode(bytes, at);
        (self.0.get(scalar as usize).copied().unwrap_or(0), len)
    }

    /// Passes over such characters: where another one stands, and their tokens.
    #[inline(always)]
    pub(in crate::tokens) fn pass(&self, bytes: &[u8], mut at: usize) -> (usize, u64) {
        let mut sum = 0u64;
        while at < bytes.len() {
            let (tokens, len) = self.tokens(bytes, at);
            if tokens == 0 {
                break;
            }
            sum = sum.wrapping_add(u64::from(tokens));
            at = at.wrapping_add(len);
        }
        (at, sum)
    }

    /// Whether two of them stand at a place: one alone is not worth leaving off for.
    #[inline(always)]
    pub(in crate::tokens) fn begins_run(&self, bytes: &[u8], at: usize) -> bool {
        if bytes.get(at).is_none_or(|byte| *byte < EAST_ASIAN) {
            return false;
        }
        let (tokens, len) = self.tokens(bytes, at);
        tokens > 0 && self.tokens(bytes, at.wrapping_add(len)).0 > 0
    }
}

/// Whether runs are to be expected in the text that comes: a loop that doesn't look for them is faster.
#[inline(always)]
pub(in crate::tokens) fn are_near(bytes: &[u8], at: usize) -> bool {
    let end = at.wrapping_add(NEAR).min(bytes.len());
    let near = bytes.get(at..end).unwrap_or_default();
    near.iter().fold(0, |most, byte| most.max(*byte)) >= EAST_ASIAN
}

#[cfg(test)]
mod tests {
    use super::Lone;

    #[test]
    fn knows_who_stands_alone() {
        let lone = Lone::new(["a", "中", "国", "中国", "的", " “", "“"].into_iter());
        let tokens = |text: &str| lone.tokens(text.as_bytes(), 0).0;
        assert_eq!(["a", "中", "国", "的", "“"].map(tokens), [0, 0, 0, 1, 0]);
        assert_eq!(["é", "人", "😀"].map(tokens), [2, 3, 4]);
        assert_eq!(lone.pass("的人的a的".as_bytes(), 0), (9, 5));
        assert_eq!(lone.pass("的".as_bytes(), 0), (3, 1));
        assert!(lone.begins_run("的人a".as_bytes(), 0));
        assert!(!lone.begins_run("的中".as_bytes(), 0) && !lone.begins_run("的".as_bytes(), 0));
        assert!(!lone.begins_run("a".as_bytes(), 1));
    }
}
