//! Pages made from code, so that they can't say something else than the code does.

use std::fs;

use anyhow::{Context, bail};

use crate::cargo::root;
use crate::output_page::output_page;

/// A file that is made from code.
struct Page {
    /// Path from the workspace's root.
    path: &'static str,
    /// Makes the whole text.
    text: fn() -> String,
}

/// All of them.
const PAGES: &[Page] = &[
    Page {
        path: "docs/rules.md",
        text: runbench_core::rules::rules_page,
    },
    Page {
        path: "docs/output.md",
        text: output_page,
    },
];

/// Writes every page that is out of date.
pub(crate) fn write() -> anyhow::Result<()> {
    for page in PAGES.iter().filter(|page| is_stale(page)) {
        let path = root().join(page.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("can't make the folder of {}", page.path))?;
        }
        fs::write(&path, (page.text)()).with_context(|| format!("can't write {}", page.path))?;
        println!("wrote {}", page.path);
    }
    Ok(())
}

/// An error if a page is out of date.
pub(crate) fn check() -> anyhow::Result<()> {
    let stale: Vec<&str> = PAGES
        .iter()
        .filter(|page| is_stale(page))
        .map(|page| page.path)
        .collect();
    if !stale.is_empty() {
        bail!(
            "out of date: {}; `cargo xtask generate` writes them",
            stale.join(", ")
        );
    }
    println!("{} generated files, all current", PAGES.len());
    Ok(())
}

/// Whether the file on disk is missing or differs from what the code makes.
fn is_stale(page: &Page) -> bool {
    fs::read_to_string(root().join(page.path)).ok() != Some((page.text)())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_different_file_is_stale() {
        let missing = Page {
            path: "no/such/page.md",
            text: String::new,
        };
        let different = Page {
            path: "Cargo.toml",
            text: || "something else".to_owned(),
        };
        assert!(is_stale(&missing));
        assert!(is_stale(&different));
    }

    #[test]
    fn a_file_as_the_code_makes_it_is_current() {
        let same = Page {
            path: "rustfmt.toml",
            text: || include_str!("../../rustfmt.toml").to_owned(),
        };
        assert!(!is_stale(&same));
    }
}
