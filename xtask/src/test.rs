//! Everything that CI runs, in the order in which a mistake shows soonest.

use crate::cargo::{cargo, run};
use crate::steps::{Step, run_all};
use crate::{generate, page_test, pure_wasm, toolchain, web};

/// Where the `proptest` crate looks for its seed.
const PROPERTY_SEED: &str = "PROPTEST_RNG_SEED";

/// In this order, from the cheapest to the dearest where nothing else decides.
const STEPS: &[Step] = &[
    Step {
        name: "format",
        quick: true,
        run: format,
    },
    // Before the program is compiled, which holds the page.
    Step {
        name: "page",
        quick: false,
        run: web::build,
    },
    Step {
        name: "clippy",
        quick: true,
        run: clippy,
    },
    Step {
        name: "clippy for wasm",
        quick: false,
        run: clippy_for_wasm,
    },
    Step {
        name: "tests",
        quick: true,
        run: tests,
    },
    Step {
        name: "doc tests",
        quick: false,
        run: doc_tests,
    },
    Step {
        name: "docs",
        quick: false,
        run: docs,
    },
    Step {
        name: "core in wasm",
        quick: false,
        run: pure_wasm::check,
    },
    Step {
        name: "page in Chromium",
        quick: false,
        run: page_test::check,
    },
    Step {
        name: "generated files",
        quick: true,
        run: generate::check,
    },
];

/// Runs all steps.
pub(crate) fn everything() -> anyhow::Result<()> {
    run_all(STEPS.iter())
}

/// Runs the steps that need neither wasm nor rustdoc.
pub(crate) fn quick() -> anyhow::Result<()> {
    run_all(STEPS.iter().filter(|step| step.quick))
}

fn format() -> anyhow::Result<()> {
    toolchain::component("rustfmt", "fmt")?;
    run(&mut cargo("fmt --all --check"))
}

fn clippy() -> anyhow::Result<()> {
    toolchain::component("clippy", "clippy")?;
    run(&mut cargo(
        "clippy --workspace --all-targets --release -- -D warnings",
    ))
}

fn clippy_for_wasm() -> anyhow::Result<()> {
    toolchain::component("clippy", "clippy")?;
    toolchain::wasm_target()?;
    let packages = "--package runbench-core --package runbench-wasm";
    run(&mut cargo(&format!(
        "clippy {packages} --target {} --release -- -D warnings",
        toolchain::WASM
    )))
}

/// Unit, property, corpus and integration tests.
///
/// The properties start from one seed, so that the same tree gives the same result. `PROPTEST_RNG_SEED` sets another;
/// a plain `cargo test` draws one.
fn tests() -> anyhow::Result<()> {
    let mut tests = cargo("test --workspace --tests --release --no-fail-fast");
    if std::env::var_os(PROPERTY_SEED).is_none() {
        tests.env(PROPERTY_SEED, "1");
    }
    run(&mut tests)
}

fn doc_tests() -> anyhow::Result<()> {
    run(&mut cargo("test --workspace --doc --release"))
}

fn docs() -> anyhow::Result<()> {
    run(cargo("doc --workspace --no-deps --release").env("RUSTDOCFLAGS", "-D warnings"))
}
