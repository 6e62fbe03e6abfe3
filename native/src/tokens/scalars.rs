//! What each character is to a normalizer, found out when it is first met.
//!
//! A normalizer maps a character in a microsecond; a text has few different ones. A byte for each scalar value there is
//! costs memory only where a text's scripts are.

/// Beyond the last scalar value.
pub(super) const SCALARS: usize = 0x11_0000;

/// A class for each scalar value, 0 for those that were not met yet.
pub(super) struct Scalars(Box<[u8]>);

impl Default for Scalars {
    fn default() -> Self {
        // Zeroed by the system, page by page, when they are first touched.
        Self(vec![0; SCALARS].into_boxed_slice())
    }
}

impl Scalars {
    /// The class of a character; `classify` says it the first time, and must not say 0.
    #[inline(always)]
    pub(super) fn class(&mut self, scalar: char, classify: impl FnOnce(char) -> u8) -> u8 {
        match self.0.get_mut(scalar as usize) {
            Some(class) => {
                if *class == 0 {
                    *class = classify(scalar);
                }
                *class
            }
            None => classify(scalar),
        }
    }
}

/// The scalar value that starts at a place, and its length in bytes; 0 and 1 at the end of the text.
#[inline(always)]
pub(super) fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let byte = |offset: usize| u32::from(bytes.get(at.wrapping_add(offset)).copied().unwrap_or(0));
    let tail = |offset: usize| byte(offset) & 0x3f;
    match byte(0) {
        lead @ 0..0xc0 => (lead, 1),
        lead @ 0xc0..0xe0 => ((lead & 0x1f) << 6 | tail(1), 2),
        lead @ 0xe0..0xf0 => ((lead & 0x0f) << 12 | tail(1) << 6 | tail(2), 3),
        lead => ((lead & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4),
    }
}

/// [`decode`] as a character.
#[inline(always)]
pub(super) fn scalar_at(bytes: &[u8], at: usize) -> (char, usize) {
    let (scalar, len) = decode(bytes, at);
    (char::from_u32(scalar).unwrap_or('\0'), len)
}

#[cfg(test)]
mod tests {
    use super::{Scalars, scalar_at};

    #[test]
    fn asks_once_for_each_character() {
        let mut scalars = Scalars::default();
        assert_eq!(scalars.class('中', |_| 3), 3);
        assert_eq!(scalars.class('中', |_| 4), 3);
        assert_eq!(scalars.class(char::MAX, |_| 5), 5);
    }

    #[test]
    fn reads_characters_of_all_lengths() {
        let text = "aé中😀";
        for (at, scalar) in text.char_indices() {
            assert_eq!(scalar_at(text.as_bytes(), at), (scalar, scalar.len_utf8()));
        }
        assert_eq!(scalar_at(text.as_bytes(), text.len()), ('\0', 1));
    }
}
