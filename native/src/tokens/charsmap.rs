//! SentencePiece's precompiled normalizer: a trie of byte strings and what they are replaced with.
//!
//! The oracle looks at grapheme clusters. One of fewer than six bytes is replaced whole by the shortest entry that it
//! begins with, even if that entry is shorter than the cluster; else each of its characters is looked up alone.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// Clusters of fewer bytes are looked up whole, others character by character.
pub(super) const LOOKED_UP_WHOLE: usize = 6;

/// The map of one file.
#[derive(Clone)]
pub(super) struct Charsmap {
    trie: Vec<u32>,
    replacements: String,
}

impl Charsmap {
    pub(super) fn of(value: &Value) -> Option<Self> {
        let bytes = base64(value.get("precompiled_charsmap")?.as_str()?)?;
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()? / 4 * 4;
        let trie: Vec<u32> = rest
            .get(..size)?
            .chunks_exact(4)
            .filter_map(|unit| Some(u32::from_le_bytes(unit.try_into().ok()?)))
            .collect();
        let replacements = String::from_utf8(rest.get(size..)?.to_vec()).ok()?;
        trie.first()?;
        Some(Self { trie, replacements })
    }

    /// What a text that begins with an entry is replaced with: the shortest such entry's.
    pub(super) fn replacement(&self, text: &str) -> Option<&str> {
        let offset = |unit: u32| ((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize;
        let mut node = offset(*self.trie.first()?);
        for byte in text.bytes().take_while(|byte| *byte != 0) {
            node ^= usize::from(byte);
            let unit = *self.trie.get(node)?;
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                return None;
            }
            node ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let start = (*self.trie.get(node)? & 0x7fff_ffff) as usize;
                let rest = self.replacements.get(start..)?;
                return rest.split('\0').next();
            }
        }
        None
    }

    /// The normalized text.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut normalized = String::with_capacity(text.len());
        for cluster in text.graphemes(true) {
            if cluster.len() < LOOKED_UP_WHOLE
                && let Some(replacement) = self.replacement(cluster)
            {
                normalized.push_str(replacement);
                continue;
            }
            for (at, scalar) in cluster.char_indices() {
                let part = cluster.get(at..at + scalar.len_utf8()).unwrap_or_default();
                match self.replacement(part) {
                    Some(replacement) => normalized.push_str(replacement),
                    None => normalized.push(scalar),
                }
            }
        }
        normalized
    }
}

/// Standard base64 with padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn decodes_base64() {
        assert_eq!(base64("TWFu").as_deref(), Some(&b"Man"[..]));
        assert_eq!(base64("TWE=").as_deref(), Some(&b"Ma"[..]));
        assert_eq!(base64("TQ==").as_deref(), Some(&b"M"[..]));
        assert_eq!(base64("TQ="), None);
        assert_eq!(base64("T*=="), None);
    }
}
