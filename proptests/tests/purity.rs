//! The walls between the members, read from `cargo metadata`: who may use whom, and what core may use at all.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be read fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Every crate that core names, and why core can't do without. Each must work without IO, clock, threads and entropy.
const CORE_MAY_USE: &[(&str, &str)] = &[
    ("httparse", "heads of HTTP answers, from bytes in memory"),
    (
        "libm",
        "log2 and pow that give the same bits natively and in the browser",
    ),
    ("memchr", "line ends of event streams at the speed of memory"),
    (
        "miniz_oxide",
        "inflates zip entries and gzip; its state can be kept, for access in the middle",
    ),
    (
        "num-bigint",
        "integers of any size: the reference accepts 4300 digits",
    ),
    (
        "num-traits",
        "conversions between its numbers and ours that can't panic",
    ),
    (
        "rawzip",
        "the structure of zip files, read at offsets of a source that the caller gives",
    ),
    ("ron", "rulesets are data with comments, enums and located errors"),
    ("serde", "rulesets into types, reports out of types"),
    (
        "serde_json",
        "writing JSON reports; submissions are read by our own reader",
    ),
    (
        "sha2",
        "content hashes of rulesets, chained hashes of the event log",
    ),
    ("thiserror", "error enums without boilerplate"),
];

/// The members, and which other members each may use (design, section 2), development dependencies included.
const ARROWS: &[(&str, &[&str])] = &[
    ("runbench-core", &[]),
    ("runbench", &["runbench-core"]),
    ("runbench-wasm", &["runbench-core"]),
    ("xtask", &["runbench-core", "runbench-wasm"]),
    ("runbench-benches", &["runbench-core", "runbench"]),
    ("runbench-proptests", &["runbench-core", "runbench"]),
];

#[test]
fn core_uses_only_what_is_listed_here_with_a_reason() {
    let core = &members()["runbench-core"];
    let dependencies = core
        .dependencies
        .iter()
        .filter(|dependency| !dependency.development);
    let used: BTreeSet<&str> = dependencies.map(|dependency| dependency.name.as_str()).collect();
    let listed: BTreeSet<&str> = CORE_MAY_USE.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        used, listed,
        "left: core/Cargo.toml, right: the list in this test"
    );
}

#[test]
fn core_has_no_build_script() {
    assert!(!members()["runbench-core"].build_script);
}

#[test]
fn members_are_those_of_the_design_and_use_each_other_as_it_says() {
    let members = members();
    let found: BTreeMap<&str, BTreeSet<&str>> = members
        .iter()
        .map(|(name, member)| {
            let uses = member
                .dependencies
                .iter()
                .map(|dependency| dependency.name.as_str());
            (
                name.as_str(),
                uses.filter(|name| members.contains_key(*name)).collect(),
            )
        })
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(member, uses)| (*member, uses.iter().copied().collect()))
        .collect();
    assert_eq!(found, allowed, "left: the Cargo.toml files, right: the design");
}

/// What a member's Cargo.toml says.
struct Member {
    dependencies: Vec<Dependency>,
    build_script: bool,
}

/// One dependency: normal, build or development, for all targets or one.
struct Dependency {
    name: String,
    development: bool,
}

/// The workspace's members by name. Needs neither network nor lock file.
fn members() -> BTreeMap<String, Member> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (text(&package["name"]), member(package)))
        .collect()
}

fn member(package: &Value) -> Member {
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        development: value["kind"] == "dev",
    };
    let builds = |target: &Value| {
        target["kind"]
            .as_array()
            .unwrap()
            .contains(&"custom-build".into())
    };
    Member {
        dependencies: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(dependency)
            .collect(),
        build_script: package["targets"].as_array().unwrap().iter().any(builds),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
