//! Tokens to a graph of nodes: the grammar, tags by name, anchors and aliases.

use std::collections::BTreeMap;

use super::super::text::Text;
use super::super::{ParseError, ParseErrorKind, Span};
use super::graph::{Content, Graph, GraphNode, NodeId, Pairs, Tag};
use super::resolve::implicit_tag;
use super::scanner::Scanner;
use super::token::{Directive, Token, TokenKind};
use super::{YAML_MAX_DEPTH, error};

/// Reads the only document; `None` if there is none.
pub(super) fn document(text: &str) -> Result<Option<(Graph, NodeId)>, ParseError> {
    let mut composer = Composer {
        scanner: Scanner::new(text),
        graph: Graph::default(),
        anchors: BTreeMap::new(),
        handles: default_handles(),
        depth: 0,
        content_end: 0,
    };
    let root = composer.document()?;
    Ok(root.map(|root| (composer.graph, root)))
}

struct Composer<'a> {
    scanner: Scanner<'a>,
    graph: Graph,
    anchors: BTreeMap<String, NodeId>,
    /// What tag handles stand for.
    handles: BTreeMap<String, String>,
    /// Open lists and mappings.
    depth: usize,
    /// End of the last token that is part of a node.
    content_end: usize,
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Flow,
    Block,
    /// The key or value of a block mapping, where a list needs no deeper indent.
    BlockEntry,
}

/// Anchor and tag in front of a node.
#[derive(Default)]
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
    start: Option<usize>,
    end: usize,
}

fn default_handles() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("!".to_owned(), "!".to_owned()),
        ("!!".to_owned(), "tag:yaml.org,2002:".to_owned()),
    ])
}

