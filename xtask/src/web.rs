//! The page: module, bindings, scripts and styles into `web/dist`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::cargo::{cargo, program, root, run};
use crate::toolchain::{self, WASM};

/// The module's files, made here and read by the page's build.
const PACKAGE: &str = "web/pkg";
/// Where the finished page stands.
const DIST: &str = "web/dist";

/// Builds everything from nothing, and says how large it is.
pub(crate) fn build() -> anyhow::Result<()> {
    module()?;
    packages()?;
    let fresh = target_folder().join("page");
    let mut vite = program("npm");
    vite.args(["run", "--silent", "build", "--", "--emptyOutDir", "--outDir"])
        .arg(&fresh)
        .current_dir(root().join("web"));
    run(&mut vite)?;
    mirror(&fresh, &root().join(DIST))?;
    sizes()
}

/// Makes the second folder hold what the first does. What is the same already stays untouched, so that the program, which
/// holds these files, isn't compiled again for nothing.
fn mirror(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (mut wanted, mut there) = (Vec::new(), Vec::new());
    collect(from, &mut wanted)?;
    fs::create_dir_all(to).with_context(|| format!("can't make {}", to.display()))?;
    collect(to, &mut there)?;
    for old in there {
        let kept = old.strip_prefix(to).is_ok_and(|name| from.join(name).is_file());
        if !kept {
            fs::remove_file(&old).with_context(|| format!("can't remove {}", old.display()))?;
        }
    }
    for path in wanted {
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        let target = to.join(path.strip_prefix(from)?);
        if fs::read(&target).is_ok_and(|have| have == bytes) {
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        }
        fs::write(&target, bytes).with_context(|| format!("can't write {}", target.display()))?;
    }
    Ok(())
}

/// Compiles the module and writes its bindings.
fn module() -> anyhow::Result<()> {
    toolchain::wasm_target()?;
    // A profile of its own: small, and without the assertions that the native program keeps.
    // As a cdylib alone: cargo leaves out the optimisation over all crates where a crate is also a Rust library, and where
    // it compiles incrementally. Both together are a third of the module.
    let mut build = cargo(&format!(
        "rustc --package runbench-wasm --lib --crate-type cdylib --target {WASM} --profile page"
    ));
    build.env("CARGO_INCREMENTAL", "0");
    run(&mut build)?;
    let compiled = target_folder().join(WASM).join("page/runbench_wasm.wasm");
    let package = root().join(PACKAGE);
    if package.exists() {
        fs::remove_dir_all(&package).with_context(|| format!("can't empty {PACKAGE}"))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&compiled)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(false)
        .out_name("runbench");
    bindgen
        .generate(&package)
        .with_context(|| format!("can't write bindings for {}", compiled.display()))?;
    // What makes the folder a package for others.
    for (name, text) in [
        ("package.json", package_json()),
        (
            "report.d.ts",
            fs::read_to_string(root().join("wasm/report.d.ts")).context("can't read wasm/report.d.ts")?,
        ),
    ] {
        fs::write(package.join(name), text).with_context(|| format!("can't write {PACKAGE}/{name}"))?;
    }
    Ok(())
}

fn package_json() -> String {
    let package = serde_json::json!({
        "name": "runbench-wasm",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "The checker of runbench as a WebAssembly module",
        "license": "Apache-2.0",
        "type": "module",
        "main": "runbench.js",
        "types": "runbench.d.ts",
        "files": ["runbench.js", "runbench.d.ts", "runbench_bg.wasm", "runbench_bg.wasm.d.ts", "report.d.ts"],
        "sideEffects": false,
    });
    format!("{package:#}\n")
}

/// The npm packages of the lock file.
fn packages() -> anyhow::Result<()> {
    toolchain::node(toolchain::NODE_FOR_PAGE)?;
    let web = root().join("web");
    let (lock, mark) = (
        web.join("package-lock.json"),
        web.join("node_modules/.runbench-lock"),
    );
    let wanted = fs::read(&lock).context("can't read web/package-lock.json")?;
    if fs::read(&mark).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    let mut install = program("npm");
    install
        .args(["ci", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&web);
    run(&mut install).context("could not install the page's npm packages")?;
    fs::write(&mark, wanted).context("can't note which npm packages are there")
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// What module, script and style should weigh together, compressed (style.md, section 7).
const GOAL_BYTES: u64 = 400_000;
/// What they may weigh: somewhat more than they do, so that a leap is noticed.
const LIMIT_BYTES: u64 = 700_000;

/// Prints every file's size, plain and compressed; an error above the limit.
fn sizes() -> anyhow::Result<()> {
    let dist = root().join(DIST);
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut loaded = 0;
    println!("{:>10} {:>10}  file", "bytes", "gzipped");
    for file in files {
        let bytes = fs::metadata(&file)?.len();
        let gzipped = gzipped(&file)?;
        let name = file.strip_prefix(&dist).unwrap_or(&file);
        let counts = name.extension().is_some_and(|extension| {
            ["wasm", "js", "css", "html"]
                .iter()
                .any(|loaded| extension == *loaded)
        });
        if counts {
            loaded += gzipped;
        }
        println!("{bytes:>10} {gzipped:>10}  {}", name.display());
    }
    println!(
        "{loaded} bytes to load, compressed: {} % of the goal of {GOAL_BYTES}",
        loaded * 100 / GOAL_BYTES
    );
    if loaded > LIMIT_BYTES {
        bail!("the page is {loaded} bytes compressed, above its limit of {LIMIT_BYTES}");
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Length after gzip, as a server would send it.
fn gzipped(file: &Path) -> anyhow::Result<u64> {
    let mut gzip = program("gzip");
    gzip.args(["-9", "-c"]).arg(file);
    let output = gzip.output().context("can't start gzip")?;
    Ok(u64::try_from(output.stdout.len())?)
}
