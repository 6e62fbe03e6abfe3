//! What the steps need beside cargo. Added with rustup where it is missing; what can't be added is said.

use std::path::{Path, PathBuf};
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

/// The oldest Node that runs the page's build.
pub(crate) const NODE_FOR_PAGE: (u32, u32) = (20, 19);

/// Makes sure that a Node is there, of this version or later.
pub(crate) fn node(oldest: (u32, u32)) -> anyhow::Result<()> {
    let version = output(program("node").arg("--version")).with_context(|| {
        format!(
            "Node isn't installed; install version {}.{} or later",
            oldest.0, oldest.1
        )
    })?;
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= oldest => Ok(()),
        _ => bail!(
            "Node {} is too old; install version {}.{} or later",
            version.trim(),
            oldest.0,
            oldest.1
        ),
    }
}

/// A Chromium for the page's tests: what `CHROMIUM` names, or Debian's package, which is installed where it is missing.
pub(crate) fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let known = || {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        names
            .iter()
            .map(|name| Path::new("/usr/bin").join(name))
            .find(|path| path.is_file())
    };
    if let Some(found) = known() {
        return Ok(found);
    }
    let missing = "no Chromium in /usr/bin, and the page's tests need one: install Debian's package `chromium`, or set CHROMIUM to a browser";
    if !program("apt-get")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        bail!("{missing}");
    }
    // Its lists may be missing or old; the second command says what is wrong then.
    let _ = run(program("apt-get").args(["update", "--quiet=2"]));
    run(program("apt-get")
        .args([
            "install",
            "--yes",
            "--quiet=2",
            "--no-install-recommends",
            "chromium",
        ])
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .context(missing)?;
    known().context(missing)
}
