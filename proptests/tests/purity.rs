//! The walls between the members, read from `cargo metadata`: who may use whom, and what core may use at all.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Every crate that core names, and why core can't do without. Each must work without IO, clock, threads and entropy.
const CORE_MAY_USE: &[(&str, &str)] = &[
    (
        "libm",
        "log2 and pow that give the same bits natively and in the browser",
    ),
    (
        "num-bigint",
        "integers of any size: the reference accepts 4300 digits",
    ),
    (
        "num-traits",
        "conversions between its numbers and ours that can't panic",
    ),
    ("ron", "rulesets are data with comments, enums and located errors"),
    (
        "saphyr-parser",
        "YAML events with marks; scalars are resolved by us",
    ),
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
    ("xtask", &["runbench-core"]),
    ("runbench-benches", &["runbench-core", "runbench"]),
    ("runbench-proptests", &["runbench-core", "runbench"]),
];

#[test]
fn core_uses_only_what_is_listed_here_with_a_reason() {
    let used: BTreeSet<String> = members()["runbench-core"]
        .iter()
        .filter(|dependency| dependency.kind != Kind::Development)
        .map(|dependency| dependency.name.clone())
        .collect();
    let listed: BTreeSet<String> = CORE_MAY_USE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        used, listed,
        "left: core/Cargo.toml, right: the list in this test"
    );
}

#[test]
fn core_runs_no_code_of_its_own_at_build_time() {
    let built: Vec<Dependency> = members()
        .remove("runbench-core")
        .unwrap()
        .into_iter()
        .filter(|dependency| dependency.kind == Kind::Build)
        .collect();
    assert!(built.is_empty(), "{built:?}");
}

#[test]
fn members_are_those_of_the_design_and_use_each_other_as_it_says() {
    let members = members();
    let found: BTreeMap<&str, BTreeSet<&str>> = members
        .iter()
        .map(|(member, dependencies)| {
            let names = dependencies.iter().map(|dependency| dependency.name.as_str());
            (
                member.as_str(),
                names.filter(|name| members.contains_key(*name)).collect(),
            )
        })
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(member, uses)| (*member, uses.iter().copied().collect()))
        .collect();
    assert_eq!(found, allowed, "left: the Cargo.toml files, right: the design");
}

/// What a Cargo.toml says about one dependency.
#[derive(Debug)]
struct Dependency {
    name: String,
    kind: Kind,
}

/// The section of the Cargo.toml in which it stands; a section of one target counts like the general one.
#[derive(Debug, PartialEq)]
enum Kind {
    Normal,
    Build,
    Development,
}

/// The workspace's members and what their Cargo.toml files name. Needs neither network nor lock file.
fn members() -> BTreeMap<String, Vec<Dependency>> {
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
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            (
                text(&package["name"]),
                dependencies.iter().map(dependency).collect(),
            )
        })
        .collect()
}

fn dependency(metadata: &Value) -> Dependency {
    let kind = match metadata["kind"].as_str() {
        None => Kind::Normal,
        Some("build") => Kind::Build,
        Some("dev") => Kind::Development,
        Some(other) => panic!("a kind of dependency that this test doesn't know: {other}"),
    };
    Dependency {
        name: text(&metadata["name"]),
        kind,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
