//! The token counter's unit tests in Miri, which sees what `unsafe` may not do.

use anyhow::Context;

use crate::cargo::{output, program, run};

/// What Miri is made of, beside the nightly toolchain.
const COMPONENTS: [&str; 2] = ["miri", "rust-src"];

/// The instructions of the counter's AVX2 way. Miri has no processor to ask: what the flags say is there.
const AVX2: &str = "-Ctarget-feature=+avx2,+bmi1,+bmi2,+lzcnt,+popcnt";

/// Runs the tests twice: without special instructions, and with AVX2. AVX-512 is beyond Miri.
pub(crate) fn check() -> anyhow::Result<()> {
    components()?;
    println!("without special instructions:");
    run(tests("tokens::").env("RUSTFLAGS", ""))?;
    if cfg!(target_arch = "x86_64") {
        println!("with AVX2:");
        // What chooses instructions is here, and the rest is as it was.
        run(tests("tokens::bpe::").env("RUSTFLAGS", AVX2))?;
    } else {
        println!("the way with AVX2 was not run: this processor is of another kind");
    }
    println!("the way with AVX-512 was not run: Miri doesn't know its instructions");
    Ok(())
}

/// The nightly cargo on those unit tests of the program whose names have this in them.
fn tests(filter: &str) -> std::process::Command {
    let mut tests = program("rustup");
    tests
        .args(["run", "nightly", "cargo", "miri", "test"])
        .args(["--package", "runbench", "--lib", "--", filter])
        // Some tests make folders, and the log's crates ask for the time.
        .env("MIRIFLAGS", "-Zmiri-disable-isolation")
        // The cargo that runs us names itself here, and the nightly one would start it again.
        .env_remove("CARGO");
    tests
}

/// Makes sure that the nightly toolchain has Miri and the library's source, which Miri compiles for itself.
fn components() -> anyhow::Result<()> {
    let missing = || {
        let mut list = program("rustup");
        list.args(["component", "list", "--installed", "--toolchain", "nightly"]);
        let installed = output(&mut list).unwrap_or_default();
        let is_missing = |name: &&str| !installed.lines().any(|line| line.starts_with(name));
        COMPONENTS.into_iter().filter(is_missing).collect::<Vec<&str>>()
    };
    if missing().is_empty() {
        return Ok(());
    }
    let mut install = program("rustup");
    install.args([
        "toolchain",
        "install",
        "nightly",
        "--profile",
        "minimal",
        "--no-self-update",
    ]);
    for name in COMPONENTS {
        install.args(["--component", name]);
    }
    let why = "Miri needs the nightly toolchain with its components miri and rust-src, and rustup could not install it; \
        not each night has Miri, so try another: rustup toolchain install nightly-YYYY-MM-DD";
    run(&mut install).context(why)?;
    let missing = missing();
    anyhow::ensure!(
        missing.is_empty(),
        "rustup installed a nightly toolchain, but it still lacks {}",
        missing.join(" and ")
    );
    Ok(())
}