impl Composer<'_> {
    fn document(&mut self) -> Result<Option<NodeId>, ParseError> {
        let root = match self.kind()? {
            TokenKind::StreamEnd => return Ok(None),
            TokenKind::Directive(_) | TokenKind::DocumentStart => {
                self.directives()?;
                if !matches!(self.kind()?, TokenKind::DocumentStart) {
                    return Err(self.unexpected("`---` after the directives")?);
                }
                self.take()?;
                match self.kind()? {
                    TokenKind::Directive(_)
                    | TokenKind::DocumentStart
                    | TokenKind::DocumentEnd
                    | TokenKind::StreamEnd => self.empty(),
                    _ => self.node(Style::Block)?,
                }
            }
            _ => self.node(Style::Block)?,
        };
        while matches!(self.kind()?, TokenKind::DocumentEnd) {
            self.take()?;
        }
        match self.kind()? {
            TokenKind::StreamEnd => Ok(Some(root)),
            TokenKind::DocumentStart | TokenKind::Directive(_) => {
                let at = self.start()?;
                Err(error(at, "a second document; a file holds one"))
            }
            _ => Err(self.unexpected("the end of the file")?),
        }
    }

    fn directives(&mut self) -> Result<(), ParseError> {
        let mut version_given = false;
        let mut handles = BTreeMap::new();
        loop {
            let at = self.start()?;
            let TokenKind::Directive(directive) = self.kind()? else {
                break;
            };
            match directive.clone() {
                Directive::Yaml { .. } if version_given => return Err(error(at, "a second %YAML directive")),
                Directive::Yaml { major } if major != "1" => {
                    return Err(error(at, "expected version 1 of YAML"));
                }
                Directive::Yaml { .. } => version_given = true,
                Directive::Tag { handle, prefix } => {
                    if handles.insert(handle, prefix).is_some() {
                        return Err(error(at, "a second %TAG directive for the same handle"));
                    }
                }
                Directive::Unknown => {}
            }
            self.take()?;
        }
        self.handles.extend(handles);
        Ok(())
    }

    // Tokens

    fn kind(&mut self) -> Result<&TokenKind, ParseError> {
        Ok(self
            .scanner
            .peek()?
            .map_or(&TokenKind::StreamEnd, |token| &token.kind))
    }

    /// Where the next token starts.
    fn start(&mut self) -> Result<usize, ParseError> {
        let end = self.scanner.cursor.at;
        Ok(self.scanner.peek()?.map_or(end, |token| token.span.start))
    }

    fn take(&mut self) -> Result<Token, ParseError> {
        let at = self.scanner.cursor.at;
        let end = Token {
            kind: TokenKind::StreamEnd,
            span: Span { start: at, end: at },
        };
        let token = self.scanner.next()?.unwrap_or(end);
        if token.span.start < token.span.end {
            self.content_end = token.span.end;
        }
        Ok(token)
    }

    fn unexpected(&mut self, expected: &str) -> Result<ParseError, ParseError> {
        let at = self.start()?;
        let found = self.kind()?.name();
        Ok(error(at, format!("expected {expected}, found {found}")))
    }

    // Nodes

    fn node(&mut self, style: Style) -> Result<NodeId, ParseError> {
        if let TokenKind::Alias(name) = self.kind()? {
            let name = name.clone();
            let at = self.take()?.span.start;
            return self
                .anchors
                .get(&name)
                .copied()
                .ok_or_else(|| error(at, format!("no anchor `{name}` before this alias")));
        }
        let properties = self.properties()?;
        let next = self.start()?;
        if let Some(name) = &properties.anchor
            && self.anchors.contains_key(name)
        {
            return Err(error(
                properties.start.unwrap_or(next),
                format!("a second anchor `{name}`"),
            ));
        }
        match self.kind()? {
            TokenKind::BlockEntry if style == Style::BlockEntry => {
                self.sequence(properties, Self::indentless_sequence)
            }
            TokenKind::Scalar { .. } => {
                let token = self.take()?;
                let TokenKind::Scalar { text, plain } = token.kind else {
                    return Err(error(next, "expected text"));
                };
                Ok(self.scalar(properties, text, plain, token.span))
            }
            TokenKind::FlowSequenceStart => self.sequence(properties, Self::flow_sequence),
            TokenKind::FlowMappingStart => self.mapping(properties, Self::flow_mapping),
            TokenKind::BlockSequenceStart if style != Style::Flow => {
                self.sequence(properties, Self::block_sequence)
            }
            TokenKind::BlockMappingStart if style != Style::Flow => {
                self.mapping(properties, Self::block_mapping)
            }
            _ if properties.start.is_some() => {
                let span = Span {
                    start: properties.end,
                    end: properties.end,
                };
                Ok(self.scalar(properties, Text::default(), true, span))
            }
            _ => Err(self.unexpected("a value")?),
        }
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self) -> Result<Properties, ParseError> {
        let mut properties = Properties::default();
        let mut tag = None;
        for _ in 0..2 {
            match self.kind()? {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name.clone());
                }
                TokenKind::Tag { handle, suffix } if tag.is_none() => {
                    tag = Some((handle.clone(), suffix.clone()));
                }
                _ => break,
            }
            let span = self.take()?.span;
            properties.start.get_or_insert(span.start);
            properties.end = span.end;
        }
        properties.tag = match tag {
            None => None,
            Some((None, suffix)) => Some(suffix),
            Some((Some(handle), suffix)) => match self.handles.get(&handle) {
                Some(prefix) => Some(format!("{prefix}{suffix}")),
                None => {
                    return Err(error(
                        properties.end,
                        format!("no %TAG directive for the handle `{handle}`"),
                    ));
                }
            },
        };
        Ok(properties)
    }

    fn scalar(&mut self, properties: Properties, text: Text, plain: bool, span: Span) -> NodeId {
        let tag = match properties.tag {
            None if !plain => Tag::Str,
            None => implicit_tag(&text.shown),
            Some(tag) if tag == "!" => implicit_tag(&text.shown),
            Some(tag) => Tag::named(tag),
        };
        self.add(
            properties.anchor,
            GraphNode {
                tag,
                content: Content::Scalar(text),
                span,
            },
        )
    }

    /// Nothing, where a value might stand.
    fn empty(&mut self) -> NodeId {
        let at = self.content_end;
        self.scalar(
            Properties::default(),
            Text::default(),
            true,
            Span { start: at, end: at },
        )
    }

    fn add(&mut self, anchor: Option<String>, node: GraphNode) -> NodeId {
        let id = self.graph.add(node);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn sequence(
        &mut self,
        properties: Properties,
        items: fn(&mut Self) -> Result<Vec<NodeId>, ParseError>,
    ) -> Result<NodeId, ParseError> {
        let id = self.open(properties, Tag::Sequence, Content::Sequence(Vec::new()))?;
        let items = items(self)?;
        self.close(id, Content::Sequence(items));
        Ok(id)
    }

    fn mapping(
        &mut self,
        properties: Properties,
        pairs: fn(&mut Self) -> Result<Pairs, ParseError>,
    ) -> Result<NodeId, ParseError> {
        let id = self.open(properties, Tag::Mapping, Content::Mapping(Pairs::default()))?;
        let pairs = pairs(self)?;
        self.close(id, Content::Mapping(pairs));
        Ok(id)
    }

    /// Adds a collection, so that an alias inside it can name it.
    fn open(&mut self, properties: Properties, default: Tag, content: Content) -> Result<NodeId, ParseError> {
        let start = self.start()?;
        if self.depth >= YAML_MAX_DEPTH {
            let message =
                format!("nested deeper than {YAML_MAX_DEPTH} levels; the reference can't read it either");
            return Err(ParseError {
                kind: ParseErrorKind::TooDeep,
                at: start,
                message,
            });
        }
        self.depth = self.depth.saturating_add(1);
        let tag = properties
            .tag
            .filter(|tag| tag != "!")
            .map_or(default, Tag::named);
        Ok(self.add(
            properties.anchor,
            GraphNode {
                tag,
                content,
                span: Span { start, end: start },
            },
        ))
    }

    fn close(&mut self, id: NodeId, content: Content) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(node) = self.graph.nodes.get_mut(id) {
            node.content = content;
            node.span.end = self.content_end.max(node.span.start);
        }
    }

    // Block collections

    fn block_sequence(&mut self) -> Result<Vec<NodeId>, ParseError> {
        self.take()?;
        let mut items = Vec::new();
        while matches!(self.kind()?, TokenKind::BlockEntry) {
            self.take()?;
            items.push(match self.kind()? {
                TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(),
                _ => self.node(Style::Block)?,
            });
        }
        self.block_end("another list item")?;
        Ok(items)
    }

    fn indentless_sequence(&mut self) -> Result<Vec<NodeId>, ParseError> {
        let mut items = Vec::new();
        while matches!(self.kind()?, TokenKind::BlockEntry) {
            self.take()?;
            items.push(match self.kind()? {
                TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                    self.empty()
                }
                _ => self.node(Style::Block)?,
            });
        }
        Ok(items)
    }

    fn block_mapping(&mut self) -> Result<Pairs, ParseError> {
        self.take()?;
        let mut pairs = Pairs::default();
        while matches!(self.kind()?, TokenKind::Key) {
            self.take()?;
            let key = self.block_mapping_part()?;
            let value = if matches!(self.kind()?, TokenKind::Value) {
                self.take()?;
                self.block_mapping_part()?
            } else {
                self.empty()
            };
            pairs.list.push((key, value));
        }
        self.block_end("another key")?;
        Ok(pairs)
    }

    fn block_mapping_part(&mut self) -> Result<NodeId, ParseError> {
        match self.kind()? {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(self.empty()),
            _ => self.node(Style::BlockEntry),
        }
    }

    fn block_end(&mut self, expected: &str) -> Result<(), ParseError> {
        if !matches!(self.kind()?, TokenKind::BlockEnd) {
            return Err(self.unexpected(&format!("{expected} or a smaller indent"))?);
        }
        self.take()?;
        Ok(())
    }

    // Flow collections

    fn flow_sequence(&mut self) -> Result<Vec<NodeId>, ParseError> {
        self.take()?;
        let mut items = Vec::new();
        while !matches!(self.kind()?, TokenKind::FlowSequenceEnd) {
            if !items.is_empty() {
                self.flow_entry("`,` or `]`")?;
            }
            items.push(match self.kind()? {
                TokenKind::Key => self.mapping(Properties::default(), Self::flow_pair)?,
                TokenKind::FlowSequenceEnd => break,
                _ => self.node(Style::Flow)?,
            });
        }
        self.take()?;
        Ok(items)
    }

    /// A single `key: value` inside a flow sequence, which is a mapping.
    fn flow_pair(&mut self) -> Result<Pairs, ParseError> {
        self.take()?;
        let list = vec![(self.flow_part()?, self.flow_value()?)];
        Ok(Pairs { list, merged: 0 })
    }

    fn flow_mapping(&mut self) -> Result<Pairs, ParseError> {
        self.take()?;
        let mut pairs = Pairs::default();
        while !matches!(self.kind()?, TokenKind::FlowMappingEnd) {
            if !pairs.list.is_empty() {
                self.flow_entry("`,` or `}`")?;
            }
            pairs.list.push(match self.kind()? {
                TokenKind::Key => {
                    self.take()?;
                    (self.flow_part()?, self.flow_value()?)
                }
                TokenKind::FlowMappingEnd => break,
                _ => (self.node(Style::Flow)?, self.empty()),
            });
        }
        self.take()?;
        Ok(pairs)
    }

    fn flow_value(&mut self) -> Result<NodeId, ParseError> {
        if !matches!(self.kind()?, TokenKind::Value) {
            return Ok(self.empty());
        }
        self.take()?;
        self.flow_part()
    }

    fn flow_part(&mut self) -> Result<NodeId, ParseError> {
        match self.kind()? {
            TokenKind::Value
            | TokenKind::FlowEntry
            | TokenKind::FlowSequenceEnd
            | TokenKind::FlowMappingEnd => Ok(self.empty()),
            _ => self.node(Style::Flow),
        }
    }

    fn flow_entry(&mut self, expected: &str) -> Result<(), ParseError> {
        if !matches!(self.kind()?, TokenKind::FlowEntry) {
            return Err(self.unexpected(expected)?);
        }
        self.take()?;
        Ok(())
    }
}
