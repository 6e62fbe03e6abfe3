//! One value on its way through a schema: where it stands, and where its faults go.

use std::cell::RefCell;

use super::{Fault, FaultKind};
use crate::parse::{BigInt, MAX_DIGITS, Node, Span, python_writes};

/// The faults of a file, in the reference's order.
#[derive(Debug, Default)]
pub struct Faults {
    list: RefCell<Vec<Fault>>,
}

/// A value to be read, at its place.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The value as it was parsed.
    pub node: &'a Node,
    path: &'a Path<'a>,
    faults: &'a Faults,
}

/// The way from the root to a value; written out as a JSON pointer only when a fault needs it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Faults {
    /// Reads a whole document: its value, or all its faults (at least one).
    pub fn read<T>(root: &Node, reader: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, Vec<Fault>> {
        let faults = Self::default();
        let field = Field {
            node: root,
            path: &Path::Root,
            faults: &faults,
        };
        let value = reader(field);
        if value.is_none() && faults.count() == 0 {
            field.fault::<T>(FaultKind::Unworded, "can't be used");
        }
        let list = faults.list.into_inner();
        value.filter(|_| list.is_empty()).ok_or(list)
    }

    pub(super) fn count(&self) -> usize {
        self.list.borrow().len()
    }

    /// Says a fault better, and where.
    pub(super) fn reword(&self, number: usize, span: Span, message: String) {
        if let Some(fault) = self.list.borrow_mut().get_mut(number) {
            fault.span = span;
            fault.message = message;
        }
    }

    /// Forgets all faults but the first `count`.
    pub(super) fn keep(&self, count: usize) {
        self.list.borrow_mut().truncate(count);
    }
}

impl<'a> Field<'a> {
    /// Notes a fault of this value; always `None`, so that a reader can end with it.
    pub fn fault<T>(self, kind: FaultKind, message: impl Into<String>) -> Option<T> {
        self.fault_at(self.node.span, self.pointer(), kind, message)
    }

    /// A whole object whose checks write out its numbers: one that Python can't write out refuses the object.
    pub fn writable<T>(self, value: T, numbers: &[Option<&BigInt>]) -> Option<T> {
        if numbers.iter().flatten().all(|number| python_writes(number)) {
            return Some(value);
        }
        let message = format!("an integer has more than {MAX_DIGITS} digits");
        self.fault(FaultKind::Unworded, message)
    }

    /// Notes the absence of a field of this object.
    pub(super) fn missing(self, name: &str) {
        let pointer = Path::Key(self.path, name).pointer();
        self.fault_at::<()>(
            self.node.span,
            pointer,
            FaultKind::Missing,
            format!("`{name}` is missing"),
        );
    }

    /// Notes a fault of this object's key that stands at `span`.
    pub(super) fn key_fault(
        self,
        span: Span,
        name: Option<&str>,
        kind: FaultKind,
        message: impl Into<String>,
    ) {
        let pointer = name.map_or_else(|| self.pointer(), |name| Path::Key(self.path, name).pointer());
        self.fault_at::<()>(span, pointer, kind, message);
    }

    fn fault_at<T>(
        self,
        span: Span,
        pointer: String,
        kind: FaultKind,
        message: impl Into<String>,
    ) -> Option<T> {
        self.faults.list.borrow_mut().push(Fault {
            kind,
            pointer,
            span,
            message: message.into(),
        });
        None
    }

    /// JSON pointer of this value.
    pub fn pointer(self) -> String {
        self.path.pointer()
    }

    pub(super) fn path(self) -> &'a Path<'a> {
        self.path
    }

    pub(super) fn faults(self) -> &'a Faults {
        self.faults
    }

    /// A value below this one.
    pub(super) fn below<'b>(self, node: &'b Node, path: &'b Path<'b>) -> Field<'b>
    where
        'a: 'b,
    {
        Field {
            node,
            path,
            faults: self.faults,
        }
    }
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => format!(
                "{}/{}",
                parent.pointer(),
                key.replace('~', "~0").replace('/', "~1")
            ),
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}
