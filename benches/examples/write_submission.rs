//! Writes a submission of 32 points, for comparisons with other checkers: `-- FOLDER v0.1|v1.5 [MIB]`. With MIB one of its
//! accuracy files gets so many mebibytes of rows that no rule reads.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use runbench_benches::submission::{POINTS, v0_1, v1_5};
use runbench_core::tree::Tree as _;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = || io::Error::other("usage: write_submission FOLDER v0.1|v1.5 [MIB]");
    let folder = PathBuf::from(arguments.next().ok_or_else(usage)?);
    let (tree, large) = match arguments.next().as_deref() {
        Some("v0.1") => (
            v0_1(POINTS),
            "pareto/node1/llama3_1-8b/results/point_8/accuracy/results.json",
        ),
        Some("v1.5") => (v1_5(POINTS), "results/sys_a/llama3_1-8b/r8/results.json"),
        _ => return Err(usage()),
    };
    for path in tree.paths() {
        let target = folder.join(path);
        fs::create_dir_all(target.parent().ok_or_else(usage)?)?;
        fs::write(target, tree.read(path).map_err(io::Error::other)?)?;
    }
    for directory in ["documentation", "src/llama3_1-8b"] {
        if tree.is_directory(directory) {
            fs::create_dir_all(folder.join(directory))?;
        }
    }
    let Some(mebibytes) = arguments.next() else {
        return Ok(());
    };
    let mebibytes: u64 = mebibytes.parse().map_err(io::Error::other)?;
    let mut file = BufWriter::new(fs::File::create(folder.join(large))?);
    write!(file, "{{\"cnn_dailymail::llama3_8b\": {{\"rows\": [\n")?;
    let row = format!("\"{}\",\n", "a row of text, ".repeat(70));
    for _ in 0..mebibytes * (1 << 20) / row.len() as u64 {
        file.write_all(row.as_bytes())?;
    }
    let scores =
        r#"{"rouge1": 38.7287, "rouge2": 16.0968, "rougeL": 24.5, "rougeLsum": 35.9, "gen_len": 8167000}"#;
    write!(file, "\"\"], \"num_samples\": 13368, \"score\": {scores}}}}}")?;
    file.flush()
}
