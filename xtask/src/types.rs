//! `wasm/report.d.ts`: TypeScript types of the module's answers, read off the answers to a few submissions.
//!
//! A field or a value that the code gains shows here, and makes the stored file stale; one that no sample shows is an error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, bail};
use runbench_core::check::Verdict;
use runbench_core::diag::{Origin, Severity};
use runbench_core::rules::{Family, Outcome};
use runbench_core::ruleset::ChosenBy;
use runbench_core::tree::MemoryTree;
use runbench_wasm::answers::{AUTO, Checked, regions, rules, rulesets};
use serde::Serialize;
use serde_json::Value;

use crate::cargo::root;
use crate::output_page;

/// Names of objects, by where they stand. `[]` is any item of a list.
const NAMES: &[(&str, &str)] = &[
    ("report", "Report"),
    ("report.ruleset_choice", "Choice"),
    ("report.official", "Official"),
    ("report.official.counts", "Counts"),
    ("report.official.results[]", "OfficialResult"),
    ("report.own", "Own"),
    ("report.own.counts", "Counts"),
    ("report.findings[]", "Finding"),
    ("report.findings[].place", "Place"),
    ("report.findings[].measure", "Measure"),
    ("report.findings[].terms[]", "Term"),
    ("report.rules[]", "RuleRun"),
    ("report.rules[].not_run_because[]", "Cause"),
    ("curves", "Curves"),
    ("curves.curves[]", "Curve"),
    ("curves.curves[].regions[]", "RegionSpan"),
    ("curves.curves[].points[]", "CurvePoint"),
    ("rules", "Rules"),
    ("rules.rules[]", "RuleText"),
    ("regions", "Regions"),
    ("regions.regions[]", "RegionSpan"),
    ("failure", "Failure"),
];

/// Objects whose keys are data, with the type of their values.
const MAPS: &[(&str, &str)] = &[("report.rules[].reasons", "number")];

/// Keys whose value is one of a few words.
const WORDS: &[(&str, &str)] = &[
    ("severity", "Severity"),
    ("origin", "Origin"),
    ("verdict", "Verdict"),
    ("outcome", "Outcome"),
    ("family", "Family"),
    ("by", "ChosenBy"),
];

/// What may be missing although every sample has it.
const MAY_BE_NULL: &[&str] = &[
    "report.findings[].path",
    "report.findings[].key",
    "report.findings[].fix",
    "report.findings[].hint",
    "report.findings[].place",
    "report.findings[].measure",
    "report.official.results[].path",
    "report.official.results[].key",
    "report.official.results[].fix",
    "curves.curves[].c_max",
    "curves.curves[].points[].region",
];

/// The whole file.
pub(crate) fn types() -> anyhow::Result<String> {
    let mut interfaces = Interfaces::default();
    for (place, samples) in samples()? {
        interfaces.read(place, &samples.iter().collect::<Vec<_>>())?;
    }
    let mut text = "// Made by `cargo xtask generate` from the module's answers; do not edit. docs/output.md explains the keys.\n\n"
        .to_owned();
    let words = [
        (
            "Severity",
            words(&[Severity::Error, Severity::Warning, Severity::Info]),
        ),
        ("Origin", words(&[Origin::Official, Origin::Runbench])),
        (
            "Verdict",
            words(&[Verdict::Valid, Verdict::Invalid, Verdict::Incomplete]),
        ),
        (
            "Outcome",
            words(&[Outcome::NotRun, Outcome::Pass, Outcome::Warn, Outcome::Fail]),
        ),
        (
            "Family",
            words(&[Family::Submission, Family::Evals, Family::Storage, Family::Audit]),
        ),
        (
            "ChosenBy",
            words(&[ChosenBy::Name, ChosenBy::File, ChosenBy::Layout, ChosenBy::Guess]),
        ),
    ];
    for (name, values) in words {
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "export type {name} = {};", values?);
    }
    for (name, fields) in &interfaces.texts {
        let _ = write!(text, "\nexport interface {name} {{\n{fields}}}\n");
    }
    Ok(text)
}

/// The words that an enum is written as.
fn words(values: &[impl Serialize]) -> anyhow::Result<String> {
    let words: Vec<String> = values
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    Ok(words.join(" | "))
}

