//! What the steps need beside cargo. Added with rustup where it is missing; what can't be added is said.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail};

use crate::cargo::{cargo, output, program, run};

/// The target of the page's module.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the rustup component behind a cargo command is there.
pub(crate) fn component(name: &str, command: &str) -> anyhow::Result<()> {
    let there = || {
        let mut version = cargo(command);
        version
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    if there() {
        return Ok(());
    }
    run(program("rustup").args(["component", "add", name]))
        .with_context(|| format!("could not install {name}, which `cargo {command}` needs"))?;
    if !there() {
        bail!("rustup installed {name}, but `cargo {command}` still doesn't start");
    }
    Ok(())
}

/// Makes sure that the standard library for [`WASM`] is there.
pub(crate) fn wasm_target() -> anyhow::Result<()> {
    let there = || {
        let mut print = program("rustc");
        print.args(["--print", "target-libdir", "--target", WASM]);
        output(&mut print).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
    };
    if there() {
        return Ok(());
    }
    run(program("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("could not install the standard library for {WASM}"))?;
    if !there() {
        bail!("rustup installed {WASM}, but rustc still doesn't find it: is another rustc earlier in PATH?");
    }
    Ok(())
}

/// Makes sure that Node is there.
pub(crate) fn node() -> anyhow::Result<()> {
    let version = output(program("node").arg("--version"))
        .context("Node isn't installed, and the wasm module needs it: install version 18 or later")?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    match major {
        Some(major) if major >= 18 => Ok(()),
        _ => bail!("Node {} is too old: install version 18 or later", version.trim()),
    }
}
