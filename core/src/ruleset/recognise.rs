//! `--ruleset auto`: which ruleset a folder was laid out for.

use serde::Serialize;

use crate::tree::{Kind, Tree, join};

/// What stands in a folder of each layout: in no other one, and less telling.
struct Layout {
    ruleset: &'static str,
    own: &'static [&'static str],
    shared: &'static [&'static str],
}

const LAYOUTS: [Layout; 2] = [
    Layout {
        ruleset: "v0.1",
        own: &["systems", "pareto"],
        shared: &["documentation"],
    },
    Layout {
        ruleset: "v1.5",
        own: &["results"],
        shared: &["docs"],
    },
];

/// Judges where nothing is recognised: what was the default before layouts were recognised.
const FALLBACK: &str = "v0.1";

/// How many folders below the one given are looked into.
const FOLDERS_SEEN: usize = 100;

/// How a ruleset came to be the one that judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChosenBy {
    /// The user named it.
    Name,
    /// The user gave its file.
    File,
    /// The folder has its layout.
    Layout,
    /// The folder has the layout of several, or of none: a guess that the reader should look at.
    Guess,
}

/// Why a ruleset judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// How it came to be.
    pub by: ChosenBy,
    /// Why, for people; empty where the user said so.
    pub reason: String,
}

impl Choice {
    /// The user named the ruleset.
    pub fn named() -> Self {
        Self {
            by: ChosenBy::Name,
            reason: String::new(),
        }
    }

    /// The user gave the ruleset's file.
    pub fn file() -> Self {
        Self {
            by: ChosenBy::File,
            reason: String::new(),
        }
    }

    fn new(by: ChosenBy, reason: String) -> Self {
        Self { by, reason }
    }
}

/// The name of the ruleset that a folder was laid out for, and why.
///
/// v0.1 has `systems/` and `pareto/` in the folder; v1.5 has `results/` there or in a folder directly below.
pub fn recognise(tree: &dyn Tree) -> (&'static str, Choice) {
    let found = LAYOUTS.map(|layout| {
        let marks = |names: &'static [&'static str]| {
            names
                .iter()
                .copied()
                .filter(|name| tree.is_directory(name))
                .collect::<Vec<_>>()
        };
        (layout.ruleset, marks(layout.own), marks(layout.shared))
    });
    let [(old, old_own, old_shared), (new, new_own, new_shared)] = found;
    let list = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}/`")).collect();
        names.join(" and ")
    };
    match (old_own.is_empty(), new_own.is_empty()) {
        (false, true) => {
            return (
                old,
                Choice::new(ChosenBy::Layout, format!("{} found", list(&old_own))),
            );
        }
        (true, false) => {
            return (
                new,
                Choice::new(ChosenBy::Layout, format!("{} found", list(&new_own))),
            );
        }
        (false, false) => {
            let ruleset = if old_own.len() > new_own.len() && new_shared.is_empty() {
                old
            } else {
                new
            };
            let reason = format!(
                "both {} of v0.1 and {} of v1.5 found",
                list(&old_own),
                list(&new_own)
            );
            return (ruleset, Choice::new(ChosenBy::Guess, reason));
        }
        (true, true) => {}
    }
    if !old_shared.is_empty() {
        let reason = format!(
            "{} found, but neither `systems/` nor `pareto/`",
            list(&old_shared)
        );
        return (old, Choice::new(ChosenBy::Guess, reason));
    }
    if !new_shared.is_empty() {
        let reason = format!("{} found, but no `results/`", list(&new_shared));
        return (new, Choice::new(ChosenBy::Guess, reason));
    }
    below(tree, new)
}

/// Looks into the folders below the one given.
fn below(tree: &dyn Tree, new: &'static str) -> (&'static str, Choice) {
    let folders: Vec<String> = tree
        .list("")
        .unwrap_or_default()
        .into_iter()
        .filter(|entry| entry.kind == Some(Kind::Directory))
        .map(|entry| entry.name)
        .take(FOLDERS_SEEN)
        .collect();
    let holding = |name: &str| -> Vec<&String> {
        let holds = |folder: &&String| tree.is_directory(&join(folder, name));
        folders.iter().filter(holds).collect()
    };
    match holding("results").as_slice() {
        [] => {}
        [only] => {
            return (
                new,
                Choice::new(ChosenBy::Layout, format!("`{only}/results/` found")),
            );
        }
        [first, second, ..] => {
            let reason = format!("`results/` found in several folders, such as `{first}/` and `{second}/`");
            return (new, Choice::new(ChosenBy::Guess, reason));
        }
    }
    let reason = match holding("pareto").first() {
        Some(folder) => {
            format!("the layout of v0.1 stands in `{folder}/`; that is the folder to check")
        }
        None if tree.exists("") => {
            "neither `systems/` and `pareto/` (v0.1) nor `results/` (v1.5) found".to_owned()
        }
        None => "nothing found at the path".to_owned(),
    };
    (FALLBACK, Choice::new(ChosenBy::Guess, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn check(directories: &[&str], ruleset: &str, by: ChosenBy, reason: &str) {
        let mut tree = MemoryTree::new();
        for directory in directories {
            tree.insert_directory(directory);
        }
        let (name, choice) = recognise(&tree);
        assert_eq!((name, choice.by), (ruleset, by), "{directories:?}");
        assert!(
            choice.reason.contains(reason),
            "{directories:?}: {}",
            choice.reason
        );
    }

    #[test]
    fn each_layout_is_told_by_its_directories() {
        check(
            &["systems", "pareto", "documentation"],
            "v0.1",
            ChosenBy::Layout,
            "`pareto/`",
        );
        check(&["pareto"], "v0.1", ChosenBy::Layout, "`pareto/` found");
        check(&["results/sys", "docs"], "v1.5", ChosenBy::Layout, "`results/`");
        check(
            &["sub-1/results", "other"],
            "v1.5",
            ChosenBy::Layout,
            "`sub-1/results/`",
        );
    }

    #[test]
    fn what_is_not_clear_is_said_to_be_a_guess() {
        check(&["systems", "results"], "v1.5", ChosenBy::Guess, "both");
        check(&["systems", "pareto", "results"], "v0.1", ChosenBy::Guess, "both");
        check(&["a/results", "b/results"], "v1.5", ChosenBy::Guess, "several");
        check(&["docs"], "v1.5", ChosenBy::Guess, "no `results/`");
        check(&["documentation"], "v0.1", ChosenBy::Guess, "neither");
        check(&["acme/pareto"], "v0.1", ChosenBy::Guess, "`acme/`");
        check(&[], "v0.1", ChosenBy::Guess, "neither");
        assert_eq!(recognise(&MemoryTree::absent()).0, "v0.1");
    }
}
