//! Text as Python holds it: code points, lone surrogates among them.

use super::Value;

/// Text being read. A lone surrogate, which Rust text can't hold, is kept beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text {
    /// The text, with U+FFFD where a lone surrogate stands.
    pub(super) shown: String,
    /// Byte offset in `shown` and code of each lone surrogate.
    surrogates: Vec<(usize, u32)>,
}

impl Text {
    /// Adds a character by its code, which may be a surrogate; `false` if there is no such code.
    pub(super) fn push_code(&mut self, code: u32) -> bool {
        if let Some(character) = char::from_u32(code) {
            self.shown.push(character);
            return true;
        }
        if !(0xD800..=0xDFFF).contains(&code) {
            return false;
        }
        self.surrogates.push((self.shown.len(), code));
        self.shown.push(char::REPLACEMENT_CHARACTER);
        true
    }

    /// Whether it holds a lone surrogate.
    pub(super) fn is_broken(&self) -> bool {
        !self.surrogates.is_empty()
    }

    /// The value, and what tells two texts with lone surrogates apart.
    pub(super) fn into_value(self) -> (Value, Vec<(usize, u32)>) {
        let value = if self.surrogates.is_empty() {
            Value::Str(self.shown)
        } else {
            Value::LoneSurrogate(self.shown)
        };
        (value, self.surrogates)
    }
}

impl From<String> for Text {
    fn from(shown: String) -> Self {
        Self {
            shown,
            surrogates: Vec::new(),
        }
    }
}
