//! Writes one long text of the token benches' generator: `-- FILE SET MB`; the sets are those of `tokens_ratio`.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use runbench_benches::texts::Set;
use runbench_benches::tokens::{maker, texts};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || io::Error::other("usage: write_text FILE SET MB");
    let [path, set, mb] = arguments.as_slice() else {
        return Err(usage());
    };
    let known = Set::ALL.into_iter().find(|known| known.name() == set);
    let mb: usize = mb.parse().map_err(io::Error::other)?;
    let mut file = BufWriter::new(File::create(path)?);
    for text in texts(&maker(), known.ok_or_else(usage)?, mb * 1_000_000) {
        file.write_all(text.as_bytes())?;
    }
    file.flush()
}
