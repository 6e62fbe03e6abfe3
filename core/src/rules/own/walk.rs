//! Any file of a submission, and every value in it.

use std::fmt::Write as _;

use crate::diag::Place;
use crate::parse::{Node, Span, Value};
use crate::rules::document::{Document, Unkept};

/// How many findings of one rule of ours a file gets; the rest is counted. A file can hold millions of faults.
pub(in crate::rules) const MOST_PER_FILE: usize = 100;

/// A file's path, values and places, whatever its schema.
pub(in crate::rules) trait AnyDocument {
    fn path(&self) -> &str;
    fn root(&self) -> &Node;
    /// What is known of values that were not kept.
    fn unkept(&self) -> &Unkept;
    fn place_of_span(&self, pointer: &str, span: Span) -> Place;
}

impl<T> AnyDocument for Document<T> {
    fn path(&self) -> &str {
        self.path()
    }

    fn root(&self) -> &Node {
        self.root()
    }

    fn unkept(&self) -> &Unkept {
        self.unkept()
    }

    fn place_of_span(&self, pointer: &str, span: Span) -> Place {
        self.place_of_span(pointer, span)
    }
}

/// The way to a value: the containers around it, outermost first, each with the child that leads on.
pub(in crate::rules) struct Trail<'a, 's>(&'s [Step<'a>]);

/// A container, and how many of its children were taken up.
struct Step<'a> {
    container: &'a Node,
    taken: usize,
}

impl<'a> Step<'a> {
    fn next(&mut self) -> Option<&'a Node> {
        let child = match &self.container.value {
            Value::List(items) => items.get(self.taken),
            Value::Map(map) => map.entries().get(self.taken).map(|entry| &entry.value),
            _ => None,
        };
        self.taken = self.taken.saturating_add(1);
        child
    }

    /// Adds the part of a JSON pointer that names the child taken last.
    fn part(&self, pointer: &mut String) {
        let index = self.taken.saturating_sub(1);
        let Value::Map(map) = &self.container.value else {
            // Writing to a `String` can't fail.
            let _ = write!(pointer, "{index}");
            return;
        };
        match map.entries().get(index).map(|entry| &entry.key.value) {
            Some(Value::Str(key)) if key.contains(['~', '/']) => {
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Some(Value::Str(key)) => pointer.push_str(key),
            _ => {}
        }
    }
}

impl Trail<'_, '_> {
    /// JSON pointer of the value. Made only when asked for: keys may be long, and values many.
    pub(in crate::rules) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write(&mut pointer);
        pointer
    }

    /// As [`Trail::pointer`], added to a text.
    pub(in crate::rules) fn write(&self, pointer: &mut String) {
        for step in self.0 {
            pointer.push('/');
            step.part(pointer);
        }
    }
}

/// Calls `visit` with every value of a file, without recursion: depth is the file's choice.
pub(in crate::rules) fn values(root: &Node, visit: &mut dyn FnMut(&Trail<'_, '_>, &Node)) {
    visit(&Trail(&[]), root);
    let mut steps = vec![Step {
        container: root,
        taken: 0,
    }];
    while let Some(step) = steps.last_mut() {
        if let Some(child) = step.next() {
            visit(&Trail(&steps), child);
            if matches!(child.value, Value::List(_) | Value::Map(_)) {
                steps.push(Step {
                    container: child,
                    taken: 0,
                });
            }
        } else {
            steps.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::values;
    use crate::parse::parse_json;

    #[test]
    fn every_value_is_visited_once_with_its_pointer() {
        let root = parse_json(br#"{"a": [1, {"b/c": 2}], "d~": {}}"#).unwrap();
        let mut pointers = Vec::new();
        values(&root, &mut |trail, _| pointers.push(trail.pointer()));
        assert_eq!(pointers, ["", "/a", "/a/0", "/a/1", "/a/1/b~1c", "/d~0"]);
    }
}
