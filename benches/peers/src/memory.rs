//! Memory of one loaded tokenizer, in a process of its own.

use std::process::Command;

use anyhow::{Context, anyhow, bail};
use runbench_benches::texts::Set;
use runbench_benches::tokens::{maker, texts};

use crate::peers::Peer;

/// What a process is started with to be such a one.
pub(crate) const ARGUMENT: &str = "--memory";

/// Texts that fill what it remembers: English, no text twice.
const BYTES: usize = 16_500_000;

/// The heads of the columns.
pub(crate) fn head() {
    println!();
    println!(
        "| tokenizer | counter | file MB | most while loading MB | loaded MB | grown by 16.5 MB of English MB |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
}

/// Starts the process and prints what it says.
pub(crate) fn row(peer: Peer, kind: &str) -> anyhow::Result<()> {
    let output = Command::new(std::env::current_exe()?)
        .args([ARGUMENT, peer.name(), kind])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("the process that measures memory failed with {}", output.status);
    }
    print!(
        "| {kind} | {} | {}",
        peer.name(),
        String::from_utf8(output.stdout)?
    );
    Ok(())
}

/// What that process does.
pub(crate) fn measure(peer: &str, kind: &str) -> anyhow::Result<()> {
    let known = Peer::ALL.into_iter().find(|known| known.name() == peer);
    let peer = known.with_context(|| format!("no peer is called {peer}"))?;
    let file = std::fs::metadata(runbench_benches::tokens::path(kind))?.len() / 1000;
    let (start, _) = resident_kb()?;
    let loaded = peer.load(kind);
    let (resident, most) = resident_kb()?;
    let mut counter = match loaded {
        Ok(counter) => counter,
        Err(reason) => {
            println!("can't load it: {reason} |");
            return Ok(());
        }
    };
    let texts = texts(&maker(), Set::English, BYTES);
    let (before, _) = resident_kb()?;
    for text in &texts {
        counter
            .count(text, false)
            .ok_or_else(|| anyhow!("a text that it can't count"))?;
    }
    let (after, _) = resident_kb()?;
    let mb = |kb: u64| format!("{}.{}", kb / 1000, kb % 1000 / 100);
    println!(
        "{} | {} | {} | {} |",
        mb(file),
        mb(most.saturating_sub(start)),
        mb(resident.saturating_sub(start)),
        mb(after.saturating_sub(before)),
    );
    Ok(())
}

/// Resident memory of this process, now and at its highest. Units of 1000 bytes.
fn resident_kb() -> anyhow::Result<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is measured on Linux alone")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024 / 1000)
    };
    field("VmRSS:")
        .zip(field("VmHWM:"))
        .context("no VmRSS and VmHWM in /proc/self/status")
}
