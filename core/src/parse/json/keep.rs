//! Which values of a document are kept.

use super::Value;

/// What is kept of a value. A kept list or object always keeps its own place; of a duplicate key the last value counts
/// as ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    All,
    /// Numbers, text and words as they are, lists and objects without what is in them.
    Shape,
    /// Every item of a list and every value of an object, so much of each.
    Each(&'static Keep),
    /// Of an object the values of these keys, so much of each, and of the others `rest`; of a list `items`.
    Fields {
        /// Keys, and what is kept of their values.
        fields: &'static [(&'static str, Keep)],
        /// What is kept of the values of other keys; with `None` neither they nor their keys are.
        rest: Option<&'static Keep>,
        /// What is kept of the items of a list.
        items: Option<&'static Keep>,
    },
}

impl Keep {
    /// Of an object the values of these keys.
    pub const fn fields(fields: &'static [(&'static str, Self)]) -> Self {
        Self::Fields {
            fields,
            rest: None,
            items: None,
        }
    }

    /// What is kept of a list's items.
    pub(super) fn item(&self) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Shape => None,
            Self::Each(each) => Some(each),
            Self::Fields { items, .. } => *items,
        }
    }

    /// Whether the keys of an object decide anything.
    pub(super) fn looks_at_keys(&self) -> bool {
        *self != Self::Shape
    }

    /// What is kept of the value of a key. A key with a lone surrogate is always kept: schemas refuse it.
    pub(super) fn value_of(&self, key: &Value) -> Option<&Self> {
        match (self, key) {
            (Self::All, _) => Some(self),
            (Self::Shape, _) => None,
            (Self::Each(each), _) => Some(each),
            (Self::Fields { fields, rest, .. }, Value::Str(key)) => {
                let field = fields.iter().find(|(name, _)| name == key);
                field.map(|(_, keep)| keep).or(*rest)
            }
            (Self::Fields { rest, .. }, _) => Some(rest.unwrap_or(&Self::Shape)),
        }
    }

    /// The longest key text that decides anything, in bytes; longer ones need not be known to their end.
    pub(super) fn longest_key(&self) -> usize {
        match self {
            Self::Fields {
                fields, rest: None, ..
            } => fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0),
            _ => usize::MAX,
        }
    }
}
