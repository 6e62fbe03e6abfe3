//! Writes the oracle cases as folders: `unpack_corpus FOLDER`. For tests in other languages.
//!
//! `FOLDER/<id>/` holds a case's files, and `FOLDER/index.json` lists `{id, ruleset, check}`, `check` being the path to give
//! the checker below the case's folder.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use runbench_proptests::corpus::cases;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("usage: unpack_corpus FOLDER")?
        .into();
    let mut index = Vec::new();
    for ruleset in ["v0.1", "v1.5"] {
        for case in cases(ruleset)? {
            let own = folder.join(&case.id);
            fs::create_dir_all(&own)?;
            case.unpack(&own)?;
            index.push(json!({"id": case.id, "ruleset": ruleset, "check": case.check}));
        }
    }
    fs::write(folder.join("index.json"), serde_json::to_string_pretty(&index)?)?;
    Ok(())
}
