//! Packs the cases of a corpus folder into the project's copy: `pack_corpus FOLDER RULESET`.

use runbench_proptests::corpus::{CorpusError, pack, packed_file};

fn main() -> Result<(), CorpusError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, ruleset] = arguments.as_slice() else {
        return Err("usage: pack_corpus FOLDER RULESET".into());
    };
    let text = pack(&std::path::Path::new(folder).join("submissions"), ruleset)?;
    std::fs::write(packed_file(ruleset), text)?;
    Ok(())
}