/// Answers that show every key, and every kind of value.
fn samples() -> anyhow::Result<[(&'static str, Vec<Value>); 5]> {
    let mut checked = vec![
        Checked::new(&output_page::fixture(), "acme", AUTO),
        Checked::new(&MemoryTree::new(), "nothing", "v1.5"),
    ];
    for name in ["valid.zip", "broken.zip"] {
        let path = root().join("web/public/examples").join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        checked.push(Checked::of_archive(bytes, name, AUTO));
    }
    let parsed = |texts: Vec<String>| -> anyhow::Result<Vec<Value>> {
        Ok(texts
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<_, _>>()?)
    };
    Ok([
        ("report", parsed(checked.iter().map(Checked::json).collect())?),
        ("curves", parsed(checked.iter().map(Checked::curves).collect())?),
        (
            "rules",
            parsed(rulesets().iter().map(|name| rules(name)).collect())?,
        ),
        ("regions", parsed(vec![regions("v1.5", "1024", None)])?),
        ("failure", parsed(vec![regions("v1.5", "many", None)])?),
    ])
}

#[derive(Default)]
struct Interfaces {
    /// Fields by name.
    texts: BTreeMap<&'static str, String>,
}

impl Interfaces {
    /// The type of what stands at a place, seen in these samples.
    fn read(&mut self, place: &str, samples: &[&Value]) -> anyhow::Result<String> {
        let mut kinds = Vec::new();
        let of = |test: fn(&Value) -> bool| {
            samples
                .iter()
                .copied()
                .filter(move |value| test(value))
                .collect::<Vec<_>>()
        };
        let key = place.rsplit('.').next().unwrap_or_default();
        if !of(Value::is_string).is_empty() {
            kinds.push(known(WORDS, key).unwrap_or("string").to_owned());
        }
        if !of(Value::is_number).is_empty() {
            kinds.push("number".to_owned());
        }
        if !of(Value::is_boolean).is_empty() {
            kinds.push("boolean".to_owned());
        }
        let lists = of(Value::is_array);
        if !lists.is_empty() {
            let items: Vec<&Value> = lists
                .iter()
                .filter_map(|list| list.as_array())
                .flatten()
                .collect();
            kinds.push(format!("{}[]", self.read(&format!("{place}[]"), &items)?));
        }
        let objects = of(Value::is_object);
        if !objects.is_empty() {
            kinds.push(self.object(place, &objects)?);
        }
        if kinds.is_empty() {
            bail!("no sample shows what `{place}` is; add one to `samples`");
        }
        if !of(Value::is_null).is_empty() || MAY_BE_NULL.contains(&place) {
            kinds.push("null".to_owned());
        }
        Ok(kinds.join(" | "))
    }

    fn object(&mut self, place: &str, objects: &[&Value]) -> anyhow::Result<String> {
        if let Some(values) = known(MAPS, place) {
            return Ok(format!("Record<string, {values}>"));
        }
        let name =
            known(NAMES, place).with_context(|| format!("the object at `{place}` has no name in `NAMES`"))?;
        let mut fields: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for (key, value) in objects.iter().filter_map(|object| object.as_object()).flatten() {
            fields.entry(key).or_default().push(value);
        }
        let mut text = String::new();
        for (key, values) in fields {
            let optional = if values.len() < objects.len() { "?" } else { "" };
            let kind = self.read(&format!("{place}.{key}"), &values)?;
            // Writing to a `String` can't fail.
            let _ = writeln!(text, "  {key}{optional}: {kind};");
        }
        match self.texts.insert(name, text.clone()) {
            Some(other) if other != text => {
                bail!("`{name}` looks different at `{place}`:\n{other}---\n{text}")
            }
            _ => Ok(name.to_owned()),
        }
    }
}

fn known(table: &[(&str, &'static str)], wanted: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, known)| *known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn joins_what_samples_show() {
        let mut interfaces = Interfaces::default();
        let samples = [
            json!({"a": null, "b": [1]}),
            json!({"a": "x", "b": [], "c": true}),
        ];
        let kind = interfaces
            .read("report", &samples.iter().collect::<Vec<_>>())
            .unwrap();
        assert_eq!(kind, "Report");
        let text = "  a: string | null;\n  b: number[];\n  c?: boolean;\n";
        assert_eq!(interfaces.texts.get("Report").map(String::as_str), Some(text));
    }

    #[test]
    fn a_value_that_no_sample_shows_is_an_error() {
        let mut interfaces = Interfaces::default();
        let error = interfaces.read("report", &[&json!({"a": null})]).unwrap_err();
        assert!(error.to_string().contains("`report.a`"), "{error}");
    }
}
