//! What findings get when all are there: ids, and hints at near names.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Finding, Severity};
use crate::ruleset::hex;
use crate::suggest::closest;
use crate::tree::{Prefix, Tree, join};

/// Bytes of an id: ten hex digits, so that 10,000 findings share one with a chance of 1 in 20,000.
const ID_BYTES: usize = 5;

/// How many directories are listed for hints; a folder that lacks more than that has no typing errors.
const LISTINGS: usize = 200;

/// Gives each error and warning its id, and a hint where a name near the missing one stands there. `path` is that of
/// the submission, as printed: ids don't depend on what stands in front of it.
pub(crate) fn complete(findings: &mut [Finding], tree: &dyn Tree, prefix: &Prefix, path: &str) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut listings = Listings {
        tree,
        known: BTreeMap::new(),
    };
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.severity != Severity::Info)
    {
        let subject = subject(finding, path);
        let ordinal = seen.entry(subject.clone()).or_default();
        let digest = Sha256::digest(format!("{subject}\0{ordinal}").as_bytes());
        *ordinal = ordinal.saturating_add(1);
        finding.id = hex(digest.get(..ID_BYTES).unwrap_or_default());
        if finding.hint.is_none() {
            finding.hint = finding
                .path
                .as_deref()
                .and_then(|path| prefix.inner(path))
                .and_then(|inner| listings.near(inner));
        }
    }
}

/// What a finding is about, without the numbers and the wording.
fn subject(finding: &Finding, base: &str) -> String {
    let relative = |path: &str| {
        path.strip_prefix(base)
            .map_or(path, |rest| rest.trim_start_matches('/'))
            .to_owned()
    };
    let path = finding.path.as_deref().map(relative).unwrap_or_default();
    let (file, pointer) = finding.place.as_ref().map_or((String::new(), ""), |place| {
        (relative(&place.file), &place.pointer)
    });
    let key = finding.key.unwrap_or_default();
    [finding.origin.word(), finding.rule, key, &path, &file, pointer].join("\0")
}

/// Directories that were listed.
struct Listings<'a> {
    tree: &'a dyn Tree,
    known: BTreeMap<String, Vec<String>>,
}

impl Listings<'_> {
    /// Where a path leads nowhere: the name near the first one that is missing on the way.
    fn near(&mut self, inner: &str) -> Option<String> {
        if inner.is_empty() || self.tree.exists(inner) {
            return None;
        }
        let mut above = String::new();
        for name in inner.split('/') {
            let here = join(&above, name);
            if self.tree.exists(&here) {
                above = here;
                continue;
            }
            let names = self.names(&above)?;
            let near = closest(name, names.iter().map(String::as_str))?;
            return Some(format!("`{near}` stands there; did you mean `{name}`?"));
        }
        None
    }

    fn names(&mut self, directory: &str) -> Option<&Vec<String>> {
        if !self.known.contains_key(directory) {
            if self.known.len() >= LISTINGS {
                return None;
            }
            let entries = self.tree.list(directory).unwrap_or_default();
            let names = entries.into_iter().map(|entry| entry.name).collect();
            self.known.insert(directory.to_owned(), names);
        }
        self.known.get(directory)
    }
}
