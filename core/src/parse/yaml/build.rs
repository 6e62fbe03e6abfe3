//! The graph to values: what each tag makes of a node, merge keys, duplicate keys.

use num_traits::FromPrimitive;

use super::super::map::{Entry, Map};
use super::super::text::Text;
use super::super::{BigInt, Node, ParseError, ParseErrorKind, Span, Value};
use super::graph::{Content, Graph, NodeId, Pairs, Tag};
use super::timestamp::{Stamp, stamp};
use super::{YAML_MAX_DEPTH, YAML_MAX_VALUES, error, scalar_value, unbuildable};

/// Builds the value of a node and all below it; `length` is that of the source.
pub(super) fn value(graph: Graph, root: NodeId, length: usize) -> Result<Node, ParseError> {
    let written = graph.nodes.len().saturating_add(length / BYTES_OF_A_VALUE);
    let open = vec![false; graph.nodes.len()];
    let budget = written.saturating_add(YAML_MAX_VALUES);
    Builder {
        graph,
        open,
        depth: 0,
        budget,
    }
    .node(root)
}

/// Text of this many bytes counts as one more value.
const BYTES_OF_A_VALUE: usize = 32;

struct Builder {
    graph: Graph,
    /// By node: whether it is being built, so that meeting it again is a circle.
    open: Vec<bool>,
    depth: usize,
    /// Values that may still be built, and entries that may still be merged.
    budget: usize,
}

/// What tells two keys of a mapping apart, as Python's `==` does.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    /// Whole numbers of any type: `1`, `1.0` and `true` are one key.
    Whole(BigInt),
    /// A float with a fraction, an infinity or NaN, by its bits.
    Float(u64),
    Text(Text),
    Bytes(Vec<u8>),
    Stamp(Stamp),
}

impl Builder {
    fn node(&mut self, id: NodeId) -> Result<Node, ParseError> {
        let span = self.span(id);
        self.spend(1, span)?;
        if self.open.get(id) == Some(&true) {
            return Ok(Node {
                value: Value::Other("recursion"),
                span,
            });
        }
        self.deepen(span)?;
        self.set_open(id, true);
        let value = self.value(id, span)?;
        self.set_open(id, false);
        self.depth = self.depth.saturating_sub(1);
        Ok(Node { value, span })
    }

    fn value(&mut self, id: NodeId, span: Span) -> Result<Value, ParseError> {
        let tag = self
            .graph
            .nodes
            .get(id)
            .map_or(Tag::Null, |node| node.tag.clone());
        let at = span.start;
        Ok(match tag {
            Tag::Sequence => Value::List(self.items(id, span)?),
            Tag::Mapping => Value::Map(self.map(id, span)?),
            Tag::Set => Value::Set(self.map(id, span)?.into_keys().collect()),
            Tag::OrderedMap | Tag::Pairs => Value::List(self.pairs(id, span)?),
            Tag::Str => self.text(id)?.into_value().0,
            Tag::Null => {
                self.text(id)?;
                Value::Null
            }
            Tag::Bool => {
                built(scalar_value::boolean(&self.text(id)?.shown), at, "a boolean").map(Value::Bool)?
            }
            Tag::Int => built(scalar_value::int(&self.text(id)?.shown), at, "an integer").map(Value::Int)?,
            Tag::Float => {
                built(scalar_value::float(&self.text(id)?.shown), at, "a float").map(Value::Float)?
            }
            Tag::Binary => {
                let bytes = scalar_value::binary(&self.text(id)?.shown);
                Value::Bytes(bytes.ok_or_else(|| error(at, "has the tag of base 64, but isn't"))?)
            }
            Tag::Timestamp => match built(stamp(&self.text(id)?.shown), at, "a real date or time")? {
                Stamp::Date(_) => Value::Other("date"),
                Stamp::Local(_) | Stamp::Utc(_) => Value::Other("datetime"),
            },
            Tag::Merge => return Err(error(at, "`<<` is a merge key; quote it to make it text")),
            Tag::Value => return Err(error(at, "`=` is no value; quote it to make it text")),
            Tag::Unknown(name) => {
                return Err(error(
                    at,
                    format!("the tag `{}` is not allowed", shortened(&name)),
                ));
            }
        })
    }

    // Limits

    fn span(&self, id: NodeId) -> Span {
        self.graph.nodes.get(id).map_or(Span::default(), |node| node.span)
    }

