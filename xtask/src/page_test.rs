//! The page in a real Chromium, and the module in Node, against the command line.

use std::fs;

use anyhow::Context;

use crate::cargo::{cargo, program, root, run};
use crate::{toolchain, web};

/// Runs the tests in `web/tests`. The page and the program that holds it are built before.
pub(crate) fn check() -> anyhow::Result<()> {
    let chromium = toolchain::chromium()?;
    web::build()?;
    // Together, so that cargo compiles what they share once.
    run(&mut cargo("build --release --package runbench --bin runbench"))?;
    run(&mut cargo(
        "build --release --package runbench-wasm --example time_check",
    ))?;
    let target = web::target_folder();
    let (cases, points) = (target.join("page-tests/cases"), target.join("page-tests/points"));
    for (package, example, folder, rest) in [
        ("runbench-proptests", "unpack_corpus", &cases, ""),
        ("runbench-benches", "write_submission", &points, "v1.5"),
    ] {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("can't empty {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        let mut write = cargo(&format!(
            "run --quiet --release --package {package} --example {example} --"
        ));
        write.arg(folder).args(rest.split_whitespace());
        run(&mut write)?;
    }
    let release = target.join("release");
    let mut tests = program("node");
    // One file at a time: the timings want the machine to themselves.
    tests
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(["module", "embed", "page", "access", "time"].map(|name| format!("tests/{name}.test.mjs")))
        .current_dir(root().join("web"))
        .env("CHROMIUM", chromium)
        .env("RUNBENCH", release.join("runbench"))
        .env("RUNBENCH_CASES", cases)
        .env("RUNBENCH_POINTS", points)
        .env("RUNBENCH_NATIVE_CHECK", release.join("examples/time_check"));
    run(&mut tests)
}
