//! `tokenizer.json` as far as counting needs it, borrowed from the file's text.
//!
//! The oracle reads the model into a tree of JSON values first, then into maps of strings; that is most of its load
//! time. Here the vocabulary and the merges go straight into flat lists of slices of the file.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The members of the file that can change a count.
#[derive(Deserialize)]
pub(super) struct File<'f> {
    pub(super) version: Option<String>,
    #[serde(default)]
    pub(super) added_tokens: Vec<Added>,
    pub(super) normalizer: Option<Value>,
    pub(super) pre_tokenizer: Option<Value>,
    pub(super) post_processor: Option<Value>,
    #[serde(borrow)]
    pub(super) model: Model<'f>,
}

/// An added token; all members are required, as in the oracle.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the format's own flags")]
pub(super) struct Added {
    pub(super) content: String,
    pub(super) single_word: bool,
    pub(super) lstrip: bool,
    pub(super) rstrip: bool,
    pub(super) normalized: bool,
}

/// The model of any kind; which members are there tells the kinds apart where `type` is absent.
#[derive(Deserialize)]
pub(super) struct Model<'f> {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) unk_token: Option<String>,
    pub(super) unk_id: Option<usize>,
    pub(super) continuing_subword_prefix: Option<String>,
    pub(super) end_of_word_suffix: Option<String>,
    pub(super) max_input_chars_per_word: Option<usize>,
    pub(super) byte_fallback: Option<bool>,
    pub(super) ignore_merges: Option<bool>,
    pub(super) dropout: Option<f64>,
    #[serde(borrow)]
    pub(super) vocab: Vocab<'f>,
    #[serde(borrow)]
    pub(super) merges: Option<Vec<Merge<'f>>>,
}

/// The vocabulary of a BPE or WordPiece model, or of a Unigram one.
pub(super) enum Vocab<'f> {
    Ids(Vec<(Text<'f>, u32)>),
    Scores(Vec<(Text<'f>, f64)>),
}

/// A string of the file, without a copy unless it has escapes.
pub(super) struct Text<'f>(pub(super) Cow<'f, str>);

/// The two parts of a merge.
pub(super) struct Merge<'f>(pub(super) Cow<'f, str>, pub(super) Cow<'f, str>);

impl<'de: 'f, 'f> Deserialize<'de> for Text<'f> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de: 'f, 'f> Deserialize<'de> for Vocab<'f> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct VocabVisitor;
        impl<'de> Visitor<'de> for VocabVisitor {
            type Value = Vocab<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a vocabulary")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Text<'de>, u32>()? {
                    entries.push(entry);
                }
                Ok(Vocab::Ids(entries))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = list.next_element::<(Text<'de>, f64)>()? {
                    entries.push(entry);
                }
                Ok(Vocab::Scores(entries))
            }
        }
        deserializer.deserialize_any(VocabVisitor)
    }
}

impl<'de: 'f, 'f> Deserialize<'de> for Merge<'f> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MergeVisitor;
        impl<'de> Visitor<'de> for MergeVisitor {
            type Value = Merge<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("two parts")
            }
            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                match text.split_once(' ') {
                    Some((left, right)) if !right.contains(' ') => Ok(Merge(left.into(), right.into())),
                    _ => Err(E::custom("a merge needs two parts")),
                }
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                match text.split_once(' ') {
                    Some((left, right)) if !right.contains(' ') => {
                        Ok(Merge(left.to_owned().into(), right.to_owned().into()))
                    }
                    _ => Err(E::custom("a merge needs two parts")),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let missing = || serde::de::Error::custom("a merge needs two parts");
                let left = list.next_element::<Text<'de>>()?.ok_or_else(missing)?;
                let right = list.next_element::<Text<'de>>()?.ok_or_else(missing)?;
                match list.next_element::<IgnoredAny>()? {
                    None => Ok(Merge(left.0, right.0)),
                    Some(_) => Err(missing()),
                }
            }
        }
        deserializer.deserialize_any(MergeVisitor)
    }
}