    fn spend(&mut self, values: usize, span: Span) -> Result<(), ParseError> {
        if let Some(rest) = self.budget.checked_sub(values) {
            self.budget = rest;
            return Ok(());
        }
        let message = format!("aliases and merge keys add more than {YAML_MAX_VALUES} values to this file");
        Err(ParseError {
            kind: ParseErrorKind::TooLarge,
            at: span.start,
            message,
        })
    }

    fn deepen(&mut self, span: Span) -> Result<(), ParseError> {
        self.depth = self.depth.saturating_add(1);
        // One more than the lists and mappings that may be open: the scalar inside them.
        if self.depth <= YAML_MAX_DEPTH.saturating_add(1) {
            return Ok(());
        }
        let message = format!("aliases make this file nested deeper than {YAML_MAX_DEPTH} levels");
        Err(ParseError {
            kind: ParseErrorKind::TooDeep,
            at: span.start,
            message,
        })
    }

    fn set_open(&mut self, id: NodeId, open: bool) {
        if let Some(flag) = self.open.get_mut(id) {
            *flag = open;
        }
    }

    // Scalars

    /// The text of a scalar; also of a mapping with the key `=`, whose value stands for it.
    fn text(&mut self, id: NodeId) -> Result<Text, ParseError> {
        let span = self.span(id);
        let stand_in = match self.graph.nodes.get(id).map(|node| &node.content) {
            Some(Content::Scalar(text)) => {
                let text = text.clone();
                self.spend(text.shown.len() / BYTES_OF_A_VALUE, span)?;
                return Ok(text);
            }
            Some(Content::Mapping(pairs)) => {
                pairs.list.iter().find(|(key, _)| self.tag_is(*key, &Tag::Value))
            }
            _ => None,
        };
        let Some((_, stand_in)) = stand_in.copied() else {
            return Err(error(
                span.start,
                "expected a single value for this tag, found a list or mapping",
            ));
        };
        self.deepen(span)?;
        let text = self.text(stand_in)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(text)
    }

    fn tag_is(&self, id: NodeId, tag: &Tag) -> bool {
        self.graph.nodes.get(id).is_some_and(|node| node.tag == *tag)
    }

    // Collections

    fn items(&mut self, id: NodeId, span: Span) -> Result<Vec<Node>, ParseError> {
        let Some(Content::Sequence(items)) = self.graph.nodes.get(id).map(|node| &node.content) else {
            return Err(error(span.start, "expected a list for this tag"));
        };
        items.clone().into_iter().map(|item| self.node(item)).collect()
    }

    /// A list of mappings with one entry each: a list of pairs in the reference.
    fn pairs(&mut self, id: NodeId, span: Span) -> Result<Vec<Node>, ParseError> {
        let refusal = || {
            error(
                span.start,
                "expected a list of mappings with one entry each for this tag",
            )
        };
        let Some(Content::Sequence(items)) = self.graph.nodes.get(id).map(|node| &node.content) else {
            return Err(refusal());
        };
        let mut pairs = Vec::with_capacity(items.len());
        for item in items.clone() {
            let Some(Content::Mapping(entries)) = self.graph.nodes.get(item).map(|node| &node.content) else {
                return Err(refusal());
            };
            let &[(key, value)] = entries.list.as_slice() else {
                return Err(refusal());
            };
            self.node(key)?;
            self.node(value)?;
            pairs.push(Node {
                value: Value::Other("tuple"),
                span: self.span(item),
            });
        }
        Ok(pairs)
    }

    fn map(&mut self, id: NodeId, span: Span) -> Result<Map, ParseError> {
        self.merge(id)?;
        let Some(Content::Mapping(pairs)) = self.graph.nodes.get(id).map(|node| &node.content) else {
            return Err(error(span.start, "expected a mapping for this tag"));
        };
        let Pairs { list, merged } = pairs.clone();
        let mut entries = Vec::with_capacity(list.len());
        let mut keys = Vec::with_capacity(list.len());
        for (key_id, value_id) in list {
            let key = self.node(key_id)?;
            keys.push(self.key(key_id, &key)?);
            entries.push(Entry {
                key,
                value: self.node(value_id)?,
            });
        }
        Ok(Map::of_merged(entries, merged, |_, one, other| {
            keys.get(one).cmp(&keys.get(other))
        }))
    }

