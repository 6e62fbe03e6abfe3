//! Any file of a submission, and every value in it.

use crate::diag::Place;
use crate::parse::{Node, Span, Value};
use crate::rules::document::Document;

/// A file's path, values and places, whatever its schema.
pub(in crate::rules) trait AnyDocument {
    fn path(&self) -> &str;
    fn root(&self) -> &Node;
    fn place_of_span(&self, pointer: &str, span: Span) -> Place;
}

impl<T> AnyDocument for Document<T> {
    fn path(&self) -> &str {
        self.path()
    }

    fn root(&self) -> &Node {
        self.root()
    }

    fn place_of_span(&self, pointer: &str, span: Span) -> Place {
        self.place_of_span(pointer, span)
    }
}

/// Calls `visit` with every value below a node and its JSON pointer, without recursion: depth is the file's choice.
pub(super) fn values(root: &Node, visit: &mut dyn FnMut(&str, &Node)) {
    let mut open: Vec<(String, &Node)> = vec![(String::new(), root)];
    while let Some((pointer, node)) = open.pop() {
        visit(&pointer, node);
        match &node.value {
            Value::List(items) => {
                open.extend(
                    items
                        .iter()
                        .enumerate()
                        .rev()
                        .map(|(index, item)| (format!("{pointer}/{index}"), item)),
                );
            }
            Value::Map(map) => open.extend(map.entries().iter().rev().map(|entry| {
                let key = if let Value::Str(key) = &entry.key.value {
                    key.replace('~', "~0").replace('/', "~1")
                } else {
                    String::new()
                };
                (format!("{pointer}/{key}"), &entry.value)
            })),
            _ => {}
        }
    }
}
