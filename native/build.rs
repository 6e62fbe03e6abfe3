//! Puts the built page, if there is one in `web/dist`, into the binary as a table of files.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = manifest.join("../web/dist");
    if !dist.exists() {
        // Cargo runs this again at every build while what it watches is missing, and once more if it is new. Where the
        // folder can't be made it does no harm.
        let _ = fs::create_dir_all(&dist).and_then(|()| File::open(&dist)?.set_modified(UNIX_EPOCH));
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, "", &mut files)?;
    }
    files.sort();
    let mut table = "&[\n".to_owned();
    for (name, path) in files {
        // Writing to a `String` can't fail.
        let _ = writeln!(
            table,
            "    ({name:?}, include_bytes!({:?})),",
            path.display().to_string()
        );
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("page_files.rs"), table)
}

fn collect(folder: &Path, below: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path().canonicalize()?;
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() {
            collect(&path, &format!("{below}{name}/"), files)?;
        } else {
            files.push((format!("{below}{name}"), path));
        }
    }
    Ok(())
}
