//! Writes `configs/demo/tokenizer.json`: run it after changing the demo's text, then commit the file.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let json = runbench::mock::tokenizer::train().map_err(|error| anyhow::anyhow!("{error}"))?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/demo/tokenizer.json");
    std::fs::write(&path, json)?;
    Ok(())
}
