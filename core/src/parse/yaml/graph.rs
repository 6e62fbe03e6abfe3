//! The document as tagged nodes, before tags are given a meaning.

use super::super::Span;
use super::super::text::Text;

/// Number of a node in its [`Graph`].
pub(super) type NodeId = usize;

/// All nodes of a document. An alias is one more use of the same node, also inside of itself.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<GraphNode>,
}

#[derive(Debug)]
pub(super) struct GraphNode {
    pub(super) tag: Tag,
    pub(super) content: Content,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(Text),
    Sequence(Vec<NodeId>),
    Mapping(Pairs),
}

/// Keys and values of a mapping.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    pub(super) list: Vec<(NodeId, NodeId)>,
    /// How many of them, from the front, a merge key brought here.
    pub(super) merged: usize,
}

/// What a node is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Binary,
    Timestamp,
    Sequence,
    Mapping,
    Set,
    OrderedMap,
    Pairs,
    /// The key `<<`.
    Merge,
    /// The key `=`.
    Value,
    /// Anything else, which the reference refuses: `!!python/…`, `!mine`.
    Unknown(String),
}

impl Tag {
    /// The tag of a full name.
    pub(super) fn named(name: String) -> Self {
        match name.strip_prefix("tag:yaml.org,2002:") {
            Some("null") => Self::Null,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("str") => Self::Str,
            Some("binary") => Self::Binary,
            Some("timestamp") => Self::Timestamp,
            Some("seq") => Self::Sequence,
            Some("map") => Self::Mapping,
            Some("set") => Self::Set,
            Some("omap") => Self::OrderedMap,
            Some("pairs") => Self::Pairs,
            Some("merge") => Self::Merge,
            Some("value") => Self::Value,
            _ => Self::Unknown(name),
        }
    }
}

impl Graph {
    pub(super) fn add(&mut self, node: GraphNode) -> NodeId {
        self.nodes.push(node);
        self.nodes.len().saturating_sub(1)
    }
}
