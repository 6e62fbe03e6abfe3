//! The packed form of cases: text, small, and still a diff away from readable.
//!
//! ```json
//! {"lines": […], "texts": […], "verdicts": […], "groups": […], "cases": […]}
//! ```
//!
//! A text is a list of indices into `lines` (or, for bytes and links, the corpus's own object). A group is what the
//! reference said about one path: a list of indices into `verdicts`, which are results without their path. A case's
//! `files` map paths to texts, its `results` map paths to groups; the empty path stands for none.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Case, CorpusError, malformed, raw_cases};

/// Names of the pools, in the order of the file.
const POOLS: [&str; 4] = ["lines", "texts", "verdicts", "groups"];

/// Where a result holds its path.
const PATH: usize = 2;

/// Packs the cases of a corpus folder.
pub fn pack(folder: &Path, ruleset: &str) -> Result<String, CorpusError> {
    let [mut lines, mut texts, mut verdicts, mut groups] = std::array::from_fn(|_| Pool::default());
    let mut cases = Vec::new();
    for mut case in raw_cases(folder, ruleset)? {
        let Some(Value::Object(files)) = case.get_mut("files") else {
            return Err(malformed(&case));
        };
        for content in files.values_mut() {
            if let Value::String(text) = content {
                let indices = text.split_inclusive('\n').map(|line| lines.index(line.into()));
                *content = indices.collect();
            }
            *content = texts.index(content.take());
        }
        if let Some(Value::Array(results)) = case.pointer_mut("/expected/results") {
            let mut by_path: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for result in results {
                let Value::Array(parts) = result else { continue };
                let path = parts.remove(PATH);
                let verdict = verdicts.index(Value::from(std::mem::take(parts)));
                by_path
                    .entry(path.as_str().unwrap_or_default().to_owned())
                    .or_default()
                    .push(verdict);
            }
            let grouped: Map<String, Value> = by_path
                .into_iter()
                .map(|(path, verdicts)| (path, groups.index(verdicts.into())))
                .collect();
            if let Some(expected) = case.pointer_mut("/expected/results") {
                *expected = grouped.into();
            }
        }
        cases.push(case);
    }
    let list = |(name, values): (&str, &[Value])| {
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        format!("\"{name}\": [\n{}\n]", lines.join(",\n"))
    };
    let pools = [&lines, &texts, &verdicts, &groups].map(|pool| pool.values.as_slice());
    let parts: Vec<String> = POOLS
        .into_iter()
        .zip(pools)
        .chain([("cases", cases.as_slice())])
        .map(list)
        .collect();
    Ok(format!("{{{}}}\n", parts.join(",\n")))
}

/// Reads what [`pack`] wrote.
pub(super) fn unpack(text: &str) -> Result<Vec<Case>, CorpusError> {
    let mut packed: Value = serde_json::from_str(text)?;
    let mut take = |name: &str| match packed.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(format!("the packed corpus has no `{name}`")),
    };
    let [lines, texts, verdicts, groups] = POOLS.map(&mut take);
    let (lines, texts, verdicts, groups) = (lines?, texts?, verdicts?, groups?);
    let mut cases = take("cases")?;
    for case in &mut cases {
        if let Some(Value::Object(files)) = case.get_mut("files") {
            for content in files.values_mut() {
                *content = match at(&texts, content) {
                    Value::Array(indices) => {
                        let line = |index: &Value| at(&lines, index).as_str().unwrap_or_default().to_owned();
                        indices.iter().map(line).collect::<String>().into()
                    }
                    other => other,
                };
            }
        }
        if let Some(expected) = case.pointer_mut("/expected/results")
            && let Value::Object(by_path) = expected.take()
        {
            let mut results: Vec<Value> = Vec::new();
            for (path, group) in by_path {
                let Value::Array(indices) = at(&groups, &group) else {
                    continue;
                };
                let path = Some(path)
                    .filter(|path| !path.is_empty())
                    .map_or(Value::Null, Value::from);
                for index in indices {
                    let Value::Array(mut parts) = at(&verdicts, &index) else {
                        continue;
                    };
                    parts.insert(PATH.min(parts.len()), path.clone());
                    results.push(parts.into());
                }
            }
            *expected = results.into();
        }
    }
    cases
        .iter()
        .map(|case| Case::from_json(case).ok_or_else(|| malformed(case)))
        .collect()
}

/// The value that an index stands for; null where there is none.
fn at(pool: &[Value], index: &Value) -> Value {
    let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
    index
        .and_then(|index| pool.get(index))
        .cloned()
        .unwrap_or_default()
}

/// Values by index, each once.
#[derive(Default)]
struct Pool {
    values: Vec<Value>,
    indices: BTreeMap<String, usize>,
}

impl Pool {
    /// Puts a value into the pool, unless it is there; its index.
    fn index(&mut self, value: Value) -> Value {
        let values = &mut self.values;
        let index = *self.indices.entry(value.to_string()).or_insert_with(|| {
            values.push(value);
            values.len() - 1
        });
        Value::from(index)
    }
}
