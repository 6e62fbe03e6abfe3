//! Core as a wasm module: it must ask its host for nothing, and still work.
//!
//! A crate that reaches for randomness or a clock through the host shows as an import. One that uses the standard
//! library's clock or files doesn't (on this target they panic instead), so the module is also run.

use std::path::Path;

use anyhow::{Context, bail};

use crate::cargo::{cargo, output, program};
use crate::toolchain;

/// Builds core's example `pure_wasm` and has Node check it.
pub(crate) fn check() -> anyhow::Result<()> {
    toolchain::wasm_target()?;
    toolchain::node((18, 0))?;
    let build = format!(
        "build --package runbench-core --example pure_wasm --target {} --release",
        toolchain::WASM
    );
    println!("$ cargo {build}");
    let messages = output(cargo(&build).arg("--message-format=json-render-diagnostics"))?;
    let module = messages
        .lines()
        .find_map(module)
        .context("cargo didn't say where it put the module")?;
    println!("$ node xtask/src/pure_wasm.mjs {module}");
    let in_wasm = output(program("node").args(["xtask/src/pure_wasm.mjs", &module]))?;
    let native = "run --quiet --package runbench-core --example check_in_memory --release -- json";
    println!("$ cargo {native}");
    let native = output(&mut cargo(native))?;
    // A report of nothing would be equal too.
    if in_wasm != native || !native.contains("\"verdict\": \"invalid\"") {
        bail!("the same submission gives another report in wasm\n--- wasm\n{in_wasm}\n--- native\n{native}");
    }
    println!(
        "core imports nothing, and its report of {} bytes is the native one",
        native.len()
    );
    Ok(())
}

/// The path of the example's module, if this message of cargo's is about it.
fn module(message: &str) -> Option<String> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    if message.pointer("/target/name")? != "pure_wasm" {
        return None;
    }
    let files = message.get("filenames")?.as_array()?;
    let mut files = files.iter().filter_map(serde_json::Value::as_str);
    files
        .find(|file| {
            Path::new(file)
                .extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_module_in_the_message_about_it_alone() {
        let message = |name: &str| {
            format!(r#"{{"target": {{"name": "{name}"}}, "filenames": ["a/{name}.d", "a/{name}.wasm"]}}"#)
        };
        assert_eq!(module(&message("pure_wasm")).as_deref(), Some("a/pure_wasm.wasm"));
        assert_eq!(module(&message("other")), None);
        assert_eq!(module(r#"{"reason": "build-finished", "success": true}"#), None);
    }
}
