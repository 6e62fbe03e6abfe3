//! A ruleset's values by name: for texts that quote them, and for comparing two rulesets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Parameters, RuleSet};
use crate::diag::Figure;

/// Every single value of a ruleset under a dotted name, such as `min_duration_ms.low_latency`. A list's items are named
/// by what tells them apart: their fragments, name, id or checksum, else by their number from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl RuleSet {
    /// Its values by name; those of our own rules, which are no part of it, stand below `own`.
    pub fn values(&self) -> Values {
        let mut values = self.parameters.values();
        let own = serde_json::to_value(self.own).unwrap_or_default();
        flatten("own", &own, &mut values.0);
        values
    }
}

impl Parameters {
    /// Its values by name.
    pub fn values(&self) -> Values {
        let json = match self {
            Self::SubmissionV01(parameters) => serde_json::to_value(parameters),
            Self::SubmissionV15(parameters) => serde_json::to_value(parameters),
        };
        let mut values = BTreeMap::new();
        // Keys are text and numbers were checked to be finite, so there is always a value.
        flatten("", &json.unwrap_or_default(), &mut values);
        Values(values)
    }
}

impl Values {
    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// One value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Values whose name is `name`, or starts with it and a dot.
    pub fn below(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(move |(known, _)| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// A text with this ruleset's values put in: `{name}` as it is, `{name:s}` milliseconds as seconds, `{name:%}` a
    /// ratio as percent. What names no value stays.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, behind)) = after
                .split_once('}')
                .filter(|(name, _)| self.shown(name).is_some())
            else {
                filled.push('{');
                rest = after;
                continue;
            };
            filled.push_str(&self.shown(name).unwrap_or_default());
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    fn shown(&self, name: &str) -> Option<String> {
        let (name, unit) = name.split_once(':').unwrap_or((name, ""));
        let value = self.get(name)?;
        let number = || value.parse::<f64>().ok();
        match unit {
            "" => Some(value.to_owned()),
            "s" => number().map(|ms| format!("{} s", Figure::new(ms / 1e3))),
            "%" => number().map(|ratio| format!("{} %", Figure::new(ratio * 100.0))),
            _ => None,
        }
    }
}

fn flatten(name: &str, value: &Value, values: &mut BTreeMap<String, String>) {
    let below = |part: &str| {
        if name.is_empty() {
            part.to_owned()
        } else {
            format!("{name}.{part}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(&below(key), value, values);
            }
        }
        Value::Array(items) if is_plain(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            values.insert(name.to_owned(), items.join(", "));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let label = label(item).unwrap_or_else(|| index.to_string());
                flatten(&below(&label), item, values);
            }
        }
        single => {
            values.insert(name.to_owned(), plain(single));
        }
    }
}

/// A list of single values of which none names the others.
fn is_plain(items: &[Value]) -> bool {
    items.iter().all(|item| !item.is_array() && !item.is_object())
}

/// What tells an item of a list from the others.
fn label(item: &Value) -> Option<String> {
    if let Some(fragments) = item.get("fragments").and_then(Value::as_array) {
        return Some(fragments.iter().map(plain).collect::<Vec<_>>().join("+"));
    }
    for key in ["name", "id", "weight_checksum"] {
        if let Some(name) = item.get(key) {
            return Some(plain(name));
        }
    }
    item.get(0).filter(|first| first.is_string()).map(plain)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Number(number) => number
            .as_f64()
            .filter(|_| number.is_f64())
            .map_or_else(|| number.to_string(), |float| Figure::new(float).to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str) -> Values {
        RuleSet::embedded(name).unwrap().values()
    }

    #[test]
    fn values_have_names_that_do_not_move_with_their_place_in_a_list() {
        let v1_5 = values("v1.5");
        for (name, value) in [
            ("point_count.min", "7"),
            ("regions.margin", "1.1"),
            ("accuracy.deepseek+r1.min_samples", "4388"),
            ("seed_sets.A.scheduler_rng_seed", "10487924139932647040"),
            ("power.accelerators.gb300", "gb300, 1400"),
            ("power.arm.many_w", "none"),
        ] {
            assert_eq!(v1_5.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn texts_quote_values_in_people_s_units() {
        let v0_1 = values("v0.1");
        let text = "{point_count.min} points, {min_duration_ms.low_latency:s}, {stored_value.tolerance_ratio:%}, {x} {";
        assert_eq!(v0_1.fill(text), "7 points, 600 s, 1 %, {x} {");
    }

    #[test]
    fn below_takes_whole_names() {
        let v0_1 = values("v0.1");
        assert_eq!(v0_1.below("point_count").count(), 2);
        assert_eq!(v0_1.below("point").count(), 0);
    }
}
