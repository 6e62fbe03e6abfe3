//! `link-leaves-folder` and `link-leads-nowhere`.

use super::OWN;
use super::walk::MOST_PER_FILE;
use crate::diag::Severity;
use crate::rules::{Meta, Out};
use crate::tree::{DirEntry, Prefix, Tree};

pub(in crate::rules) const LEAVES: Meta = Meta {
    id: "link-leaves-folder",
    title: "no link leads out of the submission",
    what: "A symbolic link anywhere in the submission must lead to something within it. What lies outside is never read here; \
           the reference reads it.",
    why: "What is linked from outside is not submitted: the next reader has another file there, or none.",
    fix: "put a copy of the file in place of the link",
    ..OWN
};

pub(in crate::rules) const NOWHERE: Meta = Meta {
    id: "link-leads-nowhere",
    severity: Severity::Warning,
    title: "no link leads nowhere",
    what: "A symbolic link whose target doesn't exist counts as absent, here and in the reference.",
    why: "Something was meant to be there.",
    fix: "put the file in place of the link, or remove the link",
    ..OWN
};

/// Links that lead out of a submission, and links that lead nowhere, as printed paths.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Links {
    leaving: Vec<String>,
    nowhere: Vec<String>,
}

impl Links {
    /// Takes note of a name, if it is a link that leads somewhere it shouldn't.
    pub(super) fn note(&mut self, entry: &DirEntry, inner: &str, tree: &dyn Tree, prefix: &Prefix) {
        match entry.kind {
            _ if !entry.link => {}
            None => self.nowhere.push(prefix.show(inner)),
            Some(_) if tree.is_outside(inner) => self.leaving.push(prefix.show(inner)),
            Some(_) => {}
        }
    }

    /// Puts them in order of their paths.
    pub(super) fn sort(&mut self) {
        self.leaving.sort();
        self.nowhere.sort();
    }

    /// Reports those that leave.
    pub(in crate::rules) fn report_leaving(&self, out: &mut Out<'_>) {
        for path in self.leaving.iter().take(MOST_PER_FILE) {
            out.error(
                path,
                "the link leads out of the submission; what it leads to was not read",
            );
        }
        if let Some((path, more)) = rest(&self.leaving) {
            out.error(path, format!("{more} more links lead out of the submission"));
        }
    }

    /// Reports those that lead nowhere.
    pub(in crate::rules) fn report_nowhere(&self, out: &mut Out<'_>) {
        for path in self.nowhere.iter().take(MOST_PER_FILE) {
            out.warning(path, "the link leads nowhere");
        }
        if let Some((path, more)) = rest(&self.nowhere) {
            out.warning(path, format!("{more} more links lead nowhere"));
        }
    }
}

/// The first path beyond those that are told one by one, and how many there are.
fn rest(paths: &[String]) -> Option<(&str, usize)> {
    let path = paths.get(MOST_PER_FILE)?;
    Some((path, paths.len().saturating_sub(MOST_PER_FILE)))
}
