//! What the scanner finds.

use super::super::Span;
use super::super::text::Text;

/// A word or sign of the text, or a change of indentation.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Where it stands; empty for a change of indentation.
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    StreamEnd,
    /// `%…`
    Directive(Directive),
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    /// The end of a block sequence or mapping: a smaller indent.
    BlockEnd,
    /// `[`
    FlowSequenceStart,
    /// `]`
    FlowSequenceEnd,
    /// `{`
    FlowMappingStart,
    /// `}`
    FlowMappingEnd,
    /// `-`
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `?`, or nothing before a key that needs none.
    Key,
    /// `:`
    Value,
    /// `*name`
    Alias(String),
    /// `&name`
    Anchor(String),
    /// `!handle!suffix`; without a handle, the suffix is the tag.
    Tag {
        handle: Option<String>,
        suffix: String,
    },
    /// Text; `plain` if it stands without quotes and block signs.
    Scalar {
        text: Text,
        plain: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Directive {
    /// `%YAML`, with the major version's digits.
    Yaml { major: String },
    /// `%TAG`
    Tag { handle: String, prefix: String },
    /// Any other, which means nothing.
    Unknown,
}

impl TokenKind {
    /// What to call it in a message.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StreamEnd => "the end of the file",
            Self::Directive(_) => "a directive",
            Self::DocumentStart => "`---`",
            Self::DocumentEnd => "`...`",
            Self::BlockSequenceStart => "a list",
            Self::BlockMappingStart => "a mapping",
            Self::BlockEnd => "a smaller indent",
            Self::FlowSequenceStart => "`[`",
            Self::FlowSequenceEnd => "`]`",
            Self::FlowMappingStart => "`{`",
            Self::FlowMappingEnd => "`}`",
            Self::BlockEntry => "`-`",
            Self::FlowEntry => "`,`",
            Self::Key => "a key",
            Self::Value => "`:`",
            Self::Alias(_) => "an alias",
            Self::Anchor(_) => "an anchor",
            Self::Tag { .. } => "a tag",
            Self::Scalar { .. } => "text",
        }
    }
}
