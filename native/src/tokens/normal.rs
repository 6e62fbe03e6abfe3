//! Normalizers, by the very tables that the oracle uses: a newer Unicode gives other counts.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;
use unicode_normalization_alignments::{IsNormalized, UnicodeNormalization, char as tables, is_nfc_quick};

use super::charsmap::Charsmap;
use super::wordpiece::BertNormalizer;

/// The kinds that are known.
pub(super) enum Normalizer {
    Plain,
    Nfc,
    Bert(BertNormalizer),
    Charsmap(Charsmap),
    /// Llama-2's: a U+2581 in front, and one for each space.
    Underline {
        prepend: bool,
    },
}

impl Normalizer {
    pub(super) fn of(value: Option<&Value>) -> Result<Self, String> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Ok(Self::Plain);
        };
        let other = || "the normalizer is of another kind".to_owned();
        match value.get("type").and_then(Value::as_str) {
            Some("NFC") => Ok(Self::Nfc),
            Some("BertNormalizer") => BertNormalizer::of(value).map(Self::Bert).ok_or_else(other),
            Some("Precompiled") => Charsmap::of(value).map(Self::Charsmap).ok_or_else(other),
            Some("Sequence") => match value
                .get("normalizers")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
            {
                Some([]) => Ok(Self::Plain),
                Some([one]) => Self::of(Some(one)),
                Some([first, second]) if is_prepend(first) && is_replace(second) => {
                    Ok(Self::Underline { prepend: true })
                }
                _ => Err(other()),
            },
            _ if is_replace(value) => Ok(Self::Underline { prepend: false }),
            _ => Err(other()),
        }
    }

    /// What byte-level splitting may stand behind.
    pub(super) fn needs_plain_or_nfc(&self) -> Result<(), String> {
        match self {
            Self::Plain | Self::Nfc => Ok(()),
            _ => Err("the normalizer is of another kind than this model's".to_owned()),
        }
    }

    /// The normalized text.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self {
            Self::Plain => text.into(),
            Self::Nfc => nfc(text),
            Self::Bert(bert) => bert.apply(text).into(),
            Self::Charsmap(map) => map.apply(text).into(),
            Self::Underline { prepend } => {
                let replaced = text.replace(' ', "\u{2581}");
                if *prepend && !text.is_empty() {
                    format!("\u{2581}{replaced}").into()
                } else {
                    replaced.into()
                }
            }
        }
    }
}

fn is_prepend(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("Prepend")
        && value.get("prepend").and_then(Value::as_str) == Some("\u{2581}")
}

fn is_replace(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("Replace")
        && value
            .get("pattern")
            .and_then(|pattern| pattern.get("String"))
            .and_then(Value::as_str)
            == Some(" ")
        && value.get("content").and_then(Value::as_str) == Some("\u{2581}")
}

/// One bit a scalar value: set where it may change under NFC, or change what is before it.
static NFC_ACTIVE: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0u64; 0x11_0000 / 64];
    for scalar in '\u{300}'..=char::MAX {
        let inert = tables::canonical_combining_class(scalar) == 0
            && is_nfc_quick(std::iter::once(scalar)) == IsNormalized::Yes;
        if !inert && let Some(word) = bits.get_mut(scalar as usize / 64) {
            *word |= 1 << (scalar as usize % 64);
        }
    }
    bits
});

/// Whether a character may change under NFC; none below U+0300 does.
pub(super) fn is_nfc_active(scalar: char) -> bool {
    scalar >= '\u{300}'
        && NFC_ACTIVE
            .get(scalar as usize / 64)
            .is_some_and(|word| word >> (scalar as usize % 64) & 1 == 1)
}

/// Bytes that are looked at together.
const CHUNK: usize = 32;
/// The first byte of U+0300: no character below it changes under NFC, and no byte above it goes on a character.
const FIRST_LEAD: u8 = 0xcc;

/// The first character from a place on that may change under NFC: where it starts and how long it is.
fn next_active(text: &str, mut at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    loop {
        // The largest byte of a chunk is found without a branch a byte.
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<CHUNK>)
            && chunk.iter().copied().fold(0, u8::max) < FIRST_LEAD
        {
            at += CHUNK;
        }
        let found = bytes.get(at..)?.iter().position(|byte| *byte >= FIRST_LEAD)?;
        at += found;
        let scalar = text.get(at..)?.chars().next()?;
        if is_nfc_active(scalar) {
            return Some((at, scalar.len_utf8()));
        }
        at += scalar.len_utf8();
    }
}

/// The composed form, which most texts are already.
///
/// A character that isn't active neither changes nor joins what is before it, so the text falls apart in front of it:
/// only from the one before an active character to the one behind is anything to do.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    let (mut composed, mut done, mut at) = (String::new(), 0, 0);
    while let Some((active, len)) = next_active(text, at) {
        let before = text.get(at..active).unwrap_or_default();
        let start = active - before.chars().next_back().map_or(0, char::len_utf8);
        at = active + len;
        let behind = text.get(at..).unwrap_or_default();
        at += behind
            .find(|scalar| !is_nfc_active(scalar))
            .unwrap_or(behind.len());
        let part = text.get(start..at).unwrap_or_default();
        if is_nfc_quick(part.chars()) != IsNormalized::Yes {
            composed.push_str(text.get(done..start).unwrap_or_default());
            composed.extend(part.nfc().map(|(scalar, _)| scalar));
            done = at;
        }
    }
    if done == 0 {
        return text.into();
    }
    composed.push_str(text.get(done..).unwrap_or_default());
    composed.into()
}

#[cfg(test)]
mod tests {
    use unicode_normalization_alignments::UnicodeNormalization;

    use super::nfc;

    #[test]
    #[cfg_attr(
        miri,
        ignore = "makes a table of all characters, too long for Miri, and nothing is unsafe here"
    )]
    fn parts_compose_as_the_whole_does() {
        let scalars: Vec<char> = "a e\u{300}\u{301}\u{323}\u{327}\u{345}é가\u{1100}\u{1161}\u{11a8}\u{11a7}각\u{2126}\u{212b}\
            \u{915}\u{93c}\u{958}\u{f71}\u{f72}\u{f73}ก\u{e38}\u{e48}中“\u{1d15e}\u{fb1f}\u{2adc}\u{b47}\u{b3e}\u{0}"
            .chars()
            .collect();
        let mut state = 5u64;
        for number in 0..30_000 {
            let text: String = (0..number % 50)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    scalars[(state >> 33) as usize % scalars.len()]
                })
                .collect();
            let expected: String = text.nfc().map(|(scalar, _)| scalar).collect();
            assert_eq!(nfc(&text), expected, "{text:?}");
        }
    }

    #[test]
    #[cfg_attr(
        miri,
        ignore = "makes a table of all characters, too long for Miri, and nothing is unsafe here"
    )]
    fn composes_by_the_oracles_unicode_version() {
        assert_eq!(nfc("e\u{301}"), "é");
        assert_eq!(nfc("\u{1100}\u{1161}"), "가");
        assert_eq!(nfc("\u{2126}"), "Ω");
        // Compositions of a newer Unicode: left alone.
        for pair in ["\u{113c2}\u{113c2}", "\u{1611e}\u{1611e}", "\u{16d67}\u{16d67}"] {
            assert_eq!(nfc(pair), pair);
        }
    }
}
