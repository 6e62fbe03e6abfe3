//! Pages made from code, so that they can't say something else than the code does.

use std::fs;

use anyhow::{Context, bail};

use crate::cargo::root;
use crate::output_page::output_page;
use crate::types::types;

/// A file that is made from code.
struct Page {
    /// Path from the workspace's root.
    path: &'static str,
    /// Makes the whole text.
    text: fn() -> anyhow::Result<String>,
}

/// All of them.
const PAGES: &[Page] = &[
    Page {
        path: "docs/rules.md",
        text: || Ok(runbench_core::rules::rules_page()),
    },
    Page {
        path: "docs/output.md",
        text: || Ok(output_page()),
    },
    Page {
        path: "wasm/report.d.ts",
        text: types,
    },
];

/// Writes every page that is out of date.
pub(crate) fn write() -> anyhow::Result<()> {
    for page in PAGES {
        let (path, text) = (root().join(page.path), (page.text)()?);
        if fs::read_to_string(&path).is_ok_and(|have| have == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("can't make the folder of {}", page.path))?;
        }
        fs::write(&path, text).with_context(|| format!("can't write {}", page.path))?;
        println!("wrote {}", page.path);
    }
    Ok(())
}

/// An error if a page is out of date.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for page in PAGES {
        if is_stale(page)? {
            stale.push(page.path);
        }
    }
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
fn is_stale(page: &Page) -> anyhow::Result<bool> {
    Ok(fs::read_to_string(root().join(page.path)).ok() != Some((page.text)()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_different_file_is_stale() {
        let missing = Page {
            path: "no/such/page.md",
            text: || Ok(String::new()),
        };
        let different = Page {
            path: "Cargo.toml",
            text: || Ok("something else".to_owned()),
        };
        assert!(is_stale(&missing).unwrap());
        assert!(is_stale(&different).unwrap());
    }

    #[test]
    fn a_file_as_the_code_makes_it_is_current() {
        let same = Page {
            path: "rustfmt.toml",
            text: || Ok(include_str!("../../rustfmt.toml").to_owned()),
        };
        assert!(!is_stale(&same).unwrap());
    }
}