    fn key(&self, id: NodeId, node: &Node) -> Result<Key, ParseError> {
        Ok(match &node.value {
            Value::Null => Key::Null,
            Value::Bool(flag) => Key::Whole(BigInt::from(*flag)),
            Value::Int(integer) => Key::Whole(integer.clone()),
            Value::Float(float) => match BigInt::from_f64(*float).filter(|_| float.fract() == 0.0) {
                Some(integer) => Key::Whole(integer),
                None => Key::Float(float.to_bits()),
            },
            Value::Str(text) => Key::Text(Text::from(text.clone())),
            Value::Bytes(bytes) => Key::Bytes(bytes.clone()),
            Value::LoneSurrogate(_) | Value::Other("date" | "datetime") => {
                match self.graph.nodes.get(id).map(|node| &node.content) {
                    Some(Content::Scalar(text)) if matches!(node.value, Value::LoneSurrogate(_)) => {
                        Key::Text(text.clone())
                    }
                    Some(Content::Scalar(text)) => stamp(&text.shown).map_or(Key::Null, Key::Stamp),
                    _ => Key::Null,
                }
            }
            Value::List(_) | Value::Map(_) | Value::Set(_) | Value::Other(_) => {
                return Err(error(
                    node.span.start,
                    format!("{} can't be a key", node.value.name()),
                ));
            }
        })
    }

    // Merge keys

    /// Puts the entries that `<<` names in front of a mapping's own. The reference does this in place too, so a second
    /// use of the mapping finds it done.
    fn merge(&mut self, id: NodeId) -> Result<(), ParseError> {
        let Some(Content::Mapping(pairs)) = self.graph.nodes.get_mut(id).map(|node| &mut node.content) else {
            return Ok(());
        };
        let before = std::mem::take(pairs);
        let (sources, list): (Vec<_>, Vec<_>) = before
            .list
            .into_iter()
            .partition(|(key, _)| self.tag_is(*key, &Tag::Merge));
        for (key, _) in &list {
            if let Some(node) = self
                .graph
                .nodes
                .get_mut(*key)
                .filter(|node| node.tag == Tag::Value)
            {
                node.tag = Tag::Str;
            }
        }
        // A mapping that merges itself finds its own entries.
        self.set_pairs(
            id,
            Pairs {
                list,
                merged: before.merged,
            },
        );
        let mut merged = Vec::new();
        for (_, source) in sources {
            self.merge_source(id, source, &mut merged)?;
        }
        if let Some(Content::Mapping(pairs)) = self.graph.nodes.get_mut(id).map(|node| &mut node.content) {
            pairs.merged = pairs.merged.saturating_add(merged.len());
            pairs.list.splice(..0, merged);
        }
        Ok(())
    }

    /// Adds the entries of a mapping, or of a list of mappings, of which the first counts most.
    fn merge_source(
        &mut self,
        target: NodeId,
        source: NodeId,
        merged: &mut Vec<(NodeId, NodeId)>,
    ) -> Result<(), ParseError> {
        let span = self.span(source);
        let refusal = || error(span.start, "expected a mapping or a list of mappings to merge");
        let mappings = match self.graph.nodes.get(source).map(|node| &node.content) {
            Some(Content::Mapping(_)) => vec![source],
            Some(Content::Sequence(items)) => items.clone(),
            _ => return Err(refusal()),
        };
        let mut parts = Vec::with_capacity(mappings.len());
        for mapping in mappings {
            if mapping != target {
                self.deepen(span)?;
                self.merge(mapping)?;
                self.depth = self.depth.saturating_sub(1);
            }
            let Some(Content::Mapping(pairs)) = self.graph.nodes.get(mapping).map(|node| &node.content)
            else {
                return Err(refusal());
            };
            let list = pairs.list.clone();
            self.spend(list.len(), span)?;
            parts.push(list);
        }
        merged.extend(parts.into_iter().rev().flatten());
        Ok(())
    }

    fn set_pairs(&mut self, id: NodeId, pairs: Pairs) {
        if let Some(node) = self.graph.nodes.get_mut(id) {
            node.content = Content::Mapping(pairs);
        }
    }
}

/// At most 60 characters.
fn shortened(name: &str) -> &str {
    name.char_indices()
        .nth(60)
        .and_then(|(end, _)| name.get(..end))
        .unwrap_or(name)
}

/// The value of a scalar, or the trouble that its text can't give one.
fn built<T>(value: Option<T>, at: usize, wanted: &str) -> Result<T, ParseError> {
    value.ok_or_else(|| {
        unbuildable(
            at,
            format!("looks like {wanted} or has its tag, but isn't; quote it to make it text"),
        )
    })
}
