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
    let mut vite = program("npm");
    vite.args(["run", "--silent", "build"])
        .current_dir(root().join("web"));
    run(&mut vite)?;
    sizes()
}

/// Compiles the module and writes its bindings.
fn module() -> anyhow::Result<()> {
    toolchain::wasm_target()?;
    // A profile of its own: small, and without the assertions that the native program keeps.
    run(&mut cargo(&format!(
        "build --package runbench-wasm --target {WASM} --profile page"
    )))?;
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
        .with_context(|| format!("can't write bindings for {}", compiled.display()))
}

/// The npm packages of the lock file.
fn packages() -> anyhow::Result<()> {
    toolchain::node()?;
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
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Most that module, script and style may weigh together, compressed.
const BUDGET_BYTES: u64 = 400_000;

/// Prints every file's size, plain and compressed; an error above the budget.
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
    println!("{loaded} bytes to load, compressed; the budget is {BUDGET_BYTES}");
    if loaded > BUDGET_BYTES {
        bail!("the page is {loaded} bytes compressed, above its budget of {BUDGET_BYTES}");
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
