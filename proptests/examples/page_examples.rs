//! Writes the page's examples: `page_examples web/public/examples`. A test says when they are out of date.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use runbench_proptests::{archive, example};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("usage: page_examples FOLDER")?
        .into();
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("valid.zip"),
        archive::zip(example::VALID_NAME, &example::valid()),
    )?;
    fs::write(
        folder.join("broken.zip"),
        archive::zip(example::BROKEN_NAME, &example::broken()),
    )?;
    Ok(())
}
