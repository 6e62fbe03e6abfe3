//! Time of a check through this crate's mapping, natively: `time_check FOLDER NAME ROUNDS` prints the median in
//! milliseconds. The page's tests put the same check in the browser's module beside it.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use runbench_wasm::answers::Checked;
use runbench_wasm::files::{FileTree, Slices};

struct Held(Vec<Vec<u8>>);

impl Slices for &Held {
    fn read(&self, file: usize, start: u64, length: u64) -> Result<Vec<u8>, String> {
        let start = usize::try_from(start).map_err(|error| error.to_string())?;
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        let bytes = self
            .0
            .get(file)
            .and_then(|bytes| bytes.get(start..start + length));
        bytes.map(<[u8]>::to_vec).ok_or_else(|| "no such part".to_owned())
    }
}

fn collect(folder: &Path, below: &str, paths: &mut Vec<String>, held: &mut Held) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let inner = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{inner}/"), paths, held)?;
        } else {
            held.0.push(fs::read(entry.path())?);
            paths.push(inner);
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer")]
#[expect(
    clippy::cast_precision_loss,
    reason = "lengths of files in memory are far below 2^53"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, name, rounds] = arguments.as_slice() else {
        return Err("usage: time_check FOLDER NAME ROUNDS".into());
    };
    let (mut paths, mut held) = (Vec::new(), Held(Vec::new()));
    collect(Path::new(folder), "", &mut paths, &mut held)?;
    let lengths: Vec<f64> = held.0.iter().map(|bytes| bytes.len() as f64).collect();
    let once = || -> Result<Duration, Box<dyn Error>> {
        let start = Instant::now();
        let tree = FileTree::new(paths.clone(), &lengths, Vec::new(), &held)?;
        let json = Checked::new(&tree, name, "v1.5").json();
        let took = start.elapsed();
        if !json.contains("\"verdict\": \"valid\"") {
            return Err("not a valid submission".into());
        }
        Ok(took)
    };
    for _ in 0..20 {
        once()?;
    }
    let mut took: Vec<Duration> = (0..rounds.parse()?).map(|_| once()).collect::<Result<_, _>>()?;
    took.sort_unstable();
    let median = took.get(took.len() / 2).ok_or("no rounds")?;
    println!("{}", median.as_secs_f64() * 1e3);
    Ok(())
}
