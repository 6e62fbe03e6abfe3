//! Objects with a schema.

use std::cell::RefCell;

use super::field::Path;
use super::{FaultKind, Field};
use crate::parse::{Map, Node, Value};
use crate::suggest::closest;

/// An object being read field by field.
#[derive(Debug)]
pub struct Object<'a> {
    field: Field<'a>,
    map: &'a Map,
    /// Names asked for so far.
    known: RefCell<Vec<&'static str>>,
    /// Names that were wanted and are not there, each with its fault's number.
    missing: RefCell<Vec<(&'static str, usize)>>,
}

impl<'a> Field<'a> {
    /// Reads an object that may have other keys too.
    pub fn object<T>(self, fields: impl FnOnce(&Object<'a>) -> T) -> Option<T> {
        self.read_object(false, fields)
    }

    /// Reads an object that may have no keys but those that `fields` asks for.
    pub fn closed_object<T>(self, fields: impl FnOnce(&Object<'a>) -> T) -> Option<T> {
        self.read_object(true, fields)
    }

    fn read_object<T>(self, closed: bool, fields: impl FnOnce(&Object<'a>) -> T) -> Option<T> {
        let Value::Map(map) = &self.node.value else {
            return self.fault(
                FaultKind::ModelType,
                format!("expected an object, found {}", self.node.value.name()),
            );
        };
        let before = self.faults().count();
        let object = Object {
            field: self,
            map,
            known: RefCell::default(),
            missing: RefCell::default(),
        };
        let value = fields(&object);
        if let Some(broken) = map
            .entries()
            .iter()
            .find(|entry| matches!(entry.key.value, Value::LoneSurrogate(_)))
        {
            // The reference gives up on such an object and forgets what it had found.
            self.faults().keep(before);
            self.key_fault(
                broken.key.span,
                None,
                FaultKind::Unworded,
                "a key with a lone surrogate is no text",
            );
            return None;
        }
        object.explain_missing();
        object.check_keys(closed);
        (self.faults().count() == before).then_some(value)
    }
}

impl<'a> Object<'a> {
    /// A field that must be there.
    pub fn required<T: Default>(&self, name: &'static str, reader: impl FnOnce(Field<'_>) -> Option<T>) -> T {
        let Some(node) = self.raw(name) else {
            let fault = self.field.faults().count();
            self.missing.borrow_mut().push((name, fault));
            self.field.missing(name);
            return T::default();
        };
        self.read(name, node, reader).unwrap_or_default()
    }

    /// A field that may be absent or null.
    pub fn optional<T>(&self, name: &'static str, reader: impl FnOnce(Field<'_>) -> Option<T>) -> Option<T> {
        let node = self.raw(name).filter(|node| node.value != Value::Null)?;
        self.read(name, node, reader)
    }

    /// A field that may be absent, but not null.
    pub fn default<T>(
        &self,
        name: &'static str,
        absent: T,
        reader: impl FnOnce(Field<'_>) -> Option<T>,
    ) -> T {
        match self.raw(name) {
            Some(node) => self.read(name, node, reader).unwrap_or(absent),
            None => absent,
        }
    }

    /// A field as it was parsed; from now on the object knows its name.
    pub fn raw(&self, name: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(name);
        self.map.get(name)
    }

    /// Notes a fault of a field (of the object, where the field is absent); for checks that no reader can do.
    pub fn fault(&self, name: &str, kind: FaultKind, message: impl Into<String>) {
        match self.map.get(name) {
            Some(node) => {
                let path = Path::Key(self.field.path(), name);
                self.field.below(node, &path).fault::<()>(kind, message);
            }
            None => {
                self.field.fault::<()>(kind, message);
            }
        }
    }

    /// The object itself.
    pub fn field(&self) -> Field<'a> {
        self.field
    }

    fn read<T>(&self, name: &str, node: &Node, reader: impl FnOnce(Field<'_>) -> Option<T>) -> Option<T> {
        let path = Path::Key(self.field.path(), name);
        reader(self.field.below(node, &path))
    }

    /// Where a missing field's name stands there misspelt, its fault says so and points at it.
    fn explain_missing(&self) {
        let known = self.known.borrow();
        for (name, fault) in self.missing.borrow().iter() {
            let spare = self
                .map
                .entries()
                .iter()
                .filter_map(|entry| match &entry.key.value {
                    Value::Str(key) if !known.contains(&key.as_str()) => Some((key.as_str(), entry.key.span)),
                    _ => None,
                });
            let spare: Vec<_> = spare.collect();
            let near = closest(name, spare.iter().map(|(key, _)| *key));
            if let Some((key, span)) = spare.iter().find(|(key, _)| near == Some(*key)) {
                let message = format!("`{name}` is missing; is `{key}` meant to be it?");
                self.field.faults().reword(*fault, *span, message);
            }
        }
    }

    /// What the reference says about keys, after the fields, in file order.
    fn check_keys(&self, closed: bool) {
        let known = self.known.borrow();
        for entry in self.map.entries() {
            let span = entry.key.span;
            match &entry.key.value {
                Value::Str(name) if closed && !known.iter().any(|known| known == name) => {
                    let message = format!("`{name}` is not a field of this object");
                    self.field
                        .key_fault(span, Some(name), FaultKind::ExtraForbidden, message);
                }
                Value::Str(_) => {}
                other => {
                    let message = format!("a key must be text, found {}", other.name());
                    self.field.key_fault(span, None, FaultKind::Unworded, message);
                }
            }
        }
    }
}
